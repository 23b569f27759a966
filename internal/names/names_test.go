package names

import (
	"go/importer"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, tt := range []struct{ modelType, fold, goName, fileName string }{
		{"bert", "bert", "Bert", "bert"},
		{"gpt_neox", "gptneox", "GptNeox", "gpt_neox"},
		{"xlm-roberta", "xlmroberta", "XlmRoberta", "xlm_roberta"},
		{"kosmos-2.5", "kosmos25", "Kosmos25", "kosmos_2_5"},
		{"EvollaModel", "evollamodel", "EvollaModel", "evolla_model"},
		{"t5", "t5", "T5", "t5"},
		{"Glm4vMoe_text", "glm4vmoetext", "Glm4vMoeText", "glm4v_moe_text"},
		{"ABCd", "abcd", "ABCd", "abcd"},
		{"aux", "aux", "Aux", "aux_"},
		{"x_linux", "xlinux", "XLinux", "x_linux"},
	} {
		if err := Check(tt.modelType); err != nil {
			t.Error(err)
		}
		if got := Fold(tt.modelType); got != tt.fold {
			t.Errorf("Fold(%q) = %q, want %q", tt.modelType, got, tt.fold)
		}
		if got := GoName(tt.modelType); got != tt.goName {
			t.Errorf("GoName(%q) = %q, want %q", tt.modelType, got, tt.goName)
		}
		if got := FileName(tt.modelType); got != tt.fileName {
			t.Errorf("FileName(%q) = %q, want %q", tt.modelType, got, tt.fileName)
		}
	}
	if got := Fold("GPT NeoX"); got != "gptneox" {
		t.Errorf(`Fold("GPT NeoX") = %q`, got)
	}
}

func TestCheck(t *testing.T) {
	for _, bad := range []string{"", "5bert", "-bert", "_bert", ".", "be rt", "be/rt", "bért", "bert\n", "../x", strings.Repeat("a", maxLength+1)} {
		if Check(bad) == nil {
			t.Errorf("Check(%q) passes", bad)
		}
	}
}

// A type whose constant would have the name of something else is refused alone:
// the tables would not compile.
func TestTaken(t *testing.T) {
	fset := token.NewFileSet()
	root, err := importer.ForCompiler(fset, "source", nil).Import("github.com/hfmodels/hfmodels")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range root.Scope().Names() {
		generated := strings.HasSuffix(fset.Position(root.Scope().Lookup(name).Pos()).Filename, "_gen.go")
		if token.IsExported(name) && !generated && Check(strings.ToLower(name[:1])+name[1:]) == nil {
			t.Errorf("%s is not among the taken names", name)
		}
	}
}

func TestCheckAll(t *testing.T) {
	for _, tt := range []struct {
		types []string
		want  string
	}{
		{[]string{"bert", "gpt-2", "gpt_3", "kosmos-2.5"}, ""},
		{[]string{"gpt-neox", "bert", "gpt_neox"}, `"gpt-neox" and "gpt_neox" have the same folded name`},
		{[]string{"Bert", "bert"}, `"Bert" and "bert" have the same folded name`},
		{[]string{"a_b", "ab"}, `"a_b" and "ab" have the same folded name`},
		{[]string{"bert", "b/ert"}, "not a model type"},
	} {
		err := CheckAll(tt.types)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("CheckAll(%q) = %v, want %q", tt.types, err, tt.want)
		}
	}
}

var fileForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func FuzzNames(f *testing.F) {
	for _, s := range []string{"bert", "xlm-roberta", "kosmos-2.5", "EvollaModel", "x_windows_arm64", "GPT NeoX", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := Fold(s)
		if Fold(folded) != folded {
			t.Errorf("Fold(%q) = %q, which folds on", s, folded)
		}
		if Check(s) != nil {
			return
		}
		if folded == "" || Fold(strings.ToUpper(s)) != folded || Fold(strings.ReplaceAll(s, "-", "_")) != folded {
			t.Errorf("Fold(%q) = %q does not hold for its spellings", s, folded)
		}
		name := GoName(s)
		if !token.IsIdentifier(name) || !token.IsExported(name) {
			t.Errorf("GoName(%q) = %q is not an exported identifier", s, name)
		}
		// CheckAll rests on this: what has one identifier or one file name
		// has one folded name.
		if Fold(name) != folded || Fold(FileName(s)) != folded {
			t.Errorf("%q becomes %q and %q, which fold otherwise", s, name, FileName(s))
		}
		if file := FileName(s); !fileForm.MatchString(file) {
			t.Errorf("FileName(%q) = %q", s, file)
		}
	})
}
