package review

import (
	"cmp"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hfmodels/hfmodels/internal/data"
)

// PolicyChange is one entry of the policy that came, went or changed.
type PolicyChange struct {
	Kind   string `json:"kind"`   // pin, denial, acceptance, organization or preference
	What   string `json:"what"`   // which one
	Change string `json:"change"` // added, removed or changed
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
}

func policyChanges(old, now *data.Policy) []PolicyChange {
	before, after := entries(old), entries(now)
	out := []PolicyChange{}
	for _, name := range keys(before, after) {
		kind, what, _ := strings.Cut(name, " ")
		c := PolicyChange{Kind: kind, What: what, Change: Changed, Old: before[name], New: after[name]}
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
	return out
}

// entries is all that a policy says, as text by kind and name: every entry of
// it has a reason or a value.
func entries(p *data.Policy) map[string]string {
	m := make(map[string]string)
	for _, pin := range p.Pins {
		m["pin "+pin.Arch+" "+cmp.Or(pin.Role, pin.Task)] = pin.ID + ": " + pin.Reason
	}
	for _, d := range p.Deny {
		m["denial "+cmp.Or(d.ID, d.Organization, "measured "+d.Measured)] = d.Reason
	}
	for _, a := range p.Accept {
		m["acceptance "+a.ID] = a.Repository + ": " + a.Reason
	}
	for part, orgs := range p.Organizations {
		for i, o := range orgs {
			reason := o.Reason
			if part == "testing" { // whose order says which stub is preferred
				reason = fmt.Sprintf("%d. %s", i+1, o.Reason)
			}
			m["organization "+o.Name+", "+part] = reason
		}
	}
	var preferences map[string]any
	if text, err := yaml.Marshal(p.Prefer); err == nil {
		_ = yaml.Unmarshal(text, &preferences) // it was written a line above
	}
	for name, value := range preferences {
		m["preference "+name] = fmt.Sprint(value)
	}
	return m
}
