// Package picked turns decisions into models, as the compiled tables hold them.
package picked

import (
	"iter"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
)

// Place returns the model that a decision has for the task, or for the role if
// there is no task.
func Place(a *data.ArchPicks, arch hfmodels.Arch, r hfmodels.Role, t hfmodels.Task) (hfmodels.Model, bool) {
	pick := a.Roles[r.String()]
	if t != 0 {
		pick = a.Tasks[t.String()]
	}
	row := a.Pick(pick.ID)
	if row == nil {
		return hfmodels.Model{}, false
	}
	m := model(a, arch, row)
	m.Reason = pick.Reason
	return m, true
}

// Models returns the models of a decision, best first, as Arch.Models does.
func Models(a *data.ArchPicks, arch hfmodels.Arch) iter.Seq[hfmodels.Model] {
	return func(yield func(hfmodels.Model) bool) {
		for i := range a.Picks {
			if !yield(model(a, arch, &a.Picks[i])) {
				return
			}
		}
	}
}

// model has the reason of the first place that it fills.
func model(a *data.ArchPicks, arch hfmodels.Arch, row *data.Pick) hfmodels.Model {
	m := hfmodels.Model{
		Arch: arch, ID: row.ID, Revision: row.Revision, Parameters: row.Parameters, Bytes: row.Bytes,
		Head: row.Head(), License: hfmodels.License(row.License), Gating: hfmodels.Gating(row.Gated),
	}
	// A registry of another release may know words that this one does not.
	m.Formats = setOf(row.Formats, hfmodels.ParseFormat)
	m.Tasks = setOf(row.Tasks, hfmodels.ParseTask)
	place := func(pick data.Place) bool {
		if pick.ID != row.ID {
			return false
		}
		if m.Reason == "" {
			m.Reason = pick.Reason
		}
		if pick.Tier == data.TierHost {
			if host, err := hfmodels.ParseArch(a.Host); err == nil {
				m.Arch = host
			}
		}
		return true
	}
	for _, name := range data.Roles() {
		if role, err := hfmodels.ParseRole(name); err == nil && place(a.Roles[name]) {
			m.Roles |= hfmodels.SetOf(role)
		}
	}
	for t := range hfmodels.Tasks() { // sorted by name
		if place(a.Tasks[t.String()]) {
			m.DefaultFor |= hfmodels.SetOf(t)
		}
	}
	return m
}

func setOf[E interface {
	hfmodels.Task | hfmodels.Format
	String() string
}](names []string, parse func(string) (E, error)) (s hfmodels.Set[E]) {
	for _, name := range names {
		if e, err := parse(name); err == nil {
			s |= hfmodels.SetOf(e)
		}
	}
	return s
}
