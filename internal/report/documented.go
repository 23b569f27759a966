package report

import (
	"slices"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Documented is what became of the checkpoint that the documentation of an
// architecture names: the question, the answer, and what follows from it.
type Documented struct {
	ID      string  `json:"id"` // as the documentation names it
	Verdict Verdict `json:"verdict"`
	// Outcome is the Hub's answer: found, missing, disabled or unreachable;
	// absent where it was not asked.
	Outcome string `json:"outcome,omitempty"`
	// Now is the id that the Hub answered with, where it is another one.
	Now string `json:"now,omitempty"`
	// Declares is config.model_type of the answer.
	Declares string `json:"declares,omitempty"`
	Revision string `json:"revision,omitempty"` // at which it declared that
	Checked  string `json:"checked,omitempty"`  // day of the answer
	// Reason is what people wrote of it in the policy.
	Reason string `json:"reason,omitempty"`
}

// DocumentedRow is a row of the documentation that is not confirmed.
type DocumentedRow struct {
	Arch        string `json:"arch"`
	Module      string `json:"module"` // under transformers/models, where it is documented
	ConfigClass string `json:"config_class"`
	Documented
	// Instead is the architecture's default where it has one: proven, or that of
	// the host in which it lives.
	Host    string `json:"host,omitempty"`
	Instead string `json:"instead,omitempty"`
}

// Verdict is what the Hub's answer says of a row of the documentation.
type Verdict string

// The verdicts that confirm a row, or do not speak against it.
const (
	Confirmed Verdict = "confirmed" // it declares the architecture
	Renamed   Verdict = "renamed"   // so does it, under another id
	Contained Verdict = "contained" // it declares what contains the architecture, or answers for it
)

// The verdicts that disprove a row.
const (
	OtherArch   Verdict = "other-architecture" // it declares another architecture of transformers
	ForeignType Verdict = "foreign-type"       // it declares a type that transformers does not have
	Gone        Verdict = "missing"            // the live Hub has no such repository, or a private one
	SwitchedOff Verdict = "disabled"           // the Hub has switched it off
	Denied      Verdict = "denied"             // people wrote down that it is a placeholder or unusable
)

// The verdicts that say too little is known.
const (
	NotRecorded Verdict = "not-recorded" // a recording of the Hub does not have it
	Undeclared  Verdict = "undeclared"   // no model_type is known of it
	Unanswered  Verdict = "unanswered"   // the Hub was not asked, or did not answer
)

// disproves reports whether the row should be mended.
func (v Verdict) disproves() bool {
	return slices.Contains([]Verdict{OtherArch, ForeignType, Gone, SwitchedOff, Denied}, v)
}

// confirms reports whether nothing speaks against the row.
func (v Verdict) confirms() bool {
	return slices.Contains([]Verdict{Confirmed, Renamed, Contained}, v)
}

func (c *collector) documented(a *data.Arch, p *data.ArchPicks) *Documented {
	if a.Documented == "" {
		return nil
	}
	d := &Documented{ID: a.Documented, Verdict: Unanswered}
	if f := c.state.Facts[a.ModelType]; f != nil && f.Documented != nil && f.Documented.Asked == a.Documented {
		d.Outcome, d.Checked = f.Documented.Outcome, f.Checked
		if m := f.Documented.Model; m != nil {
			d.Declares, d.Revision = m.ModelType, m.Revision
			if m.ID != d.ID {
				d.Now = m.ID
			}
			if m.Seen != "" {
				d.Checked = m.Seen
			}
		}
		d.Verdict = c.verdict(a, p, d, f.Documented.Model)
	}
	// What people wrote down says more than that the name was found, or was
	// not recorded.
	if i := slices.IndexFunc(c.state.Policy.Deny, func(x data.Denial) bool { return x.ID == d.ID }); i >= 0 && !d.Verdict.disproves() {
		d.Verdict, d.Reason = Denied, c.state.Policy.Deny[i].Reason
	}
	return d
}

func (c *collector) verdict(a *data.Arch, p *data.ArchPicks, d *Documented, m *data.Model) Verdict {
	switch {
	case d.Outcome == data.Disabled, m != nil && m.Disabled:
		return SwitchedOff
	case d.Outcome == data.Missing && c.state.Lock.Recorded != "":
		return NotRecorded // a recording has few of the Hub's models
	case d.Outcome == data.Missing:
		return Gone
	case d.Outcome != data.Found || m == nil:
		return Unanswered
	case m.ModelType == "":
		return Undeclared
	case c.same(a, m.ModelType) && d.Now != "":
		return Renamed
	case c.same(a, m.ModelType):
		return Confirmed
	case m.ModelType == p.Host, c.within(a, m.ModelType):
		return Contained
	case c.state.Catalog.Arch(m.ModelType) != nil:
		return OtherArch
	}
	return ForeignType
}

// same reports whether a config that declares the type is one of the
// architecture: one is an alias of the other.
func (c *collector) same(a *data.Arch, declared string) bool {
	other := c.state.Catalog.Arch(declared)
	return declared == a.ModelType || declared == a.AliasOf || other != nil && other.AliasOf == a.ModelType
}

// within reports whether the architecture lives inside a composite.
func (c *collector) within(a *data.Arch, composite string) bool {
	seen := map[string]bool{}
	var inside func(t string) bool
	inside = func(t string) bool {
		a := c.state.Catalog.Arch(t)
		if seen[t] || a == nil {
			return false
		}
		seen[t] = true
		return slices.Contains(a.Parents, composite) || slices.ContainsFunc(a.Parents, inside)
	}
	return inside(a.ModelType)
}
