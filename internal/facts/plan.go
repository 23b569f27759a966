package facts

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

// The Hub counts requests, and lets an anonymous address make 500 in five
// minutes. A full refresh has to fit that: it sweeps the popular end of the
// Hub, of each task, and of the accounts that matter most, and lists one by one
// the architectures of which the sweeps showed least. docs/refresh.md has the
// arithmetic.
const (
	fullBudget  = 475 // requests of a full refresh
	forPicks    = 40  // of these, for picks that no list shows, and for former names
	formerNames = 20  // the most used models whose former names are asked for, with two requests each
	sweepPages  = 3   // the Hub gives up on pages past some thousands of rows
	sweepFrom   = 60  // architectures from which sweeping pays
	ownerFrom   = 3   // documented checkpoints from which an account is swept
	enough      = 40  // candidates that are the popular end of an architecture
	maxUnusable = 200 // unusable rows of a round that are asked for by name
)

// sweeps are the popular ends of lists that show many architectures.
func (c *Crawl) sweeps(archs []string) []Question {
	queries := []hub.Query{{}, {Filter: "transformers"}}
	for _, t := range c.Data.Catalog.Tasks {
		if len(t.AutoClasses) > 0 { // else it has no models for transformers
			queries = append(queries, hub.Query{Pipeline: t.Name})
		}
	}
	owners := make(map[string]int)
	for _, t := range archs {
		if owner, _, ok := strings.Cut(c.Data.Catalog.Arch(t).Documented, "/"); ok {
			owners[owner]++
		}
	}
	for _, owner := range slices.Sorted(maps.Keys(owners)) {
		if owners[owner] >= ownerFrom {
			queries = append(queries, hub.Query{Author: owner})
		}
	}
	for _, o := range c.Data.Policy.Organizations["testing"] {
		queries = append(queries, hub.Query{Author: o.Name, Pages: 1})
	}
	var questions []Question
	for _, q := range queries {
		q.Pages = cmp.Or(q.Pages, sweepPages)
		what := cmp.Or(q.Filter+q.Author+q.Pipeline, "the list of all models")
		questions = append(questions, c.list(q, func(err error) { c.sweepError = fmt.Errorf("%s: %w", what, err) }))
	}
	return questions
}

// ownList is the list of an architecture's candidates. The tag is only a hint:
// cards carry free tags, so what counts is the model type in the config.
func ownList(arch string) hub.Query { return hub.Query{Filter: arch} }

func (c *Crawl) ownLists(archs []string) []Question {
	var questions []Question
	for _, arch := range archs {
		questions = append(questions, c.list(ownList(arch), func(err error) { c.failed[arch] = err }))
	}
	return questions
}

// leastSeen are the architectures to list one by one, most needed first: those
// whose documented checkpoint was not seen or is not theirs, then those of which
// least was seen. A part of others that nothing showed is left to its host.
func (c *Crawl) leastSeen(archs []string) []string {
	seen := make(map[string]int)
	for _, m := range c.models {
		seen[m.ModelType]++
	}
	rank := func(t string) int {
		if c.models[c.Data.Catalog.Arch(t).Documented].ModelType != t {
			return 0
		}
		return 1
	}
	types := slices.DeleteFunc(slices.Clone(archs), func(t string) bool {
		return seen[t] >= enough || c.Data.Catalog.Arch(t).Part && seen[t] == 0
	})
	slices.SortFunc(types, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(seen[a], seen[b]), strings.Compare(a, b))
	})
	return types
}

// budget is how many more lists a full refresh may ask for, after the documented
// checkpoints that have to be asked for by name. A name without an account is
// redirected, which is one request more. Second attempts, rows asked for again
// and the number of picks do not count, so that the plan does not depend on them.
func (c *Crawl) budget(archs []string) int {
	unseen := make(map[string]bool)
	redirects := 0
	for _, t := range archs {
		if id := c.Data.Catalog.Arch(t).Documented; c.unseen(id) && !unseen[id] {
			unseen[id] = true
			redirects += 1 - strings.Count(id, "/")
		}
	}
	return fullBudget - forPicks - c.pages - len(unseen) - redirects
}

// unseen reports whether the model has to be asked for by name. One that a list
// shows in another letter case has to: it may have been renamed.
func (c *Crawl) unseen(id string) bool {
	_, seen := c.models[id]
	return id != "" && !seen && c.answers[id] == nil
}

// toAskByName are the models that have to be asked for by name: documented ones,
// picks and pins that nothing showed, with the architectures that need them, and
// candidates without an account, which got one if nothing shows them.
func (c *Crawl) toAskByName(archs []string) map[string][]string {
	unseen := make(map[string][]string)
	for _, t := range archs {
		ids := append(c.incumbents(t, c.Data.Picks), c.Data.Catalog.Arch(t).Documented)
		if old := c.Data.Facts[t]; old != nil {
			for _, m := range old.Candidates {
				if !strings.Contains(m.ID, "/") && c.Data.Aliases[m.ID] == "" {
					ids = append(ids, m.ID)
				}
			}
		}
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			if c.unseen(id) {
				unseen[id] = append(unseen[id], t)
			}
		}
	}
	return unseen
}

// firstDay is the oldest day on which the Hub says that a model was created.
const firstDay = "2022-03-02"

// formerNames are the ids that the most used models had before they got an
// account, unless they are known already. The Hub follows such a name, and that
// it does is the proof.
func (c *Crawl) formerNames() map[string][]string {
	moved := make(map[string]bool) // accounts
	for _, list := range c.Data.Policy.Organizations {
		for _, o := range list {
			moved[o.Name] = o.Root
		}
	}
	var ids []string
	for id, m := range c.models {
		if moved[m.Author] && m.Created <= firstDay {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(c.popularity[b].Downloads, c.popularity[a].Downloads), strings.Compare(a, b))
	})
	names := make(map[string][]string)
	for _, id := range ids[:min(len(ids), formerNames)] {
		m := c.models[id]
		if name := m.Name(); c.Data.Aliases[name] == "" && c.unseen(name) {
			names[name] = nil
		}
	}
	return names
}

// incumbents are the pins of an architecture, its picks, and those that these
// replaced.
func (c *Crawl) incumbents(arch string, picks *data.Picks) []string {
	var ids []string
	for _, p := range c.Data.Policy.Pins {
		if p.Arch == arch {
			_, id := c.Data.Aliases.Present(p.ID)
			ids = append(ids, id)
		}
	}
	if a := picks.Of(arch); a != nil {
		for _, m := range a.Picks {
			ids = append(ids, m.ID)
		}
		for _, p := range a.AllPlaces() {
			if p.Replaced != nil {
				ids = append(ids, cmp.Or(c.Data.Aliases[p.Replaced.ID], p.Replaced.ID))
			}
		}
	}
	return ids
}
