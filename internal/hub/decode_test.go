package hub

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

func decodeOne(t *testing.T, body string) (data.Model, data.Counters, error) {
	t.Helper()
	root, err := parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return decodeModel(root)
}

// What a model is and whether it may be had must be right, or the model is
// refused; any other wrong value is unknown.
func TestWrongValues(t *testing.T) {
	long := strings.Repeat("x", 300)
	for field, says := range map[string]string{
		`"id":null`:            "id: want a repository id, got null",
		`"id":"a/b/c"`:         `id: want a repository id, got "a/b/c"`,
		`"id":"a\u001b[31m/b"`: `id: want a repository id, got "a\u001b[31m/b"`,
		`"id":"a/b","sha":"86B5E0934494BD15C9632B12F734A8A67F723594"`: "sha: want 40 lower-case hex digits, got ",
		`"id":"a/b","gated":true`:                                     `gated: want false, "auto" or "manual", got true`,
		`"id":"a/b","private":"no"`:                                   `private: want true or false, got "no"`,
		`"id":"a/b","config":"bert"`:                                  "config: want an object, got ",
		`"id":"a/b","config":{"model_type":["bert"]}`:                 "config.model_type: want a model type, got [",
		`"id":"a/b","config":{"model_type":"be rt"}`:                  `config.model_type: want a model type, got "be rt"`,
		`"id":"a/b","config":{"model_type":"` + long + `"}`:           "…",
	} {
		if _, _, err := decodeOne(t, "{"+field+"}"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %s", field, err, says)
		}
	}
	for _, fields := range []string{
		`"author":"a b","downloads":"many","likes":{},"tags":"bert","createdAt":"yesterday","safetensors":"F32","pipeline_tag":"N/A","config":{"architectures":"BertModel"}`,
		`"downloads":-1,"likes":1.5,"tags":["a\u0007b","\ud800","` + long + `"],"createdAt":"0001-01-01T00:00:00Z","safetensors":{"parameters":[]},"config":{"architectures":["Bert Model"]}`,
		`"downloads":99999999999999999999,"library_name":"a\tb","_id":"a-b","author":7,"tags":[7,null],"createdAt":7`,
	} {
		m, n, err := decodeOne(t, `{"id":"a/b",`+fields+`}`)
		if want := (data.Model{ID: "a/b", Author: "a"}); err != nil || !reflect.DeepEqual(m, want) || n != (data.Counters{Downloads: -1, Likes: -1}) {
			t.Errorf("%s: got %+v %+v, %v, want all unknown", fields, m, n, err)
		}
	}
}

