package emit_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/emit"
)

var update = flag.Bool("update", false, "write the golden files")

const revision = "86b5e0934494bd15c9632b12f734a8a67f723594"

// input returns a small catalog with what the real one has: a name with
// separators, a part, a hosted architecture, an alias, one that is unproven,
// one with nothing.
func input() (*data.Catalog, *data.Picks, *data.Lock) {
	cat := &data.Catalog{
		Transformers: "5.23.0",
		Tasks: []data.Task{
			{Name: "decision", About: "decide", Pipeline: true},
			{Name: "fill-mask", Pipeline: true},
			{Name: "text-classification", Pipeline: true},
			{Name: "text-generation", Aliases: []string{"writing"}, Pipeline: true},
			{Name: "text-to-image", Library: "diffusers"},
		},
		Archs: []data.Arch{
			{
				ModelType: "bert", ConfigClass: "BertConfig", Family: "encoder", Modalities: []string{"text"},
				AutoClass: []data.AutoClass{
					{Name: "AutoModel", Classes: []string{"BertModel"}},
					{Name: "AutoModelForMaskedLM", Classes: []string{"BertForMaskedLM"}},
				},
				Tasks: []string{"text-generation", "fill-mask"}, Tokenizer: "BertTokenizer",
				Documented: "google-bert/bert-base-uncased",
			},
			{ModelType: "gpt2", ConfigClass: "GPT2Config", Family: "decoder", Modalities: []string{"text"}, Generates: true},
			{ModelType: "gpt-sw3", ConfigClass: "GPT2Config", Family: "decoder", AliasOf: "gpt2"},
			{ModelType: "clip", ConfigClass: "CLIPConfig", Family: "vision-text", Modalities: []string{"text", "image"}, Processor: "CLIPProcessor"},
			{
				ModelType: "clip_text_model", ConfigClass: "CLIPTextConfig", Family: "encoder", Part: true,
				Parents: []string{"clip"}, Modalities: []string{"text"},
			},
			{
				ModelType: "deit", ConfigClass: "DeiTConfig", Family: "vision", Modalities: []string{"image"},
				AutoClass: []data.AutoClass{
					{Name: "AutoModelForImageClassification", Classes: []string{"DeiTForImageClassification", "DeiTForImageClassificationWithTeacher"}},
				},
				ImageProcessor: "DeiTImageProcessor",
			},
			{ModelType: "rag", ConfigClass: "RagConfig", Family: "encoder-decoder"},
		},
	}
	picks := &data.Picks{Archs: []data.ArchPicks{
		{
			Arch: "bert", Status: data.Proven,
			Roles: map[string]data.Place{
				"default": {ID: "google-bert/bert-base-uncased", Reason: "documented and proven"},
				"open":    {ID: "google-bert/bert-base-uncased", Reason: "documented and proven"},
				"small":   {ID: "prajjwal1/bert-tiny", Reason: "smallest of known size"},
				"tiny":    {ID: "hf-internal-testing/tiny-random-BertModel", Reason: "made for tests"},
			},
			Tasks: map[string]data.Place{
				"fill-mask":           {ID: "google-bert/bert-base-uncased", Reason: "the default does it"},
				"text-classification": {ID: "nlptown/bert-base-multilingual-uncased-sentiment", Reason: "most used"},
			},
			Picks: []data.Pick{
				{
					ID: "google-bert/bert-base-uncased", Tasks: []string{"fill-mask"},
					Model: &data.Model{
						ID: "google-bert/bert-base-uncased", Revision: revision, Parameters: 110106428, Bytes: 440449768,
						License: "apache-2.0", Gated: "no", Architectures: []string{"BertForMaskedLM"}, Formats: []string{"safetensors", "pytorch", "tf"},
					},
				},
				{ID: "prajjwal1/bert-tiny", Model: &data.Model{Parameters: 4385920, License: "mit", Gated: "no"}},
				{ID: "nlptown/bert-base-multilingual-uncased-sentiment", Tasks: []string{"text-classification"}, Model: &data.Model{Gated: "auto"}},
				{ID: "hf-internal-testing/tiny-random-BertModel"},
			},
		},
		{
			Arch: "gpt2", Status: data.Proven,
			Roles: map[string]data.Place{"default": {ID: "gpt2-of-nobody", Reason: "the only one"}},
			Picks: []data.Pick{{ID: "gpt2-of-nobody", Model: &data.Model{Gated: "manual"}}},
		},
		{
			Arch: "gpt-sw3", Status: data.Hosted, Host: "gpt2", Why: "saved as gpt2",
			Roles: map[string]data.Place{
				"default": {ID: "gpt2-of-nobody", Tier: "host", Reason: "gpt-sw3 lives inside gpt2"},
				"tiny":    {ID: "sw3-of-nobody", Reason: "made for tests"},
			},
			Picks: []data.Pick{{ID: "gpt2-of-nobody", Model: &data.Model{Gated: "manual"}}, {ID: "sw3-of-nobody"}},
		},
		{Arch: "clip", Status: data.Unproven, Why: "nothing on the Hub declares it"},
		{Arch: "clip_text_model", Status: data.Hosted, Host: "clip", Why: "lives inside clip"},
		{Arch: "deit", Status: data.Unproven, Why: "nothing on the Hub declares it"},
		{Arch: "rag", Status: data.None},
	}, Rankings: []data.Ranking{
		{Models: []data.Ranked{
			{ID: "gpt2-of-nobody", Arch: "gpt2", Reason: "the default of gpt2"},
			{ID: "google-bert/bert-base-uncased", Arch: "bert", Reason: "the default of bert"},
		}},
		{Task: "fill-mask", Models: []data.Ranked{
			{ID: "Acme/Bert-Large", Arch: "bert", Reason: "known", Model: &data.Model{ID: "Acme/Bert-Large", License: "mit"}},
			{ID: "google-bert/bert-base-uncased", Arch: "bert", Reason: "the pipeline's own"},
		}},
	}}
	slices.SortFunc(cat.Archs, func(a, b data.Arch) int { return strings.Compare(a.ModelType, b.ModelType) })
	slices.SortFunc(picks.Archs, func(a, b data.ArchPicks) int { return strings.Compare(a.Arch, b.Arch) })
	lock := &data.Lock{
		Transformers: "5.23.0", Endpoint: "https://huggingface.co", Synced: "2026-08-22",
		FactsSHA256: strings.Repeat("0123456789abcdef", 4),
	}
	(&data.State{Catalog: cat}).Join(picks)
	return cat, picks, lock
}

