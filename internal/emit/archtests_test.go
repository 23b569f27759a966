package emit

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

// committed is the state of the checkout.
func committed(t testing.TB) Tests {
	t.Helper()
	state, err := data.Load(registrydata.FS)
	if err != nil {
		t.Fatal(err)
	}
	recipes, err := data.LoadRecipes(registrydata.FS)
	if err != nil {
		t.Fatal(err)
	}
	return Tests{state.Catalog, state.Picks, state.Lock, recipes}
}

func TestAll(t *testing.T) {
	in := committed(t)
	files, err := in.All()
	if err != nil {
		t.Fatal(err)
	}
	classes := 0
	for _, a := range in.Catalog.Archs {
		if len(a.AutoClass) > 0 {
			classes++
		}
	}
	n := make(map[string]int)
	for name, src := range files {
		if !marked(src) {
			t.Errorf("%s does not bear the mark", name)
		}
		n[filepath.Ext(name)]++
	}
	if n[".go"] != len(in.Catalog.Archs) || n[".py"] != classes {
		t.Errorf("got %v for %d architectures, of which %d have a model class", n, len(in.Catalog.Archs), classes)
	}
	for _, name := range []string{"archtest/xlm_roberta_gen_test.go", "archtest/python/test_hf_xlm_roberta.py"} {
		if files[name] == nil {
			t.Errorf("%s is not there", name)
		}
	}
	again, err := in.All()
	if err != nil || !maps.EqualFunc(files, again, bytes.Equal) {
		t.Errorf("the same input gives other files (%v)", err)
	}
}

// TestNoRecipe holds while no probe has been run, too: the tiny level is then
// skipped with that reason.
func TestNoRecipe(t *testing.T) {
	in := committed(t)
	in.Recipes = new(data.Recipes)
	files, err := in.Python([]string{"bert"})
	if err != nil {
		t.Fatal(err)
	}
	if src := string(files["test_hf_bert.py"]); !strings.Contains(src, `skip(reason="no recipe: `) {
		t.Errorf("got\n%s", src)
	}
}

// TestHostileText has names that cannot become code rejected, and text that
// may be anything kept inside its string.
func TestHostileText(t *testing.T) {
	in := committed(t)
	for _, s := range []string{`"""`, `\`, "'\"\n#", "\x00\u202e", `\"""`, strings.Repeat(`"""'`, 40)} {
		in.Recipes = &data.Recipes{Archs: []data.Recipe{{"model_type": "bert", "outcome": "none", "why": s, s: []any{s, map[string]any{s: nil}}}}}
		for i := range in.Picks.Archs {
			if a := &in.Picks.Archs[i]; a.Arch == "bert" {
				a.Status, a.Why, a.Roles, a.Tasks, a.Picks = data.Unproven, s, nil, nil, nil
			}
		}
		files, err := in.Python([]string{"bert"})
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		if got := evaluated(t, files["test_hf_bert.py"], "RECIPE['why']"); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	in.Catalog.Archs[0].ConfigClass = `X"`
	if _, err := in.Go("p", nil); err == nil {
		t.Error("a class name that is none became code")
	}
}

// evaluated is what Python makes of the module's value.
func evaluated(t *testing.T, src []byte, expr string) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	// Only the two literals: the imports are not there.
	_, literals, _ := bytes.Cut(src, []byte("import pytest\n"))
	literals, _, _ = bytes.Cut(literals, []byte("@pytest"))
	cmd := exec.Command(python, "-I", "-c", "from typing import Any\nimport json\n"+string(literals)+"\nprint(json.dumps("+expr+"))")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return got
}

func TestPyLiteral(t *testing.T) {
	long := strings.Repeat("x", 30)
	for _, tt := range []struct {
		v    any
		want string
	}{
		{nil, "None"},
		{[]any{true, false, json.Number("1E-5"), json.Number("2e+36"), json.Number("-3")}, "[True, False, 1e-5, 2e36, -3]"},
		{Dict{{"b", []string{}}, {"a", Dict{}}}, `{"b": [], "a": {}}`},
		{map[string]any{"": json.Number("1")}, `{"": 1}`},
		{`it's "so"`, `'it\'s "so"'`},
		{"é\u2028\U0001f600\t\x07", `"\xe9\u2028\U0001f600\t\x07"`},
		{[]string{long, long, long}, "[\n    \"" + long + "\",\n    \"" + long + "\",\n    \"" + long + "\",\n]"},
		{Dict{{"k", []string{long, long}}, {"l", long}}, "{\n    \"k\": [\"" + long + "\", \"" + long + "\"],\n    \"l\": \"" + long + "\",\n}"},
	} {
		if got, err := pyLiteral(tt.v, 4); err != nil || got != tt.want {
			t.Errorf("got %s (%v), want %s", got, err, tt.want)
		}
	}
	if _, err := pyLiteral([]any{1.5}, 0); err == nil {
		t.Error("a float64, whose digits are lost, became Python")
	}
}

