package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/emit"
	catalogue "github.com/hfmodels/hfmodels/internal/report" // report is what verify prints
	"github.com/hfmodels/hfmodels/internal/usage"
)

func reportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "report --out DIR",
		Short: "Write the catalogue as a page, JSON and Markdown",
		Long: `Write the catalogue: index.html and disproved.html, which need no network,
report.json and report.md. In a checkout, or with HF_REGISTRY_PATH, they show
the registry data there, and else what this program was built with.
docs/report.md says what is in them.

A file that this command did not write is never replaced.`,
		Example: `  go run ./gen report --out ../report`,
		Args:    usage.Args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			return writeReport(out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "directory to write to")
	return cmd
}

func writeReport(out string) error {
	if out == "" {
		return usage.Errorf("say where to write, with --out DIR")
	}
	fsys, built, err := source(true)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	state, err := data.Load(fsys)
	if err != nil {
		return err
	}
	recipes, err := data.LoadRecipes(fsys)
	if err != nil {
		return err
	}
	past := catalogue.History{Missing: "The data are those that the program was built with, and have no history."}
	if !built {
		past = history(state)
	}
	r, err := catalogue.New(catalogue.Input{Data: state, Recipes: recipes, History: past})
	if err != nil {
		return err
	}
	files, err := r.Files(emit.Mark)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := emit.Put(out, files); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintln(stdout, usage.Printable(filepath.Join(out, name)))
	}
	return nil
}

// history is what was decided at each day of facts, the present one and those
// that git has. Where there is but one it says so: a chart would show nothing.
func history(state *data.State) catalogue.History {
	if state.Lock == nil || state.Picks == nil {
		return catalogue.History{} // catalogue.New complains
	}
	commits, err := gitOfData("log", "--format=%H", "--", "picks.json")
	if err != nil {
		return catalogue.History{Missing: "The git history of picks.json cannot be read: " + err.Error() + "."}
	}
	now := catalogue.Snapshot{Synced: state.Lock.Synced, Transformers: state.Lock.Transformers, Counts: catalogue.CountsOf(state.Picks)}
	h := catalogue.History{Snapshots: []catalogue.Snapshot{now}}
	seen := map[string]bool{now.Synced + " " + now.Transformers: true}
	for commit := range strings.FieldsSeq(string(commits)) { // newest first
		s, err := snapshot(commit, seen)
		if err != nil {
			return catalogue.History{Missing: "The git history of picks.json cannot be read: " + err.Error() + "."}
		}
		if s != nil {
			h.Snapshots = append(h.Snapshots, *s)
		}
	}
	if len(h.Snapshots) == 1 {
		return catalogue.History{Missing: fmt.Sprintf("The git history knows no facts but those of %s, with transformers %s.", now.Synced, now.Transformers)}
	}
	slices.SortStableFunc(h.Snapshots, func(a, b catalogue.Snapshot) int { return strings.Compare(a.Synced, b.Synced) })
	return h
}

// snapshot is the state at a commit, or nil if that day of facts was seen.
func snapshot(commit string, seen map[string]bool) (*catalogue.Snapshot, error) {
	fsys, err := filesAt(commit, "lock.json", "picks.json")
	if err != nil {
		return nil, err
	}
	lock, err := data.LoadLock(fsys)
	if err != nil {
		return nil, fmt.Errorf("at %s: %w", commit, err)
	}
	key := lock.Synced + " " + lock.Transformers
	if seen[key] {
		return nil, nil
	}
	seen[key] = true
	picks, err := data.LoadPicks(fsys)
	if err != nil {
		return nil, fmt.Errorf("at %s: %w", commit, err)
	}
	return &catalogue.Snapshot{Synced: lock.Synced, Transformers: lock.Transformers, Counts: catalogue.CountsOf(picks)}, nil
}
