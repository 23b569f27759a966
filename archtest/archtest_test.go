package archtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/hub"
)

// Each fault in a row is found by comparing it with the facts.
func TestCheckFindsFaults(t *testing.T) {
	state, err := evidence()
	if err != nil {
		t.Fatal(err)
	}
	const bert = "google-bert/bert-base-uncased"
	for _, tt := range []struct {
		name   string
		arch   hfmodels.Arch
		change func(*row)
		want   string // "" if nothing is wrong
	}{
		{"as it is", hfmodels.Bert, func(*row) {}, ""},
		{"a hosted one as it is", hfmodels.ClipTextModel, func(*row) {}, ""},
		{"an unproven one as it is", hfmodels.Beam, func(*row) {}, ""},
		{"a model that nobody has seen", hfmodels.Bert, func(r *row) { r.models[0].ID = "someone/bert" }, "no candidate someone/bert of bert"},
		{"a model of another architecture", hfmodels.Bert, func(r *row) { r.models[0].Arch = hfmodels.Roberta }, "which proves no roberta"},
		{"a default of another architecture", hfmodels.Bert, func(r *row) { r.models[0].Arch = hfmodels.Roberta }, "its default \"" + bert},
		{"revision", hfmodels.Bert, func(r *row) { r.models[0].Revision = strings.Repeat("0", 40) }, bert + ": the table has revision 000"},
		{"no revision", hfmodels.Bert, func(r *row) { r.models[0].Revision = "" }, bert + ": the table has revision , "},
		{"parameters", hfmodels.Bert, func(r *row) { r.models[0].Parameters++ }, bert + ": the table has parameters 110106429"},
		{"bytes", hfmodels.Bert, func(r *row) { r.models[0].Bytes = 12 }, bert + ": the table has bytes 12"},
		{"license", hfmodels.Bert, func(r *row) { r.models[0].License = "mit" }, bert + ": the table has license mit"},
		{"gating", hfmodels.Bert, func(r *row) { r.models[0].Gating = hfmodels.GatedAuto }, bert + ": the table has gating auto"},
		{"formats", hfmodels.Bert, func(r *row) { r.models[0].Formats = 0 }, bert + ": the table has formats "},
		{"head", hfmodels.Bert, func(r *row) { r.models[0].Head = "BertModel" }, bert + ": the table has head BertModel"},
		{"an open pick of unknown gating", hfmodels.Bert, func(r *row) { r.models[1].Roles = hfmodels.SetOf(hfmodels.Open) }, "it is the open pick, but its gating is \"\""},
		{"a tiny pick that is trained", hfmodels.Bert, func(r *row) { r.models[0].Roles |= hfmodels.SetOf(hfmodels.Tiny) }, bert + ": it is the tiny pick"},
		{"a small pick that is larger", hfmodels.Bert, func(r *row) {
			r.models[0].Roles, r.models[1].Roles = hfmodels.SetOf(hfmodels.Small), hfmodels.SetOf(hfmodels.Default)
		}, "the small " + bert + " has 110106428 parameters"},
		{"proven without a default", hfmodels.Bert, func(r *row) { r.models = nil }, "it is proven, but its default \"\""},
		{"hosted without a default", hfmodels.ClipTextModel, func(r *row) { r.models = nil }, "it is hosted by clip"},
		{"hosted by another", hfmodels.ClipTextModel, func(r *row) { r.Host = hfmodels.Bert }, "it is hosted by bert"},
		{"unproven with a default", hfmodels.Bert, func(r *row) { r.Status = hfmodels.Unproven }, "it is unproven, but has the default " + bert},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := row{tt.arch.Info(), slices.Collect(tt.arch.Models())}
			tt.change(&r)
			got := strings.Join(r.check(state), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCompareWithTheHub(t *testing.T) {
	state, err := evidence()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*hfmodels.Model, *hub.Model)
		want   string // "" if nothing is wrong
	}{
		{"as it was", func(*hfmodels.Model, *hub.Model) {}, ""},
		{"gating that the Hub does not say", func(_ *hfmodels.Model, now *hub.Model) { now.Gated = hub.GatingUnknown }, ""},
		{"gating that the row does not know", func(m *hfmodels.Model, now *hub.Model) { m.Gating, now.Gated = 0, hub.GatedAuto }, ""},
		{"another spelling", func(m *hfmodels.Model, now *hub.Model) { m.Arch, now.ModelType = hfmodels.Evolla, "EvollaModel" }, ""},
		{"renamed", func(_ *hfmodels.Model, now *hub.Model) { now.ID = "bert/base" }, "is called bert/base now"},
		{"disabled", func(_ *hfmodels.Model, now *hub.Model) { now.Disabled = true }, "is disabled or private"},
		{"another architecture", func(_ *hfmodels.Model, now *hub.Model) { now.ModelType = "roberta" }, `its config.model_type is "roberta" now`},
		{"a spelling of nobody", func(_ *hfmodels.Model, now *hub.Model) { now.ModelType = "BERT" }, `its config.model_type is "BERT" now`},
		{"no config", func(_ *hfmodels.Model, now *hub.Model) { now.ModelType = "" }, `its config.model_type is "" now`},
		{"gated now", func(_ *hfmodels.Model, now *hub.Model) { now.Gated = hub.GatedManual }, "its gating is manual now"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := hfmodels.Model{Arch: hfmodels.Bert, ID: "google-bert/bert-base-uncased", Gating: hfmodels.Ungated}
			now := hub.Model{ID: m.ID, ModelType: "bert", Gated: hub.Ungated}
			tt.change(&m, &now)
			got := strings.Join(compare(state.Catalog, m, now), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
