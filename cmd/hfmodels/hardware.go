package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/machine"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func hardwareCommand(opts *options) *cobra.Command {
	return &cobra.Command{
		Use:   "hardware",
		Short: "Show this machine's memory and accelerators, and the profile that follows",
		Long: `Show this machine's memory and accelerators, and the profile that follows.

The memory that counts is the limit of the control group where there is one, as
in a container. The profile is the largest gpu one whose weights, and what
running them adds, fit the memory of one accelerator; where there is none, or
its memory is unknown, the largest cpu one. Accelerators are found on Linux's
PCI bus, by nvidia-smi, and on Apple's own chips, whose memory is the machine's.
The memory of an accelerator is known of NVIDIA's, AMD's and Apple's.`,
		Example: `  hfmodels hardware
  hfmodels select --pipeline-tag fill-mask --hardware "$(hfmodels hardware -q)"`,
		Args: usage.Args(noArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := machine.Detect(cmd.Context())
			if err != nil {
				return err
			}
			out := hardwareOf(m)
			w := cmd.OutOrStdout()
			switch opts.format {
			case asJSON:
				return printJSON(w, out)
			case agent:
				rows := [][]string{{"memory", "", strconv.FormatUint(out.Memory, 10), out.Profile}}
				for _, a := range out.Accelerators {
					memory := unknown
					if a.Memory != nil {
						memory = strconv.FormatUint(*a.Memory, 10)
					}
					rows = append(rows, []string{a.Vendor, orUnknown(a.Name), memory, ""})
				}
				printRows(w, []string{"what", "name", "bytes", "profile"}, rows...)
			case quietly:
				printIDs(w, out.Profile)
			default:
				showHardware(w, opts.out, out)
			}
			for _, err := range m.Unread {
				opts.note(cmd, "could not be read: %v", err)
			}
			if out.Profile == none {
				return fmt.Errorf("there is less memory than %s asks for", hfmodels.CPUSmall)
			}
			return nil
		},
	}
}

// none stands for the profile of a machine that none fits.
const none = "none"

// hardware is what hardware prints as JSON. Sizes are in bytes.
type hardware struct {
	Memory       uint64        `json:"memory"`
	Physical     uint64        `json:"physical_memory"`
	Limited      bool          `json:"limited"`
	Accelerators []accelerator `json:"accelerators"`
	Profile      string        `json:"profile"`
	Unread       []string      `json:"unread"`
}

type accelerator struct {
	Vendor  string  `json:"vendor"`
	Name    *string `json:"name"`
	Address *string `json:"pci_address"`
	Memory  *uint64 `json:"memory"`
	Unified bool    `json:"unified"`
}

func hardwareOf(m machine.Machine) hardware {
	out := hardware{
		Memory: m.Memory, Physical: m.Physical, Limited: m.Limited,
		Accelerators: []accelerator{}, Profile: none, Unread: []string{},
	}
	for _, a := range m.Accelerators {
		out.Accelerators = append(out.Accelerators, accelerator{a.Vendor, known(a.Name), known(a.Address), known(a.Memory), a.Unified})
	}
	if p := m.Profile(); p != hfmodels.AnyHardware {
		out.Profile = p.String()
	}
	for _, err := range m.Unread {
		out.Unread = append(out.Unread, err.Error())
	}
	return out
}

func showHardware(w io.Writer, on screen, m hardware) {
	memory := humanize.Bytes(m.Memory)
	if m.Limited {
		memory += ", the limit of the control group; the machine has " + humanize.Bytes(m.Physical)
	}
	fmt.Fprintf(w, "memory       %s\n", memory)
	for _, a := range m.Accelerators {
		what := a.Vendor
		if a.Name != nil {
			what = *a.Name
		}
		switch {
		case a.Memory == nil:
			what += ", memory unknown"
		case a.Unified:
			what += ", shares the memory"
		default:
			what += ", " + humanize.Bytes(*a.Memory)
		}
		fmt.Fprintf(w, "accelerator  %s\n", usage.Printable(what))
	}
	if len(m.Accelerators) == 0 {
		fmt.Fprintln(w, "accelerator  none found")
	}
	fmt.Fprintf(w, "profile      %s\n", on.paint(bold, m.Profile))
}
