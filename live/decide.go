package live

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/facts"
	"github.com/hfmodels/hfmodels/internal/picked"
)

// decision is what the rules make of a list; of no list, what they make of the
// registry alone.
type decision struct {
	list   *list
	picks  *data.ArchPicks
	models map[Query]*hfmodels.Model // for the places asked for so far; nil where there is none
}

// decide returns the decision for an architecture, from the list of the model
// type that answers for it.
func (r *Resolver) decide(arch, subject string, l *list) (*decision, error) {
	key := [2]string{arch, subject}
	r.mu.Lock()
	d := r.decided[key]
	r.mu.Unlock()
	if d != nil && d.list == l {
		return d, nil
	}
	state, err := r.registry()
	if err != nil {
		return nil, err
	}
	d = &decision{list: l, models: make(map[Query]*hfmodels.Model)}
	if l == nil && r.Policy == nil {
		d.picks = state.Picks.Of(arch)
	}
	if d.picks == nil {
		if d.picks, err = pick(present(state, arch, subject, l)); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	r.decided[key] = d
	r.mu.Unlock()
	return d, nil
}

// model returns the model that a decision has for a place, nil if there is none.
func (r *Resolver) model(d *decision, q Query) *hfmodels.Model {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, known := d.models[q]
	if !known {
		if found, ok := picked.Place(d.picks, q.Arch, q.Role, q.Task); ok {
			m = &found
		}
		d.models[q] = m
	}
	return m
}

func pick(state *data.State, arch, day string) (*data.ArchPicks, error) {
	picks, err := choose.Choose(state, day)
	if err != nil {
		return nil, fmt.Errorf("live: %w", err)
	}
	a := picks.Of(arch)
	if a == nil {
		return nil, fmt.Errorf("live: the registry's catalog, of transformers %s, has no %s", state.Catalog.Transformers, arch)
	}
	return a, nil
}

// present is what a decision for an architecture rests on, with the list in
// it, and the day of that.
func present(state *data.State, arch, subject string, l *list) (part *data.State, of, day string) {
	part = related(state, arch)
	if l != nil {
		merge(part, subject, l)
		return part, arch, l.Time.Format(time.DateOnly)
	}
	if state.Lock != nil {
		day = state.Lock.Synced
	}
	return part, arch, day
}

// related is the part of the registry that the decision for one architecture
// rests on: its facts and those of all that could host it. The rules need a
// tenth of a second for the whole.
func related(state *data.State, arch string) *data.State {
	aliases := make(map[string][]string)
	for _, a := range state.Catalog.Archs {
		aliases[a.AliasOf] = append(aliases[a.AliasOf], a.ModelType)
	}
	part := *state
	part.Facts, part.Popularity = make(map[string]*data.Facts), make(data.Popularity)
	reach := map[string]bool{"": true}
	var add func(string)
	add = func(t string) {
		a := state.Catalog.Arch(t)
		if reach[t] || a == nil {
			return
		}
		reach[t] = true
		f := state.Facts[t]
		if f != nil {
			part.Facts[t] = f
			for i := range f.Candidates {
				count(part.Popularity, state.Popularity, f.Candidates[i].ID)
			}
		}
		add(a.AliasOf)
		for _, p := range a.Parents {
			add(p)
		}
		for _, other := range aliases[t] {
			add(other)
		}
		if m := f.Answer(); m != nil {
			count(part.Popularity, state.Popularity, m.ID)
			add(m.ModelType)
		}
	}
	add(arch)
	policy := *state.Policy
	policy.Pins = slices.DeleteFunc(slices.Clone(policy.Pins), func(p data.Pin) bool { return !reach[p.Arch] })
	part.Policy = &policy
	return &part
}

func count(to, from data.Popularity, id string) {
	if n, ok := from[id]; ok {
		to[id] = n
	}
}

// merge puts what the Hub says in the place of what was known of a model type.
// Candidates that the list does not go as far as stay as they were; those that
// a complete list lacks go, but for the ones that a decision rests on: one
// request cannot tell why they are not there.
func merge(part *data.State, subject string, l *list) {
	arch := part.Catalog.Arch(subject)
	if arch == nil {
		return
	}
	maps.Copy(part.Popularity, l.Popularity)
	now := make(map[string]*data.Model, len(l.Candidates))
	var candidates []data.Model
	for i := range l.Candidates {
		c := &l.Candidates[i]
		now[strings.ToLower(c.ID)] = c
		if c.ModelType == subject {
			candidates = append(candidates, *c)
		}
	}
	f := &data.Facts{Schema: data.Schema, Arch: subject, Checked: l.Time.Format(time.DateOnly), Truncated: !l.Complete}
	must := make(map[string]bool)
	if old := part.Facts[subject]; old != nil {
		f.Documented = documented(old.Documented, now)
		must = needed(part, arch, f.Documented)
		for _, c := range old.Candidates {
			if now[strings.ToLower(c.ID)] == nil && (!l.Complete || must[c.ID]) {
				candidates = append(candidates, c)
			}
		}
	}
	f.Candidates = facts.Keep(candidates, arch, must, part.Policy, part.Popularity)
	part.Facts[subject] = f
}

// documented is what becomes of the documented checkpoint by the Hub's word.
func documented(old *data.Documented, now map[string]*data.Model) *data.Documented {
	if old == nil {
		return nil
	}
	ids := []string{old.Asked}
	if old.Model != nil {
		ids = append(ids, old.Model.ID)
	}
	for _, id := range ids {
		if c := now[strings.ToLower(id)]; c != nil {
			return &data.Documented{Asked: old.Asked, Outcome: data.Found, Model: c}
		}
	}
	return old
}

// needed are the ids that a decision rests on: the documented checkpoint, the
// picks and the pins.
func needed(part *data.State, arch *data.Arch, doc *data.Documented) map[string]bool {
	must := make(map[string]bool)
	if doc != nil && doc.Model != nil {
		must[doc.Model.ID] = true
	}
	if a := part.Picks.Of(arch.ModelType); a != nil {
		for _, m := range a.Picks {
			must[m.ID] = true
		}
	}
	for _, p := range part.Policy.Pins {
		if p.Arch == arch.ModelType {
			must[p.ID] = true
		}
	}
	return must
}

// shows reports whether the Hub's list shows the model.
func (l *list) shows(id string) bool {
	return l != nil && slices.ContainsFunc(l.Candidates, func(c data.Model) bool { return c.ID == id })
}
