package facts

import (
	"cmp"
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
	fullBudget = 475 // requests of a full refresh
	sweepPages = 3   // the Hub gives up on pages past some thousands of rows
	sweepFrom  = 60  // architectures from which sweeping pays
	ownerFrom  = 3   // documented checkpoints from which an account is swept
	enough     = 40  // candidates that are the popular end of an architecture
	oddMost    = 200 // garbled rows of a round that are asked for by name
)

func (c *Crawl) sweeps(archs []string) []question {
	qs := []question{
		c.sweep(hub.Query{MaxPages: sweepPages}),
		c.sweep(hub.Query{Filters: []string{"transformers"}, MaxPages: sweepPages}),
	}
	for _, t := range c.Data.Catalog.Tasks {
		if len(t.AutoClasses) > 0 { // else it has no models for transformers
			qs = append(qs, c.sweep(hub.Query{Pipeline: t.Name, MaxPages: sweepPages}))
		}
	}
	owners := make(map[string]int)
	for _, t := range archs {
		if owner, _, ok := strings.Cut(c.Data.Catalog.Arch(t).Documented, "/"); ok {
			owners[owner]++
		}
	}
	maps.DeleteFunc(owners, func(_ string, n int) bool { return n < ownerFrom })
	for _, owner := range sortedKeys(owners) {
		qs = append(qs, c.sweep(hub.Query{Author: owner, MaxPages: sweepPages}))
	}
	for _, o := range c.Data.Policy.Organizations.Testing {
		qs = append(qs, c.sweep(hub.Query{Author: o.Name, MaxPages: 1}))
	}
	return qs
}

// wanted says which architectures are to be listed one by one, most needed
// first: those of which a model that matters was not seen, then those whose
// documented checkpoint is not theirs, then those of which least was seen. A
// part of others that nothing showed is left to its host.
func (c *Crawl) wanted(archs []string) []string {
	seen := make(map[string]int)
	for _, row := range c.rows {
		seen[row.ModelType]++
	}
	needed := make(map[string]bool)
	for _, types := range c.unseen(archs) {
		for _, t := range types {
			needed[t] = true
		}
	}
	rank := func(t string) int {
		doc, found := c.rows[c.lower[strings.ToLower(c.Data.Catalog.Arch(t).Documented)]]
		switch {
		case needed[t]:
			return 0
		case !found || doc.ModelType != t:
			return 1
		}
		return 2
	}
	out := slices.DeleteFunc(slices.Clone(archs), func(t string) bool {
		known := c.Data.Facts[t] != nil && len(c.Data.Facts[t].Candidates) > 0
		return seen[t] >= enough || c.Data.Catalog.Arch(t).Part && seen[t] == 0 && !known
	})
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(seen[a], seen[b]), strings.Compare(a, b))
	})
	return out
}

// left is how many lists the budget still allows, after what has to be asked
// for by name. A name without an account is redirected, which is one more.
func (c *Crawl) left(archs []string) int {
	n := fullBudget - c.spent
	for id := range c.unseen(archs) {
		n--
		if !strings.Contains(id, "/") {
			n--
		}
	}
	return n
}

// garbled are the ids of odd rows that stood whole nowhere else.
func (c *Crawl) garbled() []string {
	ids := slices.DeleteFunc(sortedKeys(c.odd), func(id string) bool {
		_, seen := c.rows[id]
		return seen || c.documented[id] != nil
	})
	return ids[:min(len(ids), oddMost)]
}

// unseen are the models that have to be asked for by name: documented ones,
// picks and pins that nothing showed, with the architectures that need them.
func (c *Crawl) unseen(archs []string) map[string][]string {
	want := make(map[string][]string)
	for _, t := range archs {
		ids := append(c.incumbents(t), c.Data.Catalog.Arch(t).Documented)
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			if id != "" && c.lower[strings.ToLower(id)] != id && c.documented[id] == nil {
				want[id] = append(want[id], t)
			}
		}
	}
	return want
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

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
