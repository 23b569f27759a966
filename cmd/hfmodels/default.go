package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
)

func defaultCommand(opts *options) *cobra.Command {
	var at place
	cmd := oneName(&cobra.Command{
		Use:   "default NAME",
		Short: "Print the id of the checkpoint to use for an architecture",
		Long: `Print the id of the checkpoint to use for an architecture.

Roles: default, the checkpoint that people mean by the architecture's name;
open, one known to load without a token; small, the smallest trained one that
is worth running on a CPU; tiny, one with random weights, for tests.`,
		Example: `  hfmodels default bert
  hfmodels default llama --role open
  hfmodels default bert --pipeline-tag token-classification --json`,
		RunE: func(_ *cobra.Command, args []string) error {
			arch, r, err := opts.open(args[0])
			if err != nil {
				return err
			}
			m, ok := r.model(arch, at)
			if !ok {
				return r.noModel(arch, at)
			}
			if opts.guess && opts.format == formatAgent {
				opts.format = formatHuman // one id on one line, unless another format was asked for
			}
			err = opts.print(reply{
				json:   object{archMember{arch}, m},
				header: slices.Concat([]string{"arch"}, columns),
				rows:   [][]string{slices.Concat([]string{arch.String()}, cells(m))},
				ids:    []string{m.ID},
			})
			if err != nil {
				return err
			}
			if opts.policy != "" {
				ours := *opts
				ours.policy = ""
				r, err := ours.load()
				if err != nil {
					return err
				}
				if other, ok := r.model(arch, at); !ok {
					opts.note("chosen by your policy: %s; without it there is none", m.Reason)
				} else if other.ID != m.ID {
					opts.note("chosen by your policy: %s; without it: %s", m.Reason, other.ID)
				}
			}
			if m.Arch != arch {
				opts.note("%s exists only inside %s; this is a checkpoint of %s", arch, m.Arch, m.Arch)
			}
			if m.Gating != hfmodels.Ungated {
				other := "none is known to be open"
				if m, ok := r.model(arch, place{role: hfmodels.Open}); ok {
					other = "known to be open: " + m.ID
				}
				opts.note("%s; %s", gatingNote(m), other)
			}
			return nil
		},
	})
	placeFlags(cmd, &at)
	return cmd
}

// archMember is the member of an object that names the architecture.
type archMember struct {
	Arch hfmodels.Arch `json:"arch"`
}

// open parses the name of an architecture, and opens the registry that answers
// for it.
func (o *options) open(name string) (hfmodels.Arch, registry, error) {
	arch, err := parseArch(name)
	if err != nil {
		return 0, registry{}, err
	}
	r, err := o.load()
	if err != nil {
		return 0, registry{}, err
	}
	return arch, r, r.has(arch)
}

// noModel says why nothing fills a place.
func (r registry) noModel(arch hfmodels.Arch, at place) error {
	if why := r.info(arch).Why; why != "" {
		return fmt.Errorf("%s has no %s: %s", arch, at, why)
	}
	if m, ok := r.model(arch, place{}); ok && m.Parameters == 0 && at == (place{role: hfmodels.Small}) {
		return fmt.Errorf("%s has no %s: the size of its default, %s, is unknown, so none is known to be smaller", arch, at, m.ID)
	}
	return fmt.Errorf("%s has no %s that is proven and fit; see: hfmodels show %s --why", arch, at, arch)
}

// gatingNote says what stops people from loading a model that is not known to
// be open.
func gatingNote(m hfmodels.Model) string {
	if m.Gating == hfmodels.GatingUnknown {
		return "it is not known whether it is gated"
	}
	return fmt.Sprintf("it is gated (%s): accept its terms on the Hub, and set HF_TOKEN", m.Gating)
}
