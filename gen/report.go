package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/emit"
	"github.com/hfmodels/hfmodels/internal/report"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func reportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "report --out DIR",
		Short: "Write the catalogue as a page, JSON and Markdown",
		Long: `It writes index.html, report.json and report.md (docs/command.md): of the registry
data of the checkout or HF_REGISTRY_PATH, or else of the program's own. A file
that it did not write is never replaced.`,
		Example: `  go run ./gen report --out ../report`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			state, _, err := decided("", nil)
			if err != nil {
				return err
			}
			files, err := report.New(state).Files(emit.Mark)
			if err != nil {
				return err
			}
			return put(out, files)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "directory to write to")
	_ = cmd.MarkFlagRequired("out")
	return cmd
}

// put writes files to a directory of the user's, and lists them.
func put(dir string, files map[string][]byte) error {
	files = emit.In(dir, files)
	if err := emit.Put(files); err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintln(stdout, usage.Printable(path))
	}
	return nil
}
