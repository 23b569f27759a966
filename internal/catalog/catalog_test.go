package catalog

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write catalog.json in testdata/*.txtar anew")

const golden = "catalog.json"

// excerpt reads an archive of excerpts of a wheel, without its golden file.
func excerpt(t *testing.T, name string) *txtar.Archive {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(a.Files); n > 0 && a.Files[n-1].Name == golden {
		a.Files = a.Files[:n-1]
	}
	return a
}

func filesOf(t *testing.T, a *txtar.Archive) fs.FS {
	t.Helper()
	fsys, err := txtar.FS(a)
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func TestExcerpts(t *testing.T) {
	for _, name := range []string{"4.57.6", "5.0.0", "5.10.4", "5.23.0"} {
		t.Run(name, func(t *testing.T) {
			a := excerpt(t, name)
			c, err := readFS(filesOf(t, a))
			if err != nil {
				t.Fatal(err)
			}
			if c.Transformers != name {
				t.Errorf("version is %s", c.Transformers)
			}
			got, err := c.Encode()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".txtar")
			if *update {
				a.Files = append(a.Files, txtar.File{Name: golden, Data: got})
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			all, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := all.Files[len(all.Files)-1].Data
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from the golden file; go test -update writes it anew\n%s", golden, firstDifference(got, want))
			}
		})
	}
}

func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "got  " + g[i] + "\nwant " + w[i]
		}
	}
	return "one is the beginning of the other"
}

// Each case changes one thing in the excerpts and must end in an error that
// says where, never in a smaller catalog.
func TestErrors(t *testing.T) {
	const (
		auto     = "transformers/models/auto/"
		mappings = auto + "auto_mappings.py"
		modeling = auto + "modeling_auto.py"
		config   = auto + "configuration_auto.py"
		llava    = "transformers/models/llava/configuration_llava.py"
	)
	for _, tt := range []struct {
		name     string
		file     string // to change
		old, new string // old "" replaces all of the file; new "delete" removes it
		want     []string
	}{
		{"no wheel", initFile, "", "delete", []string{initFile, "no transformers wheel"}},
		{"no version", initFile, `"5.23.0"`, `VERSION`, []string{initFile, "no version"}},
		{"no auto files", modeling, "", "delete", []string{autoDir, "MODEL_MAPPING_NAMES is missing"}},
		{"broken file", modeling, "MODEL_MAPPING_NAMES = OrderedDict(", "MODEL_MAPPING_NAMES = OrderedDict((", []string{"5.23.0", modeling, "never closed"}},
		{"empty table", modeling, `MODEL_FOR_MASKED_LM_MAPPING_NAMES = OrderedDict(`, `MODEL_FOR_MASKED_LM_MAPPING_NAMES = OrderedDict()
X = (`, []string{"5.23.0", modeling, "MODEL_FOR_MASKED_LM_MAPPING_NAMES", "empty"}},
		{"missing table", mappings, "CONFIG_MAPPING_NAMES = ", "RENAMED_NAMES = ", []string{"5.23.0", "CONFIG_MAPPING_NAMES"}},
		{"missing table of an auto class", modeling, "MODEL_FOR_MASKED_LM_MAPPING_NAMES = OrderedDict(", "RENAMED = OrderedDict(", []string{"5.23.0", "MODEL_FOR_MASKED_LM_MAPPING_NAMES of AutoModelForMaskedLM is missing"}},
		{"new table", modeling, "MODEL_MAPPING_NAMES = ", "MODEL_FOR_SMELL_NAMES = OrderedDict([(\"bert\", \"BertModel\")])\nMODEL_MAPPING_NAMES = ", []string{"5.23.0", modeling, "MODEL_FOR_SMELL_NAMES is new"}},
		{"computed table", modeling, `("bert", "BertModel"),`, `("bert", model("Bert")),`, []string{"5.23.0", modeling, "row bert", "not a literal"}},
		{"computed row", modeling, `("bert", "BertModel"),`, `row("bert"),`, []string{"5.23.0", modeling, "MODEL_MAPPING_NAMES", "not a literal"}},
		{"unknown table", modeling, "*list(MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES.items()),", "*list(ELSEWHERE.items()),", []string{"5.23.0", modeling, "ELSEWHERE is not known"}},
		{"unknown statement", config, "DEPRECATED_MODELS = []", `CONFIG_MAPPING_NAMES.pop("bert")`, []string{"5.23.0", config, "CONFIG_MAPPING_NAMES", "form that is not known"}},
		{"no config file", "transformers/models/funnel/configuration_funnel.py", "", "delete", []string{"5.23.0", "models/funnel", "model type funnel", "FunnelConfig is in no"}},
		{"no model class", "transformers/models/funnel/modeling_funnel.py", "class FunnelBaseModel(", "class Funnel0(", []string{"5.23.0", modeling, "row funnel", "FunnelBaseModel is in no"}},
		{"no config class of a component", "transformers/models/owlv2/configuration_owlv2.py", `"text_config": Owlv2TextConfig`, `"text_config": GoneConfig`, []string{"5.23.0", "configuration_owlv2.py", "Owlv2Config", "text_config", "GoneConfig is in no"}},
		{"component that is no class", llava, "config_class=AutoConfig", "config_class=pick()", []string{"5.23.0", llava, "LlavaConfig", "sub_configs_defaults", "not a literal"}},
		{"unknown type", modeling, `("bert", "BertModel"),`, `("ernie", "BertModel"),`, []string{"5.23.0", modeling, "row ernie", "no such model type"}},
		{"no type of its own", mappings, `("sam", "SamConfig"),`, ``, []string{"5.23.0", "models/sam", "every model type is a part"}},
		{"bad model type", mappings, `("bert", "BertConfig"),`, `("../bert", "BertConfig"),`, []string{"5.23.0", "CONFIG_MAPPING_NAMES", `"../bert" is not the form`}},
		{"bad class name", modeling, `("bert", "BertModel"),`, `("bert", "Bert Model"),`, []string{"5.23.0", modeling, `"Bert Model" is no class name`}},
		{"bad directory", mappings, `("sam_mask_decoder", "sam"),`, `("sam_mask_decoder", "../sam"),`, []string{"5.23.0", "row sam_mask_decoder names no directory"}},
		{"bad repository", pipelinesFile, `("distilbert/distilroberta-base", "fb53ab8")`, `("distilbert", "fb53ab8")`, []string{"5.23.0", pipelinesFile, "fill-mask", "no repository"}},
		{"types that fold to one", mappings, `("bert", "BertConfig"),`, `("bert", "BertConfig"), ("be-rt", "BertConfig"),`, []string{"5.23.0", `"be-rt" and "bert"`, "folded name"}},
		{"unknown modality", "transformers/models/clip/modeling_clip.py", `input_modalities = ("image", "text")`, `input_modalities = ("image", "smell")`, []string{"5.23.0", "modeling_clip.py", `"smell" is not known`}},
		{"no tasks", pipelinesFile, "", "delete", []string{"5.23.0", pipelinesFile, "missing"}},
		{"empty tasks", pipelinesFile, "", "SUPPORTED_TASKS = {}\n", []string{"5.23.0", pipelinesFile, "SUPPORTED_TASKS is missing or empty"}},
		{"task without a table", pipelinesFile, "AutoModelForMaskedLM,", "AutoModelForGuessing,", []string{"5.23.0", pipelinesFile, "fill-mask runs on AutoModelForGuessing"}},
		{"alias of no task", pipelinesFile, "SUPPORTED_TASKS = {", "TASK_ALIASES = {\"ner\": \"tagging\"}\nSUPPORTED_TASKS = {", []string{"5.23.0", pipelinesFile, "TASK_ALIASES: ner stands for tagging"}},
		{"alias that is a task", pipelinesFile, "SUPPORTED_TASKS = {", "TASK_ALIASES = {\"fill-mask\": \"fill-mask\"}\nSUPPORTED_TASKS = {", []string{"5.23.0", pipelinesFile, "is a task itself"}},
		{"alias that is no name", pipelinesFile, "SUPPORTED_TASKS = {", "TASK_ALIASES = {\"a\\nb\": \"fill-mask\"}\nSUPPORTED_TASKS = {", []string{"5.23.0", pipelinesFile, "is no name of a task"}},
		{"aliases that are no dict", pipelinesFile, "SUPPORTED_TASKS = {", "TASK_ALIASES = aliases()\nSUPPORTED_TASKS = {", []string{"5.23.0", pipelinesFile, "TASK_ALIASES", "not a literal"}},
		{"unknown backend", mappings, `"pil": "SamImageProcessorPil"`, `"mlx": "SamImageProcessorPil"`, []string{"5.23.0", mappings, "row sam", `backend "mlx"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := excerpt(t, "5.23.0")
			found := false
			for i, f := range a.Files {
				if f.Name != tt.file {
					continue
				}
				found = true
				switch {
				case tt.new == "delete":
					a.Files = append(a.Files[:i], a.Files[i+1:]...)
				case tt.old == "":
					a.Files[i].Data = []byte(tt.new)
				case !bytes.Contains(f.Data, []byte(tt.old)):
					t.Fatalf("%s has no %q", tt.file, tt.old)
				default:
					a.Files[i].Data = bytes.Replace(f.Data, []byte(tt.old), []byte(tt.new), 1)
				}
				break
			}
			if !found {
				t.Fatalf("no file %s", tt.file)
			}
			_, err := readFS(filesOf(t, a))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}
