package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/hfmodels/hfmodels/internal/usage"
)

// screen is what is known of the terminal that a stream leads to.
type screen struct {
	width  int // 0 where it is no terminal
	colour bool
}

func screenOf(w io.Writer) screen {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return screen{}
	}
	s := screen{width: 80, colour: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
		s.width = n
	}
	return s
}

// columns is the width of help texts; lines of more than 100 are hard to read.
func (s screen) columns() int {
	if s.width == 0 {
		return 80
	}
	return max(40, min(s.width, 100))
}

// The few colours, as numbers of ANSI.
const (
	bold   = 1
	faint  = 2
	red    = 31
	green  = 32
	yellow = 33
)

func (s screen) paint(colour int, words string) string {
	if !s.colour || colour == 0 {
		return words
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", colour, words)
}

// statusColours tell how much an answer is worth.
var statusColours = map[string]int{"proven": green, "unproven": yellow, "none": faint}

// say writes a paragraph, indented and broken into lines that fit the terminal.
func (s screen) say(w io.Writer, indent, format string, args ...any) {
	words := strings.Fields(usage.Printable(fmt.Sprintf(format, args...)))
	line := ""
	for _, word := range words {
		if line != "" && s.width > 0 && len(indent)+utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > max(40, s.width) {
			fmt.Fprintln(w, indent+line)
			line = ""
		}
		line = strings.TrimLeft(line+" "+word, " ")
	}
	fmt.Fprintln(w, indent+line)
}

// column is one of a table.
type column struct {
	name    string
	cells   []string
	colours map[string]int // by cell
}

// narrowing makes a column of a table that is too wide for the terminal as
// narrow as least, or leaves it out where that is 0.
type narrowing struct{ column, least int }

// table writes columns. Where they do not fit, the narrowings are tried in
// their order.
func (s screen) table(w io.Writer, columns []column, narrowings []narrowing) {
	const gap = 2
	widths, total := make([]int, len(columns)), -gap
	for i, c := range columns {
		for _, cell := range append([]string{c.name}, c.cells...) {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
		total += widths[i] + gap
	}
	for _, n := range narrowings {
		if s.width == 0 || total <= s.width {
			continue
		}
		before := widths[n.column]
		widths[n.column] = min(before, max(n.least, before-(total-s.width)))
		if n.least == 0 {
			widths[n.column] = -gap
		}
		total -= before - widths[n.column]
	}
	for row := -1; row < len(columns[0].cells); row++ {
		var b strings.Builder
		pad := 0
		for i, c := range columns {
			if widths[i] < 0 {
				continue
			}
			cell, colour := strings.ToUpper(c.name), faint
			if row >= 0 {
				cell, colour = usage.Printable(c.cells[row]), c.colours[c.cells[row]]
			}
			if r := []rune(cell); len(r) > widths[i] {
				cell = string(r[:widths[i]-1]) + "…"
			}
			if cell != "" {
				fmt.Fprintf(&b, "%*s%s", pad, "", s.paint(colour, cell))
				pad = 0
			}
			pad += widths[i] + gap - utf8.RuneCountInString(cell)
		}
		fmt.Fprintln(w, b.String())
	}
}
