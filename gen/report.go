package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/emit"
	"github.com/hfmodels/hfmodels/internal/report"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func reportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "report --out DIR",
		Short: "Write the catalogue as a page, JSON and Markdown",
		Long: `Write the catalogue: index.html, which needs no network, report.json and
report.md. In a checkout, or with HF_REGISTRY_PATH, they show the registry data
there, and else what this program was built with. docs/report.md says what is
in them.

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
	state, err := data.Load(source())
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	r, err := report.New(state)
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
