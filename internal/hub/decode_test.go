package hub

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// recordedRow is a row of filter=llama, July 2026: a deberta-v2 model whose
// card carries the free tag llama.
const recordedRow = `{"_id":"669d5ef584e6a96448f4c55d","id":"meta-llama/Prompt-Guard-86M","likes":373,"trendingScore":0.2,
"private":false,"downloads":4472023,"tags":["transformers","safetensors","deberta-v2","text-classification","llama","license:llama3.1"],
"pipeline_tag":"text-classification","library_name":"transformers","createdAt":"2024-07-21T19:18:13.000Z","modelId":"meta-llama/Prompt-Guard-86M",
"config":{"model_type":"deberta-v2"},"gated":"manual"}`

func decodeOne(t *testing.T, body string) (m Model, warnings []string, err error) {
	t.Helper()
	if err := checkJSON([]byte(body)); err != nil {
		t.Fatal(err)
	}
	m, err = decodeModel(root([]byte(body)), func(e error) { warnings = append(warnings, e.Error()) })
	return m, warnings, err
}

func TestRecordedRow(t *testing.T) {
	m, warnings, err := decodeOne(t, recordedRow)
	if err != nil || warnings != nil {
		t.Fatal(err, warnings)
	}
	want := Model{
		ID: "meta-llama/Prompt-Guard-86M", HubID: "669d5ef584e6a96448f4c55d", ModelType: "deberta-v2",
		Library: "transformers", Pipeline: "text-classification", Gated: GatedManual, Downloads: 4472023, Likes: 373,
		Tags:        []string{"transformers", "safetensors", "deberta-v2", "text-classification", "llama", "license:llama3.1"},
		Created:     time.Date(2024, 7, 21, 19, 18, 13, 0, time.UTC),
		Safetensors: SafetensorsInfo{Total: -1, Bytes: -1},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got  %+v\nwant %+v", m, want)
	}
	if s := m.Gated.String(); s != "manual" {
		t.Errorf("gated %q", s)
	}
}

