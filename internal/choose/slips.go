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
func Slips(p *data.Policy, state *data.State) []Slip {
	licenses, accounts, ids, repositories := make(map[string]string), make(map[string]string), make(map[string]string), make(map[string]string) // by lower case
	for _, f := range state.Facts {
		for c := range f.Models() {
			for _, l := range c.Licenses() {
				licenses[strings.ToLower(l)] = l
			}
			accounts[strings.ToLower(c.Author)] = c.Author
			ids[data.FoldID(c.ID)] = c.ID
			if c.Repository != "" {
				repositories[data.FoldID(c.Repository)] = c.Repository
			}
		}
	}
	var slips []Slip
	for former := range state.Aliases {
		ids[data.FoldID(former)] = former
	}
	look := func(path, name string, names map[string]string) {
		if _, ok := names[strings.ToLower(name)]; name != "" && !ok {
			slips = append(slips, Slip{p.Where(path), name, slices.Sorted(maps.Values(names))})
		}
	}
	for i, l := range p.Prefer.Licenses {
		look(fmt.Sprintf("prefer.licenses[%d]", i), l, licenses)
	}
	for i, o := range p.Prefer.Organizations {
		look(fmt.Sprintf("prefer.organizations[%d]", i), o, accounts)
	}
	for i, d := range p.Deny {
		look(fmt.Sprintf("deny[%d]", i), d.ID, ids)
		look(fmt.Sprintf("deny[%d]", i), d.Organization, accounts)
	}
	for i, a := range p.Accept {
		look(fmt.Sprintf("accept[%d]", i), a.ID, ids)
		look(fmt.Sprintf("accept[%d]", i), a.Repository, repositories)
	}
	return slips
}
