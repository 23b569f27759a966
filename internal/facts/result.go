package facts

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
)

// forgetAfter is for how many days a candidate is kept that no list shows any
// more, and that nobody chose.
const forgetAfter = 90

// result makes the facts of each architecture from what was seen.
func (c *Crawl) result(archs []string) *Result {
	r := &Result{Failed: c.failed}
	r.Facts, r.Popularity, r.Aliases = make(map[string]*data.Facts), c.popularity, c.aliases
	var left []string // names that do not lead to what they led to
	for id, a := range c.answers {
		if a.Outcome == data.Missing || a.Model != nil && !data.SameID(a.Model.ID, id) && c.aliases[id] == "" {
			left = append(left, id)
		}
	}
	c.left = c.Data.Meet(maps.Values(c.models), left...)
	r.Repositories = c.left
	c.documents = make(map[string]bool)
	for i := range c.Data.Catalog.Archs {
		arch := &c.Data.Catalog.Archs[i]
		m := c.Data.Facts[arch.ModelType].Answer() // if this run does not ask about it
		if d := c.documented(arch); d != nil {
			m = d.Model
		}
		if m != nil {
			c.documents[m.ID] = true
		}
	}
	byType := make(map[string][]data.Model)
	for _, m := range c.models {
		byType[m.ModelType] = append(byType[m.ModelType], m)
	}
	for _, t := range archs {
		if c.failed[t] != nil {
			continue
		}
		if f, err := c.factsOf(t, byType[t]); err != nil {
			c.failed[t] = err
		} else {
			r.Facts[t] = f
		}
	}
	return r
}

// factsOf makes the facts of one architecture, of which these models were seen.
func (c *Crawl) factsOf(t string, models []data.Model) (*data.Facts, error) {
	arch, old := c.Data.Catalog.Arch(t), c.Data.Facts[t]
	list := c.lists[ownList(t)]
	if c.sweepError != nil && !list.complete {
		return nil, c.sweepError
	}
	f := &data.Facts{Schema: data.Schema, Arch: t, Checked: c.Day, Truncated: !list.complete, Documented: c.documented(arch)}
	if old != nil {
		none := len(models) == 0 && !arch.Part // a part is seldom listed
		if (none || list.empty) && !c.AllowEmpty && !c.accountsFor(old) {
			return nil, fmt.Errorf("the Hub lists none, and %d were known: accept that with --allow-shrink", len(old.Candidates))
		}
		models = slices.Concat(models, c.typeChanges(t, old), c.recall(t, old))
		f.Lost = make(map[string]string)
		for _, id := range c.incumbents(t, c.Data.Picks) { // those that the Hub has under no name any more
			if a := c.answers[id]; a != nil && (a.Outcome == data.Missing || a.Outcome == data.Disabled) {
				f.Lost[id] = a.Outcome
			}
		}
	}
	f.Candidates = c.keep(models, arch, c.must(f, c.Data.Picks))
	return f, nil
}

// keep keeps beside those in must what any architecture documents: one that lives
// inside this one is answered by its documented checkpoint.
func (c *Crawl) keep(list []data.Model, arch *data.Arch, must map[string]bool) []data.Model {
	must = maps.Clone(must)
	for _, m := range list {
		must[m.ID] = must[m.ID] || c.documents[m.ID]
	}
	return Keep(list, arch, must, c.Data.Policy, c.popularity)
}

// must are the candidates that facts keep in any case: the documented one, and
// those that the picks name.
func (c *Crawl) must(f *data.Facts, picks *data.Picks) map[string]bool {
	must := make(map[string]bool)
	if m := f.Answer(); m != nil {
		must[m.ID] = true
	}
	for _, id := range c.incumbents(f.Arch, picks) {
		must[cmp.Or(c.aliases[id], id)] = true
	}
	return must
}

// dropUnneeded drops what only the previous picks needed, and what no list
// shows and the next refresh will not ask for by name. So the facts follow from
// the Hub and from the picks that will be made of them, and the next refresh of
// an unchanged Hub finds the same.
func (c *Crawl) dropUnneeded(r *Result, listed map[string]data.Model) {
	next := *c.Data
	next.Facts, next.Popularity, next.Aliases = maps.Clone(c.Data.Facts), maps.Clone(c.Data.Popularity), maps.Clone(c.Data.Aliases)
	maps.Copy(next.Facts, r.Facts)
	maps.Copy(next.Popularity, c.popularity)
	next.Aliases.Add(r.Aliases)
	next.Repositories = r.Repositories
	day := c.Day
	for _, f := range next.Facts {
		day = max(day, f.Checked)
	}
	if next.Picks != nil {
		next.Follow(next.Picks)
	}
	picks, err := choose.Choose(&next, day)
	if err != nil {
		return // emit reports a policy that cannot be carried out; what the Hub said is kept
	}
	asked := make(map[string]bool) // by the next refresh
	for _, arch := range c.Data.Catalog.Archs {
		for _, id := range append(c.incumbents(arch.ModelType, picks), arch.Documented) {
			asked[cmp.Or(c.aliases[id], id)] = true
		}
	}
	for t, f := range r.Facts {
		must := c.must(f, picks)
		f.Candidates = slices.DeleteFunc(f.Candidates, func(m data.Model) bool {
			_, inList := listed[m.ID]
			return !must[m.ID] && (m.ModelType != t || !inList && m.Seen == "" && !asked[m.ID])
		})
		f.Candidates = c.keep(f.Candidates, c.Data.Catalog.Arch(t), must)
		maps.DeleteFunc(f.Lost, func(id, _ string) bool { return !must[id] })
	}
}

