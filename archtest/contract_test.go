package archtest

import (
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
)

// rowOf is the row that says what the tables say, so that a test can change
// one thing in it.
func rowOf(a hfmodels.Arch) Row {
	i := a.Info()
	row := Row{
		ModelType: a.String(), Family: i.Family, Status: i.Status, Host: i.Host, AliasOf: i.AliasOf,
		ConfigClass: i.ConfigClass, Tokenizer: i.Tokenizer, Processor: i.Processor,
		ImageProcessor: i.ImageProcessor, VideoProcessor: i.VideoProcessor, FeatureExtractor: i.FeatureExtractor,
	}
	for t := range i.Tasks.All() {
		row.Tasks = append(row.Tasks, t.String())
	}
	for auto, class := range i.AutoClasses() {
		row.Classes = append(row.Classes, auto+": "+class)
	}
	for m := range a.Models() {
		p := Pick{ID: m.ID, Revision: m.Revision, Gating: m.Gating, Parameters: m.Parameters, Bytes: m.Bytes}
		if m.Arch != a {
			p.Arch = m.Arch
		}
		for r := range m.Roles.All() {
			p.Roles = append(p.Roles, r)
		}
		for t := range m.DefaultFor.All() {
			p.DefaultFor = append(p.DefaultFor, t.String())
		}
		row.Picks = append(row.Picks, p)
	}
	return row
}

func TestContract(t *testing.T) {
	for a := range hfmodels.Archs() {
		if p := contract(a, rowOf(a)); len(p) > 0 {
			t.Errorf("%v: the tables are at odds with themselves: %q", a, p)
		}
	}
}

func TestContractCatches(t *testing.T) {
	for _, tt := range []struct {
		name   string
		arch   hfmodels.Arch
		change func(*Row)
		want   string // begins one of the problems
	}{
		{"another's row", hfmodels.Bert, func(r *Row) { *r = rowOf(hfmodels.Gpt2) }, "constant: "},
		{"a name that is none", hfmodels.Bert, func(r *Row) { r.ModelType = "bertt" }, "names: "},
		{"another's name", hfmodels.Bert, func(r *Row) { r.ModelType = "gpt2" }, `names: "gpt2" is understood as gpt2`},
		{"family", hfmodels.Bert, func(r *Row) { r.Family = "decoder" }, "family: "},
		{"status", hfmodels.Bert, func(r *Row) { r.Status = hfmodels.Unproven }, "status: "},
		{"host", hfmodels.ClipTextModel, func(r *Row) { r.Host = hfmodels.Bert }, "host: "},
		{"alias", hfmodels.Bert, func(r *Row) { r.AliasOf = hfmodels.Roberta }, "alias: "},
		{"config class", hfmodels.Bert, func(r *Row) { r.ConfigClass = "RobertaConfig" }, "config class: "},
		{"tokenizer", hfmodels.Bert, func(r *Row) { r.Tokenizer = "" }, "tokenizer: "},
		{"processor", hfmodels.Bert, func(r *Row) { r.Processor = "P" }, "processor: "},
		{"image processor", hfmodels.Bert, func(r *Row) { r.ImageProcessor = "P" }, "image processor: "},
		{"video processor", hfmodels.Bert, func(r *Row) { r.VideoProcessor = "P" }, "video processor: "},
		{"feature extractor", hfmodels.Bert, func(r *Row) { r.FeatureExtractor = "P" }, "feature extractor: "},
		{"a task less", hfmodels.Bert, func(r *Row) { r.Tasks = r.Tasks[1:] }, "tasks: "},
		{"no task", hfmodels.Bert, func(r *Row) { r.Tasks[0] = "ironing" }, "tasks: hfmodels: unknown task"},
		{"class", hfmodels.Bert, func(r *Row) { r.Classes[0] = "AutoModel: RobertaModel" }, "auto classes: "},
		{"another default", hfmodels.Bert, func(r *Row) { r.Picks[0].ID = "someone/bert" }, "place: "},
		{"a role too many", hfmodels.Bert, func(r *Row) { r.Picks[1].Roles = []hfmodels.Role{hfmodels.Default} }, "place: "},
		{"a place less", hfmodels.Bert, func(r *Row) { r.Picks[0].DefaultFor = nil }, "place: the table has "},
		{"a default for no task", hfmodels.Bert, func(r *Row) { r.Picks[0].DefaultFor = []string{"ironing"} }, `place: "ironing" is no task`},
		{"a pick less", hfmodels.Bert, func(r *Row) { r.Picks = r.Picks[:1] }, "models: "},
		{"revision", hfmodels.Bert, func(r *Row) { r.Picks[0].Revision = strings.Repeat("0", 40) }, "revision of "},
		{"parameters", hfmodels.Bert, func(r *Row) { r.Picks[0].Parameters = 12 }, "parameters of "},
		{"bytes", hfmodels.Bert, func(r *Row) { r.Picks[0].Bytes = 12 }, "bytes of "},
		{"gating", hfmodels.Bert, func(r *Row) { r.Picks[0].Gating = hfmodels.GatedManual }, "gating of "},
		{"proven to be another", hfmodels.Bert, func(r *Row) { r.Picks[0].Arch = hfmodels.Roberta }, "architecture of "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			row := rowOf(tt.arch)
			tt.change(&row)
			problems := contract(tt.arch, row)
			for _, p := range problems {
				if strings.HasPrefix(p, tt.want) {
					return
				}
			}
			t.Errorf("got %q, want one that begins with %q", problems, tt.want)
		})
	}
}
