package review

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/hfmodels/hfmodels/internal/data"
)

// PolicyChange is one entry of the policy that came, went or changed.
type PolicyChange struct {
	Kind   string `json:"kind"`   // pin, denial, organization or preference
	What   string `json:"what"`   // which one
	Change string `json:"change"` // added, removed or changed
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
}

// entry names one thing that a policy says.
type entry struct{ kind, what string }

func policyChanges(old, now *data.Policy) []PolicyChange {
	before, after := entries(old), entries(now)
	all := maps.Clone(before)
	maps.Copy(all, after)
	out := []PolicyChange{}
	for e := range all {
		c := PolicyChange{Kind: e.kind, What: e.what, Change: "changed", Old: before[e], New: after[e]}
		switch {
		case c.Old == c.New:
			continue
		case c.Old == "":
			c.Change = "added"
		case c.New == "":
			c.Change = "removed"
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b PolicyChange) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.What, b.What))
	})
	return out
}

// entries is all that a policy says, as text: every entry of it has a reason
// or a value.
func entries(p *data.Policy) map[entry]string {
	m := make(map[entry]string)
	for _, pin := range p.Pins {
		m[entry{"pin", pin.Arch + " " + cmp.Or(pin.Role, pin.Task)}] = pin.ID + ": " + pin.Reason
	}
	for _, d := range p.Deny {
		m[entry{"denial", cmp.Or(d.ID, d.Organization, "measured "+d.Measured)}] = d.Reason
	}
	for part, orgs := range p.Organizations {
		for i, o := range orgs {
			reason := o.Reason
			if part == "testing" { // whose order says which stub is preferred
				reason = fmt.Sprintf("%d. %s", i+1, o.Reason)
			}
			m[entry{"organization", o.Name + ", " + part}] = reason
		}
	}
	var preferences map[string]any
	if text, err := yaml.Marshal(p.Prefer); err == nil {
		_ = yaml.Unmarshal(text, &preferences) // it was written a line above
	}
	for name, value := range preferences {
		m[entry{"preference", name}] = fmt.Sprint(value)
	}
	return m
}