// aliases has a model that was renamed, two former names that differ in case
// only, one whose letters changed their case, and one that is in no table.
func aliases() data.Aliases {
	return data.Aliases{
		"bert-base-uncased": "google-bert/bert-base-uncased", "BERT-base-uncased": "google-bert/bert-base-uncased",
		"acme/bert-large": "Acme/Bert-Large", "old/name": "no/row",
	}
}

// releases know bert from the first, lost and regained gpt2, and lost two more, of
// which rag reads one.
func releases() *data.Releases {
	return data.NewReleases([]data.Release{
		{Version: "5.23.0", Date: "2026-11-13", Added: map[string]string{"bert": "BertConfig", "gpt2": "GPT2Config", "rag": "RagConfig"}},
		{Version: "4.9.0", Date: "2021-07-22", Added: map[string]string{"bert": "BertConfig", "gpt2": "GPT2Config", "rag_": "RagConfig", "van": "VanConfig"}},
		{Version: "4.10.0", Date: "2021-08-31", Added: map[string]string{"bert": "BertConfig", "van": "VanConfig"}},
		{Version: "6.0.0", Date: "2027-01-01", Added: map[string]string{"clip": "CLIPConfig"}}, // later than the catalog
	})
}

// engines run bert by two classes, by one of two packages, and gpt2 not, or not known.
func engines() *data.Engines {
	return &data.Engines{Engines: []data.Engine{
		{Name: "vllm", Version: "0.33.0", ByClass: true, Rows: map[string][]string{"BertModel": {"X"}, "BertForMaskedLM": {"X"}}},
		{Name: "mlx", Package: "mlx-lm", Version: "1", Whole: true, Rows: map[string][]string{"llama": {"l.py"}}},
		{Name: "mlx", Package: "mlx-vlm", Version: "2", Whole: true, Rows: map[string][]string{"bert": {"b.py"}}},
	}}
}

