package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
)

func defaultCommand(opts *options) *cobra.Command {
	var at place
	cmd := &cobra.Command{
		Use:   "default NAME",
		Short: "Print the id of the checkpoint to use for an architecture",
		Long: `Print the id of the checkpoint to use for an architecture. NAME may also be a
class or a checkpoint of it.

Roles: default, the checkpoint that people mean by the architecture's name;
open, one known to load without a token; small, the smallest trained one that
is worth running on a CPU; tiny, one with random weights, for tests.`,
		Example: `  hfmodels default bert
  hfmodels default llama --role open
  hfmodels default BertForMaskedLM
  hfmodels default bert --pipeline-tag token-classification --json`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: namesOf(hfmodels.Archs()),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := opts.registry()
			if err != nil {
				return err
			}
			arch, c, err := r.find(args[0])
			if task, noTask := hfmodels.ParseTask(args[0]); err != nil && noTask == nil {
				return fmt.Errorf("%s is a task, not an architecture; for its best checkpoint try: hfmodels select --pipeline-tag %s", task, task)
			}
			if err = cmp.Or(err, r.lacks(arch)); err != nil {
				return err
			}
			m, ok := r.model(arch, at)
			if !ok {
				return cmp.Or(unserved(at.task), r.noModel(arch, at))
			}
			if err := opts.print(ofModel(arch, m)); err != nil {
				return err
			}
			if c != nil && c.ID != m.ID {
				opts.note("%s is a checkpoint of %s, whose %s checkpoint this is", c.ID, arch, at)
			}
			if m.Arch != arch {
				opts.note("%s exists only inside %s; this is a checkpoint of %s", arch, m.Arch, m.Arch)
			}
			if m.Gating != hfmodels.Ungated {
				open, _ := r.model(arch, place{role: hfmodels.Open})
				note := "it is not known whether it is gated"
				if m.Gating != hfmodels.GatingUnknown {
					note = fmt.Sprintf("it is gated (%s): accept its terms on the Hub, and set HF_TOKEN", m.Gating)
				}
				opts.note("%s; known to be open: %s", note, cmp.Or(open.ID, "none"))
			}
			return nil
		},
	}
	placeFlags(cmd, &at)
	return cmd
}
