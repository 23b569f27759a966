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
	host, c, why := d.findHost(decisions)
	if c == nil {
		switch {
		case d.arch.Documented == "":
			d.Status, d.Why = data.None, "transformers documents no checkpoint, and "+d.policy.hub+" shows none"
		case strings.HasPrefix(d.Documented, "proven"):
			d.Status, d.Why = data.Unproven, "the documented checkpoint is "+d.Documented
		default:
			d.Status, d.Why = data.Unproven, "the documented checkpoint "+d.arch.Documented+" is not proven: "+d.Documented
		}
		return
	}
	d.Status, d.Host, d.Why = data.Hosted, host.Arch, why
	open := c
	if open.Gated != "no" {
		open = host.models[host.places[data.RoleOpen].ID]
	}
	for role, c := range map[string]*candidate{data.RoleDefault: c, data.RoleOpen: open} {
		if c != nil {
			d.places[role] = data.Place{ID: c.ID, Tier: data.TierHost, Reason: d.Arch + " lives inside " + host.Arch}
			guest := *c
			guest.d = d
			d.models[c.ID] = &guest
		}
	}
}

func (d *decision) findHost(decisions map[string]*decision) (*decision, *candidate, string) {
	defaultOf := func(h *decision) *candidate {
		if h == nil || h.Status != data.Proven {
			return nil
		}
		return h.models[h.places[data.RoleDefault].ID]
	}
	bearsName := func(c *candidate) bool { return c.named(d.Arch) < 3 }
	if h := decisions[d.arch.AliasOf]; h != nil {
		c := first(rank(byDefault, h.fit), bearsName)
		if c == nil {
			c = defaultOf(h)
		}
		if c != nil {
			return h, c, "its config class is " + h.Arch + "'s"
		}
	}
	var doc *candidate
	var inside *decision
	if m := d.facts.Answer(); m != nil {
		if inside = decisions[m.ModelType]; inside != nil && inside != d {
			doc = find(m.ID, inside.fit)
		}
	}
	ancestors := d.reach(d.Arch, func(a *data.Arch) []string { return a.Parents })
	if doc != nil && bearsName(doc) {
		return inside, doc, "the documented checkpoint bears its name and declares " + inside.Arch
	}
	if doc != nil && (slices.Contains(ancestors, inside.Arch) || d.within(inside.Arch)) {
		return inside, doc, "the documented checkpoint declares " + inside.Arch + ", which contains it or all of its parts"
	}
	for _, parent := range ancestors {
		if c := defaultOf(decisions[parent]); c != nil {
			return decisions[parent], c, parent + " contains it"
		}
	}
	if doc != nil && strings.HasPrefix(names.Fold(d.Arch), names.Fold(inside.Arch)) {
		return inside, doc, "the documented checkpoint declares " + inside.Arch + ", which it extends"
	}
	return nil, nil, ""
}

// within reports whether the host, at whatever depth, contains the type, or
// all parts that it is made of.
func (d *decision) within(host string) bool {
	if a := d.policy.catalog.Arch(host); a != nil && a.OpenParts && len(d.arch.Parents) == 0 {
		return true // any type may be its part, and the documentation says that this one is
	}
	inside := d.reach(host, parts)
	own := parts(d.arch)
	return slices.Contains(inside, d.Arch) ||
		len(own) > 0 && !slices.ContainsFunc(own, func(part string) bool { return !slices.Contains(inside, part) })
}

func parts(a *data.Arch) []string { return slices.Collect(maps.Values(a.Components)) }

// reach lists the types to which steps lead from one, nearest first; those of
// the architecture's module come before others of the same distance.
func (d *decision) reach(from string, step func(*data.Arch) []string) []string {
	var all []string
	seen := map[string]bool{from: true}
	for level := []string{from}; len(level) > 0; {
		var next []string
		for _, t := range level {
			a := d.policy.catalog.Arch(t)
			if a == nil {
				continue
			}
			for _, t := range step(a) {
				if t != "" && !seen[t] {
					seen[t], next = true, append(next, t)
				}
			}
		}
		elsewhere := func(t string) int {
			a := d.policy.catalog.Arch(t)
			return last(a == nil || a.Module != d.arch.Module)
		}
		slices.SortFunc(next, func(a, b string) int { return cmp.Or(cmp.Compare(elsewhere(a), elsewhere(b)), strings.Compare(a, b)) })
		all, level = append(all, next...), next
	}
	return all
}
