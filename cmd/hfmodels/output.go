package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// format is how an answer is written. The names and what they mean are those
// of the hf command.
type format string

const (
	auto    format = ""      // agent where a coding agent runs the command, else human, in a pipe too
	human   format = "human" // text and tables that fit the terminal
	agent   format = "agent" // tab-separated values below a line of names, nothing cut
	asJSON  format = "json"  // unknown is null
	quietly format = "quiet" // ids, one a line, and no notes
)

var formats = []string{"auto", string(human), string(agent), string(asJSON), string(quietly)}

func (f *format) String() string {
	if *f == auto {
		return "auto"
	}
	return string(*f)
}

func (f *format) Type() string { return "format" }

func (f *format) Set(s string) error {
	if _, err := hfmodels.ParseFormat(s); err == nil {
		return errors.New("this is how to answer; --weights is for the format of weights")
	}
	if !slices.Contains(formats, s) {
		return fmt.Errorf("no such format%s", usage.NearOrAll(s, formats))
	}
	*f = format(s)
	if s == "auto" {
		*f = auto
	}
	return nil
}

// settle makes one format of the flags for it.
func (o *options) settle(cmd *cobra.Command) error {
	o.cmd = cmd
	given := 0
	for _, name := range []string{"format", "json", "quiet"} {
		if cmd.Flags().Changed(name) {
			given++
		}
	}
	switch {
	case given > 1:
		return usage.Errorf("give one of --format, --json and --quiet")
	case o.json:
		o.format = asJSON
	case o.quiet:
		o.format = quietly
	case o.format != auto:
	case os.Getenv("AI_AGENT") != "" || os.Getenv("AGENT") != "":
		o.format = agent
	default:
		o.format = human
	}
	return nil
}

// note says on standard error what the answer itself does not. JSON has it all,
// and --quiet means it.
func (o *options) note(cmd *cobra.Command, format string, args ...any) {
	if o.format == human || o.format == agent {
		if out, ok := cmd.OutOrStdout().(*bufio.Writer); ok {
			_ = out.Flush() // the answer first; the writer remembers an error
		}
		cmd.PrintErrf("%s %s\n", o.err.paint(warn, "note:"), usage.Printable(fmt.Sprintf(format, args...)))
	}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printRows writes what --format agent means.
func printRows(w io.Writer, header []string, rows ...[]string) {
	fmt.Fprintln(w, strings.Join(header, "\t"))
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, strings.Join(strings.Fields(usage.Printable(cell)), " "))
		}
		fmt.Fprintln(w)
	}
}

// printIDs writes what --quiet means, each id once.
func printIDs(w io.Writer, ids ...string) {
	seen := make(map[string]bool)
	for _, id := range ids {
		if id != "" && !seen[id] {
			fmt.Fprintln(w, usage.Printable(id))
		}
		seen[id] = true
	}
}

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

// columns is the width for running text, of which more than a hundred are hard
// to read.
func (s screen) columns(otherwise int) int {
	if s.width == 0 {
		return otherwise
	}
	return max(40, min(s.width, 100))
}

// The few colours.
var (
	good  = text.Colors{text.FgGreen}
	warn  = text.Colors{text.FgYellow}
	bad   = text.Colors{text.FgRed}
	faint = text.Colors{text.Faint}
	bold  = text.Colors{text.Bold}
)

func (s screen) paint(c text.Colors, words string) string {
	if !s.colour {
		return words
	}
	return c.EscapeSeq() + words + text.EscapeReset
}

// status paints a status by how much stands behind it.
func (s screen) status(name string) string {
	name = usage.Printable(name) // a registry of the user's may say anything
	switch name {
	case "proven":
		return s.paint(good, name)
	case "unproven":
		return s.paint(warn, name)
	case "none":
		return s.paint(faint, name)
	}
	return name
}

// wrapped breaks running text for the terminal, and indents it.
func (s screen) wrapped(indent, words string) string {
	if s.width > 0 {
		words = text.WrapSoft(words, max(20, s.width-len(indent)))
	}
	lines := strings.Split(words, "\n")
	for i := range lines {
		lines[i] = indent + strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
