package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/check"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func checkCommand(opts *options) *cobra.Command {
	var run checkRun
	cmd := &cobra.Command{
		Use:   "check PATH...",
		Short: "Find the ids of models in files, and what is wrong with them",
		Long: `Find the ids of models in files, and what is wrong with them.

PATH is a file, or a directory, which is read without the files that .gitignore
names, other people's (vendor, node_modules, virtual environments), and those
that are binary or above 8 MB. An id counts where a loader, a key or the Hub's
address stands before it, or where the tables know it.

  renamed       the model has another id now: --fix writes that
  gone          the Hub has no such model, or has it no longer
  disabled      the Hub has switched it off
  recreated     with --live: another repository was created under its name
  gated         it loads with a token only, and after its terms were accepted
  architecture  the class, or the model_type beside it, is another one's
  version       the requirements of the project rule out the transformers that it needs
  engine        the class that loads it is another engine's, which does not run it
  unpinned      with --pinned: the loader is given no revision

The tables answer; with --live the Hub does, once for each id. A line that says
"hfmodels: ignore" is left out, and so is what --baseline names: the --json of
an earlier run.

Exit status: 0 nothing is wrong; 1 something is; 2 wrong use; 3 something could
not be read, or not be asked, and nothing is wrong with the rest.`,
		Example: `  hfmodels check .
  hfmodels check --list --json .`,
		Args: func(cmd *cobra.Command, args []string) error {
			for _, path := range args {
				if _, err := os.Stat(path); err != nil {
					return err
				}
			}
			return cobra.MinimumNArgs(1)(cmd, args)
		},
		RunE: func(_ *cobra.Command, args []string) error { return run.check(opts, args) },
	}
	f := cmd.Flags()
	f.BoolVar(&run.list, "list", false, "list every id, also those with which nothing is wrong")
	f.BoolVar(&run.pinned, "pinned", false, "want a revision wherever a model is loaded")
	f.BoolVar(&run.live, "live", false, "ask the Hub what has become of each id")
	f.StringVar(&run.baseline, "baseline", "", "leave out what this `file` has, the --json of an earlier run")
	f.BoolVar(&run.fix, "fix", false, "write the present ids of renamed models into the files")
	f.BoolVar(&run.dryRun, "dry-run", false, "show the changes that --fix would make")
	return cmd
}

// checkRun is a run of check, with its flags.
type checkRun struct {
	list, pinned, live, fix, dryRun bool
	baseline                        string
}

// finding is an id in a file, and what is wrong with it unless its kind is null.
type finding struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	ID      string `json:"id"`
	Kind    text   `json:"kind"`
	Now     text   `json:"now"`
	Message string `json:"message"`
}

// text is null in JSON where it is empty.
type text string

func (t text) MarshalJSON() ([]byte, error) { return json.Marshal(known(string(t))) }

// key is what a finding has in common with one of an earlier run.
func (f finding) key() finding { return finding{Path: f.Path, ID: f.ID, Kind: f.Kind} }

func (run checkRun) check(opts *options, paths []string) error {
	if run.dryRun && opts.format != formatHuman {
		return usage.Errorf("--dry-run shows changes as text: leave out --format, --json and -q")
	}
	accepted, err := run.accepted()
	if err != nil {
		return err
	}
	r, err := opts.registry()
	if err == nil {
		r.state, err = r.evidence("")
	}
	if err != nil {
		return err
	}
	k := &knowledge{r, checkpoints(r.state)}
	files, read, undone := check.Scan(opts.cmd.Context(), paths, k.has)
	if run.live {
		undone = errors.Join(undone, k.ask(opts, files))
	}
	all, found, fixed := []finding{}, 0, 0
	baseline, _ := os.Stat(run.baseline)
	for _, file := range files {
		if info, _ := os.Stat(file.Path); os.SameFile(baseline, info) {
			continue // it has what was accepted, with the ids
		}
		var mended []finding // by writing these bytes
		var now []byte
		end := 0
		for _, id := range file.Found {
			wrong := k.findings(id, file.Requires, run.pinned)
			if found++; len(wrong) == 0 && run.list {
				wrong = []finding{{}}
			}
			for _, f := range wrong {
				f.Path, f.Line, f.Column, f.ID = file.Path, id.Line, id.Column, id.ID
				switch {
				case accepted[f.key()]:
				case (run.fix || run.dryRun) && f.Kind == "renamed" && bytes.HasPrefix(file.Text[id.Offset:], []byte(id.ID)):
					now = slices.Concat(now, file.Text[end:id.Offset], []byte(f.Now))
					end, mended = id.Offset+len(id.ID), append(mended, f)
				default:
					all = append(all, f)
				}
			}
		}
		now = append(now, file.Text[end:]...)
		if len(mended) > 0 && run.dryRun {
			_, _ = opts.out.Write(diff.Diff(quotedPath("a/"+file.Path), file.Text, quotedPath("b/"+file.Path), now))
		} else if len(mended) > 0 {
			err := file.Replace(now)
			if err == nil {
				fixed += len(mended)
				continue
			}
			undone = errors.Join(undone, err)
		}
		all = append(all, mended...)
	}
	if !run.dryRun {
		if err := opts.printFindings(all); err != nil {
			return err
		}
	}
	if fixed > 0 {
		opts.note("%s rewritten", english.Plural(fixed, "id", ""))
	}
	counts := make(map[text]int)
	for _, f := range all {
		counts[f.Kind]++
	}
	delete(counts, "") // what is only listed
	said, sep := english.Plural(found, "id", "")+" in "+english.Plural(read, "file", ""), ": "
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		said += fmt.Sprintf("%s%d %s", sep, counts[kind], kind)
		sep = ", "
	}
	switch {
	case undone != nil && len(counts) == 0:
		return usage.Partialf("%w", undone)
	case undone != nil:
		return fmt.Errorf("%s; and not all is done: %w", said, undone)
	case len(counts) > 0:
		return errors.New(said)
	case opts.format == formatHuman && !run.dryRun:
		fmt.Fprintf(opts.out, "%s: no findings\n", said)
	}
	return nil
}