// TestOddValues changes one field at a time. What a model is and whether it
// may be had must be right, or the model is refused; the rest becomes unknown.
func TestOddValues(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, tc := range []struct {
		field   string
		refused string // the error, or
		warned  string // the warning
	}{
		{`"id":null`, "id: want a repository id, got null", ""},
		{`"id":7`, `id: want a repository id, got number "7"`, ""},
		{`"id":"a/b/c"`, `id: want a repository id, got string "a/b/c"`, ""},
		{`"id":"a\u001b[31m/b"`, `id: want a repository id, got string "a\x1b[31m/b"`, ""},
		{`"id":"a\"/b"`, `id: want a repository id, got string "a\"/b"`, ""},
		{`"id":"a/b","_id":"x"`, `_id: want 24 hex digits, got string "x"`, ""},
		{`"id":"a/b","sha":"86B5E0934494BD15C9632B12F734A8A67F723594"`, "sha: want 40 lower-case hex digits, got string", ""},
		{`"id":"a/b","sha":"main"`, `sha: want 40 lower-case hex digits, got string "main"`, ""},
		{`"id":"a/b","gated":true`, `gated: want false, "auto" or "manual", got boolean`, ""},
		{`"id":"a/b","gated":"yes"`, `gated: want false, "auto" or "manual", got string "yes"`, ""},
		{`"id":"a/b","private":"no"`, `private: want true or false, got string "no"`, ""},
		{`"id":"a/b","disabled":0`, `disabled: want true or false, got number "0"`, ""},
		{`"id":"a/b","config":"bert"`, "config: want an object, got string", ""},
		{`"id":"a/b","config":{"model_type":["bert"]}`, "config.model_type: want a model type, got array", ""},
		{`"id":"a/b","config":{"model_type":"be rt"}`, `config.model_type: want a model type, got string "be rt"`, ""},
		{`"id":"a/b","config":{"model_type":""}`, `config.model_type: want a model type, got string ""`, ""},
		{`"id":"a/b","config":{"model_type":"` + long + `"}`, "…", ""},

		{`"id":"a/b","author":"a b"`, "", `author: want a user or organisation, got string "a b"`},
		{`"id":"a/b","downloads":"many"`, "", `downloads: want a whole number, got string "many"`},
		{`"id":"a/b","downloads":-1`, "", `downloads: want a whole number, got number "-1"`},
		{`"id":"a/b","downloads":1.5`, "", `downloads: want a whole number, got number "1.5"`},
		{`"id":"a/b","downloads":1e999`, "", `downloads: want a whole number, got number`},
		{`"id":"a/b","downloads":99999999999999999999`, "", "downloads: want a whole number"},
		{`"id":"a/b","likes":{}`, "", "likes: want a whole number, got object"},
		{`"id":"a/b","tags":"bert"`, "", `tags: want an array, got string "bert"`},
		{`"id":"a/b","tags":["a\u0007b"]`, "", `tags[0]: want printable text of at most 256 bytes, got string "a\ab"`},
		{`"id":"a/b","tags":["\ud800"]`, "", "tags[0]: want printable text"},
		{`"id":"a/b","tags":["` + long + `"]`, "", "tags[0]: want printable text"},
		{`"id":"a/b","tags":[{}]`, "", "tags[0]: want printable text of at most 256 bytes, got object"},
		{`"id":"a/b","createdAt":"yesterday"`, "", `createdAt: want a time such as`},
		{`"id":"a/b","createdAt":1700000000`, "", `createdAt: want a time such as`},
		{`"id":"a/b","createdAt":"0001-01-01T00:00:00Z"`, "", `createdAt: want a time such as`},
		{`"id":"a/b","safetensors":"F32"`, "", `safetensors: want an object, got string "F32"`},
		{`"id":"a/b","safetensors":{"total":"7B"}`, "", `safetensors.total: want a whole number, got string "7B"`},
		{`"id":"a/b","safetensors":{"parameters":[]}`, "", `safetensors.parameters: want an object, got array`},
		{`"id":"a/b","safetensors":{"parameters":{"F32":"x"}}`, "", `safetensors.parameters.F32: want a whole number, got string "x"`},
		{`"id":"a/b","safetensors":{"parameters":{"F 32":1}}`, "", `safetensors.parameters: want a dtype, got string "F 32"`},
		{`"id":"a/b","library_name":"<b>"`, "", `library_name: want a library name, got string "<b>"`},
		{`"id":"a/b","pipeline_tag":"N/A"`, "", `pipeline_tag: want a task, got string "N/A"`},
		{`"id":"a/b","config":{"architectures":"BertModel"}`, "", `config.architectures: want an array, got string "BertModel"`},
		{`"id":"a/b","config":{"architectures":["Bert Model"]}`, "", `config.architectures[0]: want a class name, got string "Bert Model"`},
	} {
		m, warnings, err := decodeOne(t, "{"+tc.field+"}")
		if tc.refused != "" {
			if err == nil || !strings.Contains(err.Error(), tc.refused) {
				t.Errorf("%s: got %v, want %s", tc.field, err, tc.refused)
			}
			continue
		}
		if err != nil || len(warnings) != 1 || !strings.HasPrefix(warnings[0], tc.warned) {
			t.Errorf("%s: got %v, warnings %q, want %q", tc.field, err, warnings, tc.warned)
		}
		if want := (Model{ID: "a/b", Downloads: -1, Likes: -1, Safetensors: SafetensorsInfo{Total: -1, Bytes: -1}}); !reflect.DeepEqual(m, want) {
			t.Errorf("%s: got %+v, want all unknown", tc.field, m)
		}
	}
}

