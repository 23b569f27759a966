package data

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Picks is what was decided, and why. It is picks.json.
type Picks struct {
	Schema int         `json:"schema"`
	Archs  []ArchPicks `json:"archs" form:"sorted"` // every type of the catalog
	// Rankings are the orders of checkpoints for the tasks, sorted by task. That
	// of no task orders the defaults of the architectures.
	Rankings []Ranking `json:"rankings,omitempty"`
}

// Ranking is the order of checkpoints for a pipeline task, over all
// architectures.
type Ranking struct {
	Task   string   `json:"task" form:"task"`
	Models []Ranked `json:"models"` // best first
}

// Ranked is a checkpoint in a ranking.
type Ranked struct {
	ID   string `json:"id" form:"repository id!"`
	Arch string `json:"arch" form:"model type!"` // whose candidate it is
	// Tier is what puts it before the next one, and Reason why it is there at all.
	Tier   string `json:"tier"`
	Reason string `json:"reason"`
	// Popularity is the logarithm of its downloads to the base four, 0 for none
	// or an unknown number. It moves only when the downloads leave its range by
	// a factor of two, so that noise changes no order.
	Popularity int `json:"popularity,omitempty"`

	MadeFor []string   `json:"-"` // as that of a pick
	*Model  `json:"-"` // the facts, or no more than the id where they lack it
}

// validate checks that rows can be found, and what fills a place among them.
func (p *Picks) validate() error {
	for _, a := range p.Archs {
		for _, place := range a.AllPlaces() {
			if a.Pick(place.ID) == nil {
				return fmt.Errorf("%s: %q fills the place %s, and is not among the models", a.Arch, place.ID, cmp.Or(place.Role, place.Task))
			}
		}
	}
	return nil
}

// Of returns the decision for an architecture, nil if there is none.
func (p *Picks) Of(arch string) *ArchPicks {
	if p == nil {
		return nil
	}
	return find(p.Archs, arch)
}

// Ranking returns the order of checkpoints for a task, empty if there is none.
func (p *Picks) Ranking(task string) []Ranked {
	if p != nil {
		for _, r := range p.Rankings {
			if r.Task == task {
				return r.Models
			}
		}
	}
	return nil
}

// Status says how much stands behind an architecture's answer.
type Status string

const (
	Proven   Status = "proven"   // some candidate's own config.model_type is the architecture
	Hosted   Status = "hosted"   // lives only inside Host, which answers for it
	Unproven Status = "unproven" // documented, and nothing on the Hub confirms it
	None     Status = "none"     // not even documented
)

// The roles a model can fill besides being the default of a task.
const (
	RoleDefault = "default"
	RoleOpen    = "open"
	RoleSmall   = "small"
	RoleTiny    = "tiny"
)

// ArchPicks is the decision for one architecture.
type ArchPicks struct {
	Arch   string `json:"arch" form:"model type!"`
	Status Status `json:"status" form:"proven|hosted|unproven|none!"`
	// Why explains a status other than proven.
	Why  string `json:"why,omitempty"`
	Host string `json:"host,omitempty" form:"model type"`
	// Documented says what became of the documented checkpoint: "proven", or
	// what is wrong with it.
	Documented string `json:"documented,omitempty"`
	// Owner is the organisation taken for the maker, OwnerWhy the evidence.
	Owner    string `json:"owner,omitempty" form:"account"`
	OwnerWhy string `json:"owner_why,omitempty"`
	// Roles and Tasks are the places by role and by pipeline task.
	Roles map[string]Place `json:"roles,omitempty" form:"default|open|small|tiny!"`
	Tasks map[string]Place `json:"tasks,omitempty" form:"task!"`
	// Picks are the models that fill these places, once each, best first:
	// default, open, small, the defaults of tasks by task, tiny.
	Picks []Pick `json:"models,omitempty"`
	// Rejected are the candidates that a rule removed.
	Rejected []Rejection `json:"rejected,omitempty"`
	// Converted are copies of the default for other programs.
	Converted []Conversion `json:"converted,omitempty"`
}

// Conversion is a copy of a checkpoint in another format, by its owner or a known
// publisher. The Hub shows the relation: the copy is tagged as
// base_model:quantized: and the id of the checkpoint.
type Conversion struct {
	ID     string `json:"id" form:"repository id!"`
	Format string `json:"format" form:"gguf|mlx|onnx!"`
}

// Pick returns the pick of that id, nil if it fills no place.
func (a *ArchPicks) Pick(id string) *Pick {
	for i := range a.Picks {
		if a.Picks[i].ID == id {
			return &a.Picks[i]
		}
	}
	return nil
}

// Rejection says which rule removed the candidate of that id, nil if none did.
func (a *ArchPicks) Rejection(id string) *Rejection {
	if a != nil {
		for i := range a.Rejected {
			if SameID(a.Rejected[i].ID, id) {
				return &a.Rejected[i]
			}
		}
	}
	return nil
}

// TierHost is the tier of a pick that a hosted architecture has from its host.
const TierHost = "host"

// Pick is a model that fills some place of an architecture.
type Pick struct {
	ID    string   `json:"id" form:"repository id!"`
	Tasks []string `json:"tasks,omitempty" form:"task!"` // what it was made for
	// Places are the roles, best first, and then the tasks that it fills.
	Places []Place `json:"-"`
	// MadeFor are the tasks that it was made for by any decision, sorted: that of
	// another architecture or a ranking, too.
	MadeFor []string `json:"-"`
	// Model is what the Hub says of it: the facts, or no more than the id where
	// they lack it.
	*Model `json:"-"`
}

