package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/internal/usage"
	"github.com/hfmodels/hfmodels/registrydata"
)

// find returns the architecture that a name stands for: its own name, that of a
// class, or the id of a checkpoint, of which it returns what is known.
func (r registry) find(name string) (arch hfmodels.Arch, c *checkpoint, err error) {
	arch, unknown := hfmodels.ParseArch(name)
	if unknown != nil {
		arch, _ = hfmodels.ArchOfClass(name)
	}
	if arch != 0 {
		return arch, nil, nil
	}
	if c, err = r.checkpoint(name, unknown); err != nil {
		return 0, nil, err
	}
	return c.model.Arch, c, nil
}

// checkpoint is what is known of an id, whether or not it was chosen.
type checkpoint struct {
	model  hfmodels.Model
	facts  *data.Model // what the registry knows of it
	former string      // the id that was asked for, where the model has another now
	said   []string    // by the Hub now, for people
	data.Counters
	doubt string // why the Hub's figures of it are not believed
	// archs are the architectures whose facts name it, and that of its own config.
	archs []hfmodels.Arch
}

// checkpoint returns what is known of an id, which may be a former one and in
// any letter case. If the name is not an id, the error is unknown.
func (r registry) checkpoint(name string, unknown error) (*checkpoint, error) {
	c := &checkpoint{Counters: data.Counters{Downloads: -1, Likes: -1}}
	state, err := r.evidence(name)
	if err != nil {
		return nil, err
	}
	former, id := state.Aliases.Present(name)
	c.former = former
	// The Hub lists some repositories in two spellings; the one that was chosen is
	// preferred, or else that which was asked for.
	chosen, ok := hfmodels.ByID(id)
	if !ok || r.picks != nil {
		chosen = hfmodels.Model{ID: id}
	}
	add := func(modelType string) hfmodels.Arch {
		a, err := hfmodels.ParseArch(modelType)
		if err == nil && !slices.Contains(c.archs, a) {
			c.archs = append(c.archs, a)
		}
		return a
	}
	var found *data.Model
	best := -1
	take := func(f *data.Facts, m *data.Model, rank int) {
		if of, own := add(f.Arch), add(m.ModelType); rank > best {
			found, best, c.model.Arch = m, rank, cmp.Or(chosen.Arch, own, of)
		}
	}
	for _, arch := range slices.Sorted(maps.Keys(state.Facts)) {
		f := state.Facts[arch]
		d := cmp.Or(f.Documented, new(data.Documented))
		asked := data.SameID(d.Asked, id)
		if asked && d.Model == nil {
			take(f, &data.Model{ID: d.Asked}, 0)
		}
		for m := range f.Models() {
			if !data.SameID(m.ID, id) {
				if !asked || m != d.Model {
					continue
				}
				c.former = d.Asked
			}
			rank := 1
			if m.ModelType == f.Arch {
				rank = 2
			}
			if m.ID == chosen.ID {
				rank += 2
			}
			take(f, m, rank)
		}
	}
	for _, t := range slices.Sorted(maps.Keys(state.IDs)) {
		for _, known := range state.IDs[t] {
			if a, err := hfmodels.ParseArch(t); err == nil && found == nil && data.SameID(known, id) {
				found, c.model.Arch = &data.Model{ID: known, ModelType: t}, a
			}
		}
	}
	switch {
	case found == nil && c.former != "":
		return nil, fmt.Errorf("%s was renamed to %s, which is not among the candidates of any architecture", usage.Quote(name), id)
	case found == nil:
		return nil, near(name, state, unknown)
	case data.SameID(c.former, found.ID):
		c.former = "" // only the letter case changed
	}
	c.facts, c.model, c.doubt = found, table.Row(c.model.Arch, found.ID, found, []string{found.Pipeline}), found.Doubt
	if n, ok := state.Popularity[found.ID]; ok {
		c.Counters = n
	}
	return c, nil
}

