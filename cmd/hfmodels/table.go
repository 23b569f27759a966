package main

import (
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/hfmodels/hfmodels/internal/usage"
)

// listTable writes a table that fits the screen, or one of full width where
// there is none. What does not fit is left out, the least telling column first;
// then names are cut. The other formats cut nothing.
func listTable(w io.Writer, on screen, rows []listRow) {
	columns := []struct {
		name  string
		least int // where it is cut; 0 for a column that is left out before that
		cell  func(listRow) string
	}{
		{"architecture", 24, func(r listRow) string { return r.Arch }},
		{"status", 8, func(r listRow) string { return r.Status }},
		{"parameters", 0, func(r listRow) string { return size(r.model.Parameters) }},
		{"gated", 0, func(r listRow) string { return orUnknown(r.model.Gated) }},
		{"license", 0, func(r listRow) string { return orUnknown(r.model.License) }},
		{"checkpoint", 20, func(r listRow) string { return usage.Printable(r.model.ID) }},
	}
	if !slices.ContainsFunc(rows, func(r listRow) bool { return r.model.ID != "" }) {
		columns[5].name, columns[5].cell = "why", func(r listRow) string { return usage.Printable(r.Why) }
		columns = slices.Delete(columns, 2, 5)
	}
	leaveOut := []string{"license", "gated", "parameters"}

	widths := make(map[string]int)
	total := 0
	for _, c := range columns {
		n := len(c.name)
		for _, r := range rows {
			if r.model.ID != "" || c.least > 0 {
				n = max(n, text.StringWidthWithoutEscSequences(c.cell(r)))
			}
		}
		widths[c.name] = n
		total += n + len(gap)
	}
	total -= len(gap)
	// The wide ones are cut a little before anything is left out.
	narrow := func(name string, least, to int) {
		n := max(min(widths[name], least), widths[name]-max(0, total-to))
		total -= widths[name] - n
		widths[name] = n
	}
	if on.width > 0 {
		for _, name := range leaveOut {
			if total <= on.width {
				break
			}
			if _, shown := widths[name]; !shown {
				continue
			}
			if name == "parameters" { // worth more than the end of a long name
				narrow("architecture", 24, on.width)
				narrow("checkpoint", 52, on.width)
				if total <= on.width {
					break
				}
			}
			total -= widths[name] + len(gap)
			delete(widths, name)
		}
		narrow("architecture", 24, on.width)
		narrow("checkpoint", 20, on.width)
		narrow("why", 20, on.width)
	}

	t := table.NewWriter()
	t.SetOutputMirror(w)
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", gap
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	var header table.Row
	for _, c := range columns {
		if _, shown := widths[c.name]; shown {
			header = append(header, on.paint(faint, strings.ToUpper(c.name)))
		}
	}
	t.AppendHeader(header)
	for _, r := range rows {
		var row table.Row
		for _, c := range columns {
			width, shown := widths[c.name]
			switch {
			case !shown:
			case c.name == "status":
				row = append(row, on.status(r.Status))
			case r.model.ID == "" && c.least == 0:
				row = append(row, "")
			default:
				row = append(row, text.Snip(c.cell(r), width, "…"))
			}
		}
		t.AppendRow(row)
	}
	t.Render()
}

// gap stands between two columns.
const gap = "  "
