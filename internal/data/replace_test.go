package data_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(file("a"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		second, want string
		fails        bool
	}{
		{"none/b", "old", true}, // of two files none is replaced if one cannot be written
		{"b", "new", false},
	} {
		err := data.Replace(map[string][]byte{file("a"): []byte("new"), file(tt.second): []byte("new")}, 0o644)
		if (err != nil) != tt.fails {
			t.Errorf("%s: %v", tt.second, err)
		}
		if got, err := os.ReadFile(file("a")); err != nil || string(got) != tt.want {
			t.Errorf("%s: a holds %q, want %q (%v)", tt.second, got, tt.want, err)
		}
	}
	want := map[string]fs.FileMode{"a": 0o600, "b": 0o644} // and nothing is left over
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(want) {
		t.Errorf("left on disk: %v (%v)", entries, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if perm := info.Mode().Perm() | 0o044&want[e.Name()]; err != nil || perm != want[e.Name()] {
			t.Errorf("%s has the permissions %v, want %v (%v)", e.Name(), perm, want[e.Name()], err)
		}
	}
}
