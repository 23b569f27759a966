package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/review"
	"github.com/hfmodels/hfmodels/registrydata"
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
		Args: usage(cobra.MaximumNArgs(1)),
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
				_, err := os.Stdout.WriteString(d.Markdown())
				return err
			}
			return printJSON(d)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printJSON(v any) error {
	enc := json.NewEncoder(os.Stdout)
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
	data, err := loadData()
	if err != nil {
		return nil, err
	}
	if data.Picks == nil || data.Lock == nil {
		return nil, fmt.Errorf("nothing was decided yet in %s: run: go run ./gen", dataDir())
	}
	picks, err := choose.Choose(data, data.Lock.Synced)
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
	return &review.State{Catalog: data.Catalog, Picks: data.Picks, Policy: data.Policy, Aliases: data.Aliases}, nil
}

// stateAt is the state of a commit.
func stateAt(rev, commit string) (*review.State, error) {
	dir, err := os.MkdirTemp("", "hfmodels-diff-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"catalog.json", "picks.json", "policy.yaml"} {
		listed, err := gitOfData("ls-tree", "--name-only", commit, "--", name)
		if err != nil {
			return nil, err
		}
		if len(listed) == 0 {
			return nil, fmt.Errorf("%s has no %s, so there is nothing to compare with: give a later revision; the first that has it: git log --diff-filter=A --format=%%h -- %s",
				rev, filepath.Join(dataDir(), name), filepath.Join(dataDir(), name))
		}
		content, err := gitOfData("cat-file", "blob", commit+":./"+name)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return nil, err
		}
	}
	s := new(review.State)
	fsys := os.DirFS(dir)
	if s.Catalog, err = registrydata.LoadCatalog(fsys); err == nil {
		if s.Picks, err = registrydata.LoadPicks(fsys); err == nil {
			s.Policy, err = registrydata.LoadPolicy(fsys)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("this program cannot read the state of %s: %w", rev, err)
	}
	return s, nil
}

// commitOf is the commit that a revision means.
func commitOf(rev string) (string, error) {
	if _, err := gitOfData("rev-parse", "--git-dir"); errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("it needs git, which is not installed")
	} else if err != nil {
		return "", fmt.Errorf("%s is in no git repository, so there is no revision to compare with: %w", dataDir(), err)
	}
	out, err := gitOfData("rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err == nil {
		return strings.TrimSpace(string(out)), nil
	}
	hint := "git log has those that there are"
	if shallow, err := gitOfData("rev-parse", "--is-shallow-repository"); err == nil && strings.TrimSpace(string(shallow)) == "true" {
		hint = "this clone is shallow, so it may be missing: git fetch --unshallow"
	}
	return "", fmt.Errorf("%q is no revision of this repository: %s", rev, hint)
}

// gitOfData runs git in the data directory, and gives its complaint as the error.
func gitOfData(args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", dataDir()}, args...)...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(exit.Stderr))
	}
	return out, err
}
