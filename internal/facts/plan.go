package facts

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/hub"
)

// The Hub counts requests, and lets an anonymous address make 500 in five
// minutes. A full refresh has to fit that: it sweeps the popular end of the
// Hub, of each task, and of the accounts that matter most, and lists one by one
// the architectures of which the sweeps showed least. docs/refresh.md has the
// arithmetic.
const (
	fullBudget  = 475 // requests of a full refresh
	sweepPages  = 3   // the Hub gives up on pages past some thousands of rows
	sweepFrom   = 60  // architectures from which sweeping pays
	ownerFrom   = 3   // documented checkpoints from which an account is swept
	enough      = 40  // candidates that are the popular end of an architecture
	maxUnusable = 200 // unusable rows of a round that are asked for by name
)

// sweeps are the popular ends of lists that show many architectures.
func (c *Crawl) sweeps(archs []string) []question {
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
	for _, o := range c.Data.Policy.Organizations.Testing {
		queries = append(queries, hub.Query{Author: o.Name, Pages: 1})
	}
	var questions []question
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

func (c *Crawl) ownLists(archs []string) []question {
	var questions []question
	for _, arch := range archs {
		questions = append(questions, c.list(ownList(arch), func(err error) { c.failed[arch] = err }))
	}
	return questions
}

// leastSeen are the architectures to list one by one, most needed first: those
// of which a model that matters was not seen, then those whose documented
// checkpoint is not theirs, then those of which least was seen. A part of
// others that nothing showed is left to its host.
func (c *Crawl) leastSeen(archs []string) []string {
	seen := make(map[string]int)
	for _, m := range c.models {
		seen[m.ModelType]++
	}
	needy := make(map[string]bool)
	for _, types := range c.toAskByName(archs) {
		for _, t := range types {
			needy[t] = true
		}
	}
	rank := func(t string) int {
		switch {
		case needy[t]:
			return 0
		case c.models[c.Data.Catalog.Arch(t).Documented].ModelType != t:
			return 1
		}
		return 2
	}
	types := slices.DeleteFunc(slices.Clone(archs), func(t string) bool {
		known := c.Data.Facts[t] != nil && len(c.Data.Facts[t].Candidates) > 0
		return seen[t] >= enough || c.Data.Catalog.Arch(t).Part && seen[t] == 0 && !known
	})
	slices.SortFunc(types, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(seen[a], seen[b]), strings.Compare(a, b))
	})
	return types
}

// budget is how many more lists a full refresh may ask for, after what has to
// be asked for by name. A name without an account is redirected, which is one
// request more. Second attempts and rows asked for again do not count, so that
// the plan does not depend on them.
func (c *Crawl) budget(archs []string) int {
	n := fullBudget - c.pages
	for id := range c.toAskByName(archs) {
		n--
		if !strings.Contains(id, "/") {
			n--
		}
	}
	return n
}

// toAskByName are the models that have to be asked for by name: documented ones,
// picks and pins that nothing showed, with the architectures that need them.
func (c *Crawl) toAskByName(archs []string) map[string][]string {
	unseen := make(map[string][]string)
	for _, t := range archs {
		ids := append(c.incumbents(t), c.Data.Catalog.Arch(t).Documented)
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			if id != "" && c.spellings[strings.ToLower(id)] != id && c.answers[id] == nil {
				unseen[id] = append(unseen[id], t)
			}
		}
	}
	return unseen
}

// incumbents are the picks and pins of an architecture.
func (c *Crawl) incumbents(arch string) []string {
	var ids []string
	for _, p := range c.Data.Policy.Pins {
		if p.Arch == arch {
			ids = append(ids, p.ID)
		}
	}
	if a := c.Data.Picks.Of(arch); a != nil {
		for _, m := range a.Picks {
			ids = append(ids, m.ID)
		}
	}
	return ids
}
