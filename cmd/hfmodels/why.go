package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
)

// examples of each rule are shown unless all are asked for.
const examples = 3

// explanation is what show --why prints as JSON.
type explanation struct {
	Arch       hfmodels.Arch    `json:"arch"`
	Status     hfmodels.Status  `json:"status"`
	Why        string           `json:"why,omitempty"`
	Host       *hfmodels.Arch   `json:"host"`
	Documented string           `json:"documented,omitempty"`
	Owner      *string          `json:"owner"`
	OwnerWhy   string           `json:"owner_why,omitempty"`
	Model      *hfmodels.Model  `json:"model"`
	Doubt      *string          `json:"doubt"`
	Tier       string           `json:"tier,omitempty"`
	RunnersUp  []data.RunnerUp  `json:"runners_up"`
	Rejected   []data.Rejection `json:"rejected"`
	Challenger *data.Challenger `json:"challenger,omitempty"`
	Replaced   *data.Rejection  `json:"replaced,omitempty"`
	Measured   []string         `json:"measured"`
}

func showWhy(opts *options, r registry, arch hfmodels.Arch, at place, all bool) error {
	picks, err := r.decisions()
	if err != nil {
		return err
	}
	a := cmp.Or(picks.Of(arch.String()), new(data.ArchPicks))
	chosen, i := a.Roles[at.role.String()], r.info(arch)
	if at.task != 0 {
		chosen = a.Tasks[at.task.String()]
	}
	e := explanation{
		Arch: arch, Status: i.Status, Why: i.Why, Host: known(i.Host),
		Documented: a.Documented, Owner: known(a.Owner), OwnerWhy: a.OwnerWhy,
		Tier: chosen.Tier, RunnersUp: append([]data.RunnerUp{}, chosen.RunnersUp...), Rejected: []data.Rejection{},
		Challenger: chosen.Challenger, Replaced: chosen.Replaced, Measured: []string{},
	}
	if m, ok := r.model(arch, at); ok {
		e.Model = &m
		if c, err := r.checkpoint(m.ID, nil); err == nil {
			e.Doubt = known(c.Doubt)
		}
	}
	for _, no := range a.Rejected {
		// A host's checkpoint is unproven for what it hosts, and a stub is what
		// Tiny is chosen from: neither was removed from this place.
		lost := slices.ContainsFunc(chosen.RunnersUp, func(u data.RunnerUp) bool { return u.ID == no.ID })
		if no.ID != chosen.ID && !lost {
			e.Rejected = append(e.Rejected, no)
		}
	}
	runs, err := r.runs()
	for run, measured := range runs.Of(arch.String()) {
		version := orUnknown(run.Versions["transformers"])
		line := fmt.Sprintf("run on %s with transformers %s: %s, %s", run.Day(), version, measured.Outcome, measured.Level)
		if measured.Reason != "" {
			line += ": " + measured.Reason
		}
		e.Measured = append(e.Measured, line)
	}
	out := reply{json: e, ids: []string{chosen.ID}, human: func(on screen) { e.write(on, i.Documented, at, all) }}
	if err = cmp.Or(err, opts.print(out)); err == nil && e.Model == nil {
		return r.noModel(arch, at)
	}
	return err
}

// write writes the explanation for people.
func (e explanation) write(on screen, documented string, at place, all bool) {
	if e.Model == nil {
		on.say("", fmt.Sprintf("%s has no %s checkpoint", e.Arch, at))
	} else {
		on.model(*e.Model, fmt.Sprintf("the %s checkpoint of %s: %s", at, e.Arch, e.Model.Reason), "decided by: "+e.Tier)
	}
	say := func(format string, args ...any) { on.say(indent, fmt.Sprintf(format, args...)) }
	if e.Doubt != nil {
		say("size unknown: %s", *e.Doubt)
	}
	if e.Why != "" {
		say("%s: %s", e.Status, e.Why)
	}
	if documented != "" {
		say("documented: %s: %s", documented, e.Documented)
	}
	if e.Owner != nil {
		say("owner: %s %s", *e.Owner, e.OwnerWhy)
	}
	if e.Replaced != nil {
		say("before: %s, until %s: %s", e.Replaced.ID, e.Replaced.Rule, e.Replaced.Why)
	}
	if e.Challenger != nil {
		say("challenged since %s by %s, four times as popular", e.Challenger.Since, e.Challenger.ID)
	}
	for _, line := range e.Measured {
		say("%s", line)
	}
	if len(e.RunnersUp) > 0 {
		fmt.Fprintln(on, "\n"+on.bold("Runners-up"))
		for _, r := range e.RunnersUp {
			say("%s", r.ID)
			on.say(indent+indent, fmt.Sprintf("lost at %s: %s", r.Tier, r.Why))
		}
	}
	if len(e.Rejected) > 0 {
		fmt.Fprintf(on, "\n%s: %d\n", on.bold("Turned away"), len(e.Rejected))
	}
	byRule := make(map[string][]data.Rejection)
	for _, r := range e.Rejected {
		byRule[r.Rule] = append(byRule[r.Rule], r)
	}
	hidden := 0
	for _, rule := range slices.Sorted(maps.Keys(byRule)) {
		shown := byRule[rule]
		say("%s: %d", rule, len(shown))
		if !all && len(shown) > examples {
			hidden += len(shown) - examples
			shown = shown[:examples]
		}
		for _, r := range shown {
			on.say(indent+indent, r.ID+": "+r.Why)
		}
	}
	if hidden > 0 {
		fmt.Fprintf(on, "\n%d more with --all\n", hidden)
	}
}
