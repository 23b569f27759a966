package facts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hfmodels/hfmodels/internal/data"
)

// forgotten is when a candidate that no list shows any more, and that nobody
// chose, is dropped.
const forgotten = 90 * 24 * time.Hour

// result makes the facts of each architecture from what was seen.
func (c *Crawl) result(archs []string) *Result {
	r := &Result{Facts: make(map[string]*data.Facts), Popularity: make(data.Popularity), Aliases: c.aliases, Failed: c.failed}
	byType := make(map[string][]data.Model)
	for _, id := range sortedKeys(c.rows) {
		row := c.rows[id]
		byType[row.ModelType] = append(byType[row.ModelType], row)
	}
	for _, t := range archs {
		if c.failed[t] == nil && c.blind != nil && !c.complete[t] {
			c.failed[t] = c.blind
		}
		if c.failed[t] != nil {
			continue
		}
		arch, old := c.Data.Catalog.Arch(t), c.Data.Facts[t]
		f := &data.Facts{Schema: data.Schema, Arch: t, Checked: c.Day, Truncated: !c.complete[t]}
		f.Documented = c.documentedOf(arch)
		list := byType[t]
		if old != nil {
			if (len(list) == 0 || c.empty[t]) && !c.AllowEmpty && !c.explained(old) {
				c.failed[t] = fmt.Errorf("the Hub lists none, and %d were known: accept that with --allow-shrink", len(old.Candidates))
				continue
			}
			list = append(list, c.changed(t, old)...)
			list = append(list, c.remembered(t, old)...)
			f.Lost = c.lost(t)
		}
		f.Candidates = Keep(list, arch, c.must(arch), c.Data.Policy, c.counters)
		if f.Candidates == nil {
			f.Candidates = []data.Model{}
		}
		r.Facts[t] = f
		for m := range f.Models() {
			r.Popularity[m.ID] = c.counters[m.ID]
		}
	}
	return r
}

// explained reports whether the Hub said by name of every candidate known
// before what became of it.
func (c *Crawl) explained(old *data.Facts) bool {
	return !slices.ContainsFunc(old.Candidates, func(row data.Model) bool {
		_, seen := c.rows[row.ID]
		return !seen && row.Seen == "" && c.documented[row.ID] == nil
	})
}

// changed are the picks whose config now names another model type. They stay
// among the candidates, so that the choice says why it dropped them.
func (c *Crawl) changed(t string, old *data.Facts) []data.Model {
	var list []data.Model
	for _, id := range c.incumbents(t) {
		row, seen := c.rows[cmp.Or(c.aliases[id], id)]
		was := slices.ContainsFunc(old.Candidates, func(o data.Model) bool { return o.ID == id && o.ModelType == t })
		has := slices.ContainsFunc(list, func(o data.Model) bool { return o.ID == row.ID })
		if seen && was && !has && row.ModelType != t {
			list = append(list, row)
		}
	}
	return list
}

// remembered are the candidates known before that nothing showed, unless the
// list was complete or the Hub answered for them by name.
func (c *Crawl) remembered(t string, old *data.Facts) []data.Model {
	var list []data.Model
	for _, row := range old.Candidates {
		_, seen := c.rows[row.ID]
		doc := c.documented[row.ID]
		gone := c.complete[t] && !c.odd[row.ID]
		if seen || gone || doc != nil && doc.Outcome != data.Unreachable {
			continue
		}
		row.Seen = cmp.Or(row.Seen, old.Checked)
		if age(row.Seen, c.Day) > forgotten {
			continue
		}
		list = append(list, row)
		if counters, ok := c.Data.Popularity[row.ID]; ok {
			c.counters[row.ID] = counters
		} else {
			c.counters[row.ID] = data.Counters{Downloads: -1, Likes: -1}
		}
	}
	return list
}

// age is the time between two days, 0 if one of them is none.
func age(from, to string) time.Duration {
	a, err := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err != nil || err2 != nil {
		return 0
	}
	return b.Sub(a)
}

// lost says what became of picks that the Hub no longer has under any name.
func (c *Crawl) lost(t string) map[string]string {
	var lost map[string]string
	for _, id := range c.incumbents(t) {
		if d := c.documented[id]; d != nil && (d.Outcome == data.Missing || d.Outcome == data.Disabled) {
			if lost == nil {
				lost = make(map[string]string)
			}
			lost[id] = d.Outcome
		}
	}
	return lost
}

func (c *Crawl) documentedOf(arch *data.Arch) *data.Documented {
	if arch.Documented == "" {
		return nil
	}
	if d := c.documented[arch.Documented]; d != nil {
		return d
	}
	row, seen := c.rows[c.lower[strings.ToLower(arch.Documented)]]
	if !seen {
		return nil
	}
	return &data.Documented{Asked: arch.Documented, Outcome: data.Found, Model: &row}
}

// must are the ids that an architecture keeps in any case.
func (c *Crawl) must(arch *data.Arch) map[string]bool {
	must := make(map[string]bool)
	if d := c.documentedOf(arch); d != nil && d.Model != nil {
		must[d.Model.ID] = true
	}
	for _, id := range c.incumbents(arch.ModelType) {
		must[cmp.Or(c.aliases[id], id)] = true
	}
	return must
}
