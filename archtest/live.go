package archtest

import (
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

// client is one for all tests, so that they share the Hub's quota.
var client = sync.OnceValues(func() (*hub.Client, error) {
	o, err := hub.FromEnv(os.LookupEnv)
	if err != nil {
		return nil, err
	}
	return hub.New(o)
})

// live asks the Hub about every pick of the row.
func live(t *testing.T, a hfmodels.Arch, row Row) (failures []string, skip string) {
	if os.Getenv("HFMODELS_LIVE") != "1" {
		return nil, "opt-in: set HFMODELS_LIVE=1"
	}
	if len(row.Picks) == 0 {
		return nil, "no pick: the architecture is " + string(row.Status)
	}
	c, err := client()
	if err != nil {
		return []string{err.Error()}, ""
	}
	for _, p := range row.Picks {
		m, _, err := c.Detail(t.Context(), p.ID)
		if err != nil {
			check := "asked"
			if errors.Is(err, hub.Missing) || errors.Is(err, hub.Disabled) {
				check = "exists"
			}
			failures = append(failures, check+": "+p.ID+": "+err.Error())
			continue
		}
		failures = append(failures, compare(a, p, m)...)
		if p.Revision != "" && m.Revision != "" && m.Revision != p.Revision {
			t.Logf("%s has moved on from %s to %s", p.ID, p.Revision, m.Revision)
		}
	}
	return failures, ""
}

// compare holds what the Hub says against what the row says.
func compare(a hfmodels.Arch, p Pick, m data.Model) problems {
	var out problems
	if m.ID != p.ID {
		out.add("exists", "%s is called %s now", p.ID, m.ID)
	}
	if m.Disabled || m.Private {
		out.add("exists", "%s is disabled or private", p.ID)
	}
	if want := p.arch(a); !proves(m.ModelType, want) {
		out.add("proof", "the config of %s says %q, the row %q", p.ID, m.ModelType, want)
	}
	if p.Gating != hfmodels.GatingUnknown && m.Gated != "" && m.Gated != string(p.Gating) {
		out.add("gating", "that of %s is %s, the row says %v", p.ID, m.Gated, p.Gating)
	}
	return out
}

// proves reports whether a config's model type is the architecture, or a
// second spelling of it that transformers reads with the same config class.
func proves(modelType string, want hfmodels.Arch) bool {
	if modelType == want.String() {
		return true
	}
	a, err := hfmodels.ParseArch(modelType)
	if err != nil || a.String() != modelType {
		return false
	}
	i := a.Info()
	return i.AliasOf == want && i.ConfigClass == want.Info().ConfigClass
}
