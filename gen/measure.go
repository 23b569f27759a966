package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/data"
)

func measureCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "measure FILE...",
		Short: "Import what the generated tests measured",
		Long: `FILE is what pytest --hfmodels-results wrote; docs/tests.md says what is kept of
it. Where one file is wrong nothing is imported. Run emit afterwards, as a
policy can deny what failed.`,
		Example: `  make conformance
  go run ./gen measure conformance.json
  go run ./gen emit`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return measure(args) },
	}
}

func measure(paths []string) error {
	state, err := loadData()
	if err != nil {
		return err
	}
	runs := state.Measurements
	var lines []string
	var errs []error
	for _, path := range paths {
		text, err := data.ReadFile(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sum := sha256.Sum256(text)
		run, leftOut, err := data.ParseResults(text, state.Catalog, hex.EncodeToString(sum[:]))
		if err == nil && len(run.Rows) == 0 {
			err = fmt.Errorf("measured nothing: all %d results are skipped, or of a level that runs no model", leftOut)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
			continue
		}
		lines = append(lines, fmt.Sprintf("measure: %s: %d results, kept in %s; %d left out, as skipped or measuring nothing",
			path, len(run.Rows), pathOf(run.Path()), leftOut))
		runs = runs.Add(run)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	// New and changed runs are written before those that they replace are
	// removed, so that nothing is lost if the program is killed.
	kept := make(map[string]bool)
	for i := range runs {
		kept[runs[i].Path()] = true
		if err := save(runs[i].Path(), &runs[i]); err != nil {
			return err
		}
	}
	for _, run := range state.Measurements {
		if kept[run.Path()] {
			continue
		}
		if err := os.Remove(pathOf(run.Path())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	fmt.Fprintln(os.Stderr, strings.Join(lines, "\n"))
	return nil
}
