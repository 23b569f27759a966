package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

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
		Short: "Say which decisions changed since a git revision",
		Long: `Say which decisions changed since a git revision (HEAD if none is given), as
Markdown for a pull request. It is compared with what the facts and the policy
of the working tree lead to, whether emit has written that yet or not. Nothing
is printed where no decision changed, though counters or revisions may have.`,
		Example: `  go run ./gen diff
  go run ./gen diff main --json   # docs/schemas/diff.schema.json`,
		Args: usage.Args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			rev := "HEAD"
			if len(args) > 0 {
				rev = args[0]
			}
			d, err := diff(rev)
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

// diff compares a revision with the working tree.
func diff(rev string) (*review.Diff, error) {
	if err := haveData(); err != nil {
		return nil, err
	}
	commit, err := commitOf(rev)
	if err != nil {
		return nil, err
	}
	now, err := loadData()
	if err != nil {
		return nil, err
	}
	if now.Lock == nil {
		return nil, fmt.Errorf("nothing was decided yet in %s: run: go run ./gen", dataDir())
	}
	if now.Picks, err = choose.Choose(now, now.Lock.Synced); err != nil {
		return nil, fmt.Errorf("choose: %w", err)
	}
	old, err := stateAt(rev, commit)
	if err != nil {
		return nil, err
	}
	d := review.Compare(old, now)
	d.Since, d.Commit = rev, commit
	return d, nil
}

// stateAt is the state of a commit.
func stateAt(rev, commit string) (*data.State, error) {
	files, err := filesAt(commit)
	if err != nil {
		return nil, fmt.Errorf("%s has no %s to compare with: %w", rev, dataDir(), err)
	}
	state, err := data.Load(files)
	if errors.Is(err, fs.ErrNotExist) || err == nil && state.Picks == nil {
		return nil, fmt.Errorf("%s has no decisions in %s to compare with: give a later revision", rev, dataDir())
	}
	if err != nil {
		return nil, fmt.Errorf("this program cannot read the state of %s: %w", rev, err)
	}
	return state, nil
}
