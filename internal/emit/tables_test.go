package emit_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/emit"
)

var update = flag.Bool("update", false, "write the golden files")

// small is the registry of testdata.
func small(t *testing.T) *data.State {
	t.Helper()
	a, err := txtar.ParseFile("testdata/state.txtar")
	if err != nil {
		t.Fatal(err)
	}
	fsys, err := txtar.FS(a)
	if err != nil {
		t.Fatal(err)
	}
	state, err := data.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func tables(t *testing.T, state *data.State) map[string][]byte {
	t.Helper()
	files, err := emit.Tables(state)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTablesGolden(t *testing.T) {
	for name, got := range tables(t, small(t)) {
		golden := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s; go test -update, and look at the change", name, golden)
		}
	}
}

func TestTooManyTasks(t *testing.T) {
	state := small(t)
	for i := range 64 {
		state.Catalog.Tasks = append(state.Catalog.Tasks, data.Task{Name: "task-" + strconv.Itoa(i)})
	}
	if files, err := emit.Tables(state); files != nil || err == nil || !strings.Contains(err.Error(), "a Set holds 63") {
		t.Errorf("got %d files and error %v", len(files), err)
	}
}

// Hostile strings are quoted where any text is allowed.
func FuzzTablesQuoteFreeText(f *testing.F) {
	for _, s := range []string{"`", "\"", "*/ var x int /*", "a\nb", "// x", "\x00\x1b[31m", "\u202e\u2066", "nul\\", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		state := small(t)
		picks := state.Picks
		picks.Rankings[1].Models[0].Reason = s + "K"
		state.Aliases = data.Aliases{s + "A": "Acme/Bert-Large"}
		state.Catalog.Archs[0].Documented = s + "D"
		state.Lock.Endpoint = s + "E"
		picks.Archs[0].Picks[0].Places[0].Reason = s + "R"
		picks.Archs[0].Picks[0].License = s + "L"
		picks.Archs[0].Picks[0].Architectures = []string{s + "H"}
		picks.Archs[1].Why = s + "W"
		files := tables(t, state)
		wanted := map[string]bool{s + "K": true, s + "A": true, s + "D": true, s + "E": true, s + "R": true, s + "L": true, s + "H": true, s + "W": true}
		for name, src := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if v, err := strconv.Unquote(lit.Value); err == nil {
						delete(wanted, v)
					}
				}
				return true
			})
		}
		if len(wanted) > 0 {
			t.Errorf("%q: not found in the code: %v", s, wanted)
		}
	})
}

func TestTypeCheck(t *testing.T) {
	dir := t.TempDir() // with the part of the module that needs tables
	for _, name := range []string{"archtypes.go", "engines.go", "lookup.go", "registry.go", "go.mod", "go.sum", "internal/names/names.go"} {
		src, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, name, string(src))
	}
	files := tables(t, small(t))
	if err := emit.TypeCheck(dir, files); err != nil {
		t.Fatal(err)
	}

	// What the generator left behind, however broken, is not looked at.
	put(t, dir, "models_gen.go", "// "+emit.Mark+"\n\npackage hfmodels\n<<<<<<< HEAD\n")
	if err := emit.TypeCheck(dir, files); err != nil {
		t.Fatal(err)
	}

	for want, change := range map[string]func(*data.State){
		"Model redeclared": func(s *data.State) { s.Catalog.Archs[6].ModelType, s.Picks.Archs[6].Arch = "model", "model" },
		"Bert redeclared":  func(s *data.State) { s.Catalog.Tasks[0].Name = "bert" },
	} {
		state := small(t)
		change(state)
		if err := emit.TypeCheck(dir, tables(t, state)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}