func TestForms(t *testing.T) {
	for _, tc := range []struct {
		field string
		of    string // model
		want  any
	}{
		{`"gated":false`, "Gated", "no"},
		{`"gated":"auto"`, "Gated", "auto"},
		{`"gated":null`, "Gated", ""},
		{`"private":true`, "Private", true},
		{`"config":{}`, "ModelType", ""},
		{`"config":{"auto_map":{"AutoModel":"modeling_x.X"}}`, "RemoteCode", true},
		{`"config":{"auto_map":{}}`, "RemoteCode", false},
		{`"config":{"quantization_config":{"bits":4,"quant_method":"awq"}}`, "Quantized", "awq"},
		{`"config":{"quantization_config":{"load_in_4bit":true}}`, "Quantized", "unknown"},
		{`"config":{"quantization_config":{"quant_method":7}}`, "Quantized", "unknown"},
		{`"config":{"quantization_config":null}`, "Quantized", ""},
		{`"safetensors":{"total":5.0}`, "Parameters", int64(5)},
		{`"safetensors":{"total":1e3}`, "Parameters", int64(1000)},
		{`"safetensors":{"total":7,"totalFileSize":28}`, "Bytes", int64(28)},
		{`"safetensors":{"total":14,"parameters":{"F32":10,"I8":4}}`, "Bytes", int64(44)},
		{`"safetensors":{"total":10,"parameters":{"F4":10}}`, "Bytes", int64(5)},
		// A split that is not of all parameters, or of unknown formats, says nothing.
		{`"safetensors":{"total":15,"parameters":{"F32":10,"I8":4}}`, "Bytes", int64(0)},
		{`"safetensors":{"total":11,"parameters":{"F32":10,"NEW":1}}`, "Bytes", int64(0)},
		{`"safetensors":{"total":10,"parameters":{"F32":10,"I8":"x"}}`, "Bytes", int64(0)},
		{`"safetensors":{"parameters":{"F32":9007199254740992,"F64":9007199254740992}}`, "Bytes", int64(0)},
		{`"safetensors":{"total":7,"parameters":{` + strings.Repeat(`"F32":9007199254740992,`, 2048) + `"F32":7}}`, "Bytes", int64(0)},
		{`"createdAt":"2026-06-01T23:29:13.123-07:00"`, "Created", "2026-06-02"},
		{`"tags":["PyTorch","safetensors","en"]`, "Formats", []string{"pytorch", "safetensors"}},
		{`"tags":["PyTorch","safetensors","en","nlp","de"]`, "Languages", []string{"de", "en"}},
		{`"tags":["license:**","license:mit","license:other","license:Apache-2.0","license:mit"]`, "License", "apache-2.0, mit"},
		{`"tags":["license:other","license:lfm1.0"]`, "License", "lfm1.0"},
		{`"tags":["license:other"]`, "License", "other"},
		{`"tags":["license:unknown"]`, "License", ""},
		{`"tags":["base_model:c/d","base_model:finetune:c/d","base_model:a/b","base_model:adapter:/x"]`, "Bases", []data.Base{{ID: "a/b"}, {ID: "c/d", Relation: "finetune"}}},
		{`"model-index":[{}],"widgetData":"x","baseModels":[1],"gguf":{}`, "ID", "a/b"},
	} {
		m, _, err := decodeOne(t, `{"id":"a/b",`+tc.field+`}`)
		if got := reflect.ValueOf(m).FieldByName(tc.of).Interface(); err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: got %v, %v, want %v", tc.field, got, err, tc.want)
		}
	}
}

// FuzzDecode reads any body the way an answer is read: nothing may panic, and
// no text may leave that does not fit its grammar.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(recordedDetail), false)
	f.Add([]byte("["+recordedDetail+"]"), true)
	f.Add([]byte(`[{"id":"a/b","downloads":"many","tags":"bert","gated":1,"config":[],"safetensors":"F32"}]`), true)
	f.Add([]byte(`[{"id":"a/b","config":{"quantization_config":{"quant_method":"\u0000"},"auto_map":[],"architectures":["A","\n"]}}]`), true)
	f.Add([]byte(`{"error":["x",{"error":"y"}],"errors":[{"message":"z"}]}`), false)
	f.Add([]byte(`[[[[{"id":"\ud800"}]]]]`), true)
	f.Fuzz(func(t *testing.T, body []byte, list bool) {
		root, err := parse(body)
		if err != nil || checkRoot(root, list) != nil {
			return
		}
		if list {
			page := decodeList(root, func(string, string) {})
			if n := len(root.Array()); len(page.Models)+len(page.Unusable) != n {
				t.Errorf("%d models and %d left out of %d rows", len(page.Models), len(page.Unusable), n)
			}
			for _, m := range page.Models {
				invariants(t, m, page.Popularity[m.ID])
			}
		} else if m, n, err := decodeModel(root); err == nil {
			invariants(t, m, n)
		}
	})
}

func invariants(t *testing.T, m data.Model, n data.Counters) {
	t.Helper()
	if _, err := data.Encode("", &m); err != nil || n.Downloads < -1 || n.Likes < -1 {
		t.Errorf("%v: %+v %+v", err, m, n)
	}
	for _, s := range slices.Concat(m.Tags, m.Languages) {
		if !data.IsLine(s, 3*256) { // lower case may be longer
			t.Errorf("%q is not a line", s)
		}
	}
}

