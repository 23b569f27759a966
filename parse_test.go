package hfmodels

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/names"
)

// restyle writes a name as people do: other case, other separators.
func restyle(name string) string {
	return strings.NewReplacer("_", "-", "-", " ", ".", "_").Replace(strings.ToUpper(name))
}

func TestParseArchFindsEveryName(t *testing.T) {
	n := 0
	for a := range Archs() {
		n++
		name := a.String()
		for _, s := range []string{name, names.Fold(name), restyle(name), strings.ToTitle(name), " " + name + "--"} {
			if len(s) > maxName {
				continue
			}
			if got, err := ParseArch(s); err != nil || got != a {
				t.Errorf("ParseArch(%q) = %v, %v, want %v", s, got, err, a)
			}
		}
	}
	if n != len(archNames)-1 {
		t.Errorf("Archs has %d architectures, of %d", n, len(archNames)-1)
	}
}

func TestParseArchRejects(t *testing.T) {
	for _, s := range []string{
		"", " ", "-", "._- ", "gpt2\x00", "\x00gpt2", "gp\x00t2", "gpt2\x01", "gpt2/", "gpt2\n", "bért", "bеrt", "bert\u00a0",
		"\xffbert", "ber", "bertt", "gpt+j", "ſam", "Kosmos", // the s and the K of Unicode fold to ASCII
		strings.Repeat("bert", 17), strings.Repeat("-", 61) + "bert", "bert" + strings.Repeat("x", 1<<20),
	} {
		a, err := ParseArch(s)
		var unknown *UnknownArchError
		if a != 0 || !errors.As(err, &unknown) || unknown.Name != s {
			t.Errorf("ParseArch(%.80q) = %v, %v, want an UnknownArchError", s, a, err)
		}
	}
}

func TestNear(t *testing.T) {
	for _, tt := range []struct {
		name string
		want Arch // among the near ones
	}{
		{"brt", Bert},
		{"berrt", Bert},
		{"ebrt", Bert},
		{"xlm-robert", XlmRoberta},
		{"gpt-neex", GptNeox},
		{"Distil_Bret", Distilbert},
		{"wav2vec", Wav2vec2},
		{"bert-base-uncased", Bert},
	} {
		if got := (&UnknownArchError{tt.name}).Near(); !slices.Contains(got, tt.want) || len(got) > 3 {
			t.Errorf("near %q are %v, want %v among at most three", tt.name, got, tt.want)
		}
	}
	for _, s := range []string{"", "-", "x", "\x00\x00\x00", "zzzzzzzzzzzz", strings.Repeat("bert", 1000)} {
		if got := (&UnknownArchError{s}).Near(); len(got) > 0 {
			t.Errorf("near %.40q are %v, want none", s, got)
		}
	}
}

// FuzzParseArch compares the lookup with a plain one that folds by the rule of
// the generator.
func FuzzParseArch(f *testing.F) {
	for _, s := range []string{"bert", "GPT-NeoX", "kosmos 2.5", "gpt2\x00", "", "..", "bért", strings.Repeat("-", 65)} {
		f.Add(s)
	}
	byFolded := make(map[string]Arch)
	for a := range Archs() {
		byFolded[names.Fold(a.String())] = a
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want Arch
		if len(s) <= maxName {
			want = byFolded[names.Fold(s)]
		}
		got, err := ParseArch(s)
		if got != want || (err == nil) != (want != 0) {
			t.Fatalf("ParseArch(%q) = %v, %v, want %v", s, got, err, want)
		}
		for _, said := range []string{text(got, err), text(ParseTask(s)), text(ParseRole(s)), text(ParseFormat(s)), text(ParseEngine(s))} {
			if len(said) > 2000 || strings.ContainsFunc(said, func(r rune) bool { return r != '…' && (r < ' ' || r > '~') }) {
				t.Errorf("%q: %q", s, said)
			}
		}
	})
}
