package archtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
)

// host is proven by any tables.
const host = hfmodels.Roberta

// The tests have facts of their own, so that they hold whatever is picked today.
func world() *data.State {
	base := data.Model{
		ID: "o/base", ModelType: "bert", Revision: "1", Parameters: 100, Bytes: 400, License: "mit", Gated: "no",
		Formats: []string{"safetensors", "onnx"}, Architectures: []string{"BertForMaskedLM", "BertModel"},
	}
	return &data.State{
		Catalog: &data.Catalog{Archs: []data.Arch{{ModelType: "alias", AliasOf: "bert"}, {ModelType: "bert"}, {ModelType: host.String()}}},
		Facts: map[string]*data.Facts{
			"alias": {Candidates: []data.Model{{ID: "o/other-spelling", ModelType: "alias"}}},
			"bert": {Candidates: []data.Model{
				base,
				{ID: "o/large", ModelType: "bert", Parameters: 300},
				{ID: "o/private", ModelType: "bert", Private: true},
			}},
			host.String(): {Candidates: []data.Model{{ID: "o/host", ModelType: host.String()}}},
		},
	}
}

// Each fault in a row is found by comparing it with the facts.
func TestCheckFindsFaults(t *testing.T) {
	state := world()
	hosted := func(r *row) {
		r.Status, r.Host = hfmodels.Hosted, host
		r.models = []hfmodels.Model{{Arch: host, ID: "o/host", Roles: hfmodels.SetOf(hfmodels.Default)}}
	}
	for _, tt := range []struct {
		name   string
		change func(*row)
		want   string // "" if nothing is wrong
	}{
		{"as it should be", func(*row) {}, ""},
		{"unknown figures", func(r *row) { r.models[0].Parameters, r.models[0].ID = 0, "o/large" }, "the table has Parameters 0"},
		{"another spelling", func(r *row) {
			r.models = append(r.models, hfmodels.Model{Arch: hfmodels.Bert, ID: "o/other-spelling"})
		}, ""},
		{"hosted", hosted, ""},
		{"unproven", func(r *row) { r.Status, r.models = hfmodels.Unproven, nil }, ""},
		{"a model that nobody has seen", func(r *row) { r.models[0].ID = "o/new" }, "no candidate o/new of bert"},
		{"a model of another architecture", func(r *row) { r.models[0].Arch = host }, "which does not prove " + host.String()},
		{"a default of another architecture", func(r *row) { r.models[0].Arch = host }, `its default "o/base" is of ` + host.String()},
		{"private", func(r *row) { r.models[0].ID = "o/private" }, "o/private: it is private or disabled"},
		{"revision", func(r *row) { r.models[0].Revision = "2" }, "o/base: the table has Revision 2, the facts have 1"},
		{"parameters", func(r *row) { r.models[0].Parameters++ }, "the table has Parameters 101, the facts have 100"},
		{"bytes", func(r *row) { r.models[0].Bytes = 0 }, "the table has Bytes 0, the facts have 400"},
		{"license", func(r *row) { r.models[0].License = "" }, "the table has License , the facts have mit"},
		{"gating", func(r *row) { r.models[0].Gating = hfmodels.GatedAuto }, "the table has Gating auto, the facts have no"},
		{"formats", func(r *row) { r.models[0].Formats = 0 }, "the table has Formats , the facts have safetensors,onnx"},
		{"head", func(r *row) { r.models[0].Head = "BertModel" }, "the table has Head BertModel, the facts have BertForMaskedLM"},
		{"class", func(r *row) { r.Tokenizer = "BertTokenizer" }, "the table has Tokenizer BertTokenizer, the catalog has "},
		{"task", func(r *row) { r.Tasks = hfmodels.SetOf(hfmodels.FillMask) }, "the table has the tasks fill-mask, the catalog has "},
		{"an open pick of unknown gating", func(r *row) { r.models[0].ID = "o/large" }, `o/large: it is the open pick, but its gating is ""`},
		{"a tiny pick that is trained", func(r *row) { r.models[0].Roles |= hfmodels.SetOf(hfmodels.Tiny) }, "o/base: it is the tiny pick"},
		{"a small pick that is larger", func(r *row) {
			large := hfmodels.Model{Arch: hfmodels.Bert, ID: "o/large", Roles: hfmodels.SetOf(hfmodels.Small)}
			r.models = append(r.models, large)
		}, "the small o/large has 300 parameters, more than the default o/base with 100"},
		{"proven without a default", func(r *row) { r.models = nil }, `it is proven, but its default ""`},
		{"hosted without a default", func(r *row) { hosted(r); r.models = nil }, "it is hosted by " + host.String()},
		{"hosted by nobody", func(r *row) { hosted(r); r.Host = 0 }, "it is hosted by "},
		{"unproven with a default", func(r *row) { r.Status = hfmodels.Unproven }, "it is unproven, but has the default o/base"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := row{hfmodels.Info{Arch: hfmodels.Bert, Status: hfmodels.Proven}, []hfmodels.Model{{
				Arch: hfmodels.Bert, ID: "o/base", Revision: "1", Parameters: 100, Bytes: 400, License: "mit",
				Gating: hfmodels.Ungated, Formats: hfmodels.SetOf(hfmodels.ONNX, hfmodels.Safetensors), Head: "BertForMaskedLM",
				Roles: hfmodels.SetOf(hfmodels.Default, hfmodels.Open),
			}}}
			tt.change(&r)
			got := ""
			r.check(state, func(format string, args ...any) { got += fmt.Sprintf(format, args...) + "\n" })
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
