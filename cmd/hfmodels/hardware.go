package main

import (
	"fmt"

	"github.com/dustin/go-humanize"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
)

func hardwareCommand(opts *options) *cobra.Command {
	return &cobra.Command{
		Use:   "hardware",
		Short: "Show this machine's memory, and the profile that follows",
		Long: `Show this machine's memory, and the profile that follows.

The profile is the largest cpu one whose weights, and a fifth more for running
them, fit the memory. Accelerators are not looked for, so no gpu profile is
chosen by itself.`,
		Example: `  hfmodels hardware
  hfmodels select --pipeline-tag fill-mask --hardware "$(hfmodels hardware --json | jq -r .profile)"`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := detect()
			if err != nil {
				return err
			}
			if opts.json {
				return printJSON(cmd.OutOrStdout(), m)
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "memory   %s\n", humanize.Bytes(m.Memory))
			profile := "none: less memory than the smallest asks for"
			if m.Profile != nil {
				profile = *m.Profile
			}
			fmt.Fprintf(w, "profile  %s\n", profile)
			return nil
		},
	}
}

// machine is what hardware prints as JSON.
type machine struct {
	Memory  uint64  `json:"memory"` // bytes
	Profile *string `json:"profile"`
}

func detect() (machine, error) {
	v, err := mem.VirtualMemory()
	if err != nil {
		return machine{}, fmt.Errorf("reading the memory's size: %w", err)
	}
	return machine{Memory: v.Total, Profile: known(profileFor(v.Total))}, nil
}

// profileFor is the largest cpu profile for a memory, "" if none fits.
func profileFor(memory uint64) string {
	best := ""
	for _, h := range []hfmodels.Hardware{hfmodels.CPUSmall, hfmodels.CPUMedium, hfmodels.CPULarge} {
		if need := h.MaxBytes() + h.MaxBytes()/5; uint64(need) <= memory {
			best = h.String()
		}
	}
	return best
}
