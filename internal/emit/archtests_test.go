package emit_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/emit"
)

// Text that may be anything stays inside its string.
func TestHostileText(t *testing.T) {
	for _, s := range []string{`"""`, `\`, "'\"\n#", "\x00\u202e", `\"""`, "é\U0001f600"} {
		in := emit.Tests{State: small(t)}
		in.Recipes = &data.Recipes{Archs: []data.Recipe{{"model_type": "bert", "outcome": "ok", "class": s, "missing": []any{s}}}}
		p := in.Picks.Of("bert")
		p.Roles = map[string]data.Place{data.RoleDefault: {ID: s}}
		p.Picks = []data.Pick{{ID: s, Tasks: []string{s}, Model: new(data.Model)}}
		inGo, err := in.Go("p", []string{"bert"})
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if want := "Default: " + strconv.QuoteToASCII(s) + ",\n"; !strings.Contains(string(inGo["bert_gen_test.go"]), want) {
			t.Errorf("got\n%s\nwithout %s", inGo["bert_gen_test.go"], want)
		}
		inPython, err := in.Python([]string{"bert"})
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if pick, doc := evaluated(t, inPython["test_hf_bert.py"]); pick != s || doc != "bert (encoder): "+s+" is built tiny, without "+s+"." {
			t.Errorf("%q became the pick %q and the docstring %q", s, pick, doc)
		}
	}
}

// evaluated is what Python makes of a test file: the pick, and the docstring.
func evaluated(t *testing.T, src []byte) (pick, doc string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	alone := regexp.MustCompile(`(?m)^ArchTest = .*$`).ReplaceAllString(string(src), "class ArchTest: pass")
	cmd := exec.Command(python, "-I", "-c", alone+"\nimport json; print(json.dumps([TestBert.pick, __doc__]))")
	out, err := cmd.Output()
	var got [2]string
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, src, out)
	}
	return got[0], got[1]
}

// The data beside a Python test is that of its architecture, and has the mark,
// by which the command knows that it may replace the file.
func TestPythonData(t *testing.T) {
	in := emit.Tests{State: small(t)}
	in.Recipes = &data.Recipes{Archs: []data.Recipe{{"model_type": "bert"}, {"model_type": "deit"}}}
	files, err := in.PythonData([]string{"bert", "rag"})
	if err != nil || len(files) != 1 {
		t.Fatalf("got %d files (%v), want that of bert, as rag has no model class", len(files), err)
	}
	src := files["test_hf_bert.json"]
	var got struct {
		Catalog data.Catalog
		Recipes data.Recipes
	}
	if err := json.Unmarshal(src, &got); err != nil || !bytes.HasPrefix(src, []byte(`{ "generated": "`+emit.Mark+"\",\n")) {
		t.Fatalf("%v:\n%s", err, src)
	}
	if len(got.Catalog.Archs) != 1 || len(got.Recipes.Archs) != 1 || got.Recipes.Archs[0]["model_type"] != "bert" {
		t.Errorf("got %d architectures and %d recipes:\n%s", len(got.Catalog.Archs), len(got.Recipes.Archs), src)
	}
}