// A size that contradicts itself, the name or a tag is unknown.
func TestContradictorySizes(t *testing.T) {
	const quantized = `"config":{"quantization_config":{"quant_method":"awq"}}`
	for _, tc := range []struct {
		name  string // and the parameters that the Hub has
		total int64
		parts string
		want  int64
		doubt string
		card  string // more of the answer
	}{
		{"x-120B", 60e9, "", 60e9, "", ""}, // half of what is stated may be: the rest can be shared
		{"x-120B", 60e9 - 1, "", 0, "safetensors.total: 59999999999 contradicts the name, which states 120000000000", ""},
		{"x-120B", 240e9, "", 240e9, "", ""}, // experts
		{"x-1.5b-7b", 3e9, "", 0, "safetensors.total: 3000000000 contradicts the name, which states 7000000000", ""},
		{"x-8x7B", 47e9, "", 47e9, "", ""}, // experts share some layers
		{"x-8x7B", 7e9, "", 0, "safetensors.total: 7000000000 contradicts the name, which states 56000000000", ""},
		{"x-360m", 180e6, "", 180e6, "", ""},
		{"x-360m", 180e6 - 1, "", 0, "safetensors.total: 179999999 contradicts the name, which states 360000000", ""},
		{"x-v2-1T-tokens", 10, "", 10, "", ""}, // trillions count tokens
		{"35B-x", 664e3, "", 0, "safetensors.total: 664000 contradicts the name, which states 35000000000", ""},
		{"x", 10, `"F32":7,"NEW":3`, 10, "", ""},
		{"x", 10, `"F32":7`, 0, "safetensors.total: 10 is not the sum of its parts, 7", ""},
		{"x", 10, `"F32":7,"I8":"many"`, 10, "", ""}, // a split that cannot be read contradicts nothing
		{"x", 0, `"F32":7`, 0, "", ""},
		{"x-1M", 100e6 - 1, "", 100e6 - 1, "", ""},
		{"x-1M", 100e6, "", 0, "safetensors.total: 100000000 contradicts the name, which states 1000000", ""},
		{"x-7B", 1e9, "", 0, "safetensors.total: 1000000000 contradicts the name, which states 7000000000", quantized}, // packed
		{"x-7B", 7e7, "", 0, "safetensors.total: 70000000 contradicts the name, which states 7000000000", quantized},
		{"x", 664e3, "", 0, "safetensors.total: 664000 contradicts a tag, which states 35000000000", `"tags":["1b","35B"]`},
		{"x", 7e9, "", 0, "safetensors.total: 7000000000 contradicts a tag, which states 60000000", `"tags":["60m"]`},
		{"x", 1e9, "", 1e9, "", `"tags":["qwen-350b","base_model:a/x-350b","7b"]`},
		{"x", 7e9, "", 0, "safetensors.total: 7000000000 cannot take 800000000 bytes", `"safetensors":{"total":7000000000,"totalFileSize":800000000}`},
		{"x", 10, "", 0, "safetensors.total: 10 cannot take 100000081 bytes", `"safetensors":{"total":10,"totalFileSize":100000081}`},
		{"x", 10, "", 0, "safetensors.total: 10 cannot take 39 bytes", `"safetensors":{"total":10,"totalFileSize":39,"parameters":{"F32":10}}`},
		{"x", 10, "", 10, "", `"safetensors":{"total":10,"totalFileSize":100000080}`}, // of which headers take most
	} {
		// Of two members of one name the first counts.
		body := fmt.Sprintf(`{"id":"a/%s",%s"safetensors":{"total":%d,"totalFileSize":%d,"parameters":{%s}}}`,
			tc.name, strings.TrimPrefix(tc.card+",", ","), tc.total, 4*tc.total+1, tc.parts)
		m, _, err := decodeOne(t, body)
		packed := tc.card == quantized && tc.total == 1e9
		if err != nil || m.Parameters != tc.want || m.Doubt != tc.doubt || (m.Bytes == 0) != (tc.doubt != "" && !packed) {
			t.Errorf("%s: %d parameters, %d bytes, %v, %q; want %d, %q", body[:min(len(body), 120)], m.Parameters, m.Bytes, err, m.Doubt, tc.want, tc.doubt)
		}
	}
}
