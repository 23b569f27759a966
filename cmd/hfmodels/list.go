package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
)

func listCommand(opts *options) *cobra.Command {
	var status, family, task string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the architectures with their checkpoints",
		Example: `  hfmodels list --status unproven
  hfmodels list --task fill-mask
  hfmodels list --json | jq -r '.[] | [.arch, .default.id] | @tsv'`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var ofTask hfmodels.Task
			var err error
			if task != "" {
				if ofTask, err = hfmodels.ParseTask(task); err != nil {
					return &usageError{err}
				}
			}
			if status != "" {
				if _, err = hfmodels.ParseStatus(status); err != nil {
					return &usageError{err}
				}
			}
			if family != "" {
				if err := knownFamily(family); err != nil {
					return &usageError{err}
				}
			}
			picks, err := load(opts)
			if err != nil {
				return err
			}
			all := []answer{}
			for i := range picks.Archs {
				arch, err := hfmodels.ParseArch(picks.Archs[i].Arch)
				if err != nil {
					return err
				}
				a := answerOf(arch, &picks.Archs[i])
				if _, made := a.ByTask[ofTask.String()]; task != "" && !made || status != "" && a.Status != status || family != "" && a.Family != family {
					continue
				}
				all = append(all, a)
			}
			if opts.json {
				if err := printJSON(cmd.OutOrStdout(), all); err != nil {
					return err
				}
			}
			if len(all) == 0 {
				return errors.New("no architecture is like that")
			}
			if opts.json {
				return nil
			}
			t := newTable(cmd.OutOrStdout(), "architecture", "status", "parameters", "gated", "license", "checkpoint")
			for _, a := range all {
				m := a.Default
				if task != "" {
					made := a.ByTask[ofTask.String()]
					m = &made
				}
				if m == nil {
					t.AppendRow(table.Row{a.Arch, a.Status})
					continue
				}
				t.AppendRow(table.Row{a.Arch, a.Status, size(m.Parameters), orUnknown(m.Gated), orUnknown(m.License), printable(m.ID)})
			}
			t.Render()
			return nil
		},
	}
	cmd.Flags().StringVar(&status, "status", "", "only these: proven, hosted, unproven or none")
	cmd.Flags().StringVar(&family, "family", "", "only this family, such as encoder or vision")
	taskFlag(cmd, &task, "only those with a default for this task, and show that")
	return cmd
}

func knownFamily(name string) error {
	known := make(map[string]bool)
	for a := range hfmodels.Archs() {
		known[string(a.Info().Family)] = true
	}
	if known[name] {
		return nil
	}
	return fmt.Errorf("unknown family %q; known are %s", name, strings.Join(sorted(known), ", "))
}
