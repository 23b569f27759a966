package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/hfmodels/hfmodels/internal/data"
)

// chart is a table whose rows are drawn as bars of parts: readable without
// seeing the bars.
type chart struct {
	ID, Title string
	Note      string // what is counted
	Missing   string // why there is nothing to draw
	Parts     []string
	Kinds     []string // of the parts: classes in the style sheet
	Rows      []bar
}

// bar is one row of a chart.
type bar struct {
	Label string
	Sum   int
	Parts []part
}

// part is a part of a bar: where it begins and ends in a picture of Width.
type part struct {
	Kind, Name string
	N          int
	X, Width   string
}

// barWidth is the width of the longest bar, in the picture's own units.
const barWidth = 1000

// Profile is a class of machine, by the largest weights that it runs.
type Profile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// hardware are the profiles of select.go in the root package, which the
// generator must not import; a test compares them.
var hardware = []Profile{
	{"cpu-small", 500e6},
	{"cpu-medium", 2e9},
	{"gpu-small", 5e9},
	{"cpu-large", 10e9},
	{"gpu-medium", 15e9},
	{"gpu-large", 50e9},
}

// charts are the pictures of a report.
func (r *Report) charts() []chart {
	list := []chart{r.byFamily(), r.sizes(), r.gating(), r.licenses(), r.recipes(), r.created(), r.checked(), r.history()}
	for i := range list {
		list[i].scale()
	}
	return list
}

var statusKinds = []string{"proven", "hosted", "unproven", "none"}

func (c Counts) list() []int { return []int{c.Proven, c.Hosted, c.Unproven, c.None} }

func (r *Report) byFamily() chart {
	counts := make(map[string]*Counts)
	for i := range r.Archs {
		a := &r.Archs[i]
		if counts[a.Family] == nil {
			counts[a.Family] = new(Counts)
		}
		counts[a.Family].add(a.Status)
	}
	c := chart{ID: "families", Title: "Coverage by family", Note: "architectures by status", Parts: statusKinds, Kinds: statusKinds}
	for _, f := range mostFirst(counts, Counts.All) {
		c.add(f, counts[f].list()...)
	}
	return c
}

func mostFirst[V any](m map[string]*V, n func(V) int) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(n(*m[b]), n(*m[a])), strings.Compare(a, b))
	})
}

// defaults are the default models of the proven architectures.
func (r *Report) defaults() []Model {
	var out []Model
	for i := range r.Archs {
		a := &r.Archs[i]
		if a.Status != data.Proven {
			continue
		}
		id := a.Roles[data.RoleDefault].ID
		if j := slices.IndexFunc(a.Models, func(m Model) bool { return m.ID == id }); j >= 0 {
			out = append(out, a.Models[j])
		}
	}
	return out
}

// weightBytes is the size that a model's weights have at most: unless it is
// known, four bytes a parameter.
func (m *Model) weightBytes() (n int64, known bool) {
	switch {
	case m.Bytes > 0:
		return m.Bytes, true
	case m.Parameters > 0:
		return 4 * m.Parameters, true
	}
	return 0, false
}

func (r *Report) sizes() chart {
	c := chart{
		ID: "sizes", Title: "Defaults against hardware profiles",
		Note:  "proven defaults whose weights fit the profile; where only the parameters are known, at four bytes each, which is the most they take",
		Parts: []string{"fits", "too large", "size unknown"}, Kinds: []string{"proven", "unproven", "none"},
	}
	all := r.defaults()
	for _, h := range hardware {
		fits, large, unknown := 0, 0, 0
		for i := range all {
			switch n, known := all[i].weightBytes(); {
			case !known:
				unknown++
			case n <= h.Bytes:
				fits++
			default:
				large++
			}
		}
		c.add(fmt.Sprintf("%s, %s", h.Name, humanize.SIWithDigits(float64(h.Bytes), 1, "B")), fits, large, unknown)
	}
	return c
}

func (r *Report) gating() chart {
	return r.tally(chart{ID: "gating", Title: "Gating of the defaults", Note: "proven defaults; unknown where the Hub's answer does not say"}, func(m *Model) string {
		return map[string]string{"no": "open to all", "auto": "gated, granted at once", "manual": "gated, granted by the owner"}[m.Gated]
	})
}

