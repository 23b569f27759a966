package review

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

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
	a, b := entries(old), entries(now)
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	var out []PolicyChange
	for key := range keys {
		was, before := a[key]
		is, after := b[key]
		c := PolicyChange{Kind: key.kind, What: key.what, Old: was, New: is}
		switch {
		case before && after && was == is:
			continue
		case !before:
			c.Change = "added"
		case !after:
			c.Change = "removed"
		default:
			c.Change = "changed"
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b PolicyChange) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.What, b.What))
	})
	return out
}

// entries is all that a policy says, as text.
func entries(p *data.Policy) map[entry]string {
	m := make(map[entry]string)
	for _, q := range p.Pins {
		m[entry{"pin", q.Arch + " " + cmp.Or(q.Role, q.Task)}] = q.ID + ": " + q.Reason
	}
	for _, q := range p.Deny {
		m[entry{"denial", cmp.Or(q.ID, q.Organization)}] = q.Reason
	}
	for part, orgs := range p.Organizations.Parts() {
		for i, o := range orgs {
			what := fmt.Sprintf("%s, %s", o.Name, part)
			m[entry{"organization", what}] = o.Reason
			if part == "testing" { // whose order says which stub is preferred
				m[entry{"organization", what}] = fmt.Sprintf("%d. %s", i+1, o.Reason)
			}
		}
	}
	prefer := func(name, value string) {
		if value != "" {
			m[entry{"preference", name}] = value
		}
	}
	number := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	prefer("organizations", strings.Join(p.Prefer.Organizations, ", "))
	prefer("languages", strings.Join(p.Prefer.Languages, ", "))
	prefer("licenses", strings.Join(p.Prefer.Licenses, ", "))
	prefer("formats", strings.Join(p.Prefer.Formats, ", "))
	prefer("max_parameters", number(p.Prefer.MaxParameters))
	prefer("max_bytes", number(int64(p.Prefer.MaxBytes)))
	if p.Prefer.Ungated {
		prefer("ungated", "true")
	}
	return m
}
