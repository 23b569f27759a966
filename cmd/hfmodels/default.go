package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/table"
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
  hfmodels default bert --pipeline-tag token-classification --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, t, err := parsePlace(role, task)
			if err != nil {
				return err
			}
			arch, a, err := find(opts, args[0])
			if err != nil {
				return err
			}
			m, ok := table.Place(a, arch, r, t)
			if !ok {
				return nothing(a, placeName(r, t))
			}
			w := cmd.OutOrStdout()
			switch opts.format {
			case asJSON:
				return printJSON(w, struct {
					Arch string `json:"arch"`
					model
				}{arch.String(), modelOf(m)})
			case agent:
				printRows(w, slices.Concat([]string{"arch"}, columns), slices.Concat([]string{arch.String()}, modelOf(m).columns()))
			default:
				printIDs(w, m.ID)
			}
			if opts.policy != "" {
				plain := *opts
				plain.policy = ""
				_, before, err := find(&plain, args[0])
				if err != nil {
					return err
				}
				if without, _ := table.Place(before, arch, r, t); m.ID != without.ID {
					opts.note(cmd, "chosen by your policy: %s; without it: %s", m.Reason, cmp.Or(without.ID, "none"))
				}
			}
			noteOn(cmd, opts, a, m)
			return nil
		},
	})
	placeFlags(cmd, &role, &task)
	return cmd
}

// placeName says what is asked for, as "small checkpoint".
func placeName(r hfmodels.Role, t hfmodels.Task) string {
	if t != 0 {
		return "checkpoint made for " + t.String()
	}
	return r.String() + " checkpoint"
}

func nothing(a *data.ArchPicks, what string) error {
	if a.Why != "" {
		return fmt.Errorf("%s has no %s: %s", a.Arch, what, a.Why)
	}
	def := a.Pick(a.Roles[data.RoleDefault].ID)
	if what == placeName(hfmodels.Small, 0) && def != nil && def.Parameters <= 0 {
		return fmt.Errorf("%s has no %s: the size of its default, %s, is unknown, so none is known to be smaller", a.Arch, what, def.ID)
	}
	return fmt.Errorf("%s has no %s that is proven and fit; see: hfmodels explain %s", a.Arch, what, a.Arch)
}

// noteOn says what would stop somebody from loading the model.
func noteOn(cmd *cobra.Command, opts *options, a *data.ArchPicks, m hfmodels.Model) {
	if a.Host != "" && m.Arch.String() == a.Host {
		opts.note(cmd, "%s lives inside %s, whose checkpoint this is", a.Arch, a.Host)
	}
	gating := gatingNote(m)
	if gating == "" {
		return
	}
	open := cmp.Or(a.Roles[data.RoleOpen].ID, "none")
	opts.note(cmd, "%s; known to be open: %s", gating, open)
}

// gatingNote says that a model is gated or may be, and nothing if it is known
// to be open.
func gatingNote(m hfmodels.Model) string {
	switch m.Gating {
	case hfmodels.Ungated:
		return ""
	case hfmodels.GatingUnknown:
		return "it is not known whether it is gated"
	}
	return fmt.Sprintf("it is gated (%s): accept its terms on the Hub, and set HF_TOKEN", m.Gating)
}
