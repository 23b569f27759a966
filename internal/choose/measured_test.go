package choose

import (
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// measured says of a model how it did when it was run at the revision that
// the test's models have.
func (w *world) measured(id, outcome string) *world {
	w.state.Measurements = w.state.Measurements.Add(data.Run{
		Started: "2026-11-25T10:00:00Z", SourceSHA256: id, Versions: map[string]string{"transformers": "5.23.0"},
		Rows: []data.Measurement{{
			Arch: "bert", Level: data.LevelHub, Outcome: outcome, Reason: "hub: no weights",
			Model: id, Revision: strings.Repeat("a", 40),
		}},
	})
	return w
}

// Whoever may not be used is still the maker: nobody takes their place.
func TestDeniedMakerStaysTheOwner(t *testing.T) {
	w := newWorld(t, "deny:\n  - {organization: Maker, reason: not ours to use}\n").add("Maker/bert-base").add("me/bert-a").add("me/bert-b")
	if got := w.choose()["bert"]; got.Owner != "Maker" || got.OwnerWhy != "owns the documented checkpoint" || got.Roles["default"].ID == "" {
		t.Errorf("%s %s; default %q", got.Owner, got.OwnerWhy, got.Roles["default"].ID)
	}
}

// Of several denials the first in the list speaks, whatever it names.
func TestFirstDenialSpeaks(t *testing.T) {
	const (
		byID       = "  - {id: maker/BERT-base, reason: by id}\n"
		byAccount  = "  - {organization: MAKER, reason: by account}\n"
		byMeasured = "  - {measured: failed, reason: by measurement}\n"
		failure    = "failed on 2026-11-25 with transformers 5.23.0: hub: no weights"
	)
	for _, tt := range []struct{ policy, outcome, want string }{
		{byID + byAccount + byMeasured, "failed", "by id"},
		{byAccount + byID + byMeasured, "failed", "by account"},
		{byMeasured + byID + byAccount, "failed", failure},
		{byAccount + byMeasured + byID, "failed", "by account"},
		{byMeasured + byAccount, "passed", "by account"},
		{byMeasured, "passed", ""},
		{"  - {id: a/b, reason: nobody minds failures}\n", "failed", ""},
		{byMeasured + byMeasured, "failed", failure},
		{byID + "  - {id: Maker/bert-base, reason: again}\n", "passed", "by id"},
		{"  - {id: a/b, reason: other}\n  - {id: a/c, reason: other}\n  - {id: a/d, reason: other}\n", "failed", ""},
	} {
		a := newWorld(t, "deny:\n"+tt.policy).add("Maker/bert-base").measured("Maker/bert-base", tt.outcome).bert()
		if tt.want == "" && len(a.Rejected) > 0 || tt.want != "" && !slices.Equal(a.Rejected, []data.Rejection{{ID: "Maker/bert-base", Rule: "denied", Why: tt.want}}) {
			t.Errorf("%s%s: %+v, want %q", tt.policy, tt.outcome, a.Rejected, tt.want)
		}
	}
}