// quotedPath is a path as git writes it in a diff, where a terminal would obey a sign of it.
func quotedPath(path string) string {
	if quoted := strconv.Quote(path); quoted != `"`+path+`"` {
		return quoted
	}
	return path
}

// accepted are the keys of the findings of the baseline.
func (run checkRun) accepted() (map[finding]bool, error) {
	if run.baseline == "" {
		return nil, nil
	}
	var old []finding
	written, err := data.ReadFile(run.baseline)
	if err = cmp.Or(err, json.Unmarshal(written, &old)); err != nil {
		return nil, usage.Errorf("--baseline %s: %w: it has to be what check --json wrote", run.baseline, err)
	}
	keys := make(map[finding]bool)
	for _, f := range old {
		keys[f.key()] = true
	}
	return keys, nil
}

// printFindings prints them in each of the formats.
func (o *options) printFindings(all []finding) error {
	if o.format == formatSARIF {
		return writeJSON(o.out, sarif(all))
	}
	out := reply{json: all}
	inGitHub := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range all {
		line := fmt.Sprintf("%s:%d:%d: %s: %s", f.Path, f.Line, f.Column, f.ID, f.Message)
		switch o.format {
		case formatQuiet:
			line = f.ID
		case formatGitHub:
			line = fmt.Sprintf("::warning file=%s,line=%d,col=%d,title=hfmodels %s::%s: %s",
				inGitHub.Replace(f.Path), f.Line, f.Column, f.Kind, f.ID, f.Message)
		}
		out.ids = append(out.ids, strings.ReplaceAll(strings.TrimSuffix(line, ": "), "\n", "\uFFFD"))
	}
	return o.print(out)
}