func (r *Report) licenses() chart {
	return r.tally(chart{ID: "licences", Title: "Licences of the defaults", Note: "proven defaults, by the licence that the card names"}, func(m *Model) string { return m.License })
}

func (r *Report) created() chart {
	c := r.tally(chart{ID: "created", Title: "Age of the defaults", Note: "proven defaults, by the year in which the repository was made on the Hub"}, func(m *Model) string {
		return m.Created[:min(4, len(m.Created))]
	})
	slices.SortStableFunc(c.Rows, func(a, b bar) int {
		if (a.Label == unknown) != (b.Label == unknown) {
			return 0
		}
		return strings.Compare(a.Label, b.Label)
	})
	return c
}

const unknown = "unknown"

// tally draws how many defaults have which value, most first, unknown last.
func (r *Report) tally(c chart, of func(*Model) string) chart {
	c.Parts, c.Kinds = []string{"known", unknown}, []string{"hosted", "none"}
	counts, without := make(map[string]*int), 0
	all := r.defaults()
	for i := range all {
		v := of(&all[i])
		if v == "" {
			without++
			continue
		}
		if counts[v] == nil {
			counts[v] = new(int)
		}
		*counts[v]++
	}
	for _, v := range mostFirst(counts, func(n int) int { return n }) {
		c.add(v, *counts[v], 0)
	}
	if without > 0 {
		c.add(unknown, 0, without)
	}
	if len(counts) == 0 {
		c.Rows, c.Missing = nil, "It is not known of any default."
	}
	return c
}

func (r *Report) recipes() chart {
	n := make(map[string]int)
	for i := range r.Archs {
		n[r.Archs[i].Recipe.Outcome]++
	}
	c := chart{
		ID: "recipes", Title: "What the tiny test runs", Note: "architectures; built small with random weights, and run",
		Parts: []string{"in full", "in part", "not run"}, Kinds: []string{"proven", "hosted", "none"},
	}
	c.add("all", n["full"], n["part"], n["none"])
	return c
}

func (r *Report) checked() chart {
	days := make(map[string]*int)
	for i := range r.Archs {
		day := cmp.Or(r.Archs[i].Checked, "never")
		if days[day] == nil {
			days[day] = new(int)
		}
		*days[day]++
	}
	c := chart{
		ID: "checked", Title: "Age of the facts", Note: "architectures, by the day on which the Hub last answered for them",
		Parts: []string{"checked", "never"}, Kinds: []string{"hosted", "none"},
	}
	for _, day := range slices.Backward(slices.Sorted(maps.Keys(days))) {
		if day == "never" {
			c.add(day, 0, *days[day])
		} else {
			c.add(day, *days[day], 0)
		}
	}
	return c
}

func (r *Report) history() chart {
	c := chart{
		ID: "history", Title: "Status over snapshots", Note: "architectures by status, a row for each day of facts in the git history",
		Parts: statusKinds, Kinds: statusKinds, Missing: r.History.Missing,
	}
	for _, s := range r.History.Snapshots {
		c.add(s.Synced+", transformers "+s.Transformers, s.list()...)
	}
	return c
}

func (c *chart) add(label string, n ...int) {
	b := bar{Label: label}
	for i, v := range n {
		b.Sum += v
		b.Parts = append(b.Parts, part{Kind: c.Kinds[i], Name: c.Parts[i], N: v})
	}
	c.Rows = append(c.Rows, b)
}

// scale gives the parts their places, the longest bar being as wide as the
// picture.
func (c *chart) scale() {
	longest := 1
	for _, b := range c.Rows {
		longest = max(longest, b.Sum)
	}
	at := func(n int) float64 { return float64(n) * barWidth / float64(longest) }
	for _, b := range c.Rows {
		sum := 0
		for i := range b.Parts {
			p := &b.Parts[i]
			p.X, p.Width = fmt.Sprintf("%.1f", at(sum)), fmt.Sprintf("%.1f", at(p.N))
			sum += p.N
		}
	}
}
