package catalog

import (
	"reflect"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

func TestReadRelease(t *testing.T) {
	needPython(t)
	for _, version := range []string{"5.0.0", "5.23.0"} {
		files := make(map[string]string)
		for _, f := range excerpt(t, version).Files {
			files[f.Name] = strings.Replace(string(f.Data), `("bert", "BertConfig"),`, `("bert", "BertConfig"), ("c+", "BertConfig"),`, 1)
		}
		_, err := ReadRelease(t.Context(), pack(t, "x.whl", files))
		checkError(t, err, "METADATA … is missing")
		files["transformers-"+version+".dist-info/METADATA"] = ""
		k, err := ReadRelease(t.Context(), pack(t, "x.whl", files))
		if err != nil || k.Version != version || k.Date != "2020-11-30" || k.Added["bert"] != "BertConfig" || k.Added["c+"] != "" {
			t.Errorf("%s: got %v, %v", version, k, err)
		}
	}
}

// Each engine with its table in its shape, and in one that is not known.
func TestReadEngine(t *testing.T) {
	needPython(t)
	type files = map[string]string
	const conversion, models, js = "vendor/llama.cpp/conversion/__init__.py", "optimum/exporters/onnx/model_configs.py", "src/models/registry.js"
	const registry = "vllm/model_executor/models/registry.py"
	for _, tt := range []struct {
		engine  string
		archive bool
		files   files
		want    map[string][]string
		err     string
	}{
		{"vllm", true, files{registry: `
_A_MODELS = {"AForCausalLM": ("a", "AImpl")}
_B_MODELS = {"BModel": ("b", "BImpl"), **{k: v for k, v in _A_MODELS.items() if v}}
_OLD_MODELS = {"GoneModel": "0.10.2"}
_SPECULATIVE_DECODING_MODELS = {"EagleModel": ("e", "E")}
_TRANSFORMERS_BACKEND_MODELS = {"TransformersForCausalLM": ("t", "T")}
_VLLM_MODELS = {**_A_MODELS, **_B_MODELS, **_SPECULATIVE_DECODING_MODELS, **_TRANSFORMERS_BACKEND_MODELS}
`}, map[string][]string{"AForCausalLM": {"AImpl"}, "BModel": {"BImpl"}}, ""},
		{"vllm", true, files{registry: "_A_MODELS = {**other()}\n_VLLM_MODELS = {**_A_MODELS}"}, nil, "registry.py: line 1: want strings, names, or a list or dict of these"},
		{"sglang", false, files{"sglang/srt/models/a.py": "\ufeffclass A: pass\nEntryClass = [A, B]", "sglang/srt/models/c.py": "EntryClass = C", "sglang/srt/models/sub/d.py": "EntryClass = D"}, map[string][]string{
			"A": {"sglang/srt/models/a.py"}, "B": {"sglang/srt/models/a.py"}, "C": {"sglang/srt/models/c.py"},
		}, ""},
		{"sglang", false, files{"sglang/srt/models/a.py": "EntryClass = find()"}, nil, "a.py: line 1: want strings, names,"},
		{"llama.cpp", true, files{conversion: "TEXT_MODEL_MAP: dict[str, str] = {'AModel': 'a'}\nMMPROJ_MODEL_MAP = {'BModel': 'b'}"}, map[string][]string{"AModel": {"conversion/a.py"}}, ""},
		{"llama.cpp", true, files{conversion: ""}, nil, "conversion/__init__.py: KeyError: 'TEXT_MODEL_MAP'"},
		{"llama.cpp", true, files{"convert.py": ""}, nil, "conversion/__init__.py: missing"},
		{"mlx", false, files{
			"mlx_lm/models/a.py": "class Model: pass", "mlx_lm/models/cache.py": "class Cache: pass",
			"mlx_lm/utils.py": "MODEL_REMAPPING = {'old-a': 'a', 'x': 'y'}",
		}, map[string][]string{"a": {"mlx_lm/models/a.py"}, "old-a": {"mlx_lm/models/a.py"}}, ""},
		{"mlx", false, files{
			"mlx_vlm/models/a/__init__.py": "from .a import Model, Other", "mlx_vlm/models/a/a.py": "class Model: pass",
			"mlx_vlm/models/b/__init__.py": "from .b import load", "mlx_vlm/utils.py": "MODEL_REMAPPING = {'a': 'b'}",
			"mlx_vlm/models/c_d.py": "class Model: pass", "mlx_vlm/models/e.py": "class Model: pass",
			"mlx_vlm/embedding_loader.py": "EMBEDDING_MODEL_REMAPPING = {'c-d': 'c_d', 'e': 'c_d'}",
		}, map[string][]string{"c_d": {"mlx_vlm/models/c_d.py"}, "c-d": {"mlx_vlm/models/c_d.py"}, "e": {"mlx_vlm/models/e.py"}}, ""},
		{"onnx", false, files{models: `
@register_tasks_manager_onnx("a", *TASKS)
class AOnnxConfig: pass
@register_tasks_manager_onnx("b", library_name="timm")
@register_tasks_manager_onnx("c", library_name="transformers")
class BOnnxConfig: pass
`}, map[string][]string{"a": {"AOnnxConfig"}, "c": {"BOnnxConfig"}}, ""},
		{"transformers.js", true, files{js: "const MODEL_MAPPING_NAMES_X = new Map([\n  ['a', 'AModel'], // ['no', 'No']\n  [\n    'b-c',\n    'BModel',\n  ],\n]);\nexport const F_MAPPING_NAMES = new Map([['a', 'AForB']]);"}, map[string][]string{
			"a": {"AModel", "AForB"}, "b-c": {"BModel"},
		}, ""},
		{"transformers.js", true, files{js: "const MODEL_MAPPING_NAMES = new Map([[A, 'AModel']]);"}, nil, "registry.js: a table of other things than pairs"},
	} {
		g := data.Engine{Name: tt.engine, Package: "the-package", Version: "1.0"}
		name := "x.whl"
		if tt.archive {
			name = "x.tar.gz"
		}
		err := ReadEngine(t.Context(), &g, pack(t, name, tt.files))
		switch {
		case tt.err != "":
			checkError(t, err, tt.err)
		case err != nil || !reflect.DeepEqual(g.Rows, tt.want) || !data.IsDigest(g.SHA256):
			t.Errorf("%s: got %v, %v, want %v", tt.engine, g.Rows, err, tt.want)
		}
	}
}
