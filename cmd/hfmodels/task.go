package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/hfmodels/hfmodels"
)

// entryOf is a task in the JSON of list --tasks and show TASK, with the number of
// models in its ranking.
func entryOf(t hfmodels.Task, ranked int) object {
	e := object{members{"task": t}, members{"library": known(t.Library()), "ranked": ranked}}
	if about := t.About(); about != "" {
		e = append(e, members{"about": about})
	}
	return e
}

// unserved is the answer for a task that no class of transformers can be used
// for, so that nothing is ranked; nil for the others.
func unserved(t hfmodels.Task) error {
	if t.Library() == "" || len(slices.Collect(hfmodels.Ranked(t))) > 0 {
		return nil
	}
	return fmt.Errorf("%s: transformers has no models for it; use %s", t, t.Library())
}

// leaves says how many models the user's policy leaves in the ranking of a task, ""
// where there is no policy. That of no task has the defaults.
func (r registry) leaves(t hfmodels.Task) string {
	left, all := len(slices.Collect(r.ranked(t))), len(slices.Collect(hfmodels.Ranked(t)))
	if r.own == nil || left >= all {
		return ""
	}
	name, _ := t.MarshalText()
	return fmt.Sprintf("your policy leaves %d of the %d models for %s", left, all, cmp.Or(string(name), "any task"))
}

// listTasks lists every task with the first model of its ranking.
func listTasks(opts *options, r registry) error {
	var out reply
	entries := []object{}
	table := [][]string{{"TASK", "FIRST", "PARAMETERS", "RANKED", "LIBRARY"}}
	for t := range hfmodels.Tasks() {
		ranking := slices.Collect(r.ranked(t))
		entry := append(entryOf(t, len(ranking)), members{"first": nil})
		row := []string{t.String(), "-", "-", strconv.Itoa(len(ranking)), t.Library()}
		if len(ranking) > 0 {
			first := ranking[0]
			entry[len(entry)-1] = members{"first": withArch(first.Arch, first)}
			row[1], row[2] = first.ID, size(first.Parameters)
			out.ids = append(out.ids, first.ID)
		}
		entries, table = append(entries, entry), append(table, row)
	}
	out.json, out.human = entries, func(on screen) { on.table(table) }
	return opts.print(out)
}

// showTask shows the ranking of a task; with why, what put each model there, and
// before the next.
func showTask(opts *options, r registry, t hfmodels.Task, why bool) error {
	if err := unserved(t); err != nil {
		return err
	}
	tiers := make(map[string]string) // by id; what puts each before the next
	if why {
		picks, err := r.decisions()
		if err != nil {
			return err
		}
		for _, m := range picks.Ranking(t.String()) {
			tiers[m.ID] = m.Tier
		}
	}
	var out reply
	models := slices.Collect(r.ranked(t))
	rows := []object{}
	table := [][]string{{"RANK", "CHECKPOINT", "ARCHITECTURE", "PARAMETERS"}}
	for i, m := range models {
		row := withArch(m.Arch, m)
		if why {
			row = append(row, members{"tier": tiers[m.ID]})
		}
		rows, out.ids = append(rows, row), append(out.ids, m.ID)
		table = append(table, []string{strconv.Itoa(i + 1), m.ID, m.Arch.String(), size(m.Parameters)})
	}
	out.json = append(entryOf(t, len(models)), members{"models": rows})
	out.human = func(on screen) {
		on.field("task", t.String())
		on.field("about", t.About())
		on.field("library", t.Library())
		switch {
		case why:
			for i, m := range models {
				fmt.Fprintln(on)
				on.say(fmt.Sprintf("%-4d", i+1), m.ID)
				on.say(indent, fmt.Sprintf("%s, %s parameters: %s", m.Arch, size(m.Parameters), m.Reason))
				if i+1 < len(models) {
					on.say(indent, "before the next by: "+tiers[m.ID])
				}
			}
		case len(models) > 0:
			fmt.Fprintln(on)
			on.table(table)
		}
	}
	if err := opts.print(out); err != nil {
		return err
	}
	if len(models) == 0 {
		return errors.New(cmp.Or(r.leaves(t), "no proven checkpoint is known to be made for "+t.String()))
	}
	return nil
}
