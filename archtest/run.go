package archtest

import (
	"testing"
	"time"

	"github.com/hfmodels/hfmodels"
)

// Run tests an architecture at two levels, each a subtest: contract compares
// the row with the tables of the hfmodels that is linked, and live, with
// HFMODELS_LIVE=1, asks the Hub whether each pick still is what the row says.
// What the row does not know is not asked for. The environment of the Hub is
// that of Hugging Face's own tools: HF_ENDPOINT, HF_TOKEN and so on.
func Run(t *testing.T, a hfmodels.Arch, row Row) {
	t.Helper()
	for _, level := range []struct {
		name string
		run  func(*testing.T, hfmodels.Arch, Row) (failures []string, skip string)
	}{
		{"contract", func(_ *testing.T, a hfmodels.Arch, row Row) ([]string, string) { return contract(a, row), "" }},
		{"live", live},
	} {
		t.Run(level.name, func(t *testing.T) {
			t.Helper()
			start := time.Now()
			failures, skip := level.run(t, a, row)
			for _, f := range failures {
				t.Error(f)
			}
			if err := record(row, level.name, time.Since(start), failures, skip); err != nil {
				t.Errorf("-hfmodels.results: %v", err)
			}
			if skip != "" {
				t.Skip(skip)
			}
		})
	}
}
