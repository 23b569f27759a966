// Package table makes the rows of the compiled tables from decisions.
package table

import (
	"iter"
	"slices"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
)

// Place returns the model that fills the task, or the role if there is no task.
func Place(a *data.ArchPicks, arch hfmodels.Arch, r hfmodels.Role, t hfmodels.Task) (hfmodels.Model, bool) {
	place := a.Roles[r.String()]
	if t != 0 {
		place = a.Tasks[t.String()]
	}
	pick := a.Pick(place.ID)
	if pick == nil {
		return hfmodels.Model{}, false
	}
	m := ofPick(a, arch, pick)
	m.Reason = place.Reason
	return m, true
}

// Models returns the models of an architecture, best first, as Arch.Models does.
func Models(a *data.ArchPicks, arch hfmodels.Arch) iter.Seq[hfmodels.Model] {
	return func(yield func(hfmodels.Model) bool) {
		for i := range a.Picks {
			if !yield(ofPick(a, arch, &a.Picks[i])) {
				return
			}
		}
	}
}

// Ranked returns the models for the task, best first, as hfmodels.Ranked does.
func Ranked(p *data.Picks, t hfmodels.Task) iter.Seq[hfmodels.Model] {
	return func(yield func(hfmodels.Model) bool) {
		for _, ranking := range p.Rankings {
			if task, err := hfmodels.ParseTask(ranking.Task); task != t || err != nil && ranking.Task != "" {
				continue
			}
			for _, r := range ranking.Models {
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
				if m.Reason = r.Reason; !yield(m) {
					return
				}
			}
		}
	}
}

// Select is hfmodels.Select on the decisions.
func Select(p *data.Picks, q hfmodels.Query) (hfmodels.Selection, error) {
	return hfmodels.SelectFrom(q, func(yield func(hfmodels.Model) bool) {
		seen := make(map[string]bool)
		all := func(models iter.Seq[hfmodels.Model]) bool {
			for m := range models {
				if !seen[m.ID] && !yield(m) {
					return false
				}
				seen[m.ID] = true
			}
			return true
		}
		models := func(a hfmodels.Arch) bool {
			decision := p.Of(a.String())
			return decision == nil || all(Models(decision, a))
		}
		for m := range Ranked(p, q.Task) {
			switch {
			case len(q.Archs) == 0 && q.Task == 0 && q.Roles != 0:
				if !models(m.Arch) {
					return
				}
			case len(q.Archs) == 0 || slices.Contains(q.Archs, m.Arch):
				if !all(func(yield func(hfmodels.Model) bool) { yield(m) }) {
					return
				}
			}
		}
		for _, a := range q.Archs {
			if !models(a) {
				return
			}
		}
	})
}

// ofPick is the row of a pick with the places that it fills for arch.
func ofPick(a *data.ArchPicks, arch hfmodels.Arch, p *data.Pick) hfmodels.Model {
	m := Row(arch, p.ID, p.Model, p.MadeFor)
	for i, place := range p.Places {
		if i == 0 {
			m.Reason = place.Reason
		}
		m.Roles |= set([]string{place.Role}, hfmodels.ParseRole)
		m.DefaultFor |= set([]string{place.Task}, hfmodels.ParseTask)
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
		Formats: set(m.Formats, hfmodels.ParseFormat), Chat: chat, Base: base, Tasks: set(madeFor, hfmodels.ParseTask),
	}
}

// set leaves out the names that this release does not know: a registry of
// another release may have them.
func set[E interface {
	hfmodels.Role | hfmodels.Task | hfmodels.Format
	String() string
}](names []string, parse func(string) (E, error)) (s hfmodels.Set[E]) {
	for _, name := range names {
		if e, err := parse(name); err == nil {
			s |= hfmodels.SetOf(e)
		}
	}
	return s
}
