package data

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Identity tells a repository from another one of the same name. A rename keeps
// it. What is unknown is "".
type Identity struct {
	Repository string `json:"repository,omitempty" form:"_id"` // the Hub's _id
	Created    string `json:"created,omitempty" form:"day"`    // day
}

// Identity returns the identity of the model's repository.
func (m *Model) Identity() Identity { return Identity{m.Repository, m.Created} }

// Differs reports whether these are two repositories. What is unknown proves
// nothing.
func (i Identity) Differs(other Identity) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	return differ(i.Repository, other.Repository) || differ(i.Created, other.Created)
}

func (i Identity) String() string {
	return cmp.Or(i.Repository, "unknown _id") + ", created " + cmp.Or(i.Created, "on an unknown day")
}

// Repositories are identities by [FoldID] of a name. repositories.json holds those
// that were known by names which lead to none any more, or to another one.
type Repositories map[string]Identity

// Known returns the repository that is known by each name. That of repositories.json
// counts until the policy accepts the one of the facts. A former name is known by
// the repository that it led to.
func (s *State) Known() Repositories {
	k, twice := make(Repositories), make(map[string]bool) // in two spellings, which only a recording has
	for _, t := range slices.Sorted(maps.Keys(s.Facts)) {
		for m := range s.Facts[t].Models() {
			name, id := FoldID(m.ID), m.Identity()
			was := k[name]
			twice[name] = twice[name] || was.Differs(id)
			k[name] = Identity{cmp.Or(was.Repository, id.Repository), cmp.Or(was.Created, id.Created)}
		}
	}
	for name, so := range twice {
		if so {
			k[name] = Identity{}
		}
	}
	for former, now := range s.Aliases {
		if _, ok := k[FoldID(former)]; !ok {
			k[FoldID(former)] = k[FoldID(now)]
		}
	}
	for name, id := range s.Repositories {
		if !s.Accepts(name, k[name].Repository) {
			k[name] = id
		}
	}
	return k
}

// Accepts reports whether a person accepts the repository that a name leads to now.
func (s *State) Accepts(id, repository string) bool {
	return slices.ContainsFunc(s.Policy.Accept, func(a Acceptance) bool {
		_, present := s.Aliases.Present(a.ID)
		return (SameID(a.ID, id) || SameID(present, id)) && SameID(a.Repository, repository)
	})
}

// Meet returns what repositories.json is after the Hub showed these models, and
// said of these names that they do not lead to what was known by them.
func (s *State) Meet(shown iter.Seq[Model], left ...string) Repositories {
	known, met, same := s.Known(), make(Repositories), make(map[string]bool)
	maps.Copy(met, s.Repositories)
	for _, name := range left {
		if name = FoldID(name); known[name] != (Identity{}) {
			met[name] = known[name]
		}
	}
	for m := range shown {
		if name := FoldID(m.ID); known[name].Differs(m.Identity()) {
			met[name] = known[name]
		} else {
			same[name] = true
		}
	}
	maps.DeleteFunc(met, func(name string, _ Identity) bool { return same[name] })
	return met
}

// SameID reports whether the Hub takes two ids for one: it ignores letter case.
func SameID(a, b string) bool { return strings.EqualFold(a, b) }

// FoldID is the key by which an id is found in any letter case.
func FoldID(id string) string { return strings.ToLower(id) }
