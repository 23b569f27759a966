package archtest

import (
	"sync"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/review"
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
		fact := state.Fact(m.ID, r.Arch.String(), r.Host.String())
		if fact == nil { // check said so
			continue
		}
		for _, p := range review.Problems(state.Catalog.Proving(m.Arch.String()), known[data.FoldID(now.ID)], fact, &now) {
			t.Errorf("live: %s: %s", m.ID, p)
		}
		if m.Revision != "" && now.Revision != "" && now.Revision != m.Revision {
			t.Logf("live: %s has moved on from %s to %s", m.ID, m.Revision, now.Revision)
		}
	}
}
