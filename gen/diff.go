package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"

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
		Long: `HEAD, or REV, is compared with what the facts and the policy of the working tree
lead to, whether emit has written that yet or not. It prints Markdown; where no
decision changed it prints nothing, and says so on standard error.`,
		Example: `  go run ./gen diff
  go run ./gen diff main --json   # docs/schemas/diff.schema.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := diff(append(args, "HEAD")[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(d)
			}
			if d.Empty() {
				fmt.Fprintf(os.Stderr, "diff: no decision has changed since %s\n", d.Since)
			}
			_, err = stdout.WriteString(d.Markdown())
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// diff compares a revision with the working tree.
func diff(rev string) (*review.Diff, error) {
	now, err := loadData()
	if err != nil {
		return nil, err
	}
	commit, err := commitOf(rev)
	if err != nil {
		return nil, err
	}
	if now.Lock == nil {
		return nil, fmt.Errorf("nothing was decided yet in %s: run: go run ./gen", dataDir())
	}
	old, err := stateAt(rev, commit)
	if err != nil {
		return nil, err
	}
	if now.Picks, err = choose.Choose(now, now.Lock.Synced); err != nil {
		return nil, err
	}
	d := review.Compare(old, now)
	d.Since, d.Commit = rev, commit
	if d.Empty() || len(now.Policy.Pins)+len(now.Policy.Deny) == 0 {
		return d, nil
	}
	// Without what was chosen before, an incumbent hides what was declined.
	without, free := *now, *now.Policy
	without.Picks, without.Policy, free.Pins, free.Deny = nil, &free, nil, nil
	if without.Picks, err = choose.Choose(&without, now.Lock.Synced); err != nil {
		return nil, err
	}
	with := without
	with.Policy = now.Policy
	with.Picks, err = choose.Choose(&with, now.Lock.Synced)
	d.Declined = review.Compare(&without, &with).Defaults
	return d, err
}

// stateAt is the state of the data directory in a commit.
func stateAt(rev, commit string) (*data.State, error) {
	archive, err := git("archive", "--format=zip", "-0", commit, "--", ".")
	if err != nil {
		return nil, fmt.Errorf("%s has no %s to compare with: %w", rev, dataDir(), err)
	}
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
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

// commitOf is the commit that a revision means.
func commitOf(rev string) (string, error) {
	out, err := git("rev-parse", "--verify", "--end-of-options", rev+"^{commit}")
	if err != nil {
		if shallow, _ := git("rev-parse", "--is-shallow-repository"); string(shallow) == "true\n" {
			err = fmt.Errorf("%w; the clone is shallow, fetch the rest with: git fetch --unshallow", err)
		}
		return "", fmt.Errorf("unknown revision %s: %w", usage.Quote(rev), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// git runs git in the data directory. What git says against it is the error.
func git(args ...string) ([]byte, error) {
	out, err := exec.Command("git", append([]string{"-C", dataDir()}, args...)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(exit.Stderr))
	}
	return out, err
}
