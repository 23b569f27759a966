package archtest

import (
	"sync"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

// client is one for all tests of a binary, so that they share the Hub's quota.
var client = sync.OnceValues(func() (*hub.Client, error) { return hub.Open() })

// live asks the Hub about every model of the row.
func (r row) live(t *testing.T, state *data.State) {
	t.Helper()
	c, err := client()
	if err != nil {
		t.Fatal(err)
	}
	known := state.Known()
	for _, m := range r.models {
		now, _, err := c.Detail(t.Context(), m.ID)
		if err != nil {
			t.Errorf("live: %s: %v", m.ID, err)
			continue
		}
		for _, p := range compare(state.Catalog, known[data.FoldID(now.ID)], m, now) {
			t.Error("live: " + p)
		}
		if m.Revision != "" && now.Revision != "" && now.Revision != m.Revision {
			t.Logf("live: %s has moved on from %s to %s", m.ID, m.Revision, now.Revision)
		}
	}
}

// compare says what the Hub says otherwise than the row, and whether the name led
// to another repository before. What one of them does not know is not compared.
func compare(catalog *data.Catalog, was data.Identity, m hfmodels.Model, now data.Model) (p problems) {
	if was.Differs(now.Identity()) {
		p.add("%s: another repository was created under this name: %v; the known one was %v", m.ID, now.Identity(), was)
	}
	if now.ID != m.ID {
		p.add("%s is called %s now", m.ID, now.ID)
	}
	if now.Disabled || now.Private {
		p.add("%s is disabled or private", m.ID)
	}
	if !proves(catalog, now.ModelType, m.Arch) {
		p.add("%s: its config.model_type is %q now, which proves no %v", m.ID, now.ModelType, m.Arch)
	}
	if m.Gating != hfmodels.GatingUnknown && now.Gated != "" && now.Gated != string(m.Gating) {
		p.add("%s: its gating is %v now, the table has %v", m.ID, now.Gated, m.Gating)
	}
	return p
}
