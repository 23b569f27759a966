package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/hfmodels/hfmodels/internal/usage"
)

// screen writes for people: it knows the terminal that a stream leads to.
type screen struct {
	io.Writer
	width  int // 0 if the output is not a terminal
	colour bool
}

// screenOf writes to w, which leads to stream.
func screenOf(stream, w io.Writer) screen {
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return screen{Writer: w}
	}
	s := screen{Writer: w, width: 80, colour: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
		s.width = n
	}
	return s
}

// The few styles, as ANSI numbers them.
const (
	bold   = 1
	red    = 31
	yellow = 33
)

func (s screen) paint(style int, words string) string {
	if !s.colour {
		return words
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", style, words)
}

// say writes a paragraph below a first line that begins with a title; its lines
// are as far in as the title is long, and fit the terminal.
func (s screen) say(title, words string) {
	line, indent := title, strings.Repeat(" ", len(title))
	for i, word := range strings.Fields(usage.Printable(words)) {
		if n := utf8.RuneCountInString(line) + utf8.RuneCountInString(word) + 1; i > 0 && s.width > 0 && n > max(40, s.width) {
			fmt.Fprintln(s, line)
			line = indent + word
		} else if i > 0 {
			line += " " + word
		} else {
			line += word
		}
	}
	fmt.Fprintln(s, line)
}

// table writes rows in aligned columns. Where the terminal is too narrow it
// leaves out the last columns, down to three, and then cuts lines.
func (s screen) table(rows [][]string) {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	widest := 0
	for _, row := range rows {
		fmt.Fprintln(t, usage.Printable(strings.Join(row, "\t")))
	}
	_ = t.Flush() // a buffer takes everything
	lines := slices.Collect(strings.Lines(b.String()))
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \n")
		widest = max(widest, utf8.RuneCountInString(lines[i]))
	}
	if n := len(rows[0]); s.width > 0 && widest > s.width && n > 3 {
		for i, row := range rows {
			rows[i] = row[:min(n-1, len(row))]
		}
		s.table(rows)
		return
	}
	for _, line := range lines {
		fmt.Fprintln(s, s.cut(line, s.width))
	}
}

// cut shortens text that is wider than that much of the terminal.
func (s screen) cut(text string, width int) string {
	if r := []rune(text); s.width > 0 && len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return text
}
