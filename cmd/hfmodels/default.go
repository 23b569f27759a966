package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/registrydata"
)

func defaultCommand(opts *options) *cobra.Command {
	var role, task string
	cmd := archArgs(&cobra.Command{
		Use:   "default ARCH",
		Short: "Print the checkpoint that stands for an architecture",
		Long: `Print the checkpoint that stands for an architecture.

Roles: default, the one people mean by the name; open, known to load without a
token; small, the smallest trained one worth running on a CPU; tiny, a stub
with random weights for tests.`,
		Example: `  hfmodels default bert
  hfmodels default llama --role open
  hfmodels default bert --task token-classification --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			arch, a, err := find(opts, args[0])
			if err != nil {
				return err
			}
			pick, what, err := choice(a, role, task)
			if err != nil {
				return err
			}
			m := modelOf(a, pick)
			if m == nil {
				return nothing(a, what)
			}
			if opts.json {
				return printJSON(cmd.OutOrStdout(), struct {
					Arch string `json:"arch"`
					model
				}{arch.String(), *m})
			}
			fmt.Fprintln(cmd.OutOrStdout(), printable(m.ID))
			note(cmd, a, m)
			return nil
		},
	})
	cmd.Flags().StringVar(&role, "role", "default", "the role: default, open, small or tiny")
	taskFlag(cmd, &task, "the default for this pipeline task instead")
	cmd.Args = exclusive(cmd.Args, "role", "task")
	return cmd
}

// choice returns the pick for a role, or for a task if one is given.
func choice(a *registrydata.ArchPicks, role, task string) (registrydata.Pick, string, error) {
	if task != "" {
		t, err := hfmodels.ParseTask(task)
		if err != nil {
			return registrydata.Pick{}, "", &usageError{err}
		}
		return a.Tasks[t.String()], "checkpoint made for " + t.String(), nil
	}
	r, err := hfmodels.ParseRole(role)
	if err != nil {
		return registrydata.Pick{}, "", &usageError{err}
	}
	return a.Roles[r.String()], r.String() + " checkpoint", nil
}

func nothing(a *registrydata.ArchPicks, what string) error {
	if a.Why != "" {
		return fmt.Errorf("%s has no %s: %s", a.Arch, what, a.Why)
	}
	return fmt.Errorf("%s has no %s that is proven and fit; see: hfmodels explain %s", a.Arch, what, a.Arch)
}

// note says on standard error what would stop somebody from loading the model.
func note(cmd *cobra.Command, a *registrydata.ArchPicks, m *model) {
	if a.Host != "" {
		cmd.PrintErrf("note: %s lives inside %s, whose checkpoint this is\n", a.Arch, a.Host)
	}
	if m.Gated != nil && *m.Gated == "no" {
		return
	}
	gating := "it is not known whether it is gated"
	if m.Gated != nil {
		gating = "it is gated (" + *m.Gated + "): accept its terms on the Hub, and set HF_TOKEN"
	}
	open := "no checkpoint is known to be open"
	if p, ok := a.Roles[registrydata.RoleOpen]; ok {
		open = "known to be open: " + p.ID
	}
	cmd.PrintErrf("note: %s; %s\n", gating, printable(open))
}
