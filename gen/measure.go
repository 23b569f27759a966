package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/data"
)

func measureCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "measure FILE...",
		Short: "Import how the picks answered when the generated tests ran them",
		Long: `FILE is what pytest --hfmodels-results wrote; docs/tests.md says what is kept of
it. Where one file is wrong nothing is imported. Run emit afterwards, as a
policy can deny what failed.`,
		Example: `  HFMODELS_HUB=1 pytest archtest/python -m hub --hfmodels-results hub.json
  go run ./gen measure hub.json
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
	var lines []string
	var errs []error
	for _, path := range paths {
		text, err := data.ReadFile(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		run, leftOut, err := data.ParseResults(text, state.Catalog)
		if err == nil && len(run.Rows) == 0 {
			err = fmt.Errorf("ran no pick: all %d results are skipped, or of a level other than hub", leftOut)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
			continue
		}
		lines = append(lines, fmt.Sprintf("measure: %s: %d results; %d left out, as skipped or of a level other than hub", path, len(run.Rows), leftOut))
		state.Measurements.Add(run)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	if err := save("measurements.json", &state.Measurements); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, strings.Join(lines, "\n"))
	return nil
}
