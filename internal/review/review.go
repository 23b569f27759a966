// Package review compares two states of the registry data for people who
// review a change: what was decided differently, and why.
package review

import (
	"cmp"
	"maps"
	"slices"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
)

// Diff is what changed between two states.
type Diff struct {
	Schema int `json:"schema"`
	// Since is the revision of the older state as it was given, Commit the
	// commit that it means.
	Since  string `json:"since"`
	Commit string `json:"commit"`
	// Transformers are the releases of the two catalogs.
	Transformers Values `json:"transformers"`

	// Recreated are the names that lead to another repository than before.
	Recreated []Recreated `json:"recreated"`
	// Defaults are the changes that people notice first, and Tasks the tasks over
	// all architectures that have another first answer. Places are the changes of
	// an architecture's other roles and of its tasks. Architectures that were
	// added or removed are in neither Defaults nor Places.
	Defaults []Change `json:"defaults"`
	Tasks    []Change `json:"tasks"`
	Places   []Change `json:"places"`
	Rankings []Rows   `json:"rankings"`
	// Proven are architectures that became proven, Disproven those that no
	// longer are, Statuses all other changes of a status.
	Proven    []Standing `json:"proven"`
	Disproven []Standing `json:"disproven"`
	Statuses  []Standing `json:"statuses"`
	Added     []Arch     `json:"added"`
	Removed   []Arch     `json:"removed"`
	Renamed   []Rename   `json:"renamed"` // architectures
	// Terms are facts of picks that stay: another size, licence or gating.
	Terms []Terms  `json:"terms"`
	Moved []Rename `json:"moved"` // picks that stay, renamed on the Hub
	// Engines are those that run other architectures than before.
	Engines []Engine `json:"engines"`
	// Declined are the defaults that pins and denials hold back: Old is the model
	// that would be there without them. This is not a change since the older state.
	Declined []Change `json:"declined"`

	// Revisions counts the picks that stay and have new commits, Learned the
	// facts of such picks that were unknown before.
	Revisions int `json:"revisions"`
	Learned   int `json:"learned"`
}

// Recreated is a repository that was created again under a known name, and that the
// policy does not accept.
type Recreated struct {
	ID    string        `json:"id"`
	Archs []string      `json:"archs"` // that picked the known one
	Old   data.Identity `json:"old"`
	New   data.Identity `json:"new"`
}

// Values are one thing before and now.
type Values struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// The kinds of Change.
const (
	Changed = "changed"
	Gained  = "gained"
	Lost    = "lost"
)

// Rows are the models that came into the ranking of a task, and those that left
// it, sorted.
type Rows struct {
	Task string   `json:"task"`
	Came []string `json:"came"`
	Left []string `json:"left"`
}

// Engine is what an engine gained and lost: model types that both catalogs have.
type Engine struct {
	Engine string   `json:"engine"`
	Values          // its versions
	Gained []string `json:"gained"`
	Lost   []string `json:"lost"`
}

// engines compares what the engines run. One that was not read before gained nothing.
func (d *Diff) engines(old, now *data.State) {
	before, versions := old.Engines.Versions(), now.Engines.Versions()
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		e := Engine{name, Values{before[name], versions[name]}, []string{}, []string{}}
		for i := range now.Catalog.Archs {
			a := &now.Catalog.Archs[i]
			was := old.Catalog.Arch(a.ModelType)
			if was == nil {
				continue
			}
			ran := len(old.Engines.Of(was, old.Picks.Of(a.ModelType))[name]) > 0
			switch runs := len(now.Engines.Of(a, now.Picks.Of(a.ModelType))[name]) > 0; {
			case runs && !ran:
				e.Gained = append(e.Gained, a.ModelType)
			case ran && !runs:
				e.Lost = append(e.Lost, a.ModelType)
			}
		}
		if e.Old != "" && len(e.Gained)+len(e.Lost) > 0 {
			d.Engines = append(d.Engines, e)
		}
	}
}

// Change is a place that another model fills than before.
type Change struct {
	Arch   string      `json:"arch"`
	Place  string      `json:"place"` // a role or a pipeline task
	Change string      `json:"change"`
	Old    *data.Model `json:"old"` // nil where the place was empty
	New    *data.Model `json:"new"` // nil where it is empty
	// Rule and Why say why the old model left, or else why the new one was
	// chosen; Tier and Reason always say the latter. Where both are in the same
	// ranking, Rule and Tier are the tier between them.
	Rule   string `json:"rule"`
	Why    string `json:"why"`
	Tier   string `json:"tier,omitempty"`
	Reason string `json:"reason,omitempty"`
	// fits is set where the old model could still be pinned.
	fits bool
}

// Standing is an architecture whose status changed.
type Standing struct {
	Arch    string      `json:"arch"`
	Old     data.Status `json:"old"`
	New     data.Status `json:"new"`
	Why     string      `json:"why,omitempty"`
	Default *data.Model `json:"default"` // the present one
}

