// Package table makes the rows of the compiled tables from decisions.
package table

import (
	"cmp"
	"slices"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
)

// Place returns the model that fills the task, or the role if there is no task.
func Place(a *data.ArchPicks, arch hfmodels.Arch, r hfmodels.Role, t hfmodels.Task) (m hfmodels.Model, ok bool) {
	if a == nil {
		return m, false
	}
	place := a.Roles[r.String()]
	if t != 0 {
		place = a.Tasks[t.String()]
	}
	pick := a.Pick(place.ID)
	if pick == nil {
		return m, false
	}
	m = ofPick(a, arch, pick)
	m.Reason = place.Reason
	return m, true
}

// Ranked returns the models for the task, best first, as hfmodels.Ranked does.
func Ranked(p *data.Picks, t hfmodels.Task) (all []hfmodels.Model) {
	name, _ := t.MarshalText() // none for no task, as in the rankings
	for _, r := range p.Ranking(string(name)) {
		arch, err := hfmodels.ParseArch(r.Arch)
		if err != nil {
			continue // of another release
		}
		m := Row(arch, r.ID, r.Model, r.MadeFor)
		if a := p.Of(r.Arch); a != nil {
			if pick := a.Pick(r.ID); pick != nil {
				m = ofPick(a, arch, pick)
			}
		}
		m.Reason = r.Reason
		all = append(all, m)
	}
	return all
}

// Select is hfmodels.Select on the decisions.
func Select(p *data.Picks, q hfmodels.Query) (hfmodels.Selection, error) {
	var all []hfmodels.Model
	archs := slices.Clone(q.Archs) // of which all models are tried
	for _, m := range Ranked(p, q.Task) {
		if len(q.Archs) == 0 || slices.Contains(q.Archs, m.Arch) {
			all = append(all, m)
		}
	}
	if len(q.Archs) == 0 && q.Task == 0 {
		if s, _ := hfmodels.SelectFrom(q, slices.Values(all)); q.Roles != 0 || s.Fit == 0 {
			for _, m := range all {
				archs = append(archs, m.Arch)
			}
		}
	}
	for _, arch := range archs {
		a := cmp.Or(p.Of(arch.String()), new(data.ArchPicks))
		for i := range a.Picks {
			all = append(all, ofPick(a, arch, &a.Picks[i]))
		}
	}
	if s, _ := hfmodels.SelectFrom(q, slices.Values(all)); s.Fit == 0 && q.Task == 0 && q.Roles == 0 {
		others := func(m hfmodels.Model) bool { return len(q.Archs) > 0 && !slices.Contains(q.Archs, m.Arch) }
		for t := range hfmodels.Tasks() {
			all = append(all, slices.DeleteFunc(Ranked(p, t), others)...)
		}
	}
	seen := make(map[string]bool)
	all = slices.DeleteFunc(all, func(m hfmodels.Model) bool {
		again := seen[m.ID]
		seen[m.ID] = true
		return again
	})
	return hfmodels.SelectFrom(q, slices.Values(all))
}

// ofPick is the row of a pick with the places that it fills for arch.
func ofPick(a *data.ArchPicks, arch hfmodels.Arch, p *data.Pick) hfmodels.Model {
	m := Row(arch, p.ID, p.Model, p.MadeFor)
	for i, place := range p.Places {
		if i == 0 {
			m.Reason = place.Reason
		}
		if place.Task != "" {
			m.DefaultFor |= set(hfmodels.ParseTask, place.Task)
		} else {
			m.Roles |= set(hfmodels.ParseRole, place.Role)
		}
		if place.Tier == data.TierHost {
			_ = m.Arch.UnmarshalText([]byte(a.Host))
		}
	}
	return m
}

// Row is the row of a model that fills no place.
func Row(arch hfmodels.Arch, id string, m *data.Model, madeFor []string) hfmodels.Model {
	chat, base := m.Training(madeFor)
	return hfmodels.Model{
		Arch: arch, ID: id, Revision: m.Revision, Parameters: m.Parameters, Bytes: m.Bytes, Head: m.Head(),
		License: hfmodels.License(m.License), Gating: hfmodels.Gating(m.Gated),
		Formats: set(hfmodels.ParseFormat, m.Formats...), Chat: chat, Base: base, Tasks: set(hfmodels.ParseTask, madeFor...),
	}
}

// set leaves out the names that this release does not know: a registry of
// another release may have them.
func set[E interface {
	hfmodels.Role | hfmodels.Task | hfmodels.Format
	String() string
}](parse func(string) (E, error), names ...string) (s hfmodels.Set[E]) {
	for _, name := range names {
		if e, err := parse(name); err == nil {
			s |= hfmodels.SetOf(e)
		}
	}
	return s
}
