package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func measureCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "measure FILE...",
		Short: "Import what the generated tests measured",
		Long: `Import what the generated tests measured when they ran a model: load and
forward times, peak memory, parameters, passed or failed, with the machine and
the versions. FILE is what pytest --hfmodels-results writes. It is checked as a
whole first; where one file is wrong nothing is imported.

A run is kept under registrydata/measurements/. What the same machine measured
again with the same versions replaces what it measured before. Run emit after
it, as a policy can deny what failed. docs/tests.md has more.`,
		Example: `  make conformance
  go run ./gen measure conformance.json
  go run ./gen emit`,
		Args: usage.Args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			return measure(args)
		},
	}
}

func measure(paths []string) error {
	state, err := loadData()
	if err != nil {
		return err
	}
	before := state.Measurements
	now := before
	var lines []string
	var errs []error
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sum := sha256.Sum256(text)
		run, leftOut, err := data.ParseResults(text, state.Catalog, hex.EncodeToString(sum[:]))
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
		case len(run.Rows) == 0:
			errs = append(errs, fmt.Errorf("%s: measured nothing: all %d results are skipped, or of a level that runs no model", path, leftOut))
		default:
			what := "kept in " + filepath.Join(dataDir(), filepath.FromSlash(run.Path()))
			if slices.ContainsFunc(now, func(r data.Run) bool { return r.SourceSHA256 == run.SourceSHA256 }) {
				what = "imported before"
			}
			now = now.Add(run)
			lines = append(lines, fmt.Sprintf("%s: %s; %d left out, as skipped or measuring nothing; %s", path, outcomes(run), leftOut, what))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("measure: nothing was imported: %w", err)
	}
	if err := saveMeasurements(before, now); err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	for _, line := range lines {
		fmt.Fprintln(os.Stderr, "measure:", line)
	}
	return nil
}

// saveMeasurements writes new and changed runs before it removes those that
// they replace, so that nothing is lost if the program is killed.
func saveMeasurements(before, now data.Measurements) error {
	kept := make(map[string]bool)
	for i := range now {
		if err := save(now[i].Path(), &now[i]); err != nil {
			return err
		}
		kept[now[i].Path()] = true
	}
	for i := range before {
		if p := before[i].Path(); !kept[p] {
			if err := os.Remove(filepath.Join(dataDir(), filepath.FromSlash(p))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

func outcomes(r data.Run) string {
	passed := 0
	for _, row := range r.Rows {
		if row.Outcome == "passed" {
			passed++
		}
	}
	return fmt.Sprintf("%d passed, %d failed", passed, len(r.Rows)-passed)
}
