// Package report writes the catalogue for people to read: a page, JSON and
// Markdown. The same state gives the same bytes.
package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// Report is report.json. What is unknown is absent.
type Report struct {
	Generated string              `json:"generated"` // the generator's mark
	Schema    int                 `json:"schema"`
	MadeFrom  data.Lock           `json:"made_from"`
	Hub       string              `json:"hub"` // address that links lead to
	Counts    map[data.Status]int `json:"counts"`
	Former    data.Aliases        `json:"former_ids"`
	Engines   map[string]string   `json:"engines"` // the versions that were read
	Tasks     []Task              `json:"tasks"`
	// Verdicts explain the verdicts of Documented.
	Verdicts []VerdictText `json:"verdicts"`
	// Disproved are the rows of the documentation that are wrong, Unconfirmed
	// those of which too little is known.
	Disproved   []DocumentedRow `json:"disproved"`
	Unconfirmed []DocumentedRow `json:"unconfirmed"`
	Archs       []Arch          `json:"archs"`
}

// Task is a pipeline task of the Hub, with the checkpoints that were made for
// it, best first.
type Task struct {
	data.Task
	Ranking []Ranked `json:"ranking,omitempty"`
}

// Ranked is a checkpoint in a ranking, with those of its facts that a choice by
// task depends on.
type Ranked struct {
	Arch   string `json:"arch"`
	Reason string `json:"reason"`
	data.Model
}

// Arch is one architecture: what the catalog says of it, what was decided, and
// the facts of its picks.
type Arch struct {
	*data.Arch
	*data.ArchPicks
	Go string `json:"go"` // its constant in package hfmodels
	// Tasks are the catalog's, ByTask the decision for each.
	Tasks      []string              `json:"tasks,omitempty"`
	ByTask     map[string]data.Place `json:"by_task,omitempty"`
	Documented *Documented           `json:"documented,omitempty"`
	Models     []Model               `json:"models,omitempty"` // the picks, best first
	Rejected   []Removed             `json:"rejected,omitempty"`
	// Since is the first release of transformers that knows it. Engines are those that
	// list it, with the class or file that they run it by.
	Since     string            `json:"since,omitempty"`
	Engines   map[string]string `json:"engines,omitempty"`
	Truncated bool              `json:"truncated,omitempty"`
	Checked   string            `json:"checked,omitempty"` // day on which the Hub was asked
}

// Removed are the candidates that a rule removed for one reason.
type Removed struct {
	Rule string   `json:"rule"`
	Why  string   `json:"why"`
	IDs  []string `json:"ids"`
}

// Model is a pick with its facts, but for those that only the choice reads.
type Model struct {
	data.Model
	Tasks     []string `json:"tasks,omitempty"`     // what it was made for
	Downloads *int64   `json:"downloads,omitempty"` // of 30 days
}

// New collects the report of a state that has a decision for each architecture.
func New(state *data.State) *Report {
	r := &Report{
		Schema: 1, MadeFrom: *state.Lock, Hub: "https://huggingface.co", Former: state.Aliases, Verdicts: verdicts,
		Counts: map[data.Status]int{data.Proven: 0, data.Hosted: 0, data.Unproven: 0, data.None: 0},
		Tasks:  []Task{}, Disproved: []DocumentedRow{}, Unconfirmed: []DocumentedRow{},
	}
	if state.Lock.Recorded == "" && strings.HasPrefix(state.Lock.Endpoint, "https://") {
		r.Hub = strings.TrimRight(state.Lock.Endpoint, "/")
	}
	for _, t := range state.Catalog.Tasks {
		task := Task{Task: t}
		for _, m := range state.Picks.Ranking(t.Name) {
			known := data.Model{ID: m.ID, Parameters: m.Parameters, Bytes: m.Bytes, License: m.License, Gated: m.Gated, Formats: m.Formats}
			task.Ranking = append(task.Ranking, Ranked{m.Arch, m.Reason, known})
		}
		r.Tasks = append(r.Tasks, task)
	}
	r.Engines = state.Engines.Versions()
	spans := state.Releases.Spans(state.Catalog.Transformers)
	for i := range state.Catalog.Archs {
		arch := state.Catalog.Archs[i]
		arch.Examples = nil // evidence of the choice, not an answer
		a := &arch
		picks := state.Picks.Of(a.ModelType)
		row := Arch{Arch: a, ArchPicks: picks, Go: names.GoName(a.ModelType), Tasks: a.Tasks, ByTask: picks.Tasks}
		row.Since, row.Engines = spans[a.ModelType].Since, make(map[string]string)
		for engine, by := range state.Engines.Of(a, picks) {
			if len(by) > 0 {
				row.Engines[engine] = by[0]
			}
		}
		if f := state.Facts[a.ModelType]; f != nil {
			row.Truncated, row.Checked = f.Truncated, f.Checked
		}
		for _, pick := range picks.Picks {
			m := Model{Model: *pick.Model, Tasks: pick.Tasks}
			m.Author, m.Library, m.Pipeline, m.Tags, m.Languages, m.Bases = "", "", "", nil, nil, nil
			if n, ok := state.Popularity[pick.ID]; ok && n.Downloads >= 0 {
				m.Downloads = &n.Downloads
			}
			row.Models = append(row.Models, m)
		}
		for _, no := range picks.Rejected {
			i := slices.IndexFunc(row.Rejected, func(x Removed) bool { return x.Rule == no.Rule && x.Why == no.Why })
			if i < 0 {
				i, row.Rejected = len(row.Rejected), append(row.Rejected, Removed{Rule: no.Rule, Why: no.Why})
			}
			row.Rejected[i].IDs = append(row.Rejected[i].IDs, no.ID)
		}
		r.Counts[picks.Status]++
		if row.Documented = documented(state, &row); row.Documented != nil {
			doc := DocumentedRow{a.ModelType, a.Module, a.ConfigClass, *row.Documented, picks.Host, picks.Roles[data.RoleDefault].ID}
			switch doc.Verdict.row() {
			case "wrong":
				r.Disproved = append(r.Disproved, doc)
			case "open":
				r.Unconfirmed = append(r.Unconfirmed, doc)
			}
		}
		r.Archs = append(r.Archs, row)
	}
	return r
}

// Summary says what the report was made from, and what is in it.
func (r *Report) Summary() string {
	hub := "the Hub of " + r.MadeFrom.Synced
	if r.MadeFrom.Recorded != "" {
		hub = "a recorded Hub of " + r.MadeFrom.Recorded
	}
	return fmt.Sprintf("Made from transformers %s and %s. Of %d architectures %d have a proven default, "+
		"%d live inside a host that answers for them, %d are documented but not proven, and nothing is known of %d.",
		r.MadeFrom.Transformers, hub, len(r.Archs), r.Counts[data.Proven], r.Counts[data.Hosted], r.Counts[data.Unproven], r.Counts[data.None])
}