// sarif is the log of a run in SARIF 2.1.0, as far as code hosts read it.
func sarif(all []finding) any {
	type m = map[string]any
	rules, results := []m{}, []m{}
	for _, f := range all {
		if f.Kind == "" {
			continue
		}
		if !slices.ContainsFunc(rules, func(r m) bool { return r["id"] == f.Kind }) {
			rules = append(rules, m{"id": f.Kind})
		}
		results = append(results, m{
			"ruleId": f.Kind, "level": "warning", "message": m{"text": f.ID + ": " + f.Message},
			"locations": []m{{"physicalLocation": m{
				"artifactLocation": m{"uri": (&url.URL{Path: f.Path}).String()},
				"region":           m{"startLine": f.Line, "startColumn": f.Column},
			}}},
		})
	}
	driver := m{"name": "hfmodels", "rules": rules}
	return m{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []m{{"tool": m{"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}},
	}
}

// knowledge is what check knows of ids.
type knowledge struct {
	registry
	ids map[string]*checkpoint // in lower case
}

// has reports whether the tables know an id, also as one that was.
func (k *knowledge) has(id string) bool { return k.ids[data.FoldID(id)] != nil }

// ask asks the Hub about each id once, and notes the renames that the tables do
// not know. The error says what could not be asked; the tables answer for that.
func (k *knowledge) ask(opts *options, files []*check.File) error {
	client, err := hub.Open(func(o *hub.Options) { o.Tries, o.MaxWait = 3, 5*time.Minute })
	if err != nil {
		return err
	}
	surely := make(map[string]bool) // what only looks like an id may never have been one
	for _, file := range files {
		for _, f := range file.Found {
			surely[f.ID] = surely[f.ID] || f.Loaded || k.has(f.ID)
		}
	}
	var unasked []error
	for _, id := range slices.Sorted(maps.Keys(surely)) {
		m, _, err := client.Detail(opts.cmd.Context(), id)
		is := new(checkpoint)
		switch {
		case err == nil && m.Disabled, hub.Is(err, hub.Disabled):
			is.lost = hub.Disabled
		case err == nil:
			is.add("", &m)
			is.another = recreated(k.state, id, &m)
			if data.SameID(m.ID, id) {
				break
			}
			is.former = id
			if was := k.ids[data.FoldID(id)]; was == nil || was.former == "" {
				opts.note("the tables lack a rename: %s is %s now", id, m.ID)
			}
		case hub.Is(err, hub.Missing):
			if surely[id] {
				is.lost = hub.Missing
			}
		case hub.Is(err, hub.Forbidden, hub.Malformed): // this one only
			unasked = append(unasked, fmt.Errorf("%s: %w", id, err))
			continue
		default: // the others would fare no better
			return errors.Join(append(unasked, fmt.Errorf("not every id could be asked about: %w", err))...)
		}
		k.ids[data.FoldID(id)] = is
	}
	return errors.Join(unasked...)
}

// findings are what is wrong with an id where it was found.
func (k *knowledge) findings(f check.Found, asked *check.Requirement, pinned bool) (all []finding) {
	is := cmp.Or(k.ids[data.FoldID(f.ID)], new(checkpoint))
	now := ""
	if is.former != "" {
		now = is.ID
	}
	add := func(kind, format string, args ...any) {
		all = append(all, finding{Kind: text(kind), Now: text(now), Message: fmt.Sprintf(format, args...)})
	}
	instead := func(before string, a hfmodels.Arch, p place) string {
		if m, ok := k.model(a, p); ok && m.ID != is.ID {
			return before + m.ID
		}
		return ""
	}
	if is.lost != "" {
		add(map[hub.Kind]string{hub.Disabled: "disabled", hub.Missing: "gone"}[is.lost], "%s; use another one", is.lost)
		return all
	}
	if is.another != "" {
		add("recreated", "%s %s", is.ID, is.another)
		return all
	}
	if now != "" {
		add("renamed", "the id is %s now; write that", now)
	}
	arch := append(is.archs, 0)[0]
	if g := hfmodels.Gating(is.Gated); g == hfmodels.GatedAuto || g == hfmodels.GatedManual {
		open := instead("; without: ", arch, place{role: hfmodels.Open})
		add("gated", "accept its terms on the Hub (%s), and load it with a token%s", g, open)
	}
	want, ok := hfmodels.ArchOfClass(f.Class) // what the code around the id expects
	by := f.Class
	if !ok {
		want, _ = hfmodels.ParseArch(f.ModelType)
		by = "model_type"
	}
	if want != 0 && arch != 0 && !slices.ContainsFunc(is.archs, func(a hfmodels.Arch) bool { return loads(f.Class, want, a) }) {
		add("architecture", "%s expects %s, and this model is of %s%s", by, want, arch, instead("; use ", want, place{}))
	}
	i := arch.Info()
	if asked != nil && i.Since != "" && asked.Below(i.Since) {
		add("version", "%s needs transformers >= %s, and %s:%d asks for %s", arch, i.Since, asked.Path, asked.Line, asked.Spec)
	}
	if strings.HasPrefix(f.Class, "ORTModel") {
		for e, s := range i.Engines() {
			if e == hfmodels.OptimumONNX && s.Known && !s.Supported {
				add("engine", "%s runs it with %s, which does not run %s (%s)", f.Class, e, arch, s.Version)
			}
		}
	}
	if pinned && f.Unpinned {
		revision := "a revision"
		if is.Revision != "" {
			revision = fmt.Sprintf("revision=%q, which we know", is.Revision)
		}
		add("unpinned", "what is loaded may change any day; add %s", revision)
	}
	return all
}

// loads reports whether code for one architecture loads a model of another: of
// the same, of one that shares the class, or as its part, host or other name.
func loads(class string, want, a hfmodels.Arch) bool {
	for _, own := range a.Info().AutoClasses() {
		if own == strings.TrimPrefix(strings.TrimPrefix(class, "TF"), "Flax") {
			return true
		}
	}
	related := func(a, b hfmodels.Arch) bool {
		i := a.Info()
		return a == b || i.Host == b || i.AliasOf == b || slices.Contains(slices.Collect(i.Parents()), b)
	}
	return related(want, a) || related(a, want)
}