// near is the error for a name that is not a known id, with similar ids. The
// error is unknown where the name does not look like an id, and no id has it.
func near(name string, state *data.State, unknown error) error {
	owner, base, owned := strings.Cut(name, "/")
	var ids []string
	for _, id := range slices.Concat(slices.Collect(maps.Keys(state.Popularity)), slices.Concat(slices.Collect(maps.Values(state.IDs))...)) {
		o, b, _ := strings.Cut(id, "/")
		if strings.EqualFold(cmp.Or(b, o), cmp.Or(base, name)) || owned && strings.EqualFold(o, owner) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	_, former := hfmodels.Former(name)
	switch {
	case strings.ContainsAny(name, "/@:") && !data.IsRepo(name):
		return usage.Errorf("%s is not an id; an id is OWNER/NAME, such as google-bert/bert-base-uncased", usage.Quote(name))
	case owned:
		return fmt.Errorf("unknown checkpoint %s: it is not among the candidates of any architecture%s", usage.Quote(name), usage.Near(name, ids))
	case former:
		return unknown
	case len(ids) > 0:
		return fmt.Errorf("unknown architecture or class %s; checkpoints of that name: %s", usage.Quote(name),
			strings.Join(ids[:min(len(ids), 3)], ", "))
	}
	return fmt.Errorf("%w; no stable release of transformers from 4.0.0 to %s knows it", unknown, hfmodels.TransformersVersion)
}

// evidence is the part of the registry that tells of an id: all ids, former ones
// too, its counters, and the facts that name it. To decode all embedded facts
// takes too long for a command that answers at once.
func (r registry) evidence(id string) (*data.State, error) {
	if r.state != nil {
		return r.state, nil
	}
	s := &data.State{Facts: make(map[string]*data.Facts), Popularity: make(data.Popularity), Policy: new(data.Policy)}
	read := func(name string, v any) error {
		text, err := registrydata.All.ReadFile(name)
		if err != nil {
			return err
		}
		return json.Unmarshal(text, v)
	}
	err := cmp.Or(read("aliases.json", &s.Aliases), read("ids.json", &s.IDs), read("repositories.json", &s.Repositories))
	_, id = s.Aliases.Present(id)
	counters, unread := registrydata.All.ReadFile("popularity.json")
	for t, ids := range s.IDs {
		for _, known := range ids {
			if data.SameID(known, id) {
				f := new(data.Facts)
				err = cmp.Or(err, unread, read(data.FactsPath(t), f))
				s.Facts[t] = f
				if row := gjson.GetBytes(counters, gjson.Escape(known)); row.Exists() {
					s.Popularity[known] = data.Counters{Downloads: row.Get("downloads").Int(), Likes: row.Get("likes").Int()}
				}
			}
		}
	}
	return s, err
}

// filled is a place that a checkpoint fills, in JSON.
type filled struct {
	Arch   hfmodels.Arch `json:"arch"`
	Place  string        `json:"place"`
	Reason string        `json:"reason"`
}

// rank is where a checkpoint is in the ranking of a task, in JSON.
type rank struct {
	Task   hfmodels.Task `json:"task"`
	Rank   int           `json:"rank"`
	Of     int           `json:"of"`
	Reason string        `json:"reason"`
}

// standing is what show prints of a checkpoint besides the checkpoint.
type standing struct {
	Former    *string  `json:"former"`
	Downloads *int64   `json:"downloads"`
	Likes     *int64   `json:"likes"`
	Doubt     *string  `json:"doubt"`
	Places    []filled `json:"places"`
	Rankings  []rank   `json:"rankings"`
	WhyNone   []string `json:"why_none"`
}

// showID shows a checkpoint: the places that it fills, or why it fills none.
// JSON has the members of from besides.
func showID(opts *options, r registry, c *checkpoint, from map[string]any) error {
	m := c.model
	s := standing{Former: known(c.former), Doubt: known(c.doubt), Places: []filled{}, Rankings: []rank{}, WhyNone: []string{}}
	lines := c.said
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	count := func(n int64) (*int64, string) {
		if n < 0 {
			return nil, unknown
		}
		return &n, choose.Count(n)
	}
	var downloads, likes string
	s.Downloads, downloads = count(c.Downloads)
	s.Likes, likes = count(c.Likes)
	say("architecture %s, downloads %s, likes %s", m.Arch, downloads, likes)
	if c.former != "" {
		say("renamed from %s", c.former)
	}
	if c.doubt != "" {
		say("size unknown: %s", c.doubt)
	}
	// isIn reports whether the row is that of m. The first row tells the reason,
	// and more of the tasks than the facts do.
	isIn := func(row hfmodels.Model) bool {
		same := data.SameID(row.ID, c.facts.ID)
		if same && m.Reason == "" {
			m.Reason, m.Tasks = row.Reason, row.Tasks
		}
		return same
	}
	for a := range hfmodels.Archs() {
		for p, row := range r.places(a) {
			if isIn(row) {
				s.Places = append(s.Places, filled{a, p.String(), row.Reason})
				say("the %s checkpoint of %s: %s", p, a, row.Reason)
			}
		}
	}
	if len(s.Places) == 0 {
		for _, a := range c.archs {
			why, err := r.whyNone(a, c.facts.ID)
			if err != nil {
				return err
			}
			s.WhyNone = append(s.WhyNone, why)
			say("fills no place: %s", why)
		}
		if len(c.archs) == 0 {
			s.WhyNone = append(s.WhyNone, fmt.Sprintf("not among the candidates of %s that are kept: "+
				"the most used, and those of its owner and of known publishers", m.Arch))
			say("fills no place: %s", s.WhyNone[0])
		}
	}
	for t := range hfmodels.Tasks() {
		at, n := rank{Task: t}, 0
		for row := range r.ranked(t) {
			if n++; at.Rank == 0 && isIn(row) {
				at.Rank, at.Reason = n, row.Reason
			}
		}
		if at.Of = n; at.Rank > 0 {
			s.Rankings = append(s.Rankings, at)
			say("%d of %d for %s: %s", at.Rank, n, t, at.Reason)
		}
	}
	m.Reason = cmp.Or(m.Reason, strings.Join(s.WhyNone, "; "))
	out := ofModel(m.Arch, m, s, from)
	if from["source"] != nil {
		out.header = append(out.header, "source", "live")
		out.rows[0] = append(out.rows[0], fmt.Sprint(from["source"]), strings.Join(c.said, " "))
	}
	out.human = func(on screen) { on.model(m, lines...) }
	return opts.print(out)
}

// whyNone says why a candidate fills no place of an architecture.
func (r registry) whyNone(a hfmodels.Arch, id string) (string, error) {
	decision, err := r.why(a)
	if err != nil {
		return "", err
	}
	for _, no := range decision.Rejected {
		if data.SameID(no.ID, id) {
			return fmt.Sprintf("turned away from %s by the rule %s: %s", a, no.Rule, no.Why), nil
		}
	}
	for _, places := range []map[string]data.Place{decision.Roles, decision.Tasks} {
		for _, name := range slices.Sorted(maps.Keys(places)) {
			for _, u := range places[name].RunnersUp {
				if data.SameID(u.ID, id) {
					return fmt.Sprintf("a runner-up of %s, the %s checkpoint of %s; lost at %s: %s", places[name].ID, name, a, u.Tier, u.Why), nil
				}
			}
		}
	}
	if m, ok := r.model(a, place{}); ok {
		return fmt.Sprintf("a fit candidate of %s, behind its default %s", a, m.ID), nil
	}
	return fmt.Sprintf("%s has no default checkpoint: %s", a, r.info(a).Why), nil
}