func TestCheckPython(t *testing.T) {
	good, err := committed(t).Python([]string{"bert", "clip", "whisper"})
	if err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T, broken map[string]string) {
		if err := checkPython(good); err != nil {
			t.Error(err)
		}
		files := map[string][]byte{"good.py": []byte("x = 1\n")}
		for name, src := range broken {
			files[name] = []byte(src)
		}
		err := checkPython(files)
		if err == nil || strings.Contains(err.Error(), "good.py") {
			t.Fatalf("got %v, want an error about all but good.py", err)
		}
		for name := range broken {
			if !strings.Contains(err.Error(), name+": ") {
				t.Errorf("nothing is said of the %s:\n%v", name, err)
			}
		}
	}
	open := map[string]string{
		"open string": "x = \"a\n", "open docstring": "\"\"\"a\n", "open bracket": "x = [1,\n", "wrong bracket": "x = [1)\n", "stray bracket": "x = 1]\n",
	}
	t.Run("with python3", func(t *testing.T) {
		if _, err := exec.LookPath("python3"); err != nil {
			t.Skip("no python3")
		}
		check(t, open)
		check(t, map[string]string{"assignment": "x = = 1\n", "no block": "def f():\nx = 1\n", "indented": "x = 1\n    y = 2\n", "control character": "x = 1\x00\n"})
	})
}

func TestPut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	files := map[string][]byte{"a.py": []byte("# " + Mark + "\n1\n"), "b.go": []byte("// " + Mark + "\n1\n")}
	if err := Put(dir, files); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.go")
	if err := os.WriteFile(other, []byte("// "+Mark+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	files["a.py"] = []byte("# " + Mark + "\n2\n")
	if err := Put(dir, files); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("what another run wrote is gone: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.go"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	files["a.py"] = []byte("# " + Mark + "\n3\n")
	if err := Put(dir, files); err == nil || !strings.Contains(err.Error(), "b.go") {
		t.Errorf("got %v, want an error about b.go", err)
	}
	if have, _ := os.ReadFile(filepath.Join(dir, "a.py")); !strings.HasSuffix(string(have), "\n2\n") {
		t.Errorf("and yet a.py was written: %q", have)
	}
}

func TestCheckGo(t *testing.T) {
	in := committed(t)
	for name, body := range map[string]string{
		"no such architecture": `archtest.Run(t, hfmodels.Bertt, archtest.Row{})`,
		"no such field":        `archtest.Run(t, hfmodels.Bert, archtest.Row{Tokeniser: ""})`,
		"wrong type":           `archtest.Run(t, hfmodels.Bert, archtest.Row{Status: "proven"})`,
		"no syntax":            `archtest.Run(`,
	} {
		src := "package p\nimport (\"testing\"; \"" + Module + "\"; \"" + Module + "/archtest\")\nfunc TestX(t *testing.T) { " + body + " }\n"
		if err := in.checkGo(map[string][]byte{"x_test.go": []byte(src)}); err == nil {
			t.Errorf("%s: compiles", name)
		}
	}
}

// TestDeclarations compares what the Go tests are checked against with the
// packages that they use.
func TestDeclarations(t *testing.T) {
	for decl, paths := range map[string][]string{
		hfmodelsDecl: {"../../archtypes.go"},
		archtestDecl: {"../../archtest/row.go", "../../archtest/run.go"},
	} {
		have := make(map[string]string)
		for _, p := range paths {
			src, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(have, declarations(t, src))
		}
		want := declarations(t, []byte(decl))
		if len(want) == 0 {
			t.Fatal("nothing is declared")
		}
		for name, d := range want {
			if have[name] != d {
				t.Errorf("%s is declared as %q, and checked as %q", name, have[name], d)
			}
		}
	}
}

// declarations maps the names of a file to what they are: the fields of a
// struct, the constants of a type.
func declarations(t *testing.T, src []byte) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				all[d.Name.Name] = types.ExprString(d.Type)
			}
		case *ast.GenDecl:
			var typ string
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					what := types.ExprString(spec.Type)
					if s, ok := spec.Type.(*ast.StructType); ok {
						var fields []string
						for _, f := range s.Fields.List {
							for _, n := range f.Names {
								fields = append(fields, n.Name+" "+types.ExprString(f.Type))
							}
						}
						slices.Sort(fields)
						what = strings.Join(fields, "; ")
					}
					all[spec.Name.Name] = what
				case *ast.ValueSpec:
					if spec.Type != nil {
						typ = types.ExprString(spec.Type)
					}
					for _, n := range spec.Names {
						if typ != "" {
							all[n.Name] = "constant of " + typ
						}
					}
				}
			}
		}
	}
	return all
}