func TestForms(t *testing.T) {
	for _, tc := range []struct {
		field string
		got   func(Model) any
		want  any
	}{
		{`"gated":false`, func(m Model) any { return m.Gated }, Ungated},
		{`"gated":"auto"`, func(m Model) any { return m.Gated }, GatedAuto},
		{`"gated":"manual"`, func(m Model) any { return m.Gated }, GatedManual},
		{`"gated":null`, func(m Model) any { return m.Gated }, GatingUnknown},
		{`"private":true`, func(m Model) any { return m.Private }, true},
		{`"disabled":true`, func(m Model) any { return m.Disabled }, true},
		{`"downloads":5.0`, func(m Model) any { return m.Downloads }, int64(5)},
		{`"downloads":1e3`, func(m Model) any { return m.Downloads }, int64(1000)},
		{`"downloads":9223372036854775807`, func(m Model) any { return m.Downloads }, int64(math.MaxInt64)},
		{`"likes":0`, func(m Model) any { return m.Likes }, int64(0)},
		{`"config":{}`, func(m Model) any { return m.ModelType }, ""},
		{`"config":null`, func(m Model) any { return m.ModelType }, ""},
		{`"config":{"auto_map":{"AutoModel":"modeling_x.X"}}`, func(m Model) any { return m.AutoMap }, true},
		{`"config":{"auto_map":"x"}`, func(m Model) any { return m.AutoMap }, true},
		{`"config":{"auto_map":{}}`, func(m Model) any { return m.AutoMap }, false},
		{`"config":{"auto_map":null}`, func(m Model) any { return m.AutoMap }, false},
		{`"config":{"quantization_config":{"bits":4,"quant_method":"awq"}}`, func(m Model) any { return m.Quantized }, "awq"},
		{`"config":{"quantization_config":{"load_in_4bit":true}}`, func(m Model) any { return m.Quantized }, "unknown"},
		{`"config":{"quantization_config":"4bit"}`, func(m Model) any { return m.Quantized }, "unknown"},
		{`"config":{"quantization_config":{"quant_method":7}}`, func(m Model) any { return m.Quantized }, "unknown"},
		{`"config":{"quantization_config":null}`, func(m Model) any { return m.Quantized }, ""},
		{`"safetensors":{"total":7,"totalFileSize":28}`, func(m Model) any { return m.Safetensors.Bytes }, int64(28)},
		{`"safetensors":{"parameters":{},"total":0}`, func(m Model) any { return m.Safetensors.Total }, int64(0)},
		{`"createdAt":"2026-06-01T06:29:13Z"`, func(m Model) any { return m.Created }, time.Date(2026, 6, 1, 6, 29, 13, 0, time.UTC)},
		{`"createdAt":"2026-06-01T06:29:13.123456789Z"`, func(m Model) any { return m.Created }, time.Date(2026, 6, 1, 6, 29, 13, 123456789, time.UTC)},
		{`"model-index":[{}],"widgetData":"x","baseModels":[1],"gguf":{}`, func(m Model) any { return m.ID }, "a/b"},
	} {
		m, _, err := decodeOne(t, `{"id":"a/b",`+tc.field+`}`)
		if err != nil || !reflect.DeepEqual(tc.got(m), tc.want) {
			t.Errorf("%s: got %v, %v, want %v", tc.field, tc.got(m), err, tc.want)
		}
	}
}

func TestCheckJSON(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		says string // "" where it is fine
	}{
		"fine":              {`[{"a":"[[[{{{\"[","b":[1]}]`, ""},
		"nested enough":     {strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), ""},
		"too deep":          {strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), "nests deeper"},
		"enough to crash":   {strings.Repeat(`{"a":[`, 1<<20), "nests deeper"},
		"empty":             {"", "not JSON"},
		"two values":        {"[] []", "not JSON"},
		"a byte order mark": {"\ufeff[]", "not JSON"},
		"NaN":               {`[NaN]`, "not JSON"},
		"not UTF-8":         {"[\"\xc3\"]", "not UTF-8"},
	} {
		err := checkJSON([]byte(tc.body))
		if (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", name, err, tc.says)
		}
	}
}

