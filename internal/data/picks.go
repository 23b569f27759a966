package data

import (
	"maps"
	"slices"
	"strings"
)

// Picks is what was decided, and why. It is picks.json.
type Picks struct {
	Schema int         `json:"schema"`
	Archs  []ArchPicks `json:"archs"` // every type of the catalog, sorted by model type
}

// Of returns the decision for an architecture, nil if there is none.
func (p *Picks) Of(arch string) *ArchPicks {
	if p == nil {
		return nil
	}
	i, found := slices.BinarySearchFunc(p.Archs, arch, func(a ArchPicks, t string) int { return strings.Compare(a.Arch, t) })
	if !found {
		return nil
	}
	return &p.Archs[i]
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
	Arch   string `json:"arch"`
	Status Status `json:"status"`
	// Why explains a status other than proven.
	Why  string `json:"why,omitempty"`
	Host string `json:"host,omitempty"`
	// Documented says what became of the documented checkpoint: "proven", or
	// what is wrong with it.
	Documented string `json:"documented,omitempty"`
	// Owner is the organisation taken for the maker, OwnerWhy the evidence.
	Owner    string `json:"owner,omitempty"`
	OwnerWhy string `json:"owner_why,omitempty"`
	// Roles maps a role to its pick, Tasks a pipeline task to its default.
	Roles map[string]Pick `json:"roles,omitempty"`
	Tasks map[string]Pick `json:"tasks,omitempty"`
	// Models holds the facts of every picked model, once each, best first:
	// default, open, small, the defaults of tasks by task, tiny.
	Models []PickedModel `json:"models,omitempty"`
	// Rejected are the candidates that a rule removed.
	Rejected []Rejection `json:"rejected,omitempty"`
}

// Model returns the facts of the picked model of that id, nil if it fills no
// place.
func (a *ArchPicks) Model(id string) *PickedModel {
	for i := range a.Models {
		if a.Models[i].ID == id {
			return &a.Models[i]
		}
	}
	return nil
}

// TierHost is the tier of a pick that a hosted architecture has from its host.
const TierHost = "host"

// Pick is one decision.
type Pick struct {
	ID        string     `json:"id"`
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
	ID    string `json:"id"`
	Since string `json:"since"` // day of the facts that first showed it
}

// RunnerUp is a candidate that was fit and lost.
type RunnerUp struct {
	ID   string `json:"id"`
	Tier string `json:"tier"` // the tier at which it lost
	Why  string `json:"why"`
}

// Rejection is a candidate that a rule removed.
type Rejection struct {
	ID   string `json:"id"`
	Rule string `json:"rule"`
	Why  string `json:"why"`
}

// PickedModel is what a table row says of a model. Unknown figures are absent
// in the file and -1 here.
type PickedModel struct {
	ID         string `json:"id"`
	Revision   string `json:"revision,omitempty"` // 40 hex digits, or unknown
	Parameters int64  `json:"parameters,omitempty"`
	Bytes      int64  `json:"bytes,omitempty"` // of weights
	// Memory is the most that a process which ran this revision was measured
	// to take, in bytes.
	Memory  int64    `json:"memory,omitempty"`
	DType   string   `json:"dtype,omitempty"` // of most parameters: F32, BF16, …
	License string   `json:"license,omitempty"`
	Gated   string   `json:"gated,omitempty"` // "no", "auto", "manual"; "" unknown
	Head    string   `json:"head,omitempty"`  // architectures[0]
	Tasks   []string `json:"tasks,omitempty"` // what it was made for
	Formats []string `json:"formats,omitempty"`
}

// Roles lists the roles, best first.
func Roles() []string { return []string{RoleDefault, RoleOpen, RoleSmall, RoleTiny} }

// Place orders the models of an architecture, best first.
func (a *ArchPicks) Place(id string) int {
	place := 0
	for _, role := range Roles()[:3] {
		if a.Roles[role].ID == id {
			return place
		}
		place++
	}
	for _, task := range slices.Sorted(maps.Keys(a.Tasks)) {
		if a.Tasks[task].ID == id {
			return place
		}
		place++
	}
	return place
}

// Follow gives picks that were renamed their present ids, so that a rename is
// no change of the decision.
func (p *Picks) Follow(aliases Aliases) {
	rename := func(places map[string]Pick) {
		for key, pick := range places {
			if now := aliases[pick.ID]; now != "" {
				pick.ID = now
				places[key] = pick
			}
		}
	}
	for i := range p.Archs {
		rename(p.Archs[i].Roles)
		rename(p.Archs[i].Tasks)
		for j, m := range p.Archs[i].Models {
			if now := aliases[m.ID]; now != "" {
				p.Archs[i].Models[j].ID = now
			}
		}
	}
}
