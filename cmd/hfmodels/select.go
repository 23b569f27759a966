package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func selectCommand(opts *options) *cobra.Command {
	var flags queryFlags
	var archs, roles []string
	cmd := &cobra.Command{
		Use:   "select",
		Short: "Select a checkpoint by task, size, licence and more",
		Long: `Select the checkpoint that satisfies what you ask for.

Only picks are considered, so the answer is proven and fit like any other. Of
several that satisfy, the default for the task comes first, or without a task
that of an architecture; then the one of fewer parameters. An unknown size,
licence or gating satisfies nothing. Where only the number of parameters is
known the weights are taken at four bytes each, which is the most they can be.
If nothing fits the exit status is 1, and the constraint to relax and the
nearest miss are named.`,
		Example: `  hfmodels select --pipeline-tag fill-mask --no-gated --hardware cpu-small
  hfmodels select --pipeline-tag fill-mask --num-parameters max:200M --license mit,apache-2.0
  hfmodels select --arch bert,roberta --author google-bert --json
  hfmodels select --pipeline-tag text-generation --policy hf.yaml --hardware my-laptop`,
		Args: usage.Args(noArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := flags.parse(opts)
			if err != nil {
				return err
			}
			for _, name := range archs {
				a, err := parseArch(name)
				if err != nil {
					return err
				}
				q.Archs = append(q.Archs, a)
			}
			for _, name := range roles {
				r, err := hfmodels.ParseRole(name)
				if err != nil {
					return usage.Wrong(err)
				}
				q.Roles |= hfmodels.SetOf(r)
			}
			s, err := selectFor(opts, q)
			w := cmd.OutOrStdout()
			if no := (*hfmodels.NoFitError)(nil); errors.As(err, &no) {
				if opts.format == asJSON {
					if err := printJSON(w, refusalOf(no)); err != nil {
						return err
					}
				}
				return explained(opts, no, q)
			} else if err != nil {
				return err
			}
			switch opts.format {
			case asJSON:
				return printJSON(w, selectionOf(s))
			case agent:
				printRows(w, slices.Concat([]string{"arch"}, columns, []string{"considered", "fit"}),
					slices.Concat([]string{s.Arch.String()}, modelOf(s.Model).columns(), []string{strconv.Itoa(s.Considered), strconv.Itoa(s.Fit)}))
			default:
				printIDs(w, s.ID)
			}
			opts.note(cmd, "%s: %s", s.Arch, s.Why())
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&archs, "arch", nil, "one of these `architectures`")
	cmd.Flags().StringSliceVar(&roles, "role", nil, "fills one of these `roles`; any but tiny if not given")
	flags.add(cmd, "made for this pipeline `task` (or --task)")
	complete(cmd, "arch", archNames)
	complete(cmd, "role", roleNames)
	return cmd
}

// selectFor selects among the compiled picks, or among those that the user's
// policy or registry makes.
func selectFor(opts *options, q hfmodels.Query) (hfmodels.Selection, error) {
	if opts.policy == "" && ownRegistry() == "" {
		return hfmodels.Select(q)
	}
	picks, err := load(opts)
	if err != nil {
		return hfmodels.Selection{}, err
	}
	archs := q.Archs
	if len(archs) == 0 {
		archs = slices.Collect(hfmodels.Archs())
	}
	return hfmodels.SelectFrom(q, func(yield func(hfmodels.Arch, hfmodels.Model) bool) {
		for _, arch := range archs {
			a := picks.Of(arch.String())
			if a == nil {
				continue
			}
			for m := range table.Models(a, arch) {
				if !yield(arch, m) {
					return
				}
			}
		}
	})
}

// selection is what select prints as JSON.
type selection struct {
	Arch string `json:"arch"`
	model
	Why        string         `json:"why"`
	Considered int            `json:"considered"`
	Fit        int            `json:"fit"`
	TurnedAway map[string]int `json:"turned_away"`
}

func selectionOf(s hfmodels.Selection) selection {
	out := selection{
		Arch: s.Arch.String(), model: modelOf(s.Model), Why: s.Why(),
		Considered: s.Considered, Fit: s.Fit, TurnedAway: make(map[string]int),
	}
	for c := range hfmodels.Constraints() {
		if n := s.TurnedAway(c); n > 0 {
			out.TurnedAway[c.String()] = n
		}
	}
	return out
}

// refusal is what select prints as JSON where nothing fits.
type refusal struct {
	Error      string         `json:"error"`
	Relax      *string        `json:"relax"`
	Near       *model         `json:"near"`
	Considered int            `json:"considered"`
	Fit        int            `json:"fit"`
	TurnedAway map[string]int `json:"turned_away"`
}

func refusalOf(no *hfmodels.NoFitError) refusal {
	out := refusal{Error: strings.TrimPrefix(no.Error(), "hfmodels: "), Considered: no.Considered, TurnedAway: selectionOf(no.Selection).TurnedAway}
	if no.Near {
		relax, near := no.Relax.String(), modelOf(no.Model)
		out.Relax, out.Near = &relax, &near
	}
	return out
}

// explained adds to the error how many each constraint turned away, and what
// of the query may be a slip.
func explained(opts *options, no *hfmodels.NoFitError, q hfmodels.Query) error {
	var b strings.Builder
	for _, a := range q.Archs {
		if p, err := decided(opts, a); err == nil && p != nil && (p.Status == data.Unproven || p.Status == data.None) {
			fmt.Fprintf(&b, "\n%s has no checkpoint: %s", a, p.Why)
		}
	}
	known := licenseNames()
	unheard := slices.DeleteFunc(slices.Clone(q.Licenses), func(l hfmodels.License) bool {
		return slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, string(l)) })
	})
	for i, l := range unheard {
		if i == examples {
			fmt.Fprintf(&b, "\nand so with %d more licences", len(unheard)-i)
			break
		}
		fmt.Fprintf(&b, "\nno pick has the licence %.80q%s", string(l), usage.NearOrAll(string(l), known))
	}
	var turned []string
	for c := range hfmodels.Constraints() {
		if n := no.TurnedAway(c); n > 0 {
			turned = append(turned, fmt.Sprintf("%s %d", c, n))
		}
	}
	if len(turned) > 0 {
		fmt.Fprintf(&b, "\nturned away by %s", strings.Join(turned, ", "))
	}
	return fmt.Errorf("%w%s", no, b.String())
}
