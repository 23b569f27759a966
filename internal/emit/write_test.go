package emit_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/emit"
)

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWriteAndCheck(t *testing.T) {
	mark := emit.Mark + "\n"
	dir := t.TempDir()
	t.Chdir(dir)
	put(t, dir, "same.go", "// "+mark+"same")
	put(t, dir, "stale.go", "// "+mark+"old")
	put(t, dir, "orphan.go", "// "+mark)
	put(t, dir, "sub/orphan.py", "# "+mark)
	put(t, dir, "sub/orphan_crlf.go", "// "+emit.Mark+"\r\n")
	put(t, dir, "byhand.go", "package x // "+mark)
	put(t, dir, "notes.md", "// "+mark)
	put(t, dir, "elsewhere/other.go", "// "+mark)
	long := time.Unix(1e9, 0)
	if err := os.Chtimes(filepath.Join(dir, "same.go"), long, long); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"same.go":        []byte("// " + mark + "same"),
		"stale.go":       []byte("// " + mark + "new"),
		"sub/missing.go": []byte("// " + mark),
	}

	const want = "stale: stale.go\nmissing: sub/missing.go\norphan: orphan.go\norphan: sub/orphan.py\norphan: sub/orphan_crlf.go"
	if err := emit.Check(files); err == nil || err.Error() != want {
		t.Fatalf("got %v, want\n%s", err, want)
	}
	if err := emit.Write(files); err != nil {
		t.Fatal(err)
	}
	if err := emit.Check(files); err != nil {
		t.Error(err)
	}
	var left []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			left = append(left, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"byhand.go", "elsewhere/other.go", "notes.md", "same.go", "stale.go", "sub/missing.go"}; !slices.Equal(left, want) {
		t.Errorf("left on disk: %q, want %q", left, want)
	}
	if fi, err := os.Stat(filepath.Join(dir, "same.go")); err != nil || !fi.ModTime().Equal(long) {
		t.Errorf("a file that was right was written again: %v, %v", fi.ModTime(), err)
	}
}

func TestWriteLeavesTheOldStateOnError(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	put(t, dir, "a.go", "old")
	put(t, dir, "b", "a file where a directory is wanted")
	err := emit.Write(map[string][]byte{"a.go": []byte("new"), "b/c.go": []byte("new")})
	if err == nil {
		t.Fatal("got no error")
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "a.go")); string(got) != "old" {
		t.Errorf("a.go holds %q", got)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left on disk: %v", entries)
	}
}

func TestShrink(t *testing.T) {
	full := small(t).Picks
	for _, before := range []*data.Picks{nil, full} {
		if err := emit.Shrink(before, full); err != nil {
			t.Errorf("nothing is lost: %v", err)
		}
	}
	for _, tt := range []struct {
		what, name string
		change     func(*data.Picks)
	}{
		{"architectures", "rag", func(p *data.Picks) { p.Archs = p.Archs[:6] }},
		{"defaults", "gpt2", func(p *data.Picks) { p.Archs[5].Roles = nil }},
		{"models", "bert hf-internal-testing/tiny-random-BertModel", func(p *data.Picks) { p.Archs[0].Picks = p.Archs[0].Picks[:3] }},
	} {
		picks := small(t).Picks
		tt.change(picks)
		err := emit.Shrink(full, picks)
		if err == nil || !strings.Contains(err.Error(), tt.what) || !strings.Contains(err.Error(), tt.name) {
			t.Errorf("got %v, want the loss of %s %s", err, tt.what, tt.name)
		}
	}
}
