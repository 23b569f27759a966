package live

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/facts"
	"github.com/hfmodels/hfmodels/internal/picked"
	"github.com/hfmodels/hfmodels/registrydata"
)

// decision is what the rules make of a list; of no list, what they make of the
// registry alone.
type decision struct {
	list   *list
	picks  *registrydata.ArchPicks
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
	data, err := r.registry()
	if err != nil {
		return nil, err
	}
	d = &decision{list: l, models: make(map[Query]*hfmodels.Model)}
	if l == nil && r.Policy == nil {
		d.picks = data.Picks.Of(arch)
	}
	if d.picks == nil {
		if d.picks, err = pick(present(data, arch, subject, l)); err != nil {
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

func pick(data *registrydata.Data, arch, day string) (*registrydata.ArchPicks, error) {
	picks, err := choose.Choose(data, day)
	if err != nil {
		return nil, fmt.Errorf("live: %w", err)
	}
	a := picks.Of(arch)
	if a == nil {
		return nil, fmt.Errorf("live: the registry's catalog, of transformers %s, has no %s", data.Catalog.Transformers, arch)
	}
	return a, nil
}

// present is what a decision for an architecture rests on, with the list in
// it, and the day of that.
func present(data *registrydata.Data, arch, subject string, l *list) (part *registrydata.Data, of, day string) {
	part = related(data, arch)
	if l != nil {
		merge(part, subject, l)
		return part, arch, l.Time.Format(time.DateOnly)
	}
	if data.Lock != nil {
		day = data.Lock.Synced
	}
	return part, arch, day
}

// related is the part of the registry that the decision for one architecture
// rests on: its facts and those of all that could host it. The rules need a
// tenth of a second for the whole.
func related(data *registrydata.Data, arch string) *registrydata.Data {
	aliases := make(map[string][]string)
	for _, a := range data.Catalog.Archs {
		aliases[a.AliasOf] = append(aliases[a.AliasOf], a.ModelType)
	}
	part := *data
	part.Facts, part.Popularity = make(map[string]*registrydata.Facts), make(registrydata.Popularity)
	reach := map[string]bool{"": true}
	var add func(string)
	add = func(t string) {
		a := data.Catalog.Arch(t)
		if reach[t] || a == nil {
			return
		}
		reach[t] = true
		f := data.Facts[t]
		if f != nil {
			part.Facts[t] = f
			for i := range f.Candidates {
				count(part.Popularity, data.Popularity, f.Candidates[i].ID)
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
			count(part.Popularity, data.Popularity, m.ID)
			add(m.ModelType)
		}
	}
	add(arch)
	policy := *data.Policy
	policy.Pins = slices.DeleteFunc(slices.Clone(policy.Pins), func(p registrydata.Pin) bool { return !reach[p.Arch] })
	part.Policy = &policy
	return &part
}

func count(to, from registrydata.Popularity, id string) {
	if n, ok := from[id]; ok {
		to[id] = n
	}
}

// merge puts what the Hub says in the place of what was known of a model type.
// Candidates that the list does not go as far as stay as they were; those that
// a complete list lacks go, but for the ones that a decision rests on: one
// request cannot tell why they are not there.
func merge(part *registrydata.Data, subject string, l *list) {
	arch := part.Catalog.Arch(subject)
	if arch == nil {
		return
	}
	maps.Copy(part.Popularity, l.Popularity)
	now := make(map[string]*registrydata.Candidate, len(l.Candidates))
	var candidates []registrydata.Candidate
	for i := range l.Candidates {
		c := &l.Candidates[i]
		now[strings.ToLower(c.ID)] = c
		if c.ModelType == subject {
			candidates = append(candidates, *c)
		}
	}
	f := &registrydata.Facts{Schema: registrydata.Schema, Arch: subject, Checked: l.Time.Format(time.DateOnly), Truncated: !l.Complete}
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
func documented(old *registrydata.Documented, now map[string]*registrydata.Candidate) *registrydata.Documented {
	if old == nil {
		return nil
	}
	ids := []string{old.Asked}
	if old.Model != nil {
		ids = append(ids, old.Model.ID)
	}
	for _, id := range ids {
		if c := now[strings.ToLower(id)]; c != nil {
			return &registrydata.Documented{Asked: old.Asked, Outcome: registrydata.Found, Model: c}
		}
	}
	return old
}

// needed are the ids that a decision rests on: the documented checkpoint, the
// picks and the pins.
func needed(part *registrydata.Data, arch *registrydata.Arch, doc *registrydata.Documented) map[string]bool {
	must := make(map[string]bool)
	if doc != nil && doc.Model != nil {
		must[doc.Model.ID] = true
	}
	if a := part.Picks.Of(arch.ModelType); a != nil {
		for _, m := range a.Models {
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
	return l != nil && slices.ContainsFunc(l.Candidates, func(c registrydata.Candidate) bool { return c.ID == id })
}
