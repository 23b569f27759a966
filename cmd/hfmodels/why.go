package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
)

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
	Tier       string           `json:"tier,omitempty"`
	RunnersUp  []data.RunnerUp  `json:"runners_up"`
	Rejected   []data.Rejection `json:"rejected"`
	Challenger *data.Challenger `json:"challenger,omitempty"`
	Replaced   *data.Rejection  `json:"replaced,omitempty"`
	Measured   []string         `json:"measured"`
}

func showWhy(opts *options, r registry, arch hfmodels.Arch, at place, all bool) error {
	a, err := r.why(arch)
	if err != nil {
		return err
	}
	runs, err := r.runs()
	if err != nil {
		return err
	}
	chosen := a.Roles[at.role.String()]
	if at.task != 0 {
		chosen = a.Tasks[at.task.String()]
	}
	i := r.info(arch)
	e := explanation{
		Arch: arch, Status: i.Status, Why: i.Why, Host: known(i.Host),
		Documented: a.Documented, Owner: known(a.Owner), OwnerWhy: a.OwnerWhy,
		Tier: chosen.Tier, RunnersUp: append([]data.RunnerUp{}, chosen.RunnersUp...), Rejected: []data.Rejection{},
		Challenger: chosen.Challenger, Replaced: chosen.Replaced, Measured: []string{},
	}
	if m, ok := r.model(arch, at); ok {
		e.Model = &m
	}
	for _, no := range a.Rejected {
		// A host's checkpoint is unproven for what it hosts, and a stub is what
		// Tiny is chosen from: neither was removed from this place.
		lost := slices.ContainsFunc(chosen.RunnersUp, func(u data.RunnerUp) bool { return u.ID == no.ID })
		if no.ID != chosen.ID && !lost {
			e.Rejected = append(e.Rejected, no)
		}
	}
	for run, row := range runs.Of(arch.String()) {
		version := orUnknown(run.Versions["transformers"])
		line := fmt.Sprintf("run on %s with transformers %s: %s, %s", run.Day(), version, row.Outcome, row.Level)
		if row.Reason != "" {
			line += ": " + row.Reason
		}
		e.Measured = append(e.Measured, line)
	}
	err = opts.print(reply{
		json: e, header: []string{"arch", "outcome", "id", "by", "why"}, rows: e.rows(), ids: []string{chosen.ID},
		human: func(on screen) { e.write(on, i, at, all) },
	})
	if err == nil && e.Model == nil {
		return r.noModel(arch, at)
	}
	return err
}

// rows are those of --format agent: the pick, then what lost, then what was
// turned away.
func (e explanation) rows() (rows [][]string) {
	add := func(cells ...string) { rows = append(rows, append([]string{e.Arch.String()}, cells...)) }
	if e.Model != nil {
		add("picked", e.Model.ID, e.Tier, e.Model.Reason)
	}
	for _, r := range e.RunnersUp {
		add("lost", r.ID, r.Tier, r.Why)
	}
	for _, r := range e.Rejected {
		add("turned away", r.ID, r.Rule, r.Why)
	}
	for _, line := range e.Measured {
		add("measured", "", "", line)
	}
	return rows
}

// examples of each rule are shown unless all are asked for.
const examples = 3

func (e explanation) write(on screen, i hfmodels.Info, at place, all bool) {
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if e.Model != nil {
		say("the %s checkpoint of %s: %s", at, e.Arch, e.Model.Reason)
		say("decided by: %s", e.Tier)
	}
	if e.Why != "" {
		say("%s: %s", e.Status, e.Why)
	}
	if i.Documented != "" {
		say("documented: %s: %s", i.Documented, e.Documented)
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
	lines = append(lines, e.Measured...)
	if e.Model != nil {
		checkpointLines(on, *e.Model, lines...)
	} else {
		on.say("", fmt.Sprintf("%s has no %s checkpoint", e.Arch, at))
		for _, line := range lines {
			on.say(indent, line)
		}
	}
	if len(e.RunnersUp) > 0 {
		fmt.Fprintln(on, "\n"+on.paint(bold, "Runners-up"))
		for _, r := range e.RunnersUp {
			on.say(indent, r.ID)
			on.say(indent+indent, fmt.Sprintf("lost at %s: %s", r.Tier, r.Why))
		}
	}
	if len(e.Rejected) == 0 {
		return
	}
	fmt.Fprintf(on, "\n%s: %d\n", on.paint(bold, "Turned away"), len(e.Rejected))
	byRule := make(map[string][]data.Rejection)
	for _, r := range e.Rejected {
		byRule[r.Rule] = append(byRule[r.Rule], r)
	}
	hidden := 0
	for _, rule := range slices.Sorted(maps.Keys(byRule)) {
		shown := byRule[rule]
		on.say(indent, fmt.Sprintf("%s: %d", rule, len(shown)))
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
