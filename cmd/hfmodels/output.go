package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// The formats of an answer. The names and what they mean are those of the hf
// command.
const (
	formatHuman  = "human"  // text and tables that fit the terminal
	formatJSON   = "json"   // unknown is null
	formatQuiet  = "quiet"  // ids, one a line, and no notes
	formatGitHub = "github" // of check: annotations of a pull request
	formatSARIF  = "sarif"  // of check: SARIF 2.1.0
)

// options are the flags that every command has, and where it writes.
type options struct {
	format      string
	json, quiet bool
	policy      string
	cmd         *cobra.Command // the one that runs
	out         screen
}

// settle decides on the format of the command that runs.
func (o *options) settle(cmd *cobra.Command, _ []string) (err error) {
	o.cmd = cmd
	known := []string{"auto", formatHuman, formatJSON, formatQuiet}
	if cmd.Name() == "check" {
		known = append(known, formatGitHub, formatSARIF)
	}
	if o.format, err = oneOf("format", known...)(o.format); o.format == "auto" {
		o.format = formatHuman
	}
	if o.json {
		o.format = formatJSON
	} else if o.quiet {
		o.format = formatQuiet
	}
	return err
}

// note writes to standard error what the answer itself does not say. JSON says
// everything, and --quiet asks for no notes.
func (o *options) note(format string, args ...any) {
	if o.format == formatHuman {
		_ = o.out.Flush() // the answer first; the writer remembers an error
		o.cmd.PrintErrln("note:", usage.Printable(fmt.Sprintf(format, args...)))
	}
}

// reply is an answer, in each of the formats.
type reply struct {
	json  any
	ids   []string
	human func(screen) // nil: the ids
}

// ofModel is the reply that is one model, with what else there is to say of it
// as members of the JSON object.
func ofModel(arch hfmodels.Arch, m hfmodels.Model, more ...any) reply {
	return reply{json: append(withArch(arch, m), more...), ids: []string{m.ID}}
}

// withArch is a model as JSON, with the architecture first.
func withArch(arch hfmodels.Arch, m hfmodels.Model) object {
	return object{members{"arch": arch}, m}
}

func (o *options) print(r reply) error {
	switch {
	case o.format == formatJSON:
		return writeJSON(o.out, r.json)
	case o.format != formatQuiet && r.human != nil:
		r.human(o.out)
	default:
		seen := map[string]bool{"": true}
		for _, id := range r.ids {
			if !seen[id] {
				fmt.Fprintln(o.out, usage.Printable(id))
			}
			seen[id] = true
		}
	}
	return nil // an error of the writer comes back when it is flushed
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

type members = map[string]any

// object is written as one JSON object with the members of all its parts.
type object []any

func (o object) MarshalJSON() ([]byte, error) {
	var members [][]byte
	for _, part := range o {
		var b bytes.Buffer
		if err := writeJSON(&b, part); err != nil {
			return nil, err
		}
		if text := bytes.TrimSpace(b.Bytes()); len(text) > len("{}") {
			members = append(members, text[len("{"):len(text)-len("}")])
		}
	}
	return slices.Concat([]byte("{"), bytes.Join(members, []byte(",")), []byte("}")), nil
}

const unknown = "unknown"

func orUnknown[T ~string](s T) string {
	if s == "" {
		return unknown
	}
	return string(s)
}

func size(n int64) string {
	if n == 0 {
		return unknown
	}
	return choose.Count(n)
}

// known returns nil, which is null in JSON, for the zero value.
func known[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// screen writes for people: it knows the terminal that the output leads to.
type screen struct {
	*bufio.Writer
	width int // 0 if the output is not a terminal
}

const indent = "    "

// say writes a paragraph below a first line that begins with a title; its lines
// are as far in as the title is long, and fit the terminal.
func (s screen) say(title, words string) {
	line, margin := title, strings.Repeat(" ", len(title))
	for i, word := range strings.Fields(usage.Printable(words)) {
		switch n := utf8.RuneCountInString(line + " " + word); {
		case i == 0:
			line += word
		case s.width > 0 && n > max(40, s.width):
			fmt.Fprintln(s, line)
			line = margin + word
		default:
			line += " " + word
		}
	}
	fmt.Fprintln(s, line)
}

// field writes what is known under a name, and nothing where nothing is.
func (s screen) field(name, value string) {
	if value != "" {
		s.say(fmt.Sprintf("%-18s", name), value)
	}
}

// model writes a model, with what there is to say of it.
func (s screen) model(m hfmodels.Model, lines ...string) {
	fmt.Fprintln(s, usage.Printable(m.ID))
	s.say(indent, fmt.Sprintf("parameters %s, licence %s, gated %s, revision %.12s",
		size(m.Parameters), strings.ReplaceAll(orUnknown(m.License), data.LicenseSeparator, " and "), orUnknown(m.Gating), orUnknown(m.Revision)))
	for _, line := range lines {
		s.say(indent, line)
	}
}

// table writes rows in aligned columns, each a line. The terminal may cut the
// last columns.
func (s screen) table(rows [][]string) {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, usage.Printable(strings.Join(row, "\t")))
	}
	_ = t.Flush() // a buffer takes everything
	for line := range strings.Lines(b.String()) {
		line = strings.TrimRight(line, " \n")
		if r := []rune(line); s.width > 0 && len(r) > s.width {
			line = string(r[:s.width-1]) + "…"
		}
		fmt.Fprintln(s, line)
	}
}
