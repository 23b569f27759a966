package choose

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// rules is a policy made ready for use.
type rules struct {
	*data.Policy
	accounts data.Accounts
	catalog  *data.Catalog
	tasks    map[string]data.Task
	classes  map[string]string // model classes, with an architecture that has them
	pins     []*pin
	// denials by lower-case id and account: the place of the first in Deny.
	ids, orgs map[string]int
	failures  int // of the first denial by measurement; -1: none

	measured data.Measurements
	// hub is what was asked: a recording lacks much that the Hub has.
	hub string
}

type pin struct {
	data.Pin
	done bool
}

func compile(state *data.State) (*rules, error) {
	p := state.Policy
	r := &rules{
		Policy:   p,
		accounts: p.Organizations.Accounts(),
		catalog:  state.Catalog,
		tasks:    make(map[string]data.Task),
		classes:  make(map[string]string),
		measured: state.Measurements,
		hub:      "the Hub",
		ids:      make(map[string]int), orgs: make(map[string]int), failures: -1,
	}
	for i, d := range slices.Backward(p.Deny) {
		switch {
		case d.ID != "":
			r.ids[strings.ToLower(d.ID)] = i
		case d.Organization != "":
			r.orgs[strings.ToLower(d.Organization)] = i
		case d.Measured == data.MeasuredFailed:
			r.failures = i
		}
	}
	if state.Lock != nil && state.Lock.Recorded != "" {
		r.hub = "the recorded Hub"
	}
	for _, t := range state.Catalog.Tasks {
		r.tasks[t.Name] = t
	}
	for _, a := range state.Catalog.Archs {
		for _, auto := range a.AutoClass {
			for _, class := range auto.Classes {
				r.classes[class] = a.ModelType
			}
		}
	}
	r.learnTesting(state)
	var errs []error
	for _, q := range p.Pins {
		a := state.Catalog.Arch(q.Arch)
		switch {
		case a == nil:
			errs = append(errs, q.Errorf("%q is no architecture of transformers %s", q.Arch, state.Catalog.Transformers))
			continue
		case q.Task != "" && !slices.Contains(a.Tasks, q.Task):
			errs = append(errs, q.Errorf("%s does not serve the task %q, only %s", q.Arch, q.Task, strings.Join(a.Tasks, ", ")))
			continue
		}
		r.pins = append(r.pins, &pin{Pin: q})
	}
	return r, errors.Join(errs...)
}

// learnTesting takes accounts for testing ones that publish nothing but models
// named as stubs, three of them or more.
func (r *rules) learnTesting(state *data.State) {
	stubs, others := make(map[string]map[string]bool), make(map[string]bool)
	for _, f := range state.Facts {
		for m := range f.Models() {
			author := strings.ToLower(m.Author)
			if !strings.Contains(strings.ToLower(m.Name()), "tiny-random") {
				others[author] = true
				continue
			}
			if stubs[author] == nil {
				stubs[author] = make(map[string]bool)
			}
			stubs[author][m.ID] = true
		}
	}
	for author, ids := range stubs {
		if len(ids) >= 3 && !others[author] {
			r.accounts.AddTesting(author)
		}
	}
}

func (r *rules) pin(arch, role, task string) *pin {
	for _, p := range r.pins {
		if p.Arch == arch && p.Role == role && p.Task == task {
			return p
		}
	}
	return nil
}

// unfulfilled reports the pins that no candidate could satisfy, each with what
// stands against it.
func (r *rules) unfulfilled(decisions map[string]*decision) error {
	var errs []error
	for _, p := range r.pins {
		if p.done {
			continue
		}
		why := "is not among the facts; refresh them with: go run ./gen sync " + p.Arch
		if slices.ContainsFunc(decisions[p.Arch].fit, func(c *candidate) bool { return c.ID == p.ID }) {
			why = "is no stub, and tiny is the place of one"
		}
		for _, rej := range decisions[p.Arch].rejected {
			if rej.ID == p.ID {
				why = "is removed by the rule " + rej.Rule + ": " + rej.Why
			}
		}
		errs = append(errs, p.Errorf("%s for %s %s", p.ID, p.Arch, why))
	}
	return errors.Join(errs...)
}

// denial says why the policy removes a candidate, or "".
func (r *rules) denial(c *candidate) string {
	first, why := len(r.Deny), ""
	for _, place := range []struct {
		by   map[string]int
		name string
	}{{r.ids, c.ID}, {r.orgs, c.Author}} {
		if i, ok := place.by[strings.ToLower(place.name)]; ok && i < first {
			first, why = i, r.Deny[i].Reason
		}
	}
	if 0 <= r.failures && r.failures < first {
		why = cmp.Or(r.measured.Failure(c.ID, c.Revision), why)
	}
	if why != "" {
		return why
	}
	want := r.Prefer
	switch {
	case want.IsZero():
	case len(want.Licenses) > 0 && !slices.ContainsFunc(want.Licenses, func(l string) bool { return strings.EqualFold(l, c.License) && l != "" }):
		if c.License == "" {
			return "its licence is unknown"
		}
		return "its licence is " + c.License
	case want.Ungated && c.Gated != "no":
		if c.Gated == "" {
			return "whether it is gated is unknown"
		}
		return "gated: " + c.Gated
	case want.MaxParameters > 0 && (c.Parameters == 0 || c.Parameters > want.MaxParameters):
		if c.Parameters == 0 {
			return "its size is unknown"
		}
		return fmt.Sprintf("%s parameters, and at most %s are wanted", Count(c.Parameters), Count(want.MaxParameters))
	case want.MaxBytes > 0 && (c.weightBytes() == 0 || c.weightBytes() > int64(want.MaxBytes)):
		if c.weightBytes() == 0 {
			return "the size of its weights is unknown"
		}
		return fmt.Sprintf("%s bytes of weights, and at most %s are wanted", Count(c.weightBytes()), Count(int64(want.MaxBytes)))
	case len(want.Formats) > 0 && !slices.ContainsFunc(want.Formats, func(f string) bool { return slices.Contains(c.Formats, f) }):
		return "none of the formats wanted: it has " + strings.Join(slices.Sorted(maps.Keys(set(c.Formats...))), ", ")
	}
	return ""
}
