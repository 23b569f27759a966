package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/internal/usage"
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
  hfmodels explain bert --pipeline-tag token-classification
  hfmodels explain llama --role open --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, t, err := parsePlace(role, task)
			if err != nil {
				return err
			}
			arch, a, err := find(opts, args[0])
			if err != nil {
				return err
			}
			pick := a.Roles[r.String()]
			if t != 0 {
				pick = a.Tasks[t.String()]
			}
			e := explanationOf(a, pick)
			if e.Measured, err = measuredOf(a.Arch); err != nil {
				return err
			}
			if m, ok := table.Place(a, arch, r, t); ok {
				shown := modelOf(m)
				e.Model = &shown
			}
			w := cmd.OutOrStdout()
			switch opts.format {
			case asJSON:
				err = printJSON(w, e)
			case agent:
				printRows(w, []string{"arch", "outcome", "id", "by", "why"}, e.rows()...)
			case quietly:
				printIDs(w, pick.ID)
			default:
				explain(w, opts.out, arch, e, placeName(r, t), all)
			}
			if err == nil && pick.ID == "" {
				return nothing(a, placeName(r, t))
			}
			return err
		},
	})
	placeFlags(cmd, &role, &task)
	cmd.Flags().BoolVar(&all, "all", false, "show every candidate that was turned away")
	return cmd
}

// explanation is what explain prints as JSON.
type explanation struct {
	Arch       string           `json:"arch"`
	Status     string           `json:"status"`
	Why        string           `json:"why,omitempty"`
	Host       *string          `json:"host"`
	Documented string           `json:"documented,omitempty"`
	Owner      *string          `json:"owner"`
	OwnerWhy   string           `json:"owner_why,omitempty"`
	Model      *model           `json:"model"`
	Tier       string           `json:"tier,omitempty"`
	RunnersUp  []data.RunnerUp  `json:"runners_up"`
	Rejected   []data.Rejection `json:"rejected"`
	Challenger *data.Challenger `json:"challenger,omitempty"`
	Replaced   *data.Rejection  `json:"replaced,omitempty"`
	Measured   []measured       `json:"measured"`
}

func explanationOf(a *data.ArchPicks, p data.Place) explanation {
	e := explanation{
		Arch: a.Arch, Status: string(a.Status), Why: a.Why, Host: known(a.Host), Documented: a.Documented, Owner: known(a.Owner), OwnerWhy: a.OwnerWhy,
		Tier: p.Tier, RunnersUp: p.RunnersUp, Rejected: a.Rejected, Challenger: p.Challenger, Replaced: p.Replaced,
	}
	// A host's checkpoint is unproven for what it hosts, and a stub is one that
	// Tiny is made of: neither was turned away from this place.
	e.Rejected = slices.DeleteFunc(slices.Clone(e.Rejected), func(r data.Rejection) bool {
		return r.ID == p.ID || slices.ContainsFunc(p.RunnersUp, func(u data.RunnerUp) bool { return u.ID == r.ID })
	})
	if e.RunnersUp == nil {
		e.RunnersUp = []data.RunnerUp{}
	}
	if e.Rejected == nil {
		e.Rejected = []data.Rejection{}
	}
	return e
}

// rows are what --format agent shows: the pick, then what lost, then what was
// turned away.
func (e explanation) rows() (rows [][]string) {
	if e.Model != nil {
		rows = append(rows, []string{e.Arch, "picked", e.Model.ID, e.Tier, e.Model.Reason})
	}
	for _, r := range e.RunnersUp {
		rows = append(rows, []string{e.Arch, "lost", r.ID, r.Tier, r.Why})
	}
	for _, r := range e.Rejected {
		rows = append(rows, []string{e.Arch, "turned away", r.ID, r.Rule, r.Why})
	}
	for _, m := range e.Measured {
		rows = append(rows, []string{e.Arch, "measured", m.Model, m.Level, m.what() + "; " + m.figures() + "; " + m.where()})
	}
	return rows
}

// examples of each rule are shown unless all are asked for.
const examples = 3

func explain(w io.Writer, on screen, arch hfmodels.Arch, e explanation, what string, all bool) {
	say := func(indent, format string, args ...any) {
		fmt.Fprintln(w, on.wrapped(indent, usage.Printable(fmt.Sprintf(format, args...))))
	}
	if m := e.Model; m != nil {
		fmt.Fprintln(w, on.paint(bold, usage.Printable(m.ID)))
		say("  ", "the %s of %s: %s", what, e.Arch, m.Reason)
		say("  ", "decided by: %s", e.Tier)
		say("  ", "revision %s, %s parameters, licence %s, gated: %s", orUnknown(m.Revision), size(m.Parameters), orUnknown(m.License), orUnknown(m.Gated))
	} else {
		fmt.Fprintf(w, "%s has no %s\n", e.Arch, what)
	}
	if e.Status != string(data.Proven) {
		say("  ", "%s: %s", e.Status, e.Why)
	}
	if documented := arch.Info().Documented; documented != "" {
		say("  ", "documented: %s: %s", documented, e.Documented)
	}
	if e.Owner != nil {
		say("  ", "owner: %s %s", *e.Owner, e.OwnerWhy)
	}
	if e.Replaced != nil {
		say("  ", "before: %s, until %s: %s", e.Replaced.ID, e.Replaced.Rule, e.Replaced.Why)
	}
	if e.Challenger != nil {
		say("  ", "challenged since %s by %s, four times as popular", e.Challenger.Since, e.Challenger.ID)
	}
	if len(e.RunnersUp) > 0 {
		fmt.Fprintln(w, "\n"+on.paint(bold, "Runners-up"))
		for _, r := range e.RunnersUp {
			say("  ", "%s", r.ID)
			say("      ", "lost at %s: %s", r.Tier, r.Why)
		}
	}
	if len(e.Measured) > 0 {
		fmt.Fprintln(w, "\n"+on.paint(bold, "Measured"))
		for _, m := range e.Measured {
			say("  ", "%s", m.what())
			if figures := m.figures(); figures != "" {
				say("      ", "%s", figures)
			}
			say("      ", "%s", m.where())
		}
	}
	if len(e.Rejected) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s: %d\n", on.paint(bold, "Turned away"), len(e.Rejected))
	byRule := make(map[string][]data.Rejection)
	for _, r := range e.Rejected {
		byRule[r.Rule] = append(byRule[r.Rule], r)
	}
	hidden := false
	for _, rule := range sorted(byRule) {
		fmt.Fprintf(w, "  %s: %d\n", usage.Printable(rule), len(byRule[rule]))
		for i, r := range byRule[rule] {
			if !all && i == examples {
				fmt.Fprintf(w, "      and %d more\n", len(byRule[rule])-i)
				hidden = true
				break
			}
			say("      ", "%s: %s", r.ID, r.Why)
		}
	}
	if hidden {
		fmt.Fprintln(w, "\nAll of them: the same with --all")
	}
}
