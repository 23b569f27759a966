package choose

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// rules is a policy made ready for use.
type rules struct {
	data.Policy // with the ids that its pins and denials have now
	known       data.Repositories
	accounts    data.Accounts
	catalog     *data.Catalog
	tasks       map[string]data.Task
	classes     map[string]string // model classes, with an architecture that has them
	measured    *data.Measurements
	// hub is what was asked: a recording lacks much that the Hub has.
	hub string
}

func compile(state *data.State) *rules {
	r := &rules{
		Policy:   *state.Policy,
		known:    state.Known(),
		accounts: state.Policy.Organizations.Accounts(),
		catalog:  state.Catalog,
		tasks:    make(map[string]data.Task),
		classes:  make(map[string]string),
		measured: &state.Measurements,
		hub:      "the Hub",
	}
	r.Pins, r.Deny = slices.Clone(r.Pins), slices.Clone(r.Deny)
	for i := range r.Pins {
		_, r.Pins[i].ID = state.Aliases.Present(r.Pins[i].ID)
	}
	for i := range r.Deny {
		_, r.Deny[i].ID = state.Aliases.Present(r.Deny[i].ID)
	}
	if state.Lock != nil && state.Lock.Recorded != "" {
		r.hub = "the recorded Hub"
	}
	for _, t := range state.Catalog.Tasks {
		r.tasks[t.Name] = t
	}
	for i := range state.Catalog.Archs {
		a := &state.Catalog.Archs[i]
		for class := range classesOf(a, func(string) bool { return true }) {
			r.classes[class] = a.ModelType
		}
	}
	r.learnTesting(state)
	return r
}

// classesOf are the classes that those auto classes build for an architecture.
func classesOf(a *data.Arch, of func(auto string) bool) map[string]bool {
	classes := make(map[string]bool)
	for _, auto := range a.AutoClass {
		for _, class := range auto.Classes {
			if of(auto.Name) {
				classes[class] = true
			}
		}
	}
	return classes
}

// learnTesting takes accounts for testing ones that publish nothing but models
// named as stubs, three of them or more.
func (r *rules) learnTesting(state *data.State) {
	seen, count := make(map[string]bool), make(map[string]int) // of stubs by account, far below zero with other models
	for _, f := range state.Facts {
		for m := range f.Models() {
			author := strings.ToLower(m.Author)
			if !strings.Contains(strings.ToLower(m.Name()), "tiny-random") {
				count[author] = math.MinInt32
			} else if !seen[m.ID] {
				seen[m.ID] = true
				count[author]++
			}
		}
	}
	for author, n := range count {
		if n >= 3 && r.accounts[author] == "" {
			r.accounts[author] = "testing"
		}
	}
}

