package main

import (
	"errors"
	"reflect"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func listCommand(opts *options) *cobra.Command {
	var flags queryFlags
	var status string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the architectures with their checkpoints",
		Long: `List the architectures with their checkpoints.

Each is shown with its default, or with the default for a task if one is named.
The flags that say what a checkpoint has to be leave out the architectures whose
checkpoint is not like that.`,
		Example: `  hfmodels list --status unproven
  hfmodels list --pipeline-tag fill-mask --no-gated
  hfmodels list --author google --num-parameters max:1B
  hfmodels list --pipeline-tag image-classification -q
  hfmodels list --json | jq -r '.[] | [.arch, .default.id] | @tsv'`,
		Args: usage.Args(noArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := flags.parse(opts)
			if err != nil {
				return err
			}
			if status != "" {
				s, err := hfmodels.ParseStatus(status)
				if err != nil {
					return usage.Wrong(err)
				}
				status = s.String()
			}
			picks, err := load(opts)
			if err != nil {
				return err
			}
			all, rows := []answer{}, []listRow{}
			for i := range picks.Archs {
				a := &picks.Archs[i]
				arch, err := hfmodels.ParseArch(a.Arch)
				if err != nil {
					continue // of another release, in a registry of the user's
				}
				if status != "" && string(a.Status) != status || !listed(q, arch, a) {
					continue
				}
				row := listRow{answer: answerOf(arch, a)}
				if m, ok := table.Place(a, arch, hfmodels.Default, q.Task); ok {
					row.model = modelOf(m)
				}
				all, rows = append(all, row.answer), append(rows, row)
			}
			w := cmd.OutOrStdout()
			switch opts.format {
			case asJSON:
				if err := printJSON(w, all); err != nil {
					return err
				}
			case agent:
				var lines [][]string
				for _, r := range rows {
					line := append([]string{r.Arch, r.Status}, make([]string, len(columns))...)
					if r.model.ID != "" {
						line = append(line[:2], r.model.columns()...)
					}
					lines = append(lines, line)
				}
				printRows(w, slices.Concat([]string{"arch", "status"}, columns), lines...)
			case quietly:
				var ids []string
				for _, r := range rows {
					ids = append(ids, r.model.ID)
				}
				printIDs(w, ids...)
			default:
				if len(rows) > 0 {
					listTable(w, opts.out, rows)
				}
			}
			if len(rows) == 0 {
				return errors.New("no architecture is like that")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&status, "status", "", "only these: proven, hosted, unproven or none")
	flags.add(cmd, "with a default for this pipeline `task`, and show that (or --task)")
	complete(cmd, "status", func() []string { return []string{"proven", "hosted", "unproven", "none"} })
	return cmd
}

// listRow is an architecture with the checkpoint that list shows, if any.
type listRow struct {
	answer
	model model
}

// listed reports whether the checkpoint that list shows of an architecture is
// what the query wants. An architecture without one is listed if the query asks
// nothing of it.
func listed(q hfmodels.Query, arch hfmodels.Arch, a *data.ArchPicks) bool {
	m, ok := table.Place(a, arch, hfmodels.Default, q.Task)
	if !ok {
		family := q.Family
		q.Family = ""
		return reflect.DeepEqual(q, hfmodels.Query{}) && (family == "" || arch.Info().Family == family)
	}
	q.Archs = []hfmodels.Arch{arch}
	_, err := hfmodels.SelectFrom(q, func(yield func(hfmodels.Arch, hfmodels.Model) bool) { yield(arch, m) })
	return err == nil
}
