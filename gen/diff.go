package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/review"
	"github.com/hfmodels/hfmodels/registrydata"
)

func diffCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diff [REV]",
		Short: "Say what was decided anew since a git revision",
		Long: `Say what was decided anew since a git revision (HEAD if none is given), as
Markdown for a pull request. Nothing is printed where no decision changed,
though counters or revisions may have moved.`,
		Example: `  go run ./gen diff
  go run ./gen diff main --json`,
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
			enc := json.NewEncoder(os.Stdout)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			return enc.Encode(d)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func decidedAnew(rev string) (*review.Diff, error) {
	now, err := stateOf(func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dataDir(), name)) })
	if err != nil {
		return nil, err
	}
	old, err := stateOf(func(name string) ([]byte, error) {
		cmd := exec.Command("git", "-C", dataDir(), "show", "--end-of-options", rev+":./"+name)
		var complaint bytes.Buffer
		cmd.Stderr = &complaint
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("reading %s at %s: %w: %s", name, rev, err, bytes.TrimSpace(complaint.Bytes()))
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	return review.Compare(*old, *now), nil
}

func stateOf(read func(string) ([]byte, error)) (*review.State, error) {
	data, err := read("picks.json")
	if err != nil {
		return nil, err
	}
	picks, err := registrydata.ParsePicks(data)
	if err != nil {
		return nil, err
	}
	if data, err = read("policy.yaml"); err != nil {
		return nil, err
	}
	policy, err := registrydata.ParsePolicy("policy.yaml", data)
	if err != nil {
		return nil, err
	}
	return &review.State{Picks: picks, Policy: policy}, nil
}
