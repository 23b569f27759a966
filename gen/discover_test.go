package main

import (
	"archive/zip"
	"bytes"
	"errors"
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
func TestDiscoverOlder(t *testing.T) {
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
	r, err := data.LoadReleases(os.DirFS("registrydata"))
	if err != nil || len(r.Releases) != 1 || r.Releases[0].Version != "5.23.0" || r.Releases[0].Added["bert"] != "BertConfig" {
		t.Errorf("releases: %+v, %v", r, err)
	}
}

// pip finds the packages in a folder. What it does not find, what lost its table and
// what is not there at all stay as they were.
func TestDiscoverEngines(t *testing.T) {
	if out, err := exec.Command("python3", "-m", "pip", "--version").CombinedOutput(); err != nil {
		t.Skipf("needs python3 with pip: %v: %s", err, out)
	}
	t.Chdir(t.TempDir())
	t.Setenv("HF_REGISTRY_PATH", "")
	t.Setenv("PIP_NO_INDEX", "1")
	t.Setenv("PIP_FIND_LINKS", "wheels")
	t.Setenv("npm_config_registry", "http://127.0.0.1:9")
	t.Setenv("npm_config_fetch_retries", "0")
	for name, text := range map[string]string{
		"optimum_onnx-0.1.0-py3-none-any.whl": "", "optimum_onnx-0.2.0rc1-py3-none-any.whl": "",
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
		e := data.Engine{Name: name, Package: pkg, Version: "0", SHA256: strings.Repeat("0", 64), Rows: map[string][]string{}}
		for i := range rows {
			e.Rows["old"+string(rune('a'+i))] = []string{"x"}
		}
		return e
	}
	before := &data.Engines{Schema: 1, Engines: []data.Engine{row("mlx-lm", "mlx", 5), row("optimum-onnx", "onnx", 1), row("@huggingface/transformers", "transformers.js", 1)}}
	text, err := before.Encode()
	if err := errors.Join(err, os.MkdirAll("registrydata", 0o755), os.WriteFile("registrydata/policy.yaml", nil, 0o644),
		os.WriteFile("registrydata/engines.json", text, 0o644)); err != nil {
		t.Fatal(err)
	}
	err = discoverEngines(t.Context(), false)
	if usage.Status(err) != usage.Part {
		t.Errorf("not an error in part: %v", err)
	}
	for _, want := range []string{"mlx-lm 1.0 lists 1 architectures, 5 before", "could not fetch vllm", "could not fetch @huggingface/transformers"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	now, err := data.LoadEngines(os.DirFS("registrydata"))
	var got []string
	for _, e := range now.Engines {
		got = append(got, e.Package+" "+e.Version)
	}
	if want := []string{"mlx-lm 0", "optimum-onnx 0.1.1", "@huggingface/transformers 0"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, want %q; %v", got, want, err)
	}
}
