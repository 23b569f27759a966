// Package review says what a reviewer wants to know of two states of the
// decisions: what was decided anew, and why.
package review

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/registrydata"
)

// State is one side of a comparison.
type State struct {
	Picks  *registrydata.Picks
	Policy *registrydata.Policy // nil: not compared
}

// Diff is what was decided anew. Its zero value is no change.
type Diff struct {
	// Defaults are the changes that people notice first, Places those of the
	// other roles and of tasks.
	Defaults []Change       `json:"defaults"`
	Places   []Change       `json:"places"`
	Added    []string       `json:"added"`    // architectures
	Removed  []string       `json:"removed"`  // architectures
	Statuses []StatusChange `json:"statuses"` // newly proven, no longer proven, and the like
	Policy   []string       `json:"policy"`   // pins and denials that came or went
	// Revisions counts the picks that are the same model at another revision.
	Revisions int `json:"revisions"`
}

// Change is one place that another model fills, or that one fills now, or none
// any more.
type Change struct {
	Arch  string `json:"arch"`
	Place string `json:"place"` // a role or a pipeline task
	Old   *Side  `json:"old"`
	New   *Side  `json:"new"`
	// Rule and Why say what ended the old one's time, or else what decided for
	// the new one.
	Rule string `json:"rule"`
	Why  string `json:"why"`
}

// Side is a model as one of the states shows it.
type Side struct {
	ID         string `json:"id"`
	Parameters int64  `json:"parameters,omitempty"` // 0: unknown
	License    string `json:"license,omitempty"`
	Gated      string `json:"gated,omitempty"`
}

// StatusChange is an architecture that stands otherwise than before.
type StatusChange struct {
	Arch string              `json:"arch"`
	Old  registrydata.Status `json:"old"`
	New  registrydata.Status `json:"new"`
	Why  string              `json:"why,omitempty"`
}

// Empty reports whether nothing was decided anew. Revisions may have moved.
func (d *Diff) Empty() bool {
	return len(d.Defaults)+len(d.Places)+len(d.Added)+len(d.Removed)+len(d.Statuses)+len(d.Policy) == 0
}

// Compare says what changed from old to new.
func Compare(old, now State) *Diff {
	d := &Diff{Defaults: []Change{}, Places: []Change{}, Added: []string{}, Removed: []string{}, Statuses: []StatusChange{}, Policy: []string{}}
	before, after := byArch(old.Picks), byArch(now.Picks)
	for _, arch := range slices.Sorted(maps.Keys(before)) {
		if after[arch] == nil {
			d.Removed = append(d.Removed, arch)
		}
	}
	for _, arch := range slices.Sorted(maps.Keys(after)) {
		a, b := before[arch], after[arch]
		if a == nil {
			d.Added = append(d.Added, arch)
			a = new(registrydata.ArchPicks)
		} else if a.Status != b.Status {
			d.Statuses = append(d.Statuses, StatusChange{Arch: arch, Old: a.Status, New: b.Status, Why: b.Why})
		}
		d.places(arch, a, b, a.Roles, b.Roles)
		d.places(arch, a, b, a.Tasks, b.Tasks)
	}
	if old.Policy != nil && now.Policy != nil {
		d.Policy = policyChanges(old.Policy, now.Policy)
	}
	return d
}

func byArch(p *registrydata.Picks) map[string]*registrydata.ArchPicks {
	m := make(map[string]*registrydata.ArchPicks)
	for i := range p.Archs {
		m[p.Archs[i].Arch] = &p.Archs[i]
	}
	return m
}

func (d *Diff) places(arch string, a, b *registrydata.ArchPicks, old, now map[string]registrydata.Pick) {
	names := make(map[string]bool)
	for place := range old {
		names[place] = true
	}
	for place := range now {
		names[place] = true
	}
	for _, place := range slices.Sorted(maps.Keys(names)) {
		was, is := old[place], now[place]
		if was.ID == is.ID {
			if revision(a, was.ID) != revision(b, is.ID) {
				d.Revisions++
			}
			continue
		}
		c := Change{Arch: arch, Place: place, Old: side(a, was.ID), New: side(b, is.ID), Rule: is.Tier, Why: is.Reason}
		if is.Replaced != nil && is.Replaced.ID == was.ID {
			c.Rule, c.Why = is.Replaced.Rule, is.Replaced.Why
		}
		if is.ID == "" {
			c.Rule, c.Why = "gone", "no candidate is left"
			for _, r := range b.Rejected {
				if r.ID == was.ID {
					c.Rule, c.Why = r.Rule, r.Why
				}
			}
		}
		if place == registrydata.RoleDefault {
			d.Defaults = append(d.Defaults, c)
		} else {
			d.Places = append(d.Places, c)
		}
	}
}

func find(a *registrydata.ArchPicks, id string) *registrydata.PickedModel {
	for i := range a.Models {
		if a.Models[i].ID == id {
			return &a.Models[i]
		}
	}
	return nil
}

func revision(a *registrydata.ArchPicks, id string) string {
	if m := find(a, id); m != nil {
		return m.Revision
	}
	return ""
}

func side(a *registrydata.ArchPicks, id string) *Side {
	m := find(a, id)
	if m == nil {
		return nil
	}
	return &Side{ID: m.ID, Parameters: m.Parameters, License: m.License, Gated: m.Gated}
}

func policyChanges(old, now *registrydata.Policy) []string {
	lines := func(p *registrydata.Policy) map[string]bool {
		m := make(map[string]bool)
		for _, q := range p.Pins {
			m["pin: "+q.Arch+" "+cmp.Or(q.Role, q.Task)+" is "+q.ID+": "+q.Reason] = true
		}
		for _, q := range p.Deny {
			m["denial: "+cmp.Or(q.ID, q.Organization)+": "+q.Reason] = true
		}
		return m
	}
	a, b := lines(old), lines(now)
	out := []string{}
	for line := range a {
		if !b[line] {
			out = append(out, "removed "+line)
		}
	}
	for line := range b {
		if !a[line] {
			out = append(out, "added "+line)
		}
	}
	slices.SortFunc(out, strings.Compare)
	return out
}
