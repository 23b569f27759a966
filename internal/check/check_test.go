package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func known(id string) bool {
	return slices.Contains([]string{
		"gpt2", "bert-base-uncased", "google/flan-t5-base", "openai/whisper-tiny", "sentence-transformers/all-minilm-l6-v2",
	}, strings.ToLower(id))
}

// What stands before a text decides whether it is an id. An id is followed by
// ! if something loads it for sure, by ~ if it is loaded without a revision.
func TestFind(t *testing.T) {
	for text, want := range map[string]string{
		// Loaders.
		`AutoModel.from_pretrained("me/a")`:                                "1:28 me/a!~ AutoModel",
		`AutoModel.from_pretrained("me/a", x=f(1), revision="v1")`:         "1:28 me/a! AutoModel",
		`from_pretrained("me/a"); f(revision=r)`:                           "1:18 me/a!~",
		"BertModel.from_pretrained(\n...     r'me/a',\n)":                  "2:11 me/a!~ BertModel",
		`x = pipeline("fill-mask", "me/a")`:                                "1:28 me/a!~",
		`pipeline(model="me/a", revision=r)`:                               "1:17 me/a!",
		`pipeline("fill-mask", None, "me/a")`:                              "",
		`AutoModel.from_pretrained(x, cache_dir="me/a")`:                   "",
		`bertModel.from_pretrained("me/a")`:                                "1:28 me/a!~",
		`PeftModel.from_pretrained(base, "me/a")`:                          "1:34 me/a!~ PeftModel",
		`hf_hub_download("me/a", "sub/file")`:                              "1:18 me/a!~",
		`hf_hub_download("me/a", "x.bin", repo_type="dataset")`:            "",
		`hf_hub_download(repo_type="space", repo_id="me/a")`:               "",
		`AutoModel.from_pretrained("openai/gpt-4o")`:                       "1:28 openai/gpt-4o!~ AutoModel",
		`hf_hub_download("me/a", repo_type="model")`:                       "1:18 me/a!~",
		`SentenceTransformer("all-MiniLM-L6-v2")`:                          "1:22 sentence-transformers/all-MiniLM-L6-v2!~",
		`SentenceTransformer(model_name_or_path=all-MiniLM-L6-v2)`:         "",
		`from_pretrained(me/a)`:                                            "",
		`load_dataset("me/a")`:                                             "",
		`push_to_hub("me/a"), my_pipeline("me/b"), pipelines("me/c")`:      "",
		`"source": ["BertModel.from_pretrained(\"me/a\")\n"]`:              "1:41 me/a!~ BertModel", // a notebook
		"\"BertModel.from_pretrained(\\n\",\n  \"    \\\"me/a\\\",\\n\"":   "2:10 me/a!~ BertModel",
		`LLM(model="me/a")`:                                                "1:12 me/a!~",
		`AutoModel.from_pretrained("bert-base-uncased")`:                   "1:28 bert-base-uncased!~ AutoModel",
		`AutoModel.from_pretrained("my-directory")`:                        "",
		`x.from_pretrained(f"{owner}/a", "b/{name}", "c/"+d, "me/%s" % x)`: "",
		// Keys.
		`model_id = "me/a"`:                            "1:13 me/a",
		`model: Optional[str] = "me/a"`:                "1:25 me/a",
		`MODEL_ID=me/a`:                                "1:10 me/a",
		`MODEL ?= me/a`:                                "1:10 me/a",
		`cfg["model_name"] = "me/a"`:                   "1:22 me/a",
		"x:\n- \"--model\"\n- \"me/a\"":                "3:4 me/a",
		`model: me/a`:                                  "1:8 me/a",
		`{"base_model_name_or_path": "me/a"}`:          "1:30 me/a",
		`ENV HF_MODEL_ID me/a`:                         "",
		`MODELS = ["me/a", 'me/b']`:                    "1:12 me/a, 1:20 me/b",
		"MODELS = [\n'me/a',  # why, and how\n'me/b']": "2:2 me/a, 3:2 me/b",
		"model: # none\nme/a: 1":                       "",
		"class Model:\n  x = 'me/a'":                   "",
		`MODEL_ROUTES = {"a": 1, "v1/chat": f}`:        "",
		`MODELS_TO_MODULES["gpt2"] = 1`:                "", // an architecture's name
		"base_model:\n- me/a\n- \"me/b\"\nx:\n- me/c":  "2:3 me/a, 3:4 me/b",
		`os.getenv("MODEL_ID", "me/a")`:                "1:24 me/a",
		`os.path.join("model", "me/a")`:                "",
		`model_path = "me/a"`:                          "",
		`output_dir: me/a`:                             "",
		`dataset_name: me/a`:                           "",
		`media_type = "text/html"`:                     "",
		`os.getenv("OUTPUT_DIR", "me/a")`:              "",
		`{"models": ["me/a"]}`:                         "1:14 me/a",
		`["me/a"]`:                                     "",
		`x, "me/a"`:                                    "",
		"\n- me/a":                                     "",
		"base_model\n- me/a - me/b":                    "",
		`model = "openai/gpt-4o"`:                      "",
		`model = "openai/whisper-tiny"`:                "1:10 openai/whisper-tiny",
		`model = "models/a.py"`:                        "",
		`model = "me/a--b"`:                            "",
		`model = "me/a in a sentence, and me/b"`:       "",
		`model_name = "all-MiniLM-L6-v2"`:              "",
		// Command lines.
		`vllm serve me/a --port 1`:                          "1:12 me/a",
		`hf download me/a`:                                  "1:13 me/a",
		`run --model me/a --out me/b`:                       "1:13 me/a",
		`run --model_name_or_path=me/a`:                     "1:26 me/a",
		`run --model "me/a" --out "me/b"`:                   "1:14 me/a",
		`CMD ["x", "--model", "me/a"]`:                      "1:23 me/a",
		`["--model", "me/a"]`:                               "1:14 me/a",
		"args:\n  - --model\n  - me/a\n  - --out\n  - me/b": "3:5 me/a",
		`add_argument("--model", type=str, default="me/a")`: "1:44 me/a",
		`llama-server -hf me/a:Q4_K_M`:                      "1:18 me/a",
		`FROM hf.co/me/a-GGUF:Q4_K_M`:                       "1:12 me/a-GGUF!",
		`git clone git@github.com:me/a`:                     "",
		`cd me/a and/or read docs/index.md`:                 "",
		// Addresses.
		`<https://huggingface.co/me/a/resolve/main/x.json>`:                "1:25 me/a!",
		`git clone https://huggingface.co/me/a.git`:                        "1:34 me/a!",
		`see https://huggingface.co/me/a.`:                                 "1:28 me/a!",
		`https://api-inference.huggingface.co/models/me/a`:                 "1:45 me/a!",
		`https://huggingface.co/api/models/me/a`:                           "1:35 me/a!",
		`https://huggingface.co/bert-base-uncased/blob/main/README.md`:     "1:24 bert-base-uncased!",
		`https://huggingface.co/bert-base-uncased`:                         "1:24 bert-base-uncased!",
		`https://huggingface.co/google https://huggingface.co/docs/hub`:    "",
		`https://huggingface.co/datasets/me/a hf://datasets/me/a`:          "",
		`https://huggingface.co/{owner}/a https://huggingface.co/me/a{}`:   "",
		`https://huggingface.co/your-org/a https://huggingface.co/me/a--b`: "",
		`https://huggingface.co/api/whoami/v2`:                             "",
		`https://hf.co/cli/install.sh https://hf.co/subscribe/pro`:         "",
		`hf://me/a@main/x.bin`:                                             "1:6 me/a!",
		`hf:me/a`:                                                          "",
		"hfmodels: ignore hf.co/me/a\nhfmodels: ignore hf.co/me/a":         "",
		`https://nothf.co/me/a https://hf.com/google/flan-t5-base`:         "",
		// What is known.
		`we use google/flan-t5-base.`:                               "1:8 google/flan-t5-base",
		`google/flan-t5-base`:                                       "1:1 google/flan-t5-base",
		`\google/flan-t5-base`:                                      "",
		`"bert-base-uncased"`:                                       "1:2 bert-base-uncased",
		`x = "see google/flan-t5-base" + y`:                         "1:10 google/flan-t5-base",
		`google/flan-t5-base<size>`:                                 "",
		`<td>google/flan-t5-base</td>`:                              "1:5 google/flan-t5-base",
		`?a=b&google/flan-t5-base`:                                  "",
		`"bert-base-uncased in a sentence"`:                         "",
		`models/google/flan-t5-base`:                                "",
		`google/flan-t5-base-{size}`:                                "",
		`tiktoken.get_encoding("gpt2")`:                             "", // an architecture's name too
		`model = "gpt2"`:                                            "1:10 gpt2",
		`x = "bert-base-uncased"`:                                   "1:6 bert-base-uncased",
		`x = "google/flan-t5-base is`:                               "1:6 google/flan-t5-base",
		`x = "google/flan-t5-base`:                                  "1:6 google/flan-t5-base",
		`a bert-base-uncased without quotes`:                        "",
		"- id: bert-base-uncased # x\n  id: gpt2\n":                 "1:7 bert-base-uncased", // gpt2 may be the architecture
		"value: bert-base-uncased\r\n":                              "1:8 bert-base-uncased", // of a variable of the environment
		"deps:\n- bert-base-uncased\n":                              "",                      // a directory, perhaps
		"id: bert-base-uncased and more":                            "",
		"{id: bert-base-uncased, x: 1}":                             "1:6 bert-base-uncased",
		"${MODEL:-google/flan-t5-base} -google/flan-t5-base":        "1:10 google/flan-t5-base",
		`cfg["output_dir"] = r"bert-base-uncased"`:                  "",
		`add_argument("--output-dir", default="bert-base-uncased")`: "",
		`"output_dir = \"bert-base-uncased\"\n"`:                    "", // a notebook
		`"x = \"out/\" + \"bert-base-uncased\""`:                    "",
		`"x = \"bert-base-uncased\" + size"`:                        "",
		"name: bert-base-uncased":                                   "", // of whatever runs it, perhaps
		`output_dir = "bert-base-uncased"`:                          "",
		`é = "bert-base-uncased" # characters`:                      "1:6 bert-base-uncased",
		"\r\n\r\nx = 'bert-base-uncased'\r\n":                       "3:6 bert-base-uncased",
		`x = "bert-base-uncased" # hfmodels: ignore`:                "",
		// What is a piece of an id, or of a path.
		`from_pretrained("google-bert/" + 'bert-base-uncased')`:       "",
		"from_pretrained(\n  'google-bert/'\n  f'bert-base-uncased')": "",
		"x = (org\n  + 'bert-base-uncased')":                          "",
		`x = "bert-base-uncased" + size`:                              "",
		`x = "google/flan-t5-base" + size`:                            "",
		`x = "bert-base-uncased" "-large"`:                            "",
		`vllm serve "me/a" "--port"; x "bert-base-uncased" "./out"`:   "1:13 me/a, 1:32 bert-base-uncased",
		`" ".join(["bert-base-uncased"])`:                             "1:12 bert-base-uncased",
		`from_pretrained(root / "bert-base-uncased")`:                 "",
		`from_pretrained(os.path.join("a", "bert-base-uncased"))`:     "",
		`os.path.join(cfg["a"], str(b), "bert-base-uncased")`:         "",
		`if name.startsWith("bert-base-uncased"):`:                    "",
		`x = ["bert-base-uncased"] + more`:                            "1:7 bert-base-uncased",
		`<input value="bert-base-uncased" />`:                         "1:15 bert-base-uncased",
		`f(x) // "bert-base-uncased"`:                                 "1:10 bert-base-uncased",
		`x = hub + "google/flan-t5-base"`:                             "1:12 google/flan-t5-base",
		"-x = 'bert-base-uncased'\n+x = 'bert-base-uncased'\n":        "1:7 bert-base-uncased, 2:7 bert-base-uncased",
		// Placeholders.
		`from_pretrained("path/to")`:             "",
		`from_pretrained("your-org/your-model")`: "",
		`from_pretrained("username/model")`:      "",
		`model: <org>/<name>`:                    "",
		// The type beside it.
		`[{"model_type": "t5"}, {"model": "me/a"}, {"model_type": "t5"}]`: "1:35 me/a",
		`{"model_type": "bert", "model": "me/a"}`:                         "1:34 me/a bert",
		"- model: me/a\n  model_type: bert\n- model: me/b\n":              "1:10 me/a bert, 3:10 me/b",
		"model_type = 'bert'\n\nmodel = 'me/a'":                           "3:10 me/a",
		"model_type: t5\nmodel: me/a":                                     "2:8 me/a t5",
		"model_type: t5\nx: # y\n  model: me/a\n":                         "3:10 me/a",
	} {
		var got []string
		all := find([]byte(text), known)
		for _, f := range all {
			s := fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.ID)
			if f.Loaded {
				s += "!"
			}
			if f.Unpinned {
				s += "~"
			}
			got = append(got, strings.TrimSpace(s+" "+f.Class+f.ModelType))
		}
		if g := strings.Join(got, ", "); g != want {
			t.Errorf("%s\n got %q\nwant %q", text, g, want)
		}
	}
}