// Place is a role or a pipeline task of an architecture, the model that fills
// it, and why.
type Place struct {
	Role string `json:"-"` // "" where it is a task
	Task string `json:"-"`

	ID        string     `json:"id" form:"repository id!"`
	Tier      string     `json:"tier"`   // the tier that decided
	Reason    string     `json:"reason"` // one short sentence, for the Go row
	RunnersUp []RunnerUp `json:"runners_up,omitempty"`
	// Challenger is four times as popular as the pick, and takes its place if
	// it still is at the next refresh.
	Challenger *Challenger `json:"challenger,omitempty"`
	// Replaced is the pick before this one, with what ended its time.
	Replaced *Rejection `json:"replaced,omitempty"`
}

// Challenger waits for a second refresh to confirm it.
type Challenger struct {
	ID    string `json:"id" form:"repository id!"`
	Since string `json:"since" form:"day!"` // day of the facts that first showed it
}

// RunnerUp is a candidate that was fit and lost.
type RunnerUp struct {
	ID   string `json:"id" form:"repository id!"`
	Tier string `json:"tier"` // the tier at which it lost
	Why  string `json:"why"`
}

// Rejection is a candidate that a rule removed.
type Rejection struct {
	ID   string `json:"id" form:"repository id!"`
	Rule string `json:"rule"`
	Why  string `json:"why"`
}

// Roles lists the roles, best first.
func Roles() []string { return []string{RoleDefault, RoleOpen, RoleSmall, RoleTiny} }

// AllPlaces lists the places: the roles, best first, and then the tasks.
func (a *ArchPicks) AllPlaces() []Place {
	var all []Place
	for _, role := range Roles() {
		if p, ok := a.Roles[role]; ok {
			p.Role = role
			all = append(all, p)
		}
	}
	for _, task := range slices.Sorted(maps.Keys(a.Tasks)) {
		p := a.Tasks[task]
		p.Task = task
		all = append(all, p)
	}
	return all
}

// Join gives every pick its places, its tasks and its facts, and sorts the
// picks, best first. Load and package choose call it: what they return is joined.
func (s *State) Join(p *Picks) {
	madeFor := p.madeFor()
	for i := range p.Archs {
		a := &p.Archs[i]
		all := a.AllPlaces()
		places := make(map[string][]Place) // by id
		for _, place := range all {
			places[place.ID] = append(places[place.ID], place)
		}
		// The first place counts. A stub has none but that of a stub, and its -1
		// becomes the largest number.
		rank := func(id string) uint {
			return uint(slices.IndexFunc(all, func(p Place) bool { return p.ID == id && p.Role != RoleTiny }))
		}
		for j := range a.Picks {
			pick := &a.Picks[j]
			pick.Places, pick.MadeFor = places[pick.ID], madeFor[pick.ID]
			if pick.Model == nil {
				pick.Model = cmp.Or(s.Fact(pick.ID, a.Arch, a.Host), &Model{ID: pick.ID})
			}
		}
		slices.SortFunc(a.Picks, func(a, b Pick) int {
			return cmp.Or(cmp.Compare(rank(a.ID), rank(b.ID)), strings.Compare(a.ID, b.ID))
		})
	}
	for _, ranking := range p.Rankings {
		for i := range ranking.Models {
			r := &ranking.Models[i]
			r.MadeFor = madeFor[r.ID]
			if r.Model == nil {
				r.Model = cmp.Or(s.Fact(r.ID, r.Arch), &Model{ID: r.ID})
			}
		}
	}
}

// madeFor lists the tasks of every model by id, sorted.
func (p *Picks) madeFor() map[string][]string {
	tasks := make(map[string][]string)
	for _, a := range p.Archs {
		for _, pick := range a.Picks {
			tasks[pick.ID] = append(tasks[pick.ID], pick.Tasks...)
		}
	}
	for _, ranking := range p.Rankings {
		for _, r := range ranking.Models {
			if ranking.Task != "" {
				tasks[r.ID] = append(tasks[r.ID], ranking.Task)
			}
		}
	}
	for id, list := range tasks {
		slices.Sort(list)
		tasks[id] = slices.Compact(list)
	}
	return tasks
}

// Fact is what the Hub said of a model when it was asked about one of the
// architectures or about another spelling of it, nil if nothing is known.
func (s *State) Fact(id string, archs ...string) *Model {
	for _, t := range s.Catalog.Proving(archs...) {
		for m := range s.Facts[t].Models() {
			if m.ID == id {
				return m
			}
		}
	}
	return nil
}

// Follow gives picks that were renamed their present ids, so that a rename is
// no change of the decision. A pick keeps its former id where the facts do not
// prove the present one: an alias alone proves nothing.
func (s *State) Follow(p *Picks) {
	now := func(id string, archs ...string) string {
		m := s.Fact(s.Aliases[id], archs...)
		if m == nil || !slices.Contains(s.Catalog.Proving(archs...), m.ModelType) {
			return id
		}
		return m.ID
	}
	for _, a := range p.Archs {
		for _, places := range []map[string]Place{a.Roles, a.Tasks} {
			for key, place := range places {
				place.ID = now(place.ID, a.Arch, a.Host)
				places[key] = place
			}
		}
		for i := range a.Picks {
			a.Picks[i].ID = now(a.Picks[i].ID, a.Arch, a.Host)
		}
	}
	for _, ranking := range p.Rankings {
		for i, r := range ranking.Models {
			ranking.Models[i].ID = now(r.ID, r.Arch)
		}
	}
}
