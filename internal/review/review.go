// Package review says what a reviewer wants to know of two states of the
// decisions: what was decided anew, and why.
package review

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Schema is the version of the JSON of a [Diff].
const Schema = 1

// State is one side of a comparison.
type State struct {
	Catalog *data.Catalog
	Picks   *data.Picks
	Policy  *data.Policy
	Aliases data.Aliases // renamed models; only those of the newer state are read
}

// Diff is what was decided anew.
type Diff struct {
	Schema int `json:"schema"`
	// Since is what was compared with, Commit what that was.
	Since  string `json:"since"`
	Commit string `json:"commit"`
	// Transformers are the releases that the two catalogs show.
	Transformers Values `json:"transformers"`

	// Defaults are the changes that people notice first, Places those of the
	// other roles and of tasks. Architectures that were added or removed are
	// in neither.
	Defaults []Change `json:"defaults"`
	Places   []Change `json:"places"`
	// Proven are architectures that are proven now and were not, Disproven
	// those that no longer are, Statuses those that stand otherwise besides.
	Proven    []Standing `json:"proven"`
	Disproven []Standing `json:"disproven"`
	Statuses  []Standing `json:"statuses"`
	Added     []Arch     `json:"added"`
	Removed   []Arch     `json:"removed"`
	Renamed   []Rename   `json:"renamed"` // architectures
	// Terms are picks that stay, and whose size, licence or gating is not
	// what it was.
	Terms  []Terms        `json:"terms"`
	Moved  []Rename       `json:"moved"` // picks that stay, under another name on the Hub
	Policy []PolicyChange `json:"policy"`

	// Revisions counts the models that stay, at another revision; Learned the
	// sizes, licences, gatings and revisions of such that were unknown.
	Revisions int `json:"revisions"`
	Learned   int `json:"learned"`
}

// Values are the same thing before and now.
type Values struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// What became of a place.
const (
	Changed = "changed"
	Gained  = "gained"
	Lost    = "lost"
)