// unfulfilled reports the pins that could not be carried out, each with what
// stands against it.
func (r *rules) unfulfilled(decisions map[string]*decision) error {
	var errs []error
	for _, p := range r.Pins {
		d, what := decisions[p.Arch], p.ID+" for "+p.Arch
		if d == nil {
			errs = append(errs, p.Errorf("%q is not an architecture of transformers %s", p.Arch, r.catalog.Transformers))
			continue
		}
		var err error
		switch filled, no := d.places[cmp.Or(p.Role, p.Task)], d.Rejection(p.ID); {
		case p.Task != "" && !slices.Contains(d.arch.Tasks, p.Task):
			err = p.Errorf("%s does not serve the task %q, only %s", p.Arch, p.Task, strings.Join(d.arch.Tasks, ", "))
		case data.SameID(filled.ID, p.ID):
		case d.facts.Lost[p.ID] == data.Missing:
			err = p.Errorf("%s is not on %s, or is private", what, r.hub)
		case find(p.ID, d.fit) != nil:
			err = p.Errorf("%s is not a stub, and tiny is for stubs", what)
		case no != nil:
			err = p.Errorf("%s is removed by the rule %s: %s", what, no.Rule, no.Why)
		default:
			err = p.Errorf("%s is not among the facts, which hfmodels show %s --why --all lists; to have the Hub asked for it, "+
				"put the pin into registrydata/policy.yaml and run: go run ./gen sync %[2]s", what, p.Arch)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// denial says why the policy removes a candidate, or "".
func (c *candidate) denial() string {
	r := c.d.policy
	for _, d := range r.Deny {
		switch {
		case data.SameID(d.ID, c.ID), d.Organization != "" && strings.EqualFold(d.Organization, c.Author):
			return data.OneLine(d.Reason, len(d.Reason)) // it becomes a row of a table
		case d.Measured == "failed":
			if why := r.measured.Failure(c.ID, c.Revision); why != "" {
				return why
			}
		}
	}
	return ""
}

// pinned is the reason for which the policy pins the candidate to a place of its
// architecture, or to any if the place is "".
func (c *candidate) pinned(place string) string {
	for _, p := range c.d.policy.Pins {
		if p.Arch == c.d.Arch && data.SameID(p.ID, c.ID) && (place == "" || place == cmp.Or(p.Role, p.Task)) {
			return data.OneLine(p.Reason, len(p.Reason))
		}
	}
	return ""
}

// wanted reports whether the policy names the candidate or its account as wanted.
func (c *candidate) wanted() bool {
	return c.preference()/2 < len(c.d.policy.Prefer.Organizations) || c.pinned("") != ""
}

// prefer removes what does not satisfy the preferences, now that the owner is
// known: whoever may not be used is still the maker. Where they turn away what the
// owner or a known publisher has, no stranger's model takes its place.
func (d *decision) prefer() {
	turned := rank(byDefault, those(d.fit, func(c *candidate) bool { return c.unwanted() != "" }))
	if len(turned) == 0 {
		return
	}
	d.missed = turned[0]
	d.fit = those(d.fit, func(c *candidate) bool {
		stranger := c.authority() == stranger && d.missed.authority() < stranger && !c.wanted()
		why := cmp.Or(c.unwanted(), when(stranger, "a stranger's, where preferences turn away "+d.missed.ID))
		if why != "" {
			d.reject(c, "denied", why)
		}
		return why == ""
	})
}

// unwanted says which preference the candidate does not satisfy, or "".
func (c *candidate) unwanted() string {
	want, bytes := c.d.policy.Prefer, cmp.Or(c.Bytes, 4*c.Parameters) // parameters take four bytes each at most
	tooLarge := func(what string, n, most int64) string {
		return cmp.Or(when(most > 0 && n == 0, "its size is unknown"),
			when(0 < most && most < n, fmt.Sprintf("%s %s, and at most %s are wanted", Count(n), what, Count(most))))
	}
	licensed := slices.ContainsFunc(want.Licenses, func(l string) bool { return slices.Contains(c.Licenses(), strings.ToLower(l)) })
	formatted := slices.ContainsFunc(want.Formats, func(f string) bool { return slices.Contains(c.Formats, f) })
	formats := strings.Join(slices.Compact(slices.Sorted(slices.Values(c.Formats))), ", ")
	return cmp.Or(when(len(want.Licenses) > 0 && !licensed, "its licence is "+cmp.Or(c.License, "unknown")),
		when(want.Ungated && c.Gated == "", "whether it is gated is unknown"), when(want.Ungated && c.Gated != "no", "gated: "+c.Gated),
		when(len(want.Formats) > 0 && !formatted, "none of the formats wanted: it has "+cmp.Or(formats, "none that is known")),
		tooLarge("parameters", c.Parameters, want.MaxParameters), tooLarge("bytes of weights", bytes, int64(want.MaxBytes)))
}

// mostSlips are listed: who mistakes a list for a policy has thousands.
const mostSlips = 20

// Slips says, a line each, which licences, accounts, ids and repositories of a policy
// no candidate has, and what is near: the names are perhaps typing errors. A last line
// counts those beyond the first.
func Slips(p *data.Policy, state *data.State) (lines []string) {
	more := 0
	known := map[string]map[string]string{"licence": {}, "account": {}, "id": {}, "repository": {}} // by the name in lower case
	learn := func(kind, name string) {
		if lower := strings.ToLower(name); name != "" {
			known[kind][lower] = max(known[kind][lower], name)
		}
	}
	for _, f := range state.Facts {
		for m := range f.Models() {
			for _, l := range m.Licenses() {
				learn("licence", l)
			}
			learn("account", m.Author)
			learn("id", m.ID)
			learn("repository", m.Repository)
		}
	}
	look := func(list string, i int, kind, name string) {
		switch {
		case name == "" || known[kind][strings.ToLower(name)] != "":
		case len(lines) == mostSlips:
			more++
		default:
			near := strings.Join(names.Near(name, slices.Sorted(maps.Values(known[kind]))), ", ")
			where := p.Where(fmt.Sprintf("%s[%d]", list, i))
			lines = append(lines, fmt.Sprintf("%s: no candidate has %q%s", where, name, when(near != "", "; near it: "+near)))
		}
	}
	present := func(id string) string { _, now := state.Aliases.Present(id); return now }
	for i, l := range p.Prefer.Licenses {
		look("prefer.licenses", i, "licence", l)
	}
	for i, o := range p.Prefer.Organizations {
		look("prefer.organizations", i, "account", o)
	}
	for i, d := range p.Deny {
		look("deny", i, "id", present(d.ID))
		look("deny", i, "account", d.Organization)
	}
	for i, a := range p.Accept {
		look("accept", i, "id", present(a.ID))
		look("accept", i, "repository", a.Repository)
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("no candidate has %d more names of the policy", more))
	}
	return lines
}
