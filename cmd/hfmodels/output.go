package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// The formats of an answer. The names and what they mean are those of the hf
// command.
const (
	formatHuman = "human" // text and tables that fit the terminal
	formatAgent = "agent" // tab-separated values below a line of names, nothing cut
	formatJSON  = "json"  // unknown is null
	formatQuiet = "quiet" // ids, one a line, and no notes
)

// options are the flags that every command has, and where it writes.
type options struct {
	format string
	guess  bool // nobody asked for the format
	policy string
	cmd    *cobra.Command // the one that runs

	stdout   *bufio.Writer // below out
	out, err screen
}

func formatNames() []string {
	return []string{"auto", formatHuman, formatAgent, formatJSON, formatQuiet}
}

func (o *options) setFormat(s string) error {
	if _, err := hfmodels.ParseFormat(s); err == nil {
		return errors.New("this is the format of the answer; the format of weights is --weights")
	} else if !slices.Contains(formatNames(), s) {
		return fmt.Errorf("unknown format %q%s", s, usage.NearOrAll(s, formatNames()))
	} else if o.format != "" && o.format != s {
		return errors.New("give one of --format, --json and --quiet")
	}
	o.format = s
	return nil
}

// short makes a flag without a value stand for a format.
func (o *options) short(format string) func(string) error {
	return func(s string) error {
		if on, err := strconv.ParseBool(s); err != nil || !on {
			return err
		}
		return o.setFormat(format)
	}
}

// settle decides on a format where none was asked for: agent where a coding
// agent runs the command, else human.
func (o *options) settle(cmd *cobra.Command) {
	o.cmd = cmd
	if o.format != "" && o.format != "auto" {
		return
	}
	o.format, o.guess = formatHuman, true
	if os.Getenv("AI_AGENT") != "" || os.Getenv("AGENT") != "" {
		o.format = formatAgent
	}
}

// note writes to standard error what the answer itself does not say. JSON says
// everything, and --quiet asks for no notes.
func (o *options) note(format string, args ...any) {
	if o.format == formatHuman || o.format == formatAgent {
		_ = o.stdout.Flush() // the answer first; the writer remembers an error
		o.cmd.PrintErrf("%s %s\n", o.err.paint(yellow, "note:"), usage.Printable(fmt.Sprintf(format, args...)))
	}
}

// reply is an answer, in each of the formats.
type reply struct {
	json   any
	header []string
	rows   [][]string
	ids    []string
	human  func(screen) // nil: the ids
}

// ofModel is the reply that is one model, with what else there is to say of it
// as members of the JSON object and as cells of the row.
func ofModel(arch hfmodels.Arch, m hfmodels.Model, more ...any) reply {
	return reply{
		json:   append(withArch(arch, m), more...),
		header: slices.Concat([]string{"arch"}, columns),
		rows:   [][]string{slices.Concat([]string{arch.String()}, cells(m))},
		ids:    []string{m.ID},
	}
}

// withArch is a model as JSON, with the architecture first.
func withArch(arch hfmodels.Arch, m hfmodels.Model) object {
	return object{map[string]hfmodels.Arch{"arch": arch}, m}
}

func (o *options) print(r reply) error {
	w := o.stdout
	switch {
	case o.format == formatJSON:
		return writeJSON(w, r.json)
	case o.format == formatAgent:
		for _, row := range slices.Concat([][]string{r.header}, r.rows) {
			var line []string
			for _, cell := range row {
				line = append(line, strings.Join(strings.Fields(usage.Printable(cell)), " "))
			}
			fmt.Fprintln(w, strings.Join(line, "\t"))
		}
	case o.format == formatHuman && r.human != nil:
		r.human(o.out)
	default:
		for i, id := range r.ids {
			if id != "" && !slices.Contains(r.ids[:i], id) {
				fmt.Fprintln(w, usage.Printable(id))
			}
		}
	}
	return nil // an error of w comes back when it is flushed
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// object is written as one JSON object with the members of all its parts.
type object []any

func (o object) MarshalJSON() ([]byte, error) {
	var members [][]byte
	for _, part := range o {
		var b bytes.Buffer
		if err := writeJSON(&b, part); err != nil {
			return nil, err
		}
		text := bytes.TrimSpace(b.Bytes())
		members = append(members, text[len("{"):len(text)-len("}")])
	}
	return slices.Concat([]byte("{"), bytes.Join(members, []byte(",")), []byte("}")), nil
}

// columns are those of a model with --format agent, and cells what is in them.
var columns = []string{"id", "revision", "parameters", "bytes", "license", "gated", "tasks", "reason"}

func cells(m hfmodels.Model) []string {
	figure := func(n int64) string {
		if n == 0 {
			return unknown
		}
		return strconv.FormatInt(n, 10)
	}
	return []string{
		m.ID, orUnknown(m.Revision), figure(m.Parameters), figure(m.Bytes), orUnknown(string(m.License)), orUnknown(string(m.Gating)),
		strings.Join(namesOf(m.Tasks.All()), ","), m.Reason,
	}
}

const indent = "    "

// checkpointLines writes a model for people, with what there is to say of it.
func checkpointLines(on screen, m hfmodels.Model, lines ...string) {
	fmt.Fprintln(on, on.paint(bold, usage.Printable(m.ID)))
	facts := fmt.Sprintf("parameters %s, licence %s, gated %s, revision %.12s",
		size(m.Parameters), orUnknown(string(m.License)), orUnknown(string(m.Gating)), orUnknown(m.Revision))
	for _, line := range append([]string{facts}, lines...) {
		on.say(indent, line)
	}
}

const unknown = "unknown"

func orUnknown(s string) string {
	if s == "" {
		return unknown
	}
	return s
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
