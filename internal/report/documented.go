package report

import (
	"slices"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Documented says whether the checkpoint that the documentation of an
// architecture names is one of that architecture.
type Documented struct {
	ID      string  `json:"id"` // as the documentation names it
	Verdict Verdict `json:"verdict"`
	// Outcome is the Hub's answer: found, missing, disabled or unreachable;
	// absent where it was not asked.
	Outcome  string `json:"outcome,omitempty"`
	Now      string `json:"now,omitempty"`      // the id of the answer, where it is another one
	Declares string `json:"declares,omitempty"` // config.model_type of the answer
	Revision string `json:"revision,omitempty"` // at which it declared that
	Checked  string `json:"checked,omitempty"`  // day of the answer
	Reason   string `json:"reason,omitempty"`   // of the policy that denies it
}

// DocumentedRow is a row of the documentation that is not confirmed.
type DocumentedRow struct {
	Arch        string `json:"arch"`
	Module      string `json:"module"` // under transformers/models, where it is documented
	ConfigClass string `json:"config_class"`
	Documented
	// Instead is the default of the architecture or of its host, if there is one.
	Host    string `json:"host,omitempty"`
	Instead string `json:"instead,omitempty"`
}

// Verdict is what the Hub's answer says of a row of the documentation.
type Verdict string

// VerdictText explains a verdict.
type VerdictText struct {
	Verdict Verdict `json:"verdict"`
	Title   string  `json:"title"`
	Says    string  `json:"says"`
	Row     string  `json:"row"` // right, wrong, or open where too little is known
}

var verdicts = []VerdictText{
	{"confirmed", "Confirmed", "Its config declares the architecture.", "right"},
	{"renamed", "Renamed", "Its config declares the architecture; the repository has a new name.", "right"},
	{"contained", "Part of a whole", "Its config declares an architecture that contains this one.", "right"},
	{"other-architecture", "Another architecture", "Its config declares another architecture, which does not contain this one.", "wrong"},
	{"foreign-type", "Not a type of transformers", "Its config declares a model type that this release does not have.", "wrong"},
	{"missing", "Missing", "The Hub has no repository of this name, or a private one: it does not say which.", "wrong"},
	{"disabled", "Disabled", "The Hub has switched the repository off.", "wrong"},
	{"denied", "Denied by the policy", "People looked at it and wrote the reason into the policy of this project.", "wrong"},
	{"not-recorded", "Not in the recording", "The recording of the Hub does not have it. That says nothing about the Hub of today.", "open"},
	{"undeclared", "No model type", "The repository exists, but its config is not known to state a model_type.", "open"},
	{"unanswered", "Not answered", "The Hub was not asked yet, or did not answer.", "open"},
}

func (v Verdict) row() string {
	return verdicts[slices.IndexFunc(verdicts, func(t VerdictText) bool { return t.Verdict == v })].Row
}

func documented(state *data.State, a *Arch) *Documented {
	asked := a.Arch.Documented
	if asked == "" {
		return nil
	}
	d := &Documented{ID: asked, Verdict: "unanswered"}
	if f := state.Facts[a.ModelType]; f != nil && f.Documented != nil && f.Documented.Asked == asked {
		d.Outcome, d.Checked = f.Documented.Outcome, f.Checked
		if m := f.Answer(); m != nil {
			d.Declares, d.Revision = m.ModelType, m.Revision
			if m.ID != asked {
				d.Now = m.ID
			}
			if m.Seen != "" {
				d.Checked = m.Seen
			}
		}
		d.Verdict = verdict(state, a, d, f.Answer())
	}
	// A denial explains more than "confirmed" or "not recorded" does.
	deny := state.Policy.Deny
	if i := slices.IndexFunc(deny, func(x data.Denial) bool { return x.ID == asked }); i >= 0 && d.Verdict.row() != "wrong" {
		d.Verdict, d.Reason = "denied", deny[i].Reason
	}
	return d
}

func verdict(state *data.State, a *Arch, d *Documented, m *data.Model) Verdict {
	switch {
	case d.Outcome == data.Disabled, m != nil && m.Disabled:
		return "disabled"
	case d.Outcome == data.Missing && state.Lock.Recorded != "":
		return "not-recorded" // a recording has few of the Hub's models
	case d.Outcome == data.Missing:
		return "missing"
	case d.Outcome != data.Found || m == nil:
		return "unanswered"
	case m.ModelType == "":
		return "undeclared"
	}
	declared := state.Catalog.Arch(m.ModelType)
	switch {
	case m.ModelType == a.ModelType, m.ModelType == a.AliasOf, declared != nil && declared.AliasOf == a.ModelType:
		if d.Now != "" {
			return "renamed"
		}
		return "confirmed"
	case m.ModelType == a.Host, contains(state.Catalog, m.ModelType, a.Parents, nil):
		return "contained"
	case declared != nil:
		return "other-architecture"
	}
	return "foreign-type"
}

// contains reports whether a composite is among the parents, or the parents of
// those. Parents may contain each other.
func contains(c *data.Catalog, composite string, parents, seen []string) bool {
	return slices.ContainsFunc(parents, func(parent string) bool {
		if slices.Contains(seen, parent) {
			return false
		}
		a := c.Arch(parent)
		return parent == composite || a != nil && contains(c, composite, a.Parents, append(seen, parent))
	})
}
