package catalog

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// wheelsEnv names a directory with transformers wheels as PyPI has them. The
// tests of whole wheels need it: they are too large to commit.
const wheelsEnv = "HFMODELS_WHEELS"

func wheel(tb testing.TB, version string) string {
	tb.Helper()
	dir := os.Getenv(wheelsEnv)
	if dir == "" {
		tb.Skipf("%s is not set: it names a directory with transformers wheels", wheelsEnv)
	}
	path := filepath.Join(dir, "transformers-"+version+"-py3-none-any.whl")
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("%s: %v; get it with: pip download --no-deps transformers==%s", wheelsEnv, err, version)
	}
	return path
}

// counts are what a person who counts in the wheel finds.
type counts struct {
	types, own, parts, modules, special  int
	tables, autoClasses, pairs           int
	tokenizers, processors               int // rows
	images, videos, features             int // rows
	tasks, hubTasks, documented, ids     int
	configs, composites, aliases, orphan int // orphan: parts without a parent
}

func count(r *release, c *data.Catalog) counts {
	n := counts{
		types:       len(c.Archs),
		special:     len(r.auto.tables[specialTable].rows),
		tables:      len(r.auto.modelTables()),
		autoClasses: len(r.auto.autoClass),
		tokenizers:  len(r.auto.tables[tokenizerTable].rows),
		processors:  len(r.auto.tables[processorTable].rows),
		images:      len(r.auto.tables[imageTable].rows),
		videos:      len(r.auto.tables[videoTable].rows),
		features:    len(r.auto.tables[featureTable].rows),
		configs:     len(r.configs.all),
	}
	pairs := map[[2]string]bool{}
	for _, name := range r.auto.modelTables() {
		for _, row := range r.auto.tables[name].rows {
			classes, _ := classNames(row.value)
			for _, class := range classes {
				pairs[[2]string{row.key, class}] = true
			}
		}
	}
	n.pairs = len(pairs)
	modules, ids := map[string]bool{}, map[string]bool{}
	for _, a := range c.Archs {
		modules[a.Module] = true
		if a.Part {
			n.parts++
			if len(a.Parents) == 0 {
				n.orphan++
			}
		} else {
			n.own++
		}
		if a.AliasOf != "" {
			n.aliases++
		}
		if len(a.Components) > 0 {
			n.composites++
		}
		if a.Documented != "" {
			n.documented++
			ids[a.Documented] = true
		}
	}
	n.modules, n.ids = len(modules), len(ids)
	for _, t := range c.Tasks {
		if t.Pipeline {
			n.tasks++
		} else {
			n.hubTasks++
		}
	}
	return n
}