// idsOf lists the candidates of each architecture: those that the lists showed,
// and those of its facts.
func idsOf(facts map[string]*data.Facts, listed map[string]data.Model) data.IDs {
	ids := make(data.IDs)
	for id, m := range listed {
		if facts[m.ModelType] != nil {
			ids[m.ModelType] = append(ids[m.ModelType], id)
		}
	}
	for t, f := range facts {
		for m := range f.Models() {
			ids[t] = append(ids[t], m.ID)
		}
		slices.Sort(ids[t])
		ids[t] = slices.Compact(ids[t])
	}
	maps.DeleteFunc(ids, func(_ string, list []string) bool { return len(list) == 0 })
	return ids
}

// keepUnseen adds to each list the ids that were known before and of which the
// Hub said nothing, in any letter case.
func (c *Crawl) keepUnseen(ids data.IDs) {
	for t, seen := range ids {
		for _, id := range c.Data.IDs[t] {
			if c.unseen(id) && !slices.ContainsFunc(seen, func(s string) bool { return data.SameID(s, id) }) {
				ids[t] = append(ids[t], id)
			}
		}
		slices.Sort(ids[t])
	}
}

// accountsFor reports whether the Hub said by name of every candidate known
// before what became of it.
func (c *Crawl) accountsFor(old *data.Facts) bool {
	return !slices.ContainsFunc(old.Candidates, func(m data.Model) bool {
		_, seen := c.models[m.ID]
		return !seen && m.Seen == "" && c.answers[m.ID] == nil
	})
}

// typeChanges are the picks, and those before them, whose config now names
// another model type. They stay among the candidates, so that the choice says
// why it dropped them.
func (c *Crawl) typeChanges(t string, old *data.Facts) []data.Model {
	list := make(map[string]data.Model)
	for _, id := range c.incumbents(t, c.Data.Picks) {
		m, seen := c.models[cmp.Or(c.aliases[id], id)]
		known := func(c data.Model) bool { return c.ID == id || c.ID == m.ID }
		if seen && m.ModelType != t && slices.ContainsFunc(old.Candidates, known) {
			list[m.ID] = m
		}
	}
	return slices.Collect(maps.Values(list))
}

// recall returns the candidates known before that nothing showed, unless the
// list was complete or the Hub answered for them by name.
func (c *Crawl) recall(t string, old *data.Facts) []data.Model {
	today, _ := time.Parse(time.DateOnly, c.Day)
	forgotten := today.AddDate(0, 0, -forgetAfter).Format(time.DateOnly)
	var list []data.Model
	for _, m := range old.Candidates {
		_, seen := c.models[m.ID]
		gone := c.lists[ownList(t)].complete && !c.unusable[m.ID]
		if a := c.answers[m.ID]; a != nil { // an answer by name that is of no use says nothing
			gone = a.Outcome != data.Unreachable
		}
		renamed := c.Data.Aliases[m.ID] != "" // its present id is another row
		if seen || gone || renamed {
			continue
		}
		if m.Seen = cmp.Or(m.Seen, old.Checked); m.Seen < forgotten {
			continue
		}
		list = append(list, m)
		counters, ok := c.Data.Popularity[m.ID]
		if !ok {
			counters = data.Counters{Downloads: -1, Likes: -1}
		}
		c.popularity[m.ID] = counters
	}
	return list
}

// documented is what became of the checkpoint that transformers documents for an
// architecture, nil if nothing is known.
func (c *Crawl) documented(arch *data.Arch) *data.Documented {
	if was := c.left[data.FoldID(arch.Documented)].Repository; was != "" { // then it may have another name now
		for _, m := range c.models {
			if m.Repository == was {
				return &data.Documented{Asked: arch.Documented, Outcome: data.Found, Model: &m}
			}
		}
	}
	if a := c.answers[arch.Documented]; a != nil {
		if old := c.Data.Facts[arch.ModelType]; a.Outcome == data.Unreachable && old != nil && old.Documented != nil && old.Documented.Asked == a.Asked {
			return old.Documented
		}
		return a
	}
	m, seen := c.models[arch.Documented]
	if !seen {
		return nil
	}
	return &data.Documented{Asked: arch.Documented, Outcome: data.Found, Model: &m}
}
