package catalog

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

var update = flag.Bool("update", false, "write catalog.json in testdata/*.txtar again")

const initFile = "transformers/__init__.py"

func needPython(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3, which parses the wheel: ", err)
	}
}

// excerpt reads excerpts of a wheel. The last file is the catalog that they make,
// which the reader leaves alone.
func excerpt(t *testing.T, name string) *txtar.Archive {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// read reads an excerpt in which texts are replaced, each by the next one.
func read(t *testing.T, changes ...string) (*data.Catalog, []string, error) {
	t.Helper()
	files := excerpt(t, "5.23.0").Files
	for i, f := range files {
		files[i].Data = []byte(strings.NewReplacer(changes...).Replace(string(f.Data)))
	}
	return Read(t.Context(), wheelOf(t, files))
}

// wheelOf writes files as a wheel and returns its path.
func wheelOf(t *testing.T, files []txtar.File) string {
	t.Helper()
	all := make(map[string]string)
	for _, f := range files {
		all[f.Name] = string(f.Data)
	}
	return pack(t, "x.whl", all)
}

// pack writes a package as a wheel, or as an archive with everything in one folder.
func pack(t *testing.T, name string, files map[string]string) string {
	t.Helper()
	var buf bytes.Buffer
	var err error
	fsys, folder := fstest.MapFS{}, ""
	if strings.HasSuffix(name, ".tar.gz") {
		folder = "x-1.0/"
	}
	for file, text := range files {
		fsys[folder+file] = &fstest.MapFile{Data: []byte(text), Mode: 0o644, ModTime: time.Date(2020, 11, 30, 12, 0, 0, 0, time.UTC)}
	}
	if folder != "" {
		z := gzip.NewWriter(&buf)
		w := tar.NewWriter(z)
		err = errors.Join(w.AddFS(fsys), w.Close(), z.Close())
	} else {
		z := zip.NewWriter(&buf)
		err = errors.Join(z.AddFS(fsys), z.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return fileOf(t, name, buf.Bytes())
}

func fileOf(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkError checks that an error says where and what, with … between.
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for w := range strings.SplitSeq(want, " … ") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func TestExcerpts(t *testing.T) {
	needPython(t)
	for _, name := range []string{"5.0.0", "5.23.0"} {
		t.Run(name, func(t *testing.T) {
			a := excerpt(t, name)
			c, warnings, err := Read(t.Context(), wheelOf(t, a.Files))
			if err != nil || len(warnings) > 0 {
				t.Fatal(err, warnings)
			}
			c.WheelSHA256 = "" // of a zip file that the test wrote
			if c.Transformers != name {
				t.Errorf("version is %s", c.Transformers)
			}
			got, err := data.Encode("catalog.json", c)
			if err != nil {
				t.Fatal(err)
			}
			want := &a.Files[len(a.Files)-1].Data
			if !*update && !bytes.Equal(got, *want) {
				t.Error("the catalog differs from that of the archive; go test -update, and look at the change")
			}
			if *update {
				*want = got
				err = os.WriteFile(filepath.Join("testdata", name+".txtar"), txtar.Format(a), 0o644)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// Each case changes one thing in the excerpts and must end in an error that
// says where, never in a smaller catalog.
func TestErrors(t *testing.T) {
	needPython(t)
	const (
		mappings = "models/auto/auto_mappings.py"
		modeling = "models/auto/modeling_auto.py"
		config   = "models/auto/configuration_auto.py"
		llava    = "models/llava/configuration_llava.py"
		clip     = "models/clip/modeling_clip.py"

		bertRow  = `("bert", "BertModel"),`
		maskedLM = "MODEL_FOR_MASKED_LM_MAPPING_NAMES = OrderedDict("
		declares = `input_modalities = ("image", "text")`
		later    = "DEPRECATED_MODELS = []" // after the table of configs
		unknown  = "want a known way to change CONFIG_MAPPING_NAMES"
	)
	for _, tt := range []struct {
		name     string
		file     string // to change: the end of its path
		old, new string // old "" replaces all of the file; new "delete" removes it
		want     string // besides the name of the file, or in place of it after "…"
	}{
		{"no wheel", initFile, "", "delete", "transformers/__init__.py … missing"},
		{"old release", initFile, `"5.23.0"`, `"4.57.6"`, "this is transformers '4.57.6', and releases before 5.0"},
		{"no version", initFile, `"5.23.0"`, `VERSION`, "line 1: want strings, or … found 'VERSION'"},
		{"bad version", initFile, `"5.23.0"`, `"5.23\n"`, `"5.23\n"`},
		{"no auto files", modeling, "", "delete", "… models/auto … MODEL_MAPPING_NAMES is missing"},
		{"broken file", modeling, maskedLM, maskedLM + "(", "line … (Python 3."},
		{"empty table", modeling, maskedLM, maskedLM + ")\nX = (", "want a table with rows"},
		{"missing table", mappings, "CONFIG_MAPPING_NAMES = ", "RENAMED_NAMES = ", "… configuration_auto.py … want a known way to change CONFIG_MAPPING_NAMES"},
		{"missing table of an auto class", modeling, maskedLM, "X = OrderedDict(", `… MASKED_LM_MAPPING_NAMES of "AutoModelForMaskedLM" is missing`},
		{"new table", modeling, maskedLM, "MODEL_FOR_SMELL_NAMES = OrderedDict([(\"bert\", \"BertModel\")])\n" + maskedLM, "MODEL_FOR_SMELL_NAMES is new"},
		{"computed class", modeling, bertRow, `("bert", model("Bert")),`, `want strings, names, or a list or dict of these, found "model('Bert')"`},
		{"computed row", modeling, bertRow, `row("bert"),`, `want strings, names, or a list or dict of these, found "row('bert')"`},
		{"computed row among others", modeling, bertRow, `*rows(bert="BertModel").items(),`, "want strings, names, or a list or dict of these, found"},
		{
			"two classes over one table", modeling, "class AutoModelForMaskedLM(",
			"class X:\n  _model_mapping = MODEL_FOR_MASKED_LM_MAPPING\nclass AutoModelForMaskedLM(", "want one class over MODEL_FOR_MASKED_LM",
		},
		{"unknown table", modeling, "*list(MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES.", "*list(ELSEWHERE.", "found 'ELSEWHERE.items()'"},
		{"element removed", config, later, `CONFIG_MAPPING_NAMES.pop("bert")`, unknown},
		{"element deleted", config, later, `del CONFIG_MAPPING_NAMES["bert"]`, unknown},
		{"element set", config, later, `CONFIG_MAPPING_NAMES["bert"] = "GPT2Config"`, unknown},
		{"tables joined", config, later, `CONFIG_MAPPING_NAMES |= {"bert": "GPT2Config"}`, unknown},
		{"no config file", "funnel/configuration_funnel.py", "", "delete", "… 5.23.0 … models/funnel … model type funnel … FunnelConfig is in no"},
		{"no model class", "funnel/modeling_funnel.py", "class FunnelBaseModel(", "class X(", "… modeling_auto.py … row funnel … FunnelBaseModel is in no"},
		{"no config class of a component", "configuration_owlv2.py", `: Owlv2TextConfig`, `: GoneConfig`, "5.23.0 … Owlv2Config … text_config … GoneConfig is in no"},
		{"component whose value is not a class", llava, "config_class=AutoConfig", "config_class=pick()", "want a class, found … SubConfigSpec(config_class=pick()"},
		{"component whose name is not an attribute", llava, `"text_config"`, `"text config"`, `LlavaConfig … "text config" is not an attribute`},
		{"unknown type", modeling, bertRow, `("ernie", "BertModel"),`, "5.23.0 … row ernie … no such model type"},
		{"no type of its own", mappings, `("sam", "SamConfig"),`, ``, "… 5.23.0 … models/sam … every model type is a part"},
		{"unknown modality", clip, declares, `input_modalities = ("image", "smell")`, `unknown modality "smell"`},
		{"computed modality", clip, declares, `input_modalities = (IMAGE, "text")`, "want strings, or … (IMAGE, 'text')"},
		{"no tasks", pipelinesFile, "", "delete", "missing"},
		{"empty tasks", pipelinesFile, "", "SUPPORTED_TASKS = {}\n", "SUPPORTED_TASKS is missing or empty"},
		{"task without a table", pipelinesFile, "AutoModelForMaskedLM,", "AutoModelForGuessing,", `fill-mask runs on "AutoModelForGuessing"`},
		{"aliases that are not a dict", pipelinesFile, "SUPPORTED_TASKS", "TASK_ALIASES = aliases()\nSUPPORTED_TASKS", "found 'aliases()'"},
		{"unknown backend", mappings, `"pil": "SamImage`, `"mlx": "SamImage`, "want strings, or a dict of ['pil', 'torchvision']"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := excerpt(t, "5.23.0").Files
			i := slices.IndexFunc(files, func(f txtar.File) bool { return strings.HasSuffix(f.Name, tt.file) })
			switch {
			case i < 0 || !bytes.Contains(files[i].Data, []byte(tt.old)):
				t.Fatalf("no file %s with %q", tt.file, tt.old)
			case tt.new == "delete":
				files = slices.Delete(files, i, i+1)
			case tt.old == "":
				files[i].Data = []byte(tt.new)
			default:
				files[i].Data = bytes.Replace(files[i].Data, []byte(tt.old), []byte(tt.new), 1)
			}
			_, _, err := Read(t.Context(), wheelOf(t, files))
			want, elsewhere := strings.CutPrefix(tt.want, "… ")
			if !elsewhere {
				want += " … " + tt.file
			}
			checkError(t, err, want)
		})
	}
}

// What has a name that cannot be used is left out, alone and with a warning that
// names it.
func TestLeftOut(t *testing.T) {
	needPython(t)
	const bertConfig, bertModel, tasks = `("bert", "BertConfig"),`, `("bert", "BertModel"),`, "SUPPORTED_TASKS = {"
	withType := func(name string) []string {
		row := fmt.Sprintf("(%q, ", name)
		return []string{bertConfig, bertConfig + row + `"BertConfig"),`, bertModel, bertModel + row + `"BertModel"),`}
	}
	plain, _, err := read(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		changes    []string
		gone, want string // a type of the release, and what the warning says
	}{
		{withType("3d_vit"), "", `type "3d_vit" is left out … configuration_auto.py … not a model type`},
		{withType(""), "", `type "" is left out`},
		{withType("bért"), "", `type "bért" is left out`},
		{withType("../x\x1b[2J"), "", `type "../x\x1b[2J" is left out`},
		{withType(strings.Repeat("x", 65)), "", `xxx" is left out`},
		{withType("be-rt"), "", `type "be-rt" is left out … spelled like "bert"`},
		{withType("BERT"), "", `type "BERT" is left out … spelled like "bert"`},
		{withType("fill_mask"), "", `type "fill_mask" is left out … spelled like the task "fill-mask"`},
		{withType("model"), "", `type "model" is left out … package hfmodels has another Model`},
		{[]string{bertModel, `("bert", "Bert Model"),`}, "bert", `type "bert" is left out … modeling_auto.py … "Bert Model" is not the name of a class`},
		{[]string{bertConfig, `("bert", ""),`}, "bert", `type "bert" is left out … "" is not the name of a class`},
		{[]string{`("sam_mask_decoder", "sam"),`, `("sam_mask_decoder", "../sam"),`}, "sam_mask_decoder", `"../sam" is not the name of a class or directory`},
		// The parts of sam stay.
		{[]string{"model_type = \"sam\"", "model_type = \"s am\""}, "sam", `type "sam" is left out … configuration_sam.py … SamConfig … "s am"`},
		{[]string{`"fill-mask": {`, `"fill mask": {`}, "", `task "fill mask" is left out`},
		{[]string{`"fill-mask": {`, `"Fill-Mask": {`}, "", `task "Fill-Mask" is left out`},
		{[]string{`"fill-mask": {`, `"3d-mask": {`}, "", `task "3d-mask" is left out`},
		{[]string{`("distilbert/distilroberta-base", "fb53ab8")`, `("distilbert", "fb53ab8")`}, "", `default of the task fill-mask is left out … "distilbert"`},
		{[]string{tasks, "TASK_ALIASES = {\"ner\": \"tagging\"}\n" + tasks}, "", `alias "ner" is left out … "tagging"`},
		{[]string{tasks, "TASK_ALIASES = {\"fill-mask\": \"fill-mask\"}\n" + tasks}, "", `alias "fill-mask" is left out`},
		{[]string{tasks, "TASK_ALIASES = {\"a\\nb\": \"fill-mask\"}\n" + tasks}, "", `alias "a\nb" is left out`},
	} {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			c, warnings, err := read(t, tt.changes...)
			if err != nil {
				t.Fatal(err)
			}
			if len(warnings) != 1 {
				t.Fatalf("want one warning: %q", warnings)
			}
			checkError(t, errors.New(warnings[0]), tt.want)
			want := slices.DeleteFunc(slices.Clone(plain.Archs), func(a data.Arch) bool { return a.ModelType == tt.gone })
			if !slices.EqualFunc(c.Archs, want, func(a, b data.Arch) bool { return a.ModelType == b.ModelType }) {
				t.Errorf("%d types, want %d", len(c.Archs), len(want))
			}
			text, err := data.Encode("catalog.json", c)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := data.Read[data.Catalog](fstest.MapFS{"catalog.json": {Data: text}}, "catalog.json"); err != nil {
				t.Errorf("the catalog cannot be read again: %v", err)
			}
		})
	}
	var odd string
	for i := range maxLeftOut + 1 {
		odd += fmt.Sprintf(`("%d", "BertConfig"),`, i)
	}
	if _, _, err := read(t, bertConfig, bertConfig+odd); err == nil || !strings.Contains(err.Error(), "the form of names is another one now") {
		t.Errorf("many odd names: %v", err)
	}
}

// A docstring of BertModel, or of the model class of another type.
func TestExamples(t *testing.T) {
	needPython(t)
	for _, tt := range []struct{ name, modelType, text, want string }{
		{"twice", "bert", `BertModel.from_pretrained("a/x"); BertModel.from_pretrained("a/x")`, "a/x"},
		{"two", "bert", `BertModel.from_pretrained("a/y", dtype="auto"); BertModel.from_pretrained('a/x')`, "a/x a/y"},
		{"next line", "bert", "BertModel.from_pretrained(\n    ...     \"a/x\", dtype=\"auto\"\n    ... )", "a/x"},
		{"variable", "bert", `repo = "a/x"; BertModel.from_pretrained(repo)`, "a/x"},
		{"variable set twice", "bert", `repo = "a/x"; BertModel.from_pretrained(repo); repo = "a/y"`, "a/x"},
		{"variable that is not set", "bert", `BertModel.from_pretrained(repo)`, ""},
		{"auto class", "bert", `AutoModel.from_pretrained("a/x")`, "a/x"},
		{"auto class of another class", "bert", `AutoModelForMaskedLM.from_pretrained("a/x")`, ""},
		{"class of a part", "clip_text_model", `CLIPTextModel.from_pretrained("a/x")`, "a/x"},
		{"auto class of a part", "clip_text_model", `AutoModel.from_pretrained("a/x")`, ""},
		{"class of another type", "bert", `VideoMAEModel.from_pretrained("a/x")`, ""},
		{"class that no table maps", "bert", `BertPreTrainedModel.from_pretrained("a/x")`, ""},
		{"no owner", "bert", `BertModel.from_pretrained("x")`, ""},
		{"three dots", "bert", `BertModel.from_pretrained("...")`, ""},
		{"no repository", "bert", `BertModel.from_pretrained("./a/x")`, ""},
		{"code", "bert", "\"\"\"\n    x = BertModel.from_pretrained(\"a/x\")\n    \"\"\"", ""},
		{"other string", "bert", "\"\"\"\n    x = 'BertModel.from_pretrained(\"a/x\")'\n    \"\"\"", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			class := map[string]string{
				"bert": "class BertModel(BertPreTrainedModel):\n", "clip_text_model": "class CLIPTextModel(CLIPPreTrainedModel):\n",
			}[tt.modelType]
			c, _, err := read(t, class, class+"    r\"\"\""+tt.text+"\n    \"\"\"\n")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range c.Arch(tt.modelType).Examples {
				if !strings.HasPrefix(class, "class "+e.Class+"(") {
					t.Errorf("class %s", e.Class)
				}
				got = append(got, e.ID)
			}
			if !slices.Equal(got, strings.Fields(tt.want)) {
				t.Errorf("examples are %q, want %q", got, tt.want)
			}
		})
	}
}

func TestReadTasks(t *testing.T) {
	const (
		waveform = "AutoModelForTextToWaveform"
		sequence = "AutoModelForSequenceClassification"
		instance = "AutoModelForInstanceSegmentation"
	)
	tts := data.Task{AutoClasses: []string{waveform}, Default: "suno/bark-small"}
	all, err := readTasks(&source{
		AutoClasses: map[string]string{"WAVEFORM": waveform, "SEQUENCE": sequence, "SEQ2SEQ": "AutoModelForSeq2SeqLM", "INSTANCE": instance},
		Tasks: map[string]*data.Task{
			"text-to-audio": &tts, "text-classification": {AutoClasses: []string{sequence}}, "decision": {AutoClasses: []string{sequence}},
			"image-segmentation": {AutoClasses: []string{sequence}},
		},
		Aliases: map[string]string{"text-to-speech": "text-to-audio", "sentiment-analysis": "text-classification"},
	})
	if err != nil {
		t.Fatal(err)
	}
	tasks := map[string]data.Task{}
	for _, task := range all {
		tasks[task.Name] = task
	}
	for name, want := range map[string]data.Task{
		"text-to-audio":       {Pipeline: true, AutoClasses: tts.AutoClasses, Default: tts.Default},
		"text-to-speech":      {Pipeline: true, AutoClasses: tts.AutoClasses, Default: tts.Default},
		"text-classification": {Pipeline: true, AutoClasses: []string{sequence}, Aliases: []string{"sentiment-analysis"}},
		"image-segmentation":  {Pipeline: true, AutoClasses: []string{sequence, instance}}, // the code of the pipeline tries it
		"text-ranking":        {AutoClasses: []string{sequence}, Library: "sentence-transformers"},
		"fill-mask":           {}, // a task of the Hub, although this release cannot do it
	} {
		want.Name = name
		if got, want := fmt.Sprintf("%+v", tasks[name]), fmt.Sprintf("%+v", want); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	for name, want := range map[string]bool{
		"decision": true, "text2text-generation": true, // of transformers alone
		"zero-shot-audio-classification": false, "keypoint-matching": false, // which this release does not have
	} {
		if got := tasks[name].About != ""; got != want {
			t.Errorf("%s is described: %t, want %t", name, got, want)
		}
	}
	if _, ok := tasks["sentiment-analysis"]; ok {
		t.Error("an alias that the Hub does not have is a task")
	}
}

func TestHostileWheels(t *testing.T) {
	needPython(t)
	version := txtar.File{Name: initFile, Data: []byte("__version__ = \"9.9.9\"\n")}
	auto := func(source string) string {
		return wheelOf(t, []txtar.File{version, {Name: autoDir + "/x.py", Data: []byte(source)}})
	}
	whole, err := os.ReadFile(wheelOf(t, excerpt(t, "5.23.0").Files))
	flipped := bytes.Clone(whole)
	flipped[bytes.Index(whole, []byte(initFile))+len(initFile)+10] ^= 0xff // in the bytes of the file
	var lzma bytes.Buffer
	z := zip.NewWriter(&lzma)
	_, zErr := z.CreateRaw(&zip.FileHeader{Name: initFile, Method: 14})
	if err := errors.Join(err, zErr, z.Close()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, wheel, want string }{
		{"another wheel", wheelOf(t, []txtar.File{{Name: "torch/__init__.py"}}), "transformers/__init__.py … is this a transformers wheel"},
		// 5 MiB of newlines pack into some kilobytes.
		{"large file", auto(strings.Repeat("\n", 5<<20)), "x.py … larger than"},
		{"brackets", auto("x = " + strings.Repeat("(", 1<<20)), "x.py:"},
		{"signs", auto("x = " + strings.Repeat("-", 1<<20) + "1"), "x.py:"},
		{"attributes", auto("x = a" + strings.Repeat(".a", 1<<20)), "models/auto"},
		{"zero bytes", auto("x = 1\x00"), "x.py:"},
		{"not text", auto("x = '\xff'"), "x.py: UnicodeDecodeError"},
		{"terminal", auto("X_MAPPING_NAMES = '\x1b[2J'"), "x.py: line 1: want a dict"},
		{"no models", wheelOf(t, []txtar.File{version}), "pipelines/__init__.py … missing"},
		{"not a zip", fileOf(t, "x.whl", []byte("#!/bin/sh\n")), ""},
		{"empty", fileOf(t, "x.whl", nil), ""},
		{"cut off", fileOf(t, "x.whl", whole[:len(whole)/2]), ""},
		{"damaged", fileOf(t, "x.whl", flipped), initFile + ": "},
		{"compression", fileOf(t, "x.whl", lzma.Bytes()), initFile + " … neither stored nor deflated"},
		{"none", filepath.Join(t.TempDir(), "x.whl"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Read(t.Context(), tt.wheel)
			checkError(t, err, tt.want+" … x.whl")
			if err != nil && strings.Contains(err.Error(), "\x1b") {
				t.Errorf("%q", err)
			}
		})
	}
}

// What Python itself may do wrong.
func TestPython(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins for python3 are shell scripts")
	}
	for _, tt := range []struct {
		name, script string
		want         string
	}{
		{"none", "", "python 3.9 or newer"},
		{"crash", "echo transformers/x.py >&2; kill -SEGV $$", "transformers/x.py: signal: segmentation fault"},
		{"hang", "echo transformers/x.py >&2; exec /bin/sleep 60", "transformers/x.py: … context deadline exceeded"},
		{"no JSON", "echo hello", "output of source.py"},
		{"a message", "echo one >&2; echo transformers/x.py: two >&2; exit 1", "x.whl: transformers/x.py: two"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.script != "" {
				if err := os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\n"+tt.script+"\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", dir)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, _, err := Read(ctx, wheelOf(t, nil))
			checkError(t, err, tt.want)
		})
	}
}

// The committed catalog against what people know of single types.
func TestCommitted(t *testing.T) {
	c, err := data.Read[data.Catalog](registrydata.All, "catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	archs := map[string]data.Arch{}
	for _, a := range c.Archs {
		archs[a.ModelType] = a
		if a.Part && len(a.Parents) == 0 && a.ModelType != "mlcd_vision_model" {
			t.Errorf("%s is a part without a parent", a.ModelType)
		}
	}
	for family, types := range map[string]string{
		"encoder":         "bert deberta-v2 modernbert xlm-roberta clip_text_model",
		"decoder":         "gpt2 llama mamba mistral4 qwen3 blt qwen2_5_vl_text",
		"encoder-decoder": "t5 bart encoder-decoder rag",
		"vision":          "vit detr sam clip_vision_model sam_mask_decoder imagegpt",
		"vision-text":     "clip llava qwen2_vl owlvit vision-encoder-decoder nougat pp_formulanet",
		"audio":           "whisper wav2vec2 encodec clap clap_audio_model speecht5_hifigan",
		"video":           "videomae timesformer vjepa2 sam2_video",
		"text-to-audio":   "musicgen bark vits dia musicgen_decoder",
		"multimodal":      "qwen2_5_omni qwen2_audio gemma4 phi4_multimodal perceiver seamless_m4t",
		"document":        "layoutlm layoutlmv3 layoutxlm lilt markuplm udop",
		"time-series":     "patchtst timesfm informer",
		"biology":         "esm esmfold2 evolla EvollaModel",
		"reinforcement":   "decision_transformer",
		"other":           "jev muse_glimmer_assistant",
	} {
		for name := range strings.FieldsSeq(types) {
			if got := archs[name].Family; got != family {
				t.Errorf("family of %s is %s, want %s", name, got, family)
			}
		}
	}
	for _, tt := range []struct{ name, field, want string }{
		{"clip_text_model", "Parents", "[clip]"},
		{"parakeet_encoder", "Parents", "[parakeet_ctc parakeet_rnnt parakeet_tdt]"},
		{"mimi_encoder", "Parents", "[mimi]"},
		{"qwen2_5_omni_bigvgan", "Parents", "[qwen2_5_omni_token2wav]"},
		{"llama", "Parents", "[]"},
		{"gpt-sw3", "AliasOf", "gpt2"},
		{"EvollaModel", "AliasOf", "evolla"},
		{"mlcd", "AliasOf", "mlcd_vision_model"},
		{"bert", "AliasOf", ""},
		{"timm_wrapper", "Documented", ""}, // what it documents is not a repository
		{"clap", "Tasks", "[]"},            // its table does not tell
		{"vits", "Tasks", "[text-to-audio text-to-speech]"},
		// Not image-to-text, which many models of its auto class were not made for.
		{"blip", "Tasks", "[any-to-any decision image-text-to-text visual-question-answering zero-shot-image-classification]"},
		{"colpali", "Tasks", "[]"},
		{"eomt", "Tasks", "[image-segmentation]"},
		{"videomt", "Tasks", "[]"}, // it segments video
		{"vitpose", "Tasks", "[keypoint-detection]"},
		// Neither takes images, and one of the two recognises speech.
		{"qwen2_audio", "Tasks", "[any-to-any audio-text-to-text summarization text2text-generation translation]"},
		{"voxtral", "Tasks", "[any-to-any automatic-speech-recognition summarization text2text-generation translation]"},
		{"video_llava", "Tasks", "[any-to-any decision image-text-to-text video-text-to-text]"},
		{
			"t5", "Tasks", "[feature-extraction question-answering summarization text-classification text2text-generation " +
				"token-classification translation zero-shot-classification]",
		},
	} {
		if got := fmt.Sprint(reflect.ValueOf(archs[tt.name]).FieldByName(tt.field)); got != tt.want {
			t.Errorf("%s of %s: %s, want %s", tt.field, tt.name, got, tt.want)
		}
	}
	// A program has to tell somebody who asks for any task what can do it.
	for _, task := range c.Tasks {
		if len(task.AutoClasses) == 0 && task.Library == "" {
			t.Errorf("neither an auto class nor a library does %s", task.Name)
		}
	}
}
