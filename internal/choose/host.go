package choose

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// hosted answers for an architecture that has no checkpoints of its own by one
// that contains it, and otherwise says why there is no answer.
func (d *decision) hosted(decisions map[string]*decision) {
	c, why := d.findHost(decisions)
	if c == nil {
		d.Status = data.Unproven
		switch {
		case d.missed != nil:
			d.Why = "preferences turn away " + d.missed.ID + ": " + d.missed.unwanted()
		case d.arch.Documented == "":
			d.Status, d.Why = data.None, "transformers documents no checkpoint, and "+d.policy.hub+" shows none"
		case strings.HasPrefix(d.Documented, "proven"):
			d.Why = "the documented checkpoint is " + d.Documented
		default:
			d.Why = "the documented checkpoint " + d.arch.Documented + " is not proven: " + d.Documented
		}
		return
	}
	d.Status, d.Host, d.Why = data.Hosted, c.d.Arch, why
	open := c
	if open.Gated != "no" {
		open = c.d.models[c.d.places[data.RoleOpen].ID]
	}
	for role, c := range map[string]*candidate{data.RoleDefault: c, data.RoleOpen: open} {
		if c != nil {
			d.places[role] = data.Place{ID: c.ID, Tier: data.TierHost, Reason: d.Arch + " lives inside " + d.Host}
			guest := *c
			guest.d = d
			d.models[c.ID] = &guest
		}
	}
}

func (d *decision) findHost(decisions map[string]*decision) (c *candidate, why string) {
	defaultOf := func(arch string) *candidate {
		if h := decisions[arch]; h != nil && h.Status == data.Proven {
			return h.models[h.places[data.RoleDefault].ID]
		}
		return nil
	}
	bearsName := func(c *candidate) bool { return c.named(d.Arch) < 3 }
	if h := decisions[d.arch.AliasOf]; h != nil {
		if c := cmp.Or(first(rank(byDefault, h.fit), bearsName), defaultOf(h.Arch)); c != nil {
			return c, "its config class is " + h.Arch + "'s"
		}
	}
	var doc *candidate
	declares := ""
	if m := d.facts.Answer(); m != nil && decisions[m.ModelType] != nil {
		declares = m.ModelType
		doc = find(m.ID, decisions[declares].fit)
	}
	ancestors := d.reach(d.Arch, func(a *data.Arch) []string { return a.Parents })
	switch {
	case doc == nil:
	case bearsName(doc):
		return doc, "the documented checkpoint has its name and declares " + declares
	case slices.Contains(ancestors, declares) || d.within(declares):
		return doc, "the documented checkpoint declares " + declares + ", which contains it or all of its parts"
	}
	for _, parent := range ancestors {
		if c := defaultOf(parent); c != nil {
			return c, parent + " contains it"
		}
	}
	if doc != nil && strings.HasPrefix(names.Fold(d.Arch), names.Fold(declares)) {
		return doc, "the documented checkpoint declares " + declares + ", which it extends"
	}
	return nil, ""
}

// within reports whether the host, at whatever depth, contains the type, or
// all parts that it is made of.
func (d *decision) within(host string) bool {
	if d.policy.catalog.Arch(host).OpenParts && len(d.arch.Parents) == 0 {
		return true // any type may be its part, and the documentation says that this one is
	}
	inside, own := d.reach(host, parts), parts(d.arch)
	return slices.Contains(inside, d.Arch) ||
		len(own) > 0 && !slices.ContainsFunc(own, func(part string) bool { return !slices.Contains(inside, part) })
}

func parts(a *data.Arch) []string { return slices.Collect(maps.Values(a.Components)) }

// reach lists the types to which steps lead from one, nearest first; those of
// the architecture's module come before others of the same distance.
func (d *decision) reach(from string, step func(*data.Arch) []string) []string {
	arch := func(t string) data.Arch { return *cmp.Or(d.policy.catalog.Arch(t), new(data.Arch)) }
	order := func(a, b string) int {
		elsewhere := func(t string) int { return last(arch(t).Module != d.arch.Module) }
		return cmp.Or(cmp.Compare(elsewhere(a), elsewhere(b)), strings.Compare(a, b))
	}
	all := []string{from}
	for level := all; len(level) > 0; {
		var next []string
		for _, t := range level {
			a := arch(t)
			next = append(next, step(&a)...)
		}
		next = slices.DeleteFunc(next, func(t string) bool { return t == "" || slices.Contains(all, t) })
		slices.SortFunc(next, order)
		level = slices.Compact(next)
		all = append(all, level...)
	}
	return all[1:]
}
