package pysrc

import (
	"slices"
	"strings"
	"testing"
)

const example = `# A comment.
import os
from typing import (
    TYPE_CHECKING,
)

A = 1; B: dict[str, int] = {"x": 2}
C: int
if TYPE_CHECKING:
    A: dict = dict()
    class Never: pass
else:
    D = [
1,  # not at the margin
]
    D.update(
        x)
D["k"] = 3
D |= {}
x.y = 4
p, q = 5, 6
for i in D: pass


def f(a):
    A = 7
    """
A = 8
"""


@plain
@deco(checkpoint="org/name")
# Copied from elsewhere
@last(
    x=1,
)
class K(Base, pkg.Other, Generic[T], metaclass=Meta):
    r"""Doc \d
    more."""

    a = "x"; b = 2
    c: "int" = 3
    d: str | None

    @property
    async def m(self, *, k: dict[str, int] = {}, **kw) -> int:
        a = 9
        return a

    class Inner:
        a = 10

    e = 11

class L: pass
class M(): x = 1
`

func TestParse(t *testing.T) {
	f, err := Parse("\ufeff" + strings.ReplaceAll(example, "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, st := range f.Statements {
		got = append(got, st.Target+" "+st.Op+" "+st.Annotation)
	}
	want := []string{
		"A = ", "B = dict[str, int]", "C : int", "D = ", "D  ", "D []= ", "D |= ", "x  ", "p  ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("statements\n%q, want\n%q", got, want)
	}
	if e, err := f.Statements[3].Expr(); err != nil || dump(e) != "list(1)" {
		t.Errorf("D is %s, %v", dump(e), err)
	}
	if e, err := f.Statements[4].Expr(); err != nil || dump(e) != "D.update(x)" {
		t.Errorf("the call on D is %s, %v", dump(e), err)
	}

	if len(f.Classes) != 3 {
		t.Fatalf("%d classes, want 3", len(f.Classes))
	}
	k := f.Classes[0]
	if k.Name != "K" || k.Line != 38 || !slices.Equal(k.Bases, []string{"Base", "pkg.Other"}) {
		t.Errorf("class %s on line %d of %q", k.Name, k.Line, k.Bases)
	}
	if !strings.HasPrefix(k.Doc, `Doc \d`) || !strings.HasSuffix(k.Doc, "more.") {
		t.Errorf("docstring %q", k.Doc)
	}
	var decorators, attrs []string
	for _, d := range k.Decorators {
		e, err := d.Expr()
		if err != nil {
			t.Fatal(err)
		}
		decorators = append(decorators, dump(e))
	}
	if want := []string{"plain", `deco(checkpoint="org/name")`, "last(x=1)"}; !slices.Equal(decorators, want) {
		t.Errorf("decorators %q, want %q", decorators, want)
	}
	for _, a := range k.Attrs {
		attrs = append(attrs, a.Target+a.Op)
	}
	if want := []string{"a=", "b=", "c=", "d:", "e="}; !slices.Equal(attrs, want) {
		t.Errorf("attributes %q, want %q", attrs, want)
	}
	if len(k.Methods) != 1 || k.Methods[0].Name != "m" || !slices.Equal(k.Methods[0].Params, []string{"self", "k", "kw"}) {
		t.Errorf("methods %+v", k.Methods)
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"a = (\n", "line 2: '(' is never closed"},
		{"a = 1\n)", "line 2: ')' closes nothing"},
		{"\n\na = 'x\n", "line 3: string is not closed"},
		{"a = 1\nb = '''x\n\n", "line 2: string is not closed"},
		{"class\n", "class without a name"},
		{"class A(1 2):\n", ""},
		{"class A(,):\n", `"," is not expected`},
	} {
		_, err := Parse(tt.src)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%q: %v", tt.src, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%q: error %v, want %q", tt.src, err, tt.want)
		}
	}
}

// Long lines must not make reading quadratic: this takes minutes if each
// statement looks for the start of its line.
func TestParseLongLine(t *testing.T) {
	const n = 1_000_000
	f, err := Parse(strings.Repeat("a;", n))
	if err != nil || len(f.Statements) != n {
		t.Errorf("%d statements, %v", len(f.Statements), err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add(`X = OrderedDict([("a", "b" if c() else None), *list(Y.items())], **{"k": {1, 2}})`)
	f.Add("class A(B[C], d.e):\n  'doc'\n  x: int = -1\n  def f(self, a=(1,), *b, **c): pass\n")
	f.Add("x = lambda a, b=1: [i for i in {**a}]\ny = f'{x}' 'b' b'c' \\\n r'\\'")
	f.Fuzz(func(t *testing.T, src string) {
		file, err := Parse(src)
		if err != nil {
			return
		}
		// What Parse accepts is lexed again piece by piece. The pieces need
		// not be expressions, but their brackets and strings are whole.
		var sources []Source
		for _, st := range file.Statements {
			sources = append(sources, st.Source)
		}
		for _, c := range file.Classes {
			sources = append(sources, c.Decorators...)
			for _, st := range c.Attrs {
				sources = append(sources, st.Source)
			}
		}
		for _, s := range sources {
			if _, err := s.Expr(); err != nil {
				for _, whole := range []string{"closed", "closes", "stray"} {
					if strings.Contains(err.Error(), whole) {
						t.Errorf("%q: %v", s.text, err)
					}
				}
			}
		}
	})
}