func TestWheels(t *testing.T) {
	for _, tt := range []struct {
		version, sha256 string
		want            counts
	}{
		{"4.57.6", "4c9e9de1", counts{
			types: 421, own: 392, parts: 29, modules: 384, special: 44,
			tables: 47, autoClasses: 42, pairs: 1189,
			tokenizers: 263, processors: 110, images: 138, videos: 17, features: 80,
			tasks: 30, hubTasks: 2, documented: 398, ids: 356,
			configs: 616, composites: 102, aliases: 10,
		}},
		{"5.0.0", "587086f2", counts{
			types: 444, own: 403, parts: 41, modules: 393, special: 66,
			tables: 46, autoClasses: 41, pairs: 1196,
			tokenizers: 229, processors: 120, images: 159, videos: 24, features: 47,
			tasks: 27, hubTasks: 5, documented: 423, ids: 363,
			configs: 574, composites: 149, aliases: 6,
		}},
		{"5.10.4", "8c5b99b1", counts{
			types: 648, own: 477, parts: 171, modules: 460, special: 221,
			tables: 53, autoClasses: 48, pairs: 1365,
			tokenizers: 274, processors: 146, images: 194, videos: 31, features: 56,
			tasks: 24, hubTasks: 8, documented: 640, ids: 428,
			configs: 686, composites: 198, aliases: 3, orphan: 1,
		}},
		{"5.23.0", "018e82fd", counts{
			types: 804, own: 539, parts: 265, modules: 530, special: 310,
			tables: 55, autoClasses: 50, pairs: 1576,
			tokenizers: 309, processors: 196, images: 223, videos: 51, features: 77,
			tasks: 25, hubTasks: 8, documented: 792, ids: 501,
			configs: 830, composites: 247, aliases: 3, orphan: 1,
		}},
	} {
		t.Run(tt.version, func(t *testing.T) {
			path := wheel(t, tt.version)
			c, err := ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if c.Transformers != tt.version || !strings.HasPrefix(c.WheelSHA256, tt.sha256) || len(c.WheelSHA256) != 64 {
				t.Errorf("transformers %s, SHA-256 %s", c.Transformers, c.WheelSHA256)
			}
			again, err := ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			one, err := c.Encode()
			if err != nil {
				t.Fatal(err)
			}
			two, err := again.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(one, two) {
				t.Error("two runs differ")
			}

			z, err := zip.OpenReader(path)
			if err != nil {
				t.Fatal(err)
			}
			defer z.Close()
			r, err := readRelease(&files{fsys: z, left: maxTotal})
			if err != nil {
				t.Fatal(err)
			}
			if got := count(r, c); got != tt.want {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
			if tt.version == "5.23.0" {
				checkNewest(t, c)
			}
		})
	}
}

// checkNewest compares what is known of single types.
func checkNewest(t *testing.T, c *data.Catalog) {
	archs := map[string]data.Arch{}
	rules := map[string]int{}
	for _, a := range c.Archs {
		archs[a.ModelType] = a
		rules[a.Rule]++
	}
	wantRules := map[string]int{
		ruleDirectory: 522, ruleConfigKey: 179, ruleSubConfig: 71, ruleDefault: 11, ruleDerived: 4, ruleRemaining: 17,
	}
	if !maps.Equal(rules, wantRules) {
		t.Errorf("rules %v, want %v", rules, wantRules)
	}
	for family, types := range map[string]string{
		familyEncoder:        "bert deberta-v2 modernbert xlm-roberta clip_text_model",
		familyDecoder:        "gpt2 llama mamba mistral4 qwen3 blt qwen2_5_vl_text",
		familyEncoderDecoder: "t5 bart encoder-decoder rag",
		familyVision:         "vit detr sam clip_vision_model sam_mask_decoder imagegpt",
		familyVisionText:     "clip llava qwen2_vl owlvit vision-encoder-decoder nougat pp_formulanet",
		familyAudio:          "whisper wav2vec2 encodec clap clap_audio_model speecht5_hifigan",
		familyVideo:          "videomae timesformer vjepa2 sam2_video",
		familyTextToAudio:    "musicgen bark vits dia musicgen_decoder",
		familyMultimodal:     "qwen2_5_omni qwen2_audio gemma4 phi4_multimodal perceiver seamless_m4t",
		familyDocument:       "layoutlm layoutlmv3 layoutxlm lilt markuplm udop",
		familyTimeSeries:     "patchtst timesfm informer",
		familyBiology:        "esm esmfold2 evolla EvollaModel",
		familyReinforcement:  "decision_transformer",
		familyOther:          "jev muse_glimmer_assistant",
	} {
		for name := range strings.FieldsSeq(types) {
			if got := archs[name].Family; got != family {
				t.Errorf("family of %s is %s, want %s", name, got, family)
			}
		}
	}
	for name, want := range map[string][]string{
		"clip_text_model": {"clip"}, "parakeet_encoder": {"parakeet_ctc", "parakeet_rnnt", "parakeet_tdt"},
		"mimi_encoder": {"mimi"}, "qwen2_5_omni_bigvgan": {"qwen2_5_omni_token2wav"}, "llama": nil,
	} {
		if got := archs[name].Parents; !slices.Equal(got, want) {
			t.Errorf("parents of %s are %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"gpt-sw3": "gpt2", "EvollaModel": "evolla", "mlcd": "mlcd_vision_model", "bert": ""} {
		if got := archs[name].AliasOf; got != want {
			t.Errorf("%s is an alias of %q, want %q", name, got, want)
		}
	}
	var orphans []string
	for _, a := range c.Archs {
		if a.Part && len(a.Parents) == 0 {
			orphans = append(orphans, a.ModelType)
		}
	}
	if !slices.Equal(orphans, []string{"mlcd_vision_model"}) {
		t.Errorf("parts without a parent: %q", orphans)
	}
	if got := archs["clap"].Tasks; len(got) != 0 {
		t.Errorf("tasks of clap are %q: its table does not tell", got)
	}
	if got, want := archs["t5"].Tasks, "feature-extraction question-answering summarization text-classification text2text-generation token-classification translation zero-shot-classification"; strings.Join(got, " ") != want {
		t.Errorf("tasks of t5 are %q, want %q", got, want)
	}
	if got := archs["timm_wrapper"].Documented; got != "" {
		t.Errorf("timm_wrapper documents %q, which is no repository", got)
	}
}

// makeZip builds a zip with the given files.
func makeZip(t *testing.T, content map[string]string) *bytes.Reader {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, state := range content {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, state); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(buf.Bytes())
}

func TestHostileWheels(t *testing.T) {
	many := map[string]string{}
	for i := range maxEntries + 1 {
		many[fmt.Sprint("f", i)] = ""
	}
	version := "__version__ = \"9.9.9\"\n"
	for _, tt := range []struct {
		name string
		zip  *bytes.Reader
		want []string
	}{
		{"not a zip", bytes.NewReader([]byte("#!/bin/sh\n")), []string{"zip"}},
		{"another wheel", makeZip(t, map[string]string{"torch/__init__.py": version}), []string{initFile, "no transformers wheel"}},
		{"many entries", makeZip(t, many), []string{"50001 entries"}},
		// 33 MiB of newlines pack into a few hundred bytes.
		{"large entry", makeZip(t, map[string]string{initFile: version + strings.Repeat("\n", 33<<20)}), []string{initFile, "larger than"}},
		{"deep nesting", makeZip(t, map[string]string{initFile: version, autoDir + "/x.py": "x = " + strings.Repeat("(", 1<<20)}), []string{"9.9.9", autoDir + "/x.py", "nest deeper"}},
		{"no models", makeZip(t, map[string]string{initFile: version}), []string{"9.9.9", "CONFIG_MAPPING_NAMES is missing"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(tt.zip, tt.zip.Size())
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
	t.Run("large wheel", func(t *testing.T) {
		_, err := Read(bytes.NewReader(nil), maxWheel+1)
		if err == nil || !strings.Contains(err.Error(), "bytes") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("no file", func(t *testing.T) {
		if _, err := ReadFile(filepath.Join(t.TempDir(), "x.whl")); err == nil || !strings.Contains(err.Error(), "x.whl") {
			t.Errorf("error %v", err)
		}
	})
}

func BenchmarkReadFile(b *testing.B) {
	path := wheel(b, "5.23.0")
	for b.Loop() {
		if _, err := ReadFile(path); err != nil {
			b.Fatal(err)
		}
	}
}