// Change is one place that another model fills, or that one fills now, or none
// any more.
type Change struct {
	Arch   string `json:"arch"`
	Place  string `json:"place"` // a role or a pipeline task
	Change string `json:"change"`
	Old    *Side  `json:"old"` // nil where the place was gained
	New    *Side  `json:"new"` // nil where it was lost
	// Rule and Why say what ended the old one's time, or else what decided for
	// the new one; Tier and Reason what decided for the new one in any case.
	Rule   string `json:"rule"`
	Why    string `json:"why"`
	Tier   string `json:"tier,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Side is a model as one of the states shows it. What is zero is unknown.
type Side struct {
	ID         string `json:"id"`
	Parameters int64  `json:"parameters,omitempty"`
	Bytes      int64  `json:"bytes,omitempty"`
	License    string `json:"license,omitempty"`
	Gated      string `json:"gated,omitempty"`
}

// Standing is an architecture that stands otherwise than before.
type Standing struct {
	Arch    string      `json:"arch"`
	Old     data.Status `json:"old"`
	New     data.Status `json:"new"`
	Why     string      `json:"why,omitempty"`
	Default *Side       `json:"default"` // of now
}

// Arch is an architecture that only one of the states has.
type Arch struct {
	Arch    string      `json:"arch"`
	Status  data.Status `json:"status"`
	Why     string      `json:"why,omitempty"`
	Default *Side       `json:"default"`
	Places  []string    `json:"places"` // roles and tasks that are filled
}

// Rename is one thing under two names.
type Rename struct {
	Old string `json:"old"`
	New string `json:"new"`
	Why string `json:"why"`
}

// Terms is one fact of a model that stays.
type Terms struct {
	ID    string   `json:"id"`
	Archs []string `json:"archs"` // that pick it
	Field string   `json:"field"` // parameters, bytes, license or gated
	Old   string   `json:"old"`
	New   string   `json:"new"` // "" is unknown now
}

// Empty reports whether nothing was decided anew. Revisions may have moved,
// and what was unknown may be known.
func (d *Diff) Empty() bool {
	return len(d.Defaults)+len(d.Places)+len(d.Proven)+len(d.Disproven)+len(d.Statuses)+len(d.Added)+len(d.Removed)+
		len(d.Renamed)+len(d.Terms)+len(d.Moved)+len(d.Policy) == 0
}

// Compare says what changed from old to now. It gives renamed models in the
// old picks their present names.
func Compare(old, now State) *Diff {
	d := &Diff{
		Schema: Schema, Transformers: Values{old.Catalog.Transformers, now.Catalog.Transformers},
		Defaults: []Change{}, Places: []Change{}, Proven: []Standing{}, Disproven: []Standing{}, Statuses: []Standing{},
		Added: []Arch{}, Removed: []Arch{}, Renamed: []Rename{}, Terms: []Terms{}, Moved: []Rename{}, Policy: []PolicyChange{},
	}
	d.moved(old.Picks, now)
	old.Picks.Follow(now.Aliases)

	before, after := byArch(old.Picks), byArch(now.Picks)
	names := renamed(old.Catalog, now.Catalog)
	for _, arch := range slices.Sorted(maps.Keys(before)) {
		if after[arch] != nil {
			continue
		}
		if r, ok := names[arch]; ok {
			d.Renamed = append(d.Renamed, r)
			if before[r.New] == nil { // else that one is compared with itself
				before[r.New] = before[arch]
			}
			continue
		}
		d.Removed = append(d.Removed, whole(before[arch]))
	}
	kept := make(kept)
	for _, arch := range slices.Sorted(maps.Keys(after)) {
		a, b := before[arch], after[arch]
		if a == nil {
			d.Added = append(d.Added, whole(b))
			continue
		}
		d.standing(a, b)
		d.places(a, b, a.Roles, b.Roles)
		d.places(a, b, a.Tasks, b.Tasks)
		kept.add(a, b)
	}
	d.compareKept(kept)
	d.Policy = append(d.Policy, policyChanges(old.Policy, now.Policy)...)
	return d
}

func byArch(p *data.Picks) map[string]*data.ArchPicks {
	m := make(map[string]*data.ArchPicks)
	for i := range p.Archs {
		m[p.Archs[i].Arch] = &p.Archs[i]
	}
	return m
}

// moved lists the picks that the Hub has under another name since.
func (d *Diff) moved(old *data.Picks, now State) {
	picked := make(map[string]bool)
	for _, a := range now.Picks.Archs {
		for _, m := range a.Picks {
			picked[m.ID] = true
		}
	}
	seen := make(map[string]bool)
	for _, a := range old.Archs {
		for _, m := range a.Picks {
			if id := now.Aliases[m.ID]; id != "" && picked[id] && !seen[m.ID] {
				seen[m.ID] = true
				d.Moved = append(d.Moved, Rename{Old: m.ID, New: id, Why: "the Hub leads from one to the other"})
			}
		}
	}
	slices.SortFunc(d.Moved, func(a, b Rename) int { return cmp.Compare(a.Old, b.Old) })
}

// renamed says which types that are gone live on under another name. Only what
// the catalogs say counts: that the old name was an alias, or that its config
// class now reads exactly one type, which is new.
func renamed(old, now *data.Catalog) map[string]Rename {
	was, is := make(map[string]bool), make(map[string]bool)
	for _, a := range old.Archs {
		was[a.ModelType] = true
	}
	readers := make(map[string][]string) // config class to types
	for _, a := range now.Archs {
		is[a.ModelType] = true
		readers[a.ConfigClass] = append(readers[a.ConfigClass], a.ModelType)
	}
	gone := make(map[string]int) // config class to types that are gone
	for _, a := range old.Archs {
		if !is[a.ModelType] {
			gone[a.ConfigClass]++
		}
	}
	out := make(map[string]Rename)
	for _, a := range old.Archs {
		now := readers[a.ConfigClass]
		switch {
		case is[a.ModelType]:
		case a.AliasOf != "" && is[a.AliasOf]:
			out[a.ModelType] = Rename{a.ModelType, a.AliasOf, a.ConfigClass + " already declared it as " + a.AliasOf}
		case gone[a.ConfigClass] == 1 && len(now) == 1 && !was[now[0]]:
			out[a.ModelType] = Rename{a.ModelType, now[0], a.ConfigClass + " reads it now"}
		}
	}
	return out
}

func whole(a *data.ArchPicks) Arch {
	filled := []string{}
	for _, role := range data.Roles() {
		if _, ok := a.Roles[role]; ok {
			filled = append(filled, role)
		}
	}
	return Arch{
		Arch: a.Arch, Status: a.Status, Why: a.Why, Default: side(a, a.Roles[data.RoleDefault].ID),
		Places: append(filled, slices.Sorted(maps.Keys(a.Tasks))...),
	}
}

func (d *Diff) standing(a, b *data.ArchPicks) {
	if a.Status == b.Status {
		return
	}
	pick := b.Roles[data.RoleDefault]
	s := Standing{Arch: b.Arch, Old: a.Status, New: b.Status, Why: cmp.Or(b.Why, pick.Reason), Default: side(b, pick.ID)}
	switch data.Proven {
	case b.Status:
		d.Proven = append(d.Proven, s)
	case a.Status:
		d.Disproven = append(d.Disproven, s)
	default:
		d.Statuses = append(d.Statuses, s)
	}
}

func (d *Diff) places(a, b *data.ArchPicks, old, now map[string]data.Place) {
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
			continue
		}
		c := Change{Arch: b.Arch, Place: place, Change: Changed, Old: side(a, was.ID), New: side(b, is.ID), Rule: is.Tier, Why: is.Reason, Tier: is.Tier, Reason: is.Reason}
		if is.Replaced != nil && is.Replaced.ID == was.ID {
			c.Rule, c.Why = is.Replaced.Rule, is.Replaced.Why
		}
		switch {
		case was.ID == "":
			c.Change = Gained
		case is.ID == "":
			c.Change, c.Rule, c.Why = Lost, "nothing left", cmp.Or(b.Why, "no candidate fits this place any more")
			for _, r := range b.Rejected {
				if r.ID == was.ID {
					c.Rule, c.Why = r.Rule, r.Why
				}
			}
		}
		if place == data.RoleDefault {
			d.Defaults = append(d.Defaults, c)
		} else {
			d.Places = append(d.Places, c)
		}
	}
}

func side(a *data.ArchPicks, id string) *Side {
	m := a.Pick(id)
	if m == nil {
		return nil
	}
	return &Side{ID: m.ID, Parameters: max(m.Parameters, 0), Bytes: max(m.Bytes, 0), License: m.License, Gated: m.Gated}
}

// kept holds the models that both states pick, by id.
type kept map[string]*keptModel

type keptModel struct {
	old, now *data.Pick
	archs    []string
}

func (k kept) add(a, b *data.ArchPicks) {
	for i := range b.Picks {
		now := &b.Picks[i]
		old := a.Pick(now.ID)
		if old == nil {
			continue
		}
		if k[now.ID] == nil {
			k[now.ID] = &keptModel{old: old, now: now}
		}
		k[now.ID].archs = append(k[now.ID].archs, b.Arch)
	}
}

func (d *Diff) compareKept(models kept) {
	number := func(n int64) string {
		if n <= 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	for _, id := range slices.Sorted(maps.Keys(models)) {
		m := models[id]
		for _, f := range []struct{ name, old, now string }{
			{"revision", m.old.Revision, m.now.Revision},
			{"gated", m.old.Gated, m.now.Gated},
			{"license", m.old.License, m.now.License},
			{"parameters", number(m.old.Parameters), number(m.now.Parameters)},
			{"bytes", number(m.old.Bytes), number(m.now.Bytes)},
		} {
			switch {
			case f.old == f.now:
			// What turns out to be gated stops those who load it, whatever
			// was known before.
			case f.old == "" && !(f.name == "gated" && f.now != "no"):
				d.Learned++
			case f.name == "revision" && f.now != "":
				d.Revisions++
			case f.name != "revision":
				d.Terms = append(d.Terms, Terms{ID: id, Archs: m.archs, Field: f.name, Old: f.old, New: f.now})
			}
		}
	}
}