// Files that somebody wrote are read, by way of a symbolic link never, and
// whatever is in them.
func TestScan(t *testing.T) {
	dir := t.TempDir()
	for names, text := range map[string]string{
		".git/config":         "model = me/no",
		".gitignore":          "\ufeff*.log\n/out/\n/sub/x.yaml\n!keep.log\n[!l]z.yaml\ntmp/\n",
		"a.log":               "model: me/no",
		"az.yaml":             "model: me/no",
		"keep.log":            "model: me/kept",
		"out/a.yaml":          "model: me/no",
		"sub/.gitignore":      "/local.yaml\r\n",
		"sub/local.yaml":      "model: me/no",
		"sub/x.yaml":          "model: me/no",
		"sub/out/local.yaml":  "model: me/sub",
		"node_modules/x/a.js": "model: me/no",
		"venv/a .venv/a .tox/a .nox/a .hg/a .svn/a env/site-packages/a env/__pycache__/a vendor/a": "model: me/no",
		"sub/tmp sub/vendor": "model: me/sub",
		"full.txt":           "model: me/full" + strings.Repeat("\n", maxSize-14),
		"binary":             "\x00model: me/no",
		"latin1.txt":         "\xe9\xff model: me/latin1",
		"long.json":          "[" + strings.Repeat(`{"model": "me/long"},`, 9999) + "]",
		"deep.ipynb":         strings.Repeat("[", 1<<20) + `"model = \"me/deep\""`,
		"open.py":            strings.Repeat("(", 1<<20) + "from_pretrained(name)\nmodel='me/open'",
		"tail.txt":           strings.Repeat("#\n", 5000) + "model: me/tail\n\x00",
		"big.txt":            "model: me/no" + strings.Repeat("\n", maxSize-11),
	} {
		for name := range strings.FieldsSeq(names) {
			path := filepath.Join(dir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for from, to := range map[string]string{"loop": ".", "sub/up": "..", "link.yaml": "keep.log", "away": "/etc/passwd"} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil && runtime.GOOS != "windows" {
			t.Fatal(err)
		}
	}
	scan := func(paths ...string) (ids string) {
		files, _, err := Scan(t.Context(), paths, known)
		if err != nil {
			t.Error(err)
		}
		for _, f := range files {
			if len(f.Found) == 0 {
				t.Errorf("%s has no ids", f.Path)
			}
			for _, id := range f.Found[:min(len(f.Found), 5)] {
				if ids += strings.TrimPrefix(id.ID, "me") + id.Class; id.Unpinned {
					ids += "~"
				}
			}
		}
		return ids
	}
	want := "/deep/full/kept/latin1" + strings.Repeat("/long", 5) + "/open/sub/sub/sub/tail"
	if got := scan(dir, dir+"/sub"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := scan(dir + "/sub"); got != "/sub/sub/sub" { // what the files above ignore
		t.Errorf("got %s of a directory below", got)
	}
	if got := scan(dir+"/a.log", dir+"/out"); got != "/no/no" { // somebody asks for them
		t.Errorf("got %s of what is ignored and named", got)
	}
	if got := scan(dir + "/link.yaml"); got != "/kept" && runtime.GOOS != "windows" {
		t.Errorf("got %s by a link that is named", got)
	}
	if _, _, err := Scan(t.Context(), []string{dir + "/big.txt"}, known); err == nil {
		t.Error("a large file that is named is passed over in silence")
	}
	if _, _, err := Scan(t.Context(), []string{os.DevNull}, known); err == nil && runtime.GOOS != "windows" {
		t.Error("a device is read")
	}
	if files, _, err := Scan(t.Context(), []string{dir + "/nowhere"}, known); len(files) > 0 || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that is not there: %v", err)
	}
}

// A file is replaced as it was read, with its mode, or not at all.
func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	write("model: me/a\r\n")
	files, _, _ := Scan(t.Context(), []string{path}, known)
	if err := files[0].Replace([]byte("model: me/b\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := files[0].Replace([]byte("model: me/c")); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("replaced what it has not read: %v", err)
	}
	text, err := os.ReadFile(path)
	info, _ := os.Stat(path)
	if all, _ := os.ReadDir(filepath.Dir(path)); err != nil || string(text) != "model: me/b\r\n" || len(all) != 1 ||
		info.Mode().Perm() != 0o640 && runtime.GOOS != "windows" {
		t.Errorf("%q, %v, mode %v, files %v", text, err, info.Mode(), all)
	}
	if err := errors.Join(os.Remove(path), files[0].Replace(text)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("replaced what is gone: %v", err)
	}
}

func TestRequirement(t *testing.T) {
	for _, tt := range []struct {
		file, text, spec string
		line             int
		below            bool // that rules out 5.2.0
	}{
		{"requirements.txt", "torch\ntransformers==4.57.6\n", "==4.57.6", 2, true},
		{"requirements-dev.txt", "transformers[torch] >= 4.40, < 5  # x", ">=4.40,<5", 1, true},
		{"requirements.txt", "transformers===4.57.6", "===4.57.6", 1, true},
		{"requirements.txt", "transformers<=5.2.0", "<=5.2.0", 1, false},
		{"requirements.txt", "transformers<5.2", "<5.2", 1, true},
		{"requirements.txt", "transformers~=5.1", "~=5.1", 1, false},
		{"requirements.txt", "transformers==5.3.0rc1", "==5.3.0rc1", 1, false},
		{"requirements.txt", "transformers<nonsense,~=5", "<nonsense,~=5", 1, false},
		{"pyproject.toml", "[project]\ndependencies = [\"transformers>=4.40,<4.58\"]", ">=4.40,<4.58", 2, true},
		{"pyproject.toml", "[tool.poetry.dependencies]\ntransformers = \"^4.40.1\"", "^4.40.1", 2, true},
		{"pyproject.toml", "transformers = {extras = [\"torch\"], version = \"~5.2\"}", "~5.2", 1, false},
		{"pyproject.toml", "transformers = { git = \"https://x/y\" }", "", 0, false},
		{"environment.yml", "dependencies:\n- transformers=4.40", "", 0, false}, // conda's own form
		{"requirements.txt", "sentence-transformers<5", "", 0, false},
		{"requirements.txt", "transformers", "", 0, false},
		{"notes.txt", "transformers<5", "", 0, false},
		{"requirements.txt", "# transformers==4.40\ntransformers>=5.1", ">=5.1", 2, false},
	} {
		f := &File{Path: "a/" + tt.file, Text: []byte(tt.text)}
		switch r := f.requires(); {
		case r == nil && tt.spec == "":
		case r == nil, *r != Requirement{f.Path, tt.line, tt.spec}, r.Below("5.2.0") != tt.below:
			t.Errorf("%s: %q asks for %+v", tt.file, tt.text, r)
		}
	}
}
