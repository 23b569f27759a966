// Package table makes the rows of the compiled tables from decisions.
package table

import (
	"iter"

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
	m := model(a, arch, pick)
	m.Reason = place.Reason
	return m, true
}

// Models returns the models of an architecture, best first, as Arch.Models does.
func Models(a *data.ArchPicks, arch hfmodels.Arch) iter.Seq[hfmodels.Model] {
	return func(yield func(hfmodels.Model) bool) {
		for i := range a.Picks {
			if !yield(model(a, arch, &a.Picks[i])) {
				return
			}
		}
	}
}

func model(a *data.ArchPicks, arch hfmodels.Arch, p *data.Pick) hfmodels.Model {
	m := hfmodels.Model{
		Arch: arch, ID: p.ID, Revision: p.Revision, Parameters: p.Parameters, Bytes: p.Bytes, Head: p.Head(),
		License: hfmodels.License(p.License), Gating: hfmodels.Gating(p.Gated),
		Formats: set(p.Formats, hfmodels.ParseFormat), Tasks: set(p.Tasks, hfmodels.ParseTask),
	}
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