// Arch is an architecture that only one of the states has.
type Arch struct {
	Arch    string      `json:"arch"`
	Status  data.Status `json:"status"`
	Why     string      `json:"why,omitempty"`
	Default *data.Model `json:"default"`
	Places  []string    `json:"places"` // the roles and tasks that are filled
}

// Rename is one thing under two names.
type Rename struct {
	Old string `json:"old"`
	New string `json:"new"`
	Why string `json:"why"`
}

// Terms is one fact of a pick that stays.
type Terms struct {
	ID    string   `json:"id"`
	Archs []string `json:"archs"` // that pick it
	Fact
}

// Compare says what changed from old to now. It gives renamed models in the
// old picks their present names.
func Compare(old, now *data.State) *Diff {
	d := &Diff{
		Schema: 1, Transformers: Values{old.Catalog.Transformers, now.Catalog.Transformers},
		Recreated: recreated(old, now), Defaults: []Change{}, Tasks: []Change{}, Places: []Change{}, Rankings: []Rows{},
		Proven: []Standing{}, Disproven: []Standing{}, Statuses: []Standing{}, Added: []Arch{}, Removed: []Arch{}, Renamed: []Rename{},
		Terms: []Terms{}, Moved: []Rename{}, Engines: []Engine{}, Declined: []Change{},
	}
	now.Follow(old.Picks)
	before := make(map[string]*data.ArchPicks)
	renamed := renames(old.Catalog, now.Catalog)
	for i := range old.Picks.Archs {
		a := &old.Picks.Archs[i]
		if r, ok := renamed[a.Arch]; ok {
			d.Renamed = append(d.Renamed, r)
			if old.Picks.Of(r.New) == nil { // else that one is compared with itself
				before[r.New] = a
			}
		} else if now.Picks.Of(a.Arch) == nil {
			d.Removed = append(d.Removed, archOf(a))
		} else {
			before[a.Arch] = a
		}
	}
	type pick struct {
		old, now *data.Model
		archs    []string
	}
	kept := make(map[string]pick) // that both states pick, by id
	for i := range now.Picks.Archs {
		b := &now.Picks.Archs[i]
		a := before[b.Arch]
		if a == nil {
			d.Added = append(d.Added, archOf(b))
			continue
		}
		if a.Status != b.Status {
			place := b.Roles[data.RoleDefault]
			s := Standing{Arch: b.Arch, Old: a.Status, New: b.Status, Why: cmp.Or(b.Why, place.Reason), Default: model(b, place.ID)}
			switch data.Proven {
			case b.Status:
				d.Proven = append(d.Proven, s)
			case a.Status:
				d.Disproven = append(d.Disproven, s)
			default:
				d.Statuses = append(d.Statuses, s)
			}
		}
		d.places(a, b, a.Roles, b.Roles)
		d.places(a, b, a.Tasks, b.Tasks)
		for _, p := range b.Picks {
			if was := a.Pick(p.ID); was != nil {
				k := kept[p.ID]
				kept[p.ID] = pick{cmp.Or(k.old, was.Model), cmp.Or(k.now, p.Model), append(k.archs, b.Arch)}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(kept)) {
		for _, f := range Facts(kept[id].old, kept[id].now) {
			switch {
			case f.Field == "id":
				d.Moved = append(d.Moved, Rename{Old: f.Old, New: f.New, Why: "the Hub leads from one to the other"})
			case f.Learned():
				d.Learned++
			case f.Field != "revision":
				d.Terms = append(d.Terms, Terms{ID: id, Archs: kept[id].archs, Fact: f})
			case f.New != "":
				d.Revisions++
			}
		}
	}
	d.rankings(old.Picks, now.Picks)
	d.engines(old, now)
	slices.SortFunc(d.Moved, func(a, b Rename) int { return cmp.Compare(a.Old, b.Old) })
	return d
}

// recreated lists the known names by which the facts now show another repository,
// which the policy does not accept and the old facts did not show. The names of
// picks are first.
func recreated(old, now *data.State) []Recreated {
	list, known, shown := []Recreated{}, now.Known(), (&data.State{Facts: old.Facts}).Known()
	for _, f := range now.Facts {
		for m := range f.Models() {
			name, id := data.FoldID(m.ID), m.Identity()
			if !known[name].Differs(id) || shown[name] == id {
				continue
			}
			r := Recreated{m.ID, []string{}, known[name], id}
			for _, a := range old.Picks.Archs {
				if a.Pick(m.ID) != nil {
					r.Archs = append(r.Archs, a.Arch)
				}
			}
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b Recreated) int { return cmp.Or(len(b.Archs)-len(a.Archs), cmp.Compare(a.ID, b.ID)) })
	return slices.CompactFunc(list, func(a, b Recreated) bool { return a.ID == b.ID })
}

// renames says which types that are gone live on under another name. Only what
// the catalogs say counts: that the old name was an alias, or that its config
// class now reads exactly one type.
func renames(old, now *data.Catalog) map[string]Rename {
	out := make(map[string]Rename)
	for _, a := range old.Archs {
		next := data.Span{Class: a.ConfigClass}.Successor(now)
		switch {
		case now.Arch(a.ModelType) != nil:
		case a.AliasOf != "" && now.Arch(a.AliasOf) != nil:
			out[a.ModelType] = Rename{a.ModelType, a.AliasOf, a.ConfigClass + " already declared it as " + a.AliasOf}
		case next != "":
			out[a.ModelType] = Rename{a.ModelType, next, a.ConfigClass + " reads it now"}
		}
	}
	return out
}

func archOf(a *data.ArchPicks) Arch {
	places := slices.DeleteFunc(data.Roles(), func(role string) bool { return a.Roles[role].ID == "" })
	places = append(places, slices.Sorted(maps.Keys(a.Tasks))...)
	return Arch{a.Arch, a.Status, a.Why, model(a, a.Roles[data.RoleDefault].ID), places}
}

// model returns what a state knows of a pick, nil for no pick.
func model(a *data.ArchPicks, id string) *data.Model {
	return cmp.Or(a.Pick(id), new(data.Pick)).Model
}

// rankings compares the rankings of all tasks. The ranking of no task has the
// defaults, which are compared already.
func (d *Diff) rankings(old, now *data.Picks) {
	tasks := make(map[string]bool)
	for _, r := range slices.Concat(old.Rankings, now.Rankings) {
		tasks[r.Task] = true
	}
	delete(tasks, "")
	for _, task := range slices.Sorted(maps.Keys(tasks)) {
		was, is := old.Ranking(task), now.Ranking(task)
		rows := Rows{Task: task, Came: lacking(is, was), Left: lacking(was, is)}
		if len(rows.Came)+len(rows.Left) > 0 {
			d.Rankings = append(d.Rankings, rows)
		}
		none := []data.Ranked{{}}
		first, other := slices.Concat(was, none)[0], slices.Concat(is, none)[0]
		if first.ID == other.ID {
			continue
		}
		c := change(cmp.Or(other.Arch, first.Arch), task, first.Model, other.Model, other.Tier, other.Reason)
		if slices.Contains(rows.Left, first.ID) {
			c.rejected(now.Of(first.Arch), first.ID, "no longer in the ranking")
		} else if i := slices.IndexFunc(is, func(r data.Ranked) bool { return r.ID == first.ID }); i > 0 {
			c.Tier = choose.Deciding(task, is[:i])
			c.Rule = c.Tier
		}
		d.Tasks = append(d.Tasks, c)
	}
}

// keys are those of either map, sorted.
func keys[V any](a, b map[string]V) []string {
	all := maps.Collect(maps.All(a))
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// lacking lists the ids of a ranking that another one does not have, sorted.
func lacking(list, other []data.Ranked) []string {
	ids := []string{}
	for _, r := range list {
		if !slices.ContainsFunc(other, func(o data.Ranked) bool { return o.ID == r.ID }) {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// change is a place that another model fills, and what decided for that one.
func change(arch, place string, old, now *data.Model, tier, reason string) Change {
	c := Change{Arch: arch, Place: place, Change: Changed, Old: old, New: now, Rule: tier, Why: reason, Tier: tier, Reason: reason}
	switch {
	case old == nil:
		c.Change = Gained
	case now == nil:
		c.Change = Lost
	}
	return c
}

// rejected says why the old model left: the rule that removed it from the
// candidates of the architecture, or else why.
func (c *Change) rejected(a *data.ArchPicks, id, why string) {
	c.Rule, c.Why = "nothing left", why
	if c.Change == Changed {
		c.Rule = "ranking"
	}
	if no := a.Rejection(id); no != nil {
		c.Rule, c.Why = no.Rule, no.Why
	}
}

// places compares the roles, or the tasks, of an architecture.
func (d *Diff) places(a, b *data.ArchPicks, old, now map[string]data.Place) {
	for _, name := range keys(old, now) {
		was, is := old[name], now[name]
		if was.ID == is.ID {
			continue
		}
		c := change(b.Arch, name, model(a, was.ID), model(b, is.ID), is.Tier, is.Reason)
		switch {
		case c.Change == Lost:
			c.rejected(b, was.ID, cmp.Or(b.Why, "no candidate fits this place any more"))
		case is.Replaced != nil && is.Replaced.ID == was.ID:
			c.Rule, c.Why = is.Replaced.Rule, is.Replaced.Why
		case a.Status == data.Proven && b.Status == data.Hosted && b.Rejection(was.ID) != nil:
			c.rejected(b, was.ID, "") // that a host answers now is not why the old one left
		}
		if name == data.RoleDefault {
			c.fits = c.Change == Changed && c.Rule != "gone" && c.Rule != "place" && b.Rejection(was.ID) == nil
			d.Defaults = append(d.Defaults, c)
		} else {
			d.Places = append(d.Places, c)
		}
	}
}
