package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/registrydata"
)

func explainCommand(opts *options) *cobra.Command {
	var role, task string
	var all bool
	cmd := archArgs(&cobra.Command{
		Use:   "explain ARCH",
		Short: "Say why a checkpoint was chosen, what lost and what was turned away",
		Long: `Say why a checkpoint was chosen, what lost and what was turned away.

Candidates are first removed by rules, and what is left is ordered by tiers,
one after the other; docs/picks.md has both lists.`,
		Example: `  hfmodels explain bert
  hfmodels explain bert --task token-classification
  hfmodels explain llama --role open --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			arch, a, err := find(opts, args[0])
			if err != nil {
				return err
			}
			pick, what, err := choice(a, role, task)
			if err != nil {
				return err
			}
			if opts.json {
				return printJSON(cmd.OutOrStdout(), explanationOf(a, pick))
			}
			explain(cmd, arch, a, pick, what, all)
			if pick.ID == "" {
				return nothing(a, what)
			}
			return nil
		},
	})
	cmd.Flags().StringVar(&role, "role", "default", "explain this role: default, open, small or tiny")
	taskFlag(cmd, &task, "explain the default for this pipeline task")
	cmd.Flags().BoolVar(&all, "all", false, "show every candidate that was turned away")
	cmd.Args = exclusive(cmd.Args, "role", "task")
	return cmd
}

// explanation is what explain prints as JSON.
type explanation struct {
	Arch       string                   `json:"arch"`
	Status     string                   `json:"status"`
	Why        string                   `json:"why,omitempty"`
	Host       *string                  `json:"host"`
	Documented string                   `json:"documented,omitempty"`
	Owner      *string                  `json:"owner"`
	OwnerWhy   string                   `json:"owner_why,omitempty"`
	Model      *model                   `json:"model"`
	Tier       string                   `json:"tier,omitempty"`
	RunnersUp  []registrydata.RunnerUp  `json:"runners_up"`
	Rejected   []registrydata.Rejection `json:"rejected"`
	Challenger *registrydata.Challenger `json:"challenger,omitempty"`
	Replaced   *registrydata.Rejection  `json:"replaced,omitempty"`
}

func explanationOf(a *registrydata.ArchPicks, p registrydata.Pick) explanation {
	e := explanation{
		Arch: a.Arch, Status: string(a.Status), Why: a.Why, Host: known(a.Host), Documented: a.Documented, Owner: known(a.Owner), OwnerWhy: a.OwnerWhy,
		Model: modelOf(a, p), Tier: p.Tier, RunnersUp: p.RunnersUp, Rejected: a.Rejected, Challenger: p.Challenger, Replaced: p.Replaced,
	}
	if e.RunnersUp == nil {
		e.RunnersUp = []registrydata.RunnerUp{}
	}
	if e.Rejected == nil {
		e.Rejected = []registrydata.Rejection{}
	}
	return e
}

// examples of each rule are shown unless all are asked for.
const examples = 3

func explain(cmd *cobra.Command, arch hfmodels.Arch, a *registrydata.ArchPicks, p registrydata.Pick, what string, all bool) {
	w := cmd.OutOrStdout()
	if m := modelOf(a, p); m != nil {
		fmt.Fprintf(w, "%s\n  the %s of %s: %s\n  decided by: %s\n", printable(m.ID), what, a.Arch, printable(m.Reason), p.Tier)
		fmt.Fprintf(w, "  revision %s, %s parameters, licence %s, gated: %s\n", orUnknown(m.Revision), size(m.Parameters), orUnknown(m.License), orUnknown(m.Gated))
	} else {
		fmt.Fprintf(w, "%s has no %s\n", a.Arch, what)
	}
	if a.Status != registrydata.Proven {
		fmt.Fprintf(w, "  %s: %s\n", a.Status, printable(a.Why))
	}
	if documented := arch.Info().Documented; documented != "" {
		fmt.Fprintf(w, "  documented: %s: %s\n", printable(documented), printable(a.Documented))
	}
	if a.Owner != "" {
		fmt.Fprintf(w, "  owner: %s %s\n", printable(a.Owner), printable(a.OwnerWhy))
	}
	if p.Replaced != nil {
		fmt.Fprintf(w, "  before: %s, until %s: %s\n", printable(p.Replaced.ID), p.Replaced.Rule, printable(p.Replaced.Why))
	}
	if p.Challenger != nil {
		fmt.Fprintf(w, "  challenged since %s by %s, four times as popular\n", p.Challenger.Since, printable(p.Challenger.ID))
	}
	if len(p.RunnersUp) > 0 {
		fmt.Fprintln(w, "\nRunners-up")
		for _, r := range p.RunnersUp {
			fmt.Fprintf(w, "  %s\n      lost at %s: %s\n", printable(r.ID), r.Tier, printable(r.Why))
		}
	}
	if len(a.Rejected) == 0 {
		return
	}
	fmt.Fprintf(w, "\nTurned away: %d\n", len(a.Rejected))
	byRule := make(map[string][]registrydata.Rejection)
	for _, r := range a.Rejected {
		byRule[r.Rule] = append(byRule[r.Rule], r)
	}
	hidden := false
	for _, rule := range sorted(byRule) {
		fmt.Fprintf(w, "  %s: %d\n", rule, len(byRule[rule]))
		for i, r := range byRule[rule] {
			if !all && i == examples {
				fmt.Fprintf(w, "      and %d more\n", len(byRule[rule])-i)
				hidden = true
				break
			}
			fmt.Fprintf(w, "      %s: %s\n", printable(r.ID), printable(r.Why))
		}
	}
	if hidden {
		fmt.Fprintf(w, "\nAll of them: hfmodels explain %s --all\n", a.Arch)
	}
}
