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

func showWhy(opts *options, r registry, arch hfmodels.Arch, at place, all bool) error {
	picks, err := r.decisions()
	if err != nil {
		return err
	}
	a, i := cmp.Or(picks.Of(arch.String()), new(data.ArchPicks)), r.info(arch)
	chosen := a.Roles[at.role.String()]
	if at.task != 0 {
		chosen = a.Tasks[at.task.String()]
	}
	entry := members{"arch": arch, "status": i.Status, "host": known(i.Host), "owner": known(a.Owner), "model": nil, "doubt": nil}
	var lines []string
	say := func(known bool, format string, args ...any) {
		if known {
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	}
	m, ok := r.model(arch, at)
	if ok {
		entry["model"] = m
		if c, err := r.checkpoint(m.ID, nil); err == nil {
			entry["doubt"] = known(c.Doubt)
			say(c.Doubt != "", "size unknown: %s", c.Doubt)
		}
	}
	say(i.Why != "", "%s: %s", i.Status, i.Why)
	say(i.Documented != "", "documented: %s: %s", i.Documented, a.Documented)
	say(a.Owner != "", "owner: %s %s", a.Owner, a.OwnerWhy)
	if was := chosen.Replaced; was != nil {
		entry["replaced"] = was
		say(true, "before: %s, until %s: %s", was.ID, was.Rule, was.Why)
	}
	if rival := chosen.Challenger; rival != nil {
		entry["challenger"] = rival
		say(true, "challenged since %s by %s, four times as popular", rival.Since, rival.ID)
	}
	for name, text := range map[string]string{"why": i.Why, "documented": a.Documented, "owner_why": a.OwnerWhy, "tier": chosen.Tier} {
		if text != "" {
			entry[name] = text
		}
	}
	// A host's checkpoint is unproven for what it hosts, and a stub is what Tiny
	// is chosen from: neither was removed from this place.
	rejected := slices.DeleteFunc(slices.Clone(a.Rejected), func(no data.Rejection) bool {
		lost := slices.ContainsFunc(chosen.RunnersUp, func(u data.RunnerUp) bool { return u.ID == no.ID })
		return no.ID == chosen.ID || lost
	})
	known, err := r.measurements()
	measured := []string{}
	for m := range known.Of(arch.String()) {
		line := fmt.Sprintf("%s, run on %s with transformers %s: %s", m.Model, m.Day(), m.Transformers, m.Outcome)
		if m.Reason != "" {
			line += ": " + m.Reason
		}
		measured = append(measured, line)
	}
	entry["runners_up"], entry["measured"] = append([]data.RunnerUp{}, chosen.RunnersUp...), measured
	entry["rejected"] = append([]data.Rejection{}, rejected...)
	out := reply{json: entry, ids: []string{chosen.ID}, human: func(on screen) {
		if ok {
			on.model(m, fmt.Sprintf("the %s checkpoint of %s: %s", at, arch, m.Reason), "decided by: "+chosen.Tier)
		} else {
			on.say("", fmt.Sprintf("%s has no %s checkpoint", arch, at))
		}
		for _, line := range append(lines, measured...) {
			on.say(indent, line)
		}
		showLosers(on, chosen.RunnersUp, rejected, all)
	}}
	if err = cmp.Or(err, opts.print(out)); err == nil && !ok {
		return r.noModel(arch, at)
	}
	return err
}

// showLosers shows what lost, and what was turned away by each rule: examples, or
// all.
func showLosers(on screen, runnersUp []data.RunnerUp, rejected []data.Rejection, all bool) {
	if len(runnersUp) > 0 {
		fmt.Fprintln(on, "\nRunners-up")
	}
	for _, u := range runnersUp {
		on.say(indent, u.ID)
		on.say(indent+indent, fmt.Sprintf("lost at %s: %s", u.Tier, u.Why))
	}
	if len(rejected) > 0 {
		fmt.Fprintf(on, "\nTurned away: %d\n", len(rejected))
	}
	byRule := make(map[string][]data.Rejection)
	for _, no := range rejected {
		byRule[no.Rule] = append(byRule[no.Rule], no)
	}
	hidden := 0
	for _, rule := range slices.Sorted(maps.Keys(byRule)) {
		shown := byRule[rule]
		on.say(indent, fmt.Sprintf("%s: %d", rule, len(shown)))
		if !all && len(shown) > examples {
			hidden += len(shown) - examples
			shown = shown[:examples]
		}
		for _, no := range shown {
			on.say(indent+indent, no.ID+": "+no.Why)
		}
	}
	if hidden > 0 {
		fmt.Fprintf(on, "\n%d more with --all\n", hidden)
	}
}
