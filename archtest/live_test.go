package archtest

import (
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
)

func TestCompare(t *testing.T) {
	pick := Pick{ID: "google-bert/bert-base-uncased", Gating: hfmodels.Ungated}
	for _, tt := range []struct {
		name   string
		change func(*Pick, *data.Model)
		want   string // "" if all is well
	}{
		{"as it was", func(*Pick, *data.Model) {}, ""},
		{"gating that the Hub does not say", func(_ *Pick, m *data.Model) { m.Gated = "" }, ""},
		{"gating that the row does not know", func(p *Pick, m *data.Model) { p.Gating, m.Gated = 0, "auto" }, ""},
		{"a hosted one", func(p *Pick, m *data.Model) { p.Arch, m.ModelType = hfmodels.Clip, "clip" }, ""},
		{"another spelling", func(p *Pick, m *data.Model) { p.Arch, m.ModelType = hfmodels.Evolla, "EvollaModel" }, ""},
		{"saved as another", func(p *Pick, m *data.Model) { p.Arch, m.ModelType = hfmodels.Gpt2, "gpt-sw3" }, ""},
		{"a spelling that is none", func(_ *Pick, m *data.Model) { m.ModelType = "BERT" }, "proof: "},
		{"renamed", func(_ *Pick, m *data.Model) { m.ID = "bert/base" }, "exists: "},
		{"disabled", func(_ *Pick, m *data.Model) { m.Disabled = true }, "exists: "},
		{"another architecture", func(_ *Pick, m *data.Model) { m.ModelType = "roberta" }, "proof: "},
		{"no config", func(_ *Pick, m *data.Model) { m.ModelType = "" }, "proof: "},
		{"gated now", func(_ *Pick, m *data.Model) { m.Gated = "manual" }, "gating: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, m := pick, data.Model{ID: pick.ID, ModelType: "bert", Gated: "no"}
			tt.change(&p, &m)
			got := strings.Join(compare(hfmodels.Bert, p, m), "\n")
			if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, want one that begins with %q", got, tt.want)
			}
		})
	}
}
