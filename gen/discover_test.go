package main

import (
	"archive/zip"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
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
	if err := errors.Join(z.AddFS(source), z.Close(), f.Close()); err != nil {
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
}
