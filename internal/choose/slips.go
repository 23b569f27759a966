package choose

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// A Slip is a name in a policy that no candidate bears: perhaps a slip of the
// pen.
type Slip struct {
	Where string // file, line and path
	Name  string
	Known []string // names of its kind, sorted
}

// Slips lists the licences, accounts, ids and repositories of a policy that no
// candidate has.
func Slips(p *data.Policy, state *data.State) (slips []Slip) {
	look := func(list string, i int, name string, of func(*data.Model) []string) {
		known := make(map[string]string) // by lower case
		for _, f := range state.Facts {
			for m := range f.Models() {
				for _, s := range of(m) {
					known[strings.ToLower(s)] = s
				}
			}
		}
		if delete(known, ""); name != "" && known[strings.ToLower(name)] == "" {
			slips = append(slips, Slip{p.Where(fmt.Sprintf("%s[%d]", list, i)), name, slices.Sorted(maps.Values(known))})
		}
	}
	author := func(m *data.Model) []string { return []string{m.Author} }
	id := func(m *data.Model) []string { return []string{m.ID} }
	present := func(id string) string { _, now := state.Aliases.Present(id); return now }
	for i, l := range p.Prefer.Licenses {
		look("prefer.licenses", i, l, (*data.Model).Licenses)
	}
	for i, o := range p.Prefer.Organizations {
		look("prefer.organizations", i, o, author)
	}
	for i, d := range p.Deny {
		look("deny", i, present(d.ID), id)
		look("deny", i, d.Organization, author)
	}
	for i, a := range p.Accept {
		look("accept", i, present(a.ID), id)
		look("accept", i, a.Repository, func(m *data.Model) []string { return []string{m.Repository} })
	}
	return slips
}