func TestGrammars(t *testing.T) {
	for _, tc := range []struct {
		g    grammar
		fit  []string
		dont []string
	}{
		{
			repoID,
			[]string{"gpt2", "google-bert/bert-base-uncased", "a/b", "_a/b_", "Qwen/Qwen2.5-0.5B", strings.Repeat("x", 96)},
			[]string{"", "/", "a/", "/a", "a/b/c", "a..b/c", "-a/b", "a/b-", ".a", "a.", "a b", "a/b\n", "a%2Fb", `a"b`, "é", strings.Repeat("x", 97)},
		},
		{commit, []string{strings.Repeat("0f", 20)}, []string{"", strings.Repeat("0F", 20), strings.Repeat("0", 39), strings.Repeat("0", 41), strings.Repeat("g", 40)}},
		{modelType, []string{"bert", "gpt_neox", "xlm-roberta", "kosmos-2.5", "T5"}, []string{"", "_x", "a b", "a/b", "a'"}},
		{class, []string{"BertModel", "_X", "T5ForConditionalGeneration"}, []string{"", "5T", "a.b", "a-b", "a b"}},
		{library, []string{"transformers", "Model Optimizer", "k2"}, []string{"", " x", "x ", "a\tb"}},
		{license, []string{"apache-2.0", "openrail++", "llama3.1"}, []string{"", "**", "???"}},
		{tag, []string{"en", "日本語特化", "dataset:aihub 자유대화 음성(노인남녀)", "ÚFAL"}, []string{"", "a\x00", "a\u202eb", "a\u200bb", "a\ufffd", "a\nb", strings.Repeat("x", 257)}},
		{dtype, []string{"BF16", "F8_E4M3", "I64"}, []string{"", "8B", "a b"}},
	} {
		for _, s := range tc.fit {
			if !tc.g.fits(s) {
				t.Errorf("%q should be %s", s, tc.g.want)
			}
		}
		for _, s := range tc.dont {
			if tc.g.fits(s) {
				t.Errorf("%q should not be %s", s, tc.g.want)
			}
		}
	}
}

// FuzzDecode reads any body the way an answer is read: nothing may panic, and
// no text may leave that does not fit its grammar.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(recordedDetail), false)
	f.Add([]byte("["+recordedRow+"]"), true)
	f.Add([]byte(`[{"id":"a/b","downloads":"many","tags":"bert","gated":1,"config":[],"safetensors":"F32"}]`), true)
	f.Add([]byte(`[{"id":"a/b","config":{"quantization_config":{"quant_method":"\u0000"},"auto_map":[],"architectures":["A","\n"]}}]`), true)
	f.Add([]byte(`{"error":["x",{"error":"y"}],"errors":[{"message":"z"}]}`), false)
	f.Add([]byte(`[[[[{"id":"\ud800"}]]]]`), true)
	f.Fuzz(func(t *testing.T, body []byte, list bool) {
		if checkJSON(body) != nil || checkRoot(body, list) != nil {
			return
		}
		c := &Client{}
		warn := func(err error) {
			if s := c.clean(err.Error(), 1000); strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '\u202e' }) {
				t.Errorf("warning %q", s)
			}
		}
		if list {
			models, dropped, _ := decodeList(body, warn)
			if n := len(root(body).Array()); len(models)+dropped != n {
				t.Errorf("%d models and %d dropped of %d rows", len(models), dropped, n)
			}
			for _, m := range models {
				invariants(t, m)
			}
		} else if m, err := decodeModel(root(body), warn); err == nil {
			invariants(t, m)
		}
	})
}

func invariants(t *testing.T, m Model) {
	t.Helper()
	type text struct {
		g  grammar
		ss []string
	}
	for _, x := range []text{
		{hubID, []string{m.HubID}},
		{account, []string{m.Author}},
		{commit, []string{m.SHA}},
		{modelType, []string{m.ModelType}},
		{class, m.Architectures},
		{method, []string{m.Quantized}},
		{library, []string{m.Library}},
		{pipeline, []string{m.Pipeline}},
		{tag, m.Tags},
		{license, m.Licenses()},
	} {
		for _, s := range x.ss {
			if s != "" && !x.g.fits(s) {
				t.Errorf("%q is not %s", s, x.g.want)
			}
		}
	}
	if !repoID.fits(m.ID) {
		t.Errorf("id %q", m.ID)
	}
	for _, b := range m.Bases() {
		if !repoID.fits(b.ID) || b.Relation != "" && !pipeline.fits(b.Relation) {
			t.Errorf("base %q", b)
		}
	}
	if m.Downloads < -1 || m.Likes < -1 || m.Safetensors.Total < -1 || m.Safetensors.Bytes < -1 || m.Gated > GatedManual {
		t.Errorf("numbers of %+v", m)
	}
	for name, n := range m.Safetensors.ByDType {
		if !dtype.fits(name) || n < 0 {
			t.Errorf("%q: %d", name, n)
		}
	}
	for _, d := range []time.Time{m.Created} {
		if !d.IsZero() && (d.Year() < 1969 || d.Location() != time.UTC) {
			t.Errorf("time %s", fmt.Sprint(d))
		}
	}
}
