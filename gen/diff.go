package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/review"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func diffCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diff [REV]",
		Short: "Say what was decided anew since a git revision",
		Long: `Say what was decided anew since a git revision (HEAD if none is given), as
Markdown for a pull request. What is compared with it is the working tree,
committed or not. Nothing is printed where no decision changed, though counters
or revisions may have moved.`,
		Example: `  go run ./gen diff
  go run ./gen diff main --json   # docs/schemas/diff.schema.json`,
		Args: usage.Args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			rev := "HEAD"
			if len(args) > 0 {
				rev = args[0]
			}
			d, err := decidedAnew(rev)
			if err != nil {
				return fmt.Errorf("diff: %w", err)
			}
			if !asJSON {
				_, err := stdout.WriteString(d.Markdown())
				return err
			}
			return printJSON(d)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printJSON(v any) error {
	enc := json.NewEncoder(stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func decidedAnew(rev string) (*review.Diff, error) {
	if err := haveData(); err != nil {
		return nil, err
	}
	commit, err := commitOf(rev)
	if err != nil {
		return nil, err
	}
	now, err := decided()
	if err != nil {
		return nil, err
	}
	old, err := stateAt(rev, commit)
	if err != nil {
		return nil, err
	}
	d := review.Compare(*old, *now)
	d.Since, d.Commit = rev, commit
	return d, nil
}

// decided is the state of the working tree, where that is of one piece.
func decided() (*review.State, error) {
	if unmerged, err := gitOfData("ls-files", "--unmerged", "--", "."); err == nil && len(unmerged) > 0 {
		return nil, fmt.Errorf("%s has unresolved merge conflicts: take one side of the generated files, resolve policy.yaml, and run: go run ./gen emit", dataDir())
	}
	state, err := loadData()
	if err != nil {
		return nil, err
	}
	if state.Picks == nil || state.Lock == nil {
		return nil, fmt.Errorf("nothing was decided yet in %s: run: go run ./gen", dataDir())
	}
	picks, err := choose.Choose(state, state.Lock.Synced)
	if err != nil {
		return nil, fmt.Errorf("choose: %w", err)
	}
	want, err := picks.Encode()
	if err != nil {
		return nil, err
	}
	have, err := os.ReadFile(filepath.Join(dataDir(), "picks.json"))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(have, want) {
		return nil, fmt.Errorf("%s is not what the facts and the policy beside it lead to, so it is not the last decision: run: go run ./gen emit", filepath.Join(dataDir(), "picks.json"))
	}
	return &review.State{Catalog: state.Catalog, Picks: state.Picks, Policy: state.Policy, Aliases: state.Aliases}, nil
}

// stateAt is the state of a commit.
func stateAt(rev, commit string) (*review.State, error) {
	names := []string{"catalog.json", "picks.json", "policy.yaml"}
	for _, name := range names {
		listed, err := gitOfData("ls-tree", "--name-only", commit, "--", name)
		if err != nil {
			return nil, err
		}
		if len(listed) == 0 {
			return nil, fmt.Errorf("%s has no %s, so there is nothing to compare with: give a later revision; the first that has it: git log --diff-filter=A --format=%%h -- %s",
				rev, filepath.Join(dataDir(), name), filepath.Join(dataDir(), name))
		}
	}
	fsys, err := filesAt(commit, names...)
	if err != nil {
		return nil, err
	}
	s := new(review.State)
	if s.Catalog, err = data.LoadCatalog(fsys); err == nil {
		if s.Picks, err = data.LoadPicks(fsys); err == nil {
			s.Policy, err = data.LoadPolicy(fsys)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("this program cannot read the state of %s: %w", rev, err)
	}
	return s, nil
}
