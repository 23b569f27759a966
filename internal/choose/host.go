package choose

import (
	"cmp"
	"fmt"
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
		d.status, d.why = data.None, "transformers documents no checkpoint, and "+d.policy.hub+" shows none"
		if d.arch.Documented != "" {
			d.status = data.Unproven
			d.why = fmt.Sprintf("the documented checkpoint %s is not proven: %s", d.arch.Documented, d.documented)
			if strings.HasPrefix(d.documented, "proven") {
				d.why = "the documented checkpoint is " + d.documented
			}
		}
		return
	}
	d.status, d.host, d.why = data.Hosted, host.arch.ModelType, why
	reason := fmt.Sprintf("%s lives inside %s", d.arch.ModelType, host.arch.ModelType)
	d.roles[data.RoleDefault] = data.Place{ID: c.ID, Tier: data.TierHost, Reason: reason}
	d.models[c.ID] = c
	open := c
	if open.Gated != "no" {
		open = host.models[host.roles[data.RoleOpen].ID]
	}
	if open != nil {
		d.roles[data.RoleOpen] = data.Place{ID: open.ID, Tier: data.TierHost, Reason: reason}
		d.models[open.ID] = open
	}
}

func (d *decision) findHost(decisions map[string]*decision) (*decision, *candidate, string) {
	defaultOf := func(h *decision) *candidate {
		if h == nil || h.status != data.Proven {
			return nil
		}
		return h.models[h.roles[data.RoleDefault].ID]
	}
	if h := decisions[d.arch.AliasOf]; h != nil {
		for _, c := range h.rank(byDefault, h.fit) {
			if c.named(d.arch.ModelType) < 3 {
				return h, c, "its config class is " + h.arch.ModelType + "'s"
			}
		}
		if c := defaultOf(h); c != nil {
			return h, c, "its config class is " + h.arch.ModelType + "'s"
		}
	}
	var doc *candidate
	var inside *decision
	if m := d.facts.Answer(); m != nil {
		if h := decisions[m.ModelType]; h != nil && h != d {
			inside = h
			if i := slices.IndexFunc(h.fit, func(c *candidate) bool { return c.ID == m.ID }); i >= 0 {
				doc = h.fit[i]
			}
		}
	}
	if doc != nil && doc.named(d.arch.ModelType) < 3 {
		return inside, doc, "the documented checkpoint bears its name and declares " + inside.arch.ModelType
	}
	if doc != nil && (slices.Contains(d.ancestors(), inside.arch.ModelType) || d.within(inside.arch.ModelType)) {
		return inside, doc, "the documented checkpoint declares " + inside.arch.ModelType + ", which contains it or all of its parts"
	}
	for _, parent := range d.ancestors() {
		if c := defaultOf(decisions[parent]); c != nil {
			return decisions[parent], c, parent + " contains it"
		}
	}
	if doc != nil && strings.HasPrefix(names.Fold(d.arch.ModelType), names.Fold(inside.arch.ModelType)) {
		return inside, doc, "the documented checkpoint declares " + inside.arch.ModelType + ", which it extends"
	}
	return nil, nil, ""
}

// within reports whether the host, at whatever depth, contains the type, or
// all parts that it is made of.
func (d *decision) within(host string) bool {
	if a := d.policy.catalog.Arch(host); a != nil && a.OpenParts && len(d.arch.Parents) == 0 {
		return true // any type may be its part, and the documentation says that this one is
	}
	inside := make(map[string]bool)
	var open func(string)
	open = func(t string) {
		if a := d.policy.catalog.Arch(t); a != nil {
			for _, part := range a.Components {
				if part != "" && !inside[part] {
					inside[part] = true
					open(part)
				}
			}
		}
	}
	open(host)
	if inside[d.arch.ModelType] {
		return true
	}
	for _, part := range d.arch.Components {
		if !inside[part] {
			return false
		}
	}
	return len(d.arch.Components) > 0
}

// ancestors are the types that contain this one, nearest first; those of the
// same module come before others of the same distance.
func (d *decision) ancestors() []string {
	var out []string
	seen := map[string]bool{d.arch.ModelType: true}
	level := []string{d.arch.ModelType}
	for len(level) > 0 {
		var next []string
		for _, t := range level {
			a := d.policy.catalog.Arch(t)
			if a == nil {
				continue
			}
			for _, p := range a.Parents {
				if !seen[p] {
					seen[p] = true
					next = append(next, p)
				}
			}
		}
		slices.SortFunc(next, func(a, b string) int {
			same := func(t string) int {
				if x := d.policy.catalog.Arch(t); x != nil && x.Module == d.arch.Module {
					return 0
				}
				return 1
			}
			return cmp.Or(cmp.Compare(same(a), same(b)), strings.Compare(a, b))
		})
		out = append(out, next...)
		level = next
	}
	return out
}