func tables(t *testing.T) map[string][]byte {
	t.Helper()
	cat, picks, lock := input()
	files, err := emit.Tables(cat, picks, aliases(), lock, releases(), engines())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTablesGolden(t *testing.T) {
	for name, got := range tables(t) {
		golden := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s; go test -update, and look at the change", name, golden)
		}
	}
}

func TestTooManyTasks(t *testing.T) {
	cat, picks, lock := input()
	for i := range 64 {
		cat.Tasks = append(cat.Tasks, data.Task{Name: "task-" + strconv.Itoa(i)})
	}
	if files, err := emit.Tables(cat, picks, aliases(), lock, releases(), engines()); files != nil || err == nil || !strings.Contains(err.Error(), "a Set holds 63") {
		t.Errorf("got %d files and error %v", len(files), err)
	}
}

// Hostile strings are quoted where any text is allowed.
func FuzzTablesQuoteFreeText(f *testing.F) {
	for _, s := range []string{"`", "\"", "*/ var x int /*", "a\nb", "// x", "\x00\x1b[31m", "\u202e\u2066", "nul\\", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cat, picks, lock := input()
		picks.Rankings[1].Models[0].Reason = s + "K"
		former := data.Aliases{s + "A": "Acme/Bert-Large"}
		cat.Archs[0].Documented = s + "D"
		lock.Endpoint = s + "E"
		picks.Archs[0].Picks[0].Places[0].Reason = s + "R"
		picks.Archs[0].Picks[0].License = s + "L"
		picks.Archs[0].Picks[0].Architectures = []string{s + "H"}
		picks.Archs[3].Why = s + "W"
		files, err := emit.Tables(cat, picks, former, lock, releases(), engines())
		if err != nil {
			t.Fatal(err)
		}
		wanted := map[string]bool{s + "K": true, s + "A": true, s + "D": true, s + "E": true, s + "R": true, s + "L": true, s + "H": true, s + "W": true}
		for name, src := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if v, err := strconv.Unquote(lit.Value); err == nil {
						delete(wanted, v)
					}
				}
				return true
			})
		}
		if len(wanted) > 0 {
			t.Errorf("%q: not found in the code: %v", s, wanted)
		}
	})
}

func TestTypeCheck(t *testing.T) {
	dir := t.TempDir() // with the part of the module that needs tables
	for _, name := range []string{"archtypes.go", "engines.go", "lookup.go", "parse.go", "registry.go", "go.mod", "go.sum", "internal/names/names.go", "internal/names/near.go"} {
		src, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, name, string(src))
	}
	files := tables(t)
	if err := emit.TypeCheck(dir, files); err != nil {
		t.Fatal(err)
	}

	// What the generator left behind, however broken, is not looked at.
	put(t, dir, "models_gen.go", "// "+emit.Mark+"\n\npackage hfmodels\n<<<<<<< HEAD\n")
	if err := emit.TypeCheck(dir, files); err != nil {
		t.Fatal(err)
	}

	for name, tt := range map[string]struct {
		change func(*data.Catalog, *data.Picks)
		want   string
	}{
		"architecture with the name of a type": {func(c *data.Catalog, p *data.Picks) {
			c.Archs[6].ModelType, p.Archs[6].Arch = "model", "model"
		}, "Model redeclared"},
		"task with the name of an architecture": {func(c *data.Catalog, _ *data.Picks) {
			c.Tasks[0].Name = "bert"
		}, "Bert redeclared"},
	} {
		t.Run(name, func(t *testing.T) {
			cat, picks, lock := input()
			tt.change(cat, picks)
			files, err := emit.Tables(cat, picks, aliases(), lock, releases(), engines())
			if err != nil {
				t.Fatal(err)
			}
			if err := emit.TypeCheck(dir, files); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}
