package main

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/tidwall/gjson"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

// taskEntry is a task in the JSON of list --tasks and show TASK.
type taskEntry struct {
	Task    hfmodels.Task `json:"task"`
	About   string        `json:"about,omitempty"`
	Library *string       `json:"library"`
	Ranked  int           `json:"ranked"` // how many models
}

func (r registry) taskEntry(t hfmodels.Task) taskEntry {
	e := taskEntry{Task: t, About: t.About(), Library: known(t.Library())}
	for range r.ranked(t) {
		e.Ranked++
	}
	return e
}

// unserved is the answer for a task that no class of transformers can be used
// for; nil for the others. The card of a model may name such a task all the same.
func unserved(t hfmodels.Task) error {
	if t.Library() == "" || served()[t.String()] {
		return nil
	}
	return fmt.Errorf("%s: transformers has no models for it; use %s", t, t.Library())
}

// served are the tasks that some auto class of transformers serves.
var served = sync.OnceValue(func() map[string]bool {
	all := make(map[string]bool)
	catalog, err := registrydata.FS.ReadFile("catalog.json")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, task := range gjson.GetBytes(catalog, "tasks").Array() {
		all[task.Get("name").String()] = len(task.Get("auto_classes").Array()) > 0
	}
	return all
})

// listTasks lists every task with the first model of its ranking.
func listTasks(opts *options, r registry) error {
	type firstOf struct {
		taskEntry
		First any `json:"first"`
	}
	out := reply{header: slices.Concat([]string{"task", "library", "ranked"}, columns)}
	entries := []firstOf{}
	table := [][]string{{"TASK", "FIRST", "PARAMETERS", "RANKED", "LIBRARY"}}
	for t := range hfmodels.Tasks() {
		e := firstOf{taskEntry: r.taskEntry(t)}
		row, cell, ranked := []string{t.String(), "-", "-"}, make([]string, len(columns)), strconv.Itoa(e.Ranked)
		for m := range r.ranked(t) {
			e.First = withArch(m.Arch, m)
			row, cell = []string{t.String(), m.ID, size(m.Parameters)}, cells(m)
			out.ids = append(out.ids, m.ID)
			break
		}
		entries = append(entries, e)
		out.rows = append(out.rows, slices.Concat([]string{t.String(), t.Library(), ranked}, cell))
		table = append(table, append(row, ranked, t.Library()))
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
	tiers, err := r.tiers(t, why)
	if err != nil {
		return err
	}
	var models []hfmodels.Model
	rows := []object{}
	out := reply{header: slices.Concat([]string{"task", "arch", "tier"}, columns)}
	for m := range r.ranked(t) {
		models = append(models, m)
		row := withArch(m.Arch, m)
		if why {
			row = append(row, map[string]string{"tier": tiers[m.ID]}) // puts it before the next
		}
		rows = append(rows, row)
		out.rows = append(out.rows, slices.Concat([]string{t.String(), m.Arch.String(), tiers[m.ID]}, cells(m)))
		out.ids = append(out.ids, m.ID)
	}
	e := r.taskEntry(t)
	out.json = object{e, map[string]any{"models": rows}}
	out.human = func(on screen) {
		on.say(fmt.Sprintf("%-18s", "task"), t.String())
		if e.About != "" {
			on.say(fmt.Sprintf("%-18s", "about"), e.About)
		}
		if e.Library != nil {
			on.say(fmt.Sprintf("%-18s", "library"), *e.Library)
		}
		table := [][]string{{"RANK", "CHECKPOINT", "ARCHITECTURE", "PARAMETERS"}}
		for i, m := range models {
			if !why {
				table = append(table, []string{strconv.Itoa(i + 1), m.ID, m.Arch.String(), size(m.Parameters)})
				continue
			}
			fmt.Fprintln(on)
			on.say(fmt.Sprintf("%-4d", i+1), m.ID)
			on.say(indent, fmt.Sprintf("%s, %s parameters: %s", m.Arch, size(m.Parameters), m.Reason))
			if tier := tiers[m.ID]; i+1 < len(models) {
				on.say(indent, "before the next by: "+tier)
			}
		}
		if !why && len(models) > 0 {
			fmt.Fprintln(on)
			on.table(table)
		}
	}
	if err := opts.print(out); err != nil {
		return err
	}
	if len(models) == 0 {
		return fmt.Errorf("no proven checkpoint is known to be made for %s", t)
	}
	return nil
}

// tiers are those of a task's ranking by id; none unless they are asked for,
// because picks.json takes long to decode.
func (r registry) tiers(t hfmodels.Task, why bool) (map[string]string, error) {
	if !why {
		return nil, nil
	}
	picks := r.picks
	if picks == nil {
		var err error
		if picks, err = data.LoadPicks(registrydata.FS); err != nil {
			return nil, err
		}
	}
	tiers := make(map[string]string)
	for _, ranking := range picks.Rankings {
		if ranking.Task == t.String() {
			for _, m := range ranking.Models {
				tiers[m.ID] = m.Tier
			}
		}
	}
	return tiers, nil
}
