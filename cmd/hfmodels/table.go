package main

import (
	"io"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// newTable returns a table that fits the terminal, or one of full width where
// the output goes elsewhere.
func newTable(w io.Writer, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatUpper
	t.SetStyle(style)
	if len(header) > 0 {
		t.AppendHeader(table.Row(header))
	}
	t.SuppressTrailingSpaces()
	if n := width(); n > 0 && n < wide {
		t.SetColumnConfigs([]table.ColumnConfig{
			{Name: "architecture", WidthMax: narrowName, WidthMaxEnforcer: text.Trim},
			{Name: "gated", Hidden: true},
			{Name: "license", Hidden: true},
		})
		style.Size.WidthMax = n
		t.SetStyle(style)
	}
	return t
}

// On a terminal narrower than wide a table leaves out what show has too, and
// cuts long names.
const (
	wide       = 120
	narrowName = 24
)

// width is that of the terminal on standard output, 0 if there is none.
func width() int {
	n, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 0
	}
	return n
}
