package main

import (
	"fmt"
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
	if t.Library() == "" || catalogTasks().Get(`#(name=="`+t.String()+`").auto_classes.#`).Int() > 0 {
		return nil
	}
	return fmt.Errorf("%s: transformers has no models for it; use %s", t, t.Library())
}

// catalogTasks are the tasks in catalog.json, which is long.
var catalogTasks = sync.OnceValue(func() gjson.Result {
	catalog, _ := registrydata.FS.ReadFile("catalog.json") // it is embedded
	return gjson.GetBytes(catalog, "tasks")
})

// listTasks lists every task with the first model of its ranking.
func listTasks(opts *options, r registry) error {
	type firstOf struct {
		taskEntry
		First any `json:"first"`
	}
	out := replyWith("task", "library", "ranked")
	entries := []firstOf{}
	table := [][]string{{"TASK", "FIRST", "PARAMETERS", "RANKED", "LIBRARY"}}
	for t := range hfmodels.Tasks() {
		e := firstOf{taskEntry: r.taskEntry(t)}
		row, ranked := []string{t.String(), "-", "-"}, strconv.Itoa(e.Ranked)
		var first hfmodels.Model
		for first = range r.ranked(t) {
			e.First = withArch(first.Arch, first)
			row = []string{t.String(), first.ID, size(first.Parameters)}
			break
		}
		out.add(first, t.String(), t.Library(), ranked)
		entries = append(entries, e)
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
	var tiers map[string]string // by id; what puts each before the next
	if why {
		var err error
		if tiers, err = r.tiers(t); err != nil {
			return err
		}
	}
	var models []hfmodels.Model
	rows := []object{}
	out := replyWith("task", "arch", "tier")
	table := [][]string{{"RANK", "CHECKPOINT", "ARCHITECTURE", "PARAMETERS"}}
	for m := range r.ranked(t) {
		row := withArch(m.Arch, m)
		if why {
			row = append(row, map[string]string{"tier": tiers[m.ID]})
		}
		rows, models = append(rows, row), append(models, m)
		table = append(table, []string{strconv.Itoa(len(models)), m.ID, m.Arch.String(), size(m.Parameters)})
		out.add(m, t.String(), m.Arch.String(), tiers[m.ID])
	}
	out.json = object{r.taskEntry(t), map[string]any{"models": rows}}
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
		return fmt.Errorf("no proven checkpoint is known to be made for %s", t)
	}
	return nil
}

// tiers are those of a task's ranking by id. To decode picks.json takes long.
func (r registry) tiers(t hfmodels.Task) (map[string]string, error) {
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
