package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// An older release than the catalog's is refused, unless it is meant.
func TestDiscover(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3, which parses the wheel: ", err)
	}
	archive, err := txtar.ParseFile("../internal/catalog/testdata/5.23.0.txtar")
	if err != nil {
		t.Fatal(err)
	}
	source, err := txtar.FS(archive)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("HF_REGISTRY_PATH", "")
	wheel := "transformers-5.23.0-py3-none-any.whl"
	f, err := os.Create(wheel)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.CreateHeader(&zip.FileHeader{Name: "transformers-5.23.0.dist-info/METADATA", Modified: time.Date(2026, 11, 13, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write([]byte("Version: 5.23.0\n"))
	if err := errors.Join(err, z.AddFS(source), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}

	const newer = `{"schema":1,"transformers":"99.0.0","wheel_sha256":"","tasks":null,"archs":[{"model_type":"bert"}]}`
	state := fstest.MapFS{"policy.yaml": {Data: []byte("schema: 1\n")}, "catalog.json": {Data: []byte(newer)}}
	if err := os.CopyFS("registrydata", state); err != nil {
		t.Fatal(err)
	}
	if err := discover(t.Context(), "", wheel, false); err == nil || !strings.Contains(err.Error(), "this is transformers 5.23.0, and the catalog shows 99.0.0 already") {
		t.Errorf("older: %v", err)
	}
	if have, err := os.ReadFile("registrydata/catalog.json"); err != nil || string(have) != newer {
		t.Errorf("the catalog did not stay as it was: %v\n%s", err, have)
	}
	if err := discover(t.Context(), "", wheel, true); err != nil {
		t.Errorf("older, and meant: %v", err)
	}
	candidate := strings.Replace(newer, "99.0.0", "5.23.0rc1", 1)
	if err := os.WriteFile("registrydata/catalog.json", []byte(candidate), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := discover(t.Context(), "", wheel, false); err != nil {
		t.Errorf("newer than its release candidate: %v", err)
	}
	r, err := data.Read[data.Releases](os.DirFS("registrydata"), "releases.json")
	if err != nil || len(r.Releases) != 1 || r.Releases[0].Version != "5.23.0" || r.Releases[0].Added["bert"] != "BertConfig" {
		t.Errorf("releases: %+v, %v", r, err)
	}

	// Of an index: what it yanked is not named any more, and what is known not fetched.
	bert := map[string]string{"bert": "BertConfig"}
	text, err := data.Encode("releases.json", data.NewReleases([]data.Release{
		{Version: "4.45.0", Date: "2024-09-25", Added: bert}, {Version: "4.46.0", Date: "2024-10-24", Added: bert},
	}))
	if err := errors.Join(err, os.WriteFile("registrydata/releases.json", text, 0o644)); err != nil {
		t.Fatal(err)
	}
	index := http.NewServeMux()
	index.Handle("/", http.FileServer(http.Dir(".")))
	index.HandleFunc("/transformers/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"files": [{"filename": "transformers-4.45.0.tar.gz"}, {"filename": "transformers-4.46.0.tar.gz", "yanked": true},
			{"filename": "transformers-5.23.0.tar.gz"}, {"filename": %q, "url": "../%[1]s"}]}`, wheel)
	})
	server := httptest.NewServer(index)
	defer server.Close()
	t.Setenv("PIP_INDEX_URL", server.URL)
	if err := discover(t.Context(), "4.46.0", "", false); usage.Status(err) != usage.Wrong || !strings.Contains(err.Error(), `no release "4.46.0"`) {
		t.Errorf("a release that was yanked: %v", err)
	}
	if err := discover(t.Context(), newest, "", false); err != nil {
		t.Error("the newest: ", err)
	}
	r, err = data.Read[data.Releases](os.DirFS("registrydata"), "releases.json")
	if err != nil || len(r.Releases) != 2 || r.Releases[0].Version != "4.45.0" || r.Releases[1].Version != "5.23.0" || r.Releases[1].Added["bert"] != "" {
		t.Errorf("releases of an index: %+v, %v", r, err)
	}
}

// The index has files of other platforms, candidates, and yanked ones. What it does
// not have, what lost its table and what is damaged stay as they were. An engine is
// not whole where one of its packages was never read.
func TestDiscoverEngines(t *testing.T) {
	if out, err := exec.Command("python3", "--version").CombinedOutput(); err != nil {
		t.Skipf("needs python3: %v: %s", err, out)
	}
	t.Chdir(t.TempDir())
	t.Setenv("HF_REGISTRY_PATH", "")
	t.Setenv("npm_config_registry", "http://127.0.0.1:9")
	t.Setenv("npm_config_fetch_retries", "0")
	index := http.NewServeMux()
	index.Handle("/files/", http.StripPrefix("/files", http.FileServer(http.Dir("wheels"))))
	for project, files := range map[string]string{
		"optimum-onnx": `{"filename": "optimum_onnx-0.1.1.tar.gz", "url": "none"},
			{"filename": "optimum_onnx-0.1.1-py3-none-any.whl", "url": "../../files/optimum_onnx-0.1.1-py3-none-any.whl", "yanked": false},
			{"filename": "optimum_onnx-0.1.1-cp312-manylinux1_x86_64.whl", "url": "none"},
			{"filename": "optimum_onnx-0.1.0-py3-none-any.whl", "url": "none"}, {"filename": "optimum_onnx-0.2.0rc1.tar.gz", "url": "none"},
			{"filename": "optimum_onnx-0.3.0-py3-none-any.whl", "url": "none", "yanked": "broken"}, {"filename": "-none-any.whl", "url": "%"}`,
		"mlx-lm":  `{"filename": "mlx_lm-1.0.post1-py3-none-any.whl", "url": "/files/mlx_lm-1.0-py3-none-any.whl"}`,
		"mlx-vlm": `{"filename": "mlx_vlm-1.0.tar.gz", "url": "/files/mlx_lm-1.0-py3-none-any.whl", "hashes": {"sha256": "00"}}`,
		"vllm":    `{"filename": "vllm-1.0rc1.tar.gz"}, {"filename": "x.whl"}, {"filename": "vllm-1.0.zip"}`,
		"sglang":  `{"filename": "sglang-1.0-cp312-cp312-manylinux_2_34_x86_64.whl", "url": "/files/mlx_lm-1.0-py3-none-any.whl"}`,
	} {
		index.HandleFunc("/simple/"+project+"/{$}", func(w http.ResponseWriter, r *http.Request) {
			if user, _, _ := r.BasicAuth(); user != "me" || !strings.Contains(r.Header.Get("Accept"), "application/vnd.pypi.simple.v1+json") {
				w.WriteHeader(http.StatusForbidden)
			}
			fmt.Fprintf(w, `{"files": [%s]}`, files)
		})
	}
	server := httptest.NewServer(index)
	defer server.Close()
	t.Setenv("PIP_INDEX_URL", strings.Replace(server.URL, "//", "//me:secret@", 1)+"/simple")
	for name, text := range map[string]string{
		"optimum_onnx-0.1.1-py3-none-any.whl": "@register_tasks_manager_onnx('bert')\nclass A: pass",
		"mlx_lm-1.0-py3-none-any.whl":         "class Model: pass",
	} {
		var buf bytes.Buffer
		z := zip.NewWriter(&buf)
		file := "optimum/exporters/onnx/model_configs.py"
		if strings.HasPrefix(name, "mlx") {
			file = "mlx_lm/models/bert.py"
		}
		w, err := z.Create(file)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err := errors.Join(err, z.Close(), os.MkdirAll("wheels", 0o755), os.WriteFile("wheels/"+name, buf.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	row := func(pkg, name string, rows int) data.Engine {
		e := data.Engine{Name: name, Package: pkg, Version: "0", SHA256: strings.Repeat("0", 64), Whole: true, Rows: map[string][]string{}}
		for i := range rows {
			e.Rows["old"+string(rune('a'+i))] = []string{"x"}
		}
		return e
	}
	before := &data.Engines{Schema: 1, Engines: []data.Engine{row("mlx-lm", "mlx", 5), row("optimum-onnx", "onnx", 1), row("@huggingface/transformers", "transformers.js", 1)}}
	text, err := data.Encode("engines.json", before)
	if err := errors.Join(err, os.MkdirAll("registrydata", 0o755), os.WriteFile("registrydata/policy.yaml", nil, 0o644),
		os.WriteFile("registrydata/engines.json", text, 0o644)); err != nil {
		t.Fatal(err)
	}
	err = discoverEngines(t.Context(), false)
	if usage.Status(err) != usage.Part {
		t.Errorf("not an error in part: %v", err)
	}
	for _, want := range []string{
		"mlx-lm: version 1.0.post1 lists 1 architectures, 5 before", "llama-cpp-python: http://me:xxxxx@", ": 404 Not Found", "@huggingface/transformers: npm could not fetch it",
		"mlx_vlm-1.0.tar.gz has the digest ", "/simple/vllm/ lists no final release", "sglang: version 1.0 lists 0 architectures",
	} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	now, err := data.Read[data.Engines](os.DirFS("registrydata"), "engines.json")
	var got []string
	for _, e := range now.Engines {
		got = append(got, fmt.Sprint(e.Package, " ", e.Version, " ", e.Whole))
	}
	if want := []string{"mlx-lm 0 false", "optimum-onnx 0.1.1 true", "@huggingface/transformers 0 true"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, want %q; %v", got, want, err)
	}
}
