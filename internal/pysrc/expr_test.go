package pysrc

import (
	"fmt"
	"strings"
	"testing"
)

// dump writes an expression as a form that tests can compare.
func dump(e Expr) string {
	items := make([]string, len(e.Items))
	for i, item := range e.Items {
		items[i] = dump(item)
	}
	all := strings.Join(items, " ")
	switch e.Kind {
	case Opaque:
		return "?"
	case String:
		return fmt.Sprintf("%q", e.Text)
	case Number, Name:
		return e.Text
	case Call:
		return e.Text + "(" + all + ")"
	case Keyword:
		return e.Text + "=" + all
	case Tuple:
		return "tuple(" + all + ")"
	case List:
		return "list(" + all + ")"
	case Set:
		return "set(" + all + ")"
	case Dict:
		return "dict(" + all + ")"
	case Pair:
		return strings.Join(items, ":")
	case Cond:
		return "if(" + e.Text + " " + all + ")"
	case Star:
		return "*" + all
	case DoubleStar:
		return "**" + all
	}
	return fmt.Sprintf("kind %d", e.Kind)
}

func TestExpr(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{`"a"`, `"a"`},
		{`'a' "b" r"\n"`, `"ab\\n"`},
		{`"a\"b\\c\n\t\r\
d"`, `"a\"b\\c\n\t\rd"`},
		{`"""a
b"""`, `"a\nb"`},
		{`""`, `""`},
		{`"\x41"`, `?`},
		{`f"{a}"`, `?`},
		{`b"a"`, `?`},
		{`1_000`, `1_000`},
		{`-1e-5`, `-1e-5`},
		{`0x1F`, `0x1F`},
		{`.5`, `.5`},
		{`None`, `None`},
		{`a.b.c`, `a.b.c`},
		{`(1)`, `1`},
		{`(1,)`, `tuple(1)`},
		{`()`, `tuple()`},
		{`1, "a",`, `tuple(1 "a")`},
		{`[1, 2, ]`, `list(1 2)`},
		{`{1, *a}`, `set(1 *a)`},
		{`{}`, `dict()`},
		{`{"a": 1, **b}`, `dict("a":1 **b)`},
		{`{("en", "fr"): {"x": 1}}`, `dict(tuple("en" "fr"):dict("x":1))`},
		{`OrderedDict[str, str]([("a", "b")])`, `OrderedDict(list(tuple("a" "b")))`},
		{`OrderedDict(**{"a": "b"}, **C)`, `OrderedDict(**dict("a":"b") **C)`},
		{`f(a, b=1, *c)`, `f(a b=1 *c)`},
		{`list(X.items())`, `list(X.items())`},
		{`(A,) if is_torch_available() else ()`, `if(is_torch_available() tuple(A) tuple())`},
		{`"A" if x and not y else ("B" if z else None)`, `if(x and not y "A" if(z "B" None))`},
		{`1 if a else 2 if b else 3`, `if(a 1 if(b 2 3))`},
		{"(  # a comment\n 1,\n# another )\n 2)", `tuple(1 2)`},
		{`a + b`, `?`},
		{`a + b if c else d`, `?`},
		{`a if b else c + d`, `if(b a ?)`},
		{`[a + 1, 2]`, `list(? 2)`},
		{`[x for x in y]`, `?`},
		{`{k: v for k, v in y.items() if v}`, `?`},
		{`{"a": [x for x in (1, 2)], "b": 1}`, `dict("a":? "b":1)`},
		{`f(x for x in y)`, `f(?)`},
		{`[lambda a, b=1: a, 2]`, `list(? 2)`},
		{`a[1]`, `?`},
		{`a[1:2].b`, `?`},
		{`f(1)(2)`, `?`},
		{`f(1).a`, `?`},
		{`"a".join(b)`, `?`},
		{`not a`, `?`},
		{`-a`, `?`},
		{`...`, `?`},
		{strings.Repeat("a.", maxDots+1) + "a", `?`},
	} {
		e, err := Source{Line: 1, text: tt.src}.Expr()
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
		} else if got := dump(e); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.src, got, tt.want)
		}
	}
}

func TestExprErrors(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{``, "expression is missing"},
		{`a = 1`, `"=" is not expected`},
		{`a b`, ``}, // Opaque: b might be an operator such as "in"
		{`[1, 2`, "never closed"},
		{`1)`, "closes nothing"},
		{`(1]`, "closes nothing"},
		{`[1,, 2]`, `"," is not expected`},
		{`"a`, "not closed"},
		{`"""a`, "not closed"},
		{`{1, "a": 2}`, "neither a set nor a dict"},
		{`{"a": 2, 1}`, "neither a set nor a dict"},
		{`1 if`, "ends early"},
		{`1 if a`, "ends early"},
		{`a.`, "ends early"},
		{`lambda`, "ends early"},
		{`\ 1`, "stray backslash"},
	} {
		_, err := Source{Line: 1, text: tt.src}.Expr()
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.src, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: error %v, want %q", tt.src, err, tt.want)
		}
	}
}

func TestExprLines(t *testing.T) {
	e, err := Source{Line: 7, text: "[\n 'a',\n\n '''b\n''', c]"}.Expr()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{8, 10, 11} {
		if got := e.Items[i].Line; got != want {
			t.Errorf("item %d is on line %d, want %d", i, got, want)
		}
	}
}

// Nesting is where a recursive parser would run out of stack.
func TestDepth(t *testing.T) {
	const n = 100_000
	for _, src := range []string{
		strings.Repeat("(", n) + strings.Repeat(")", n),
		strings.Repeat("[", n),
		strings.Repeat("{1:", n),
		strings.Repeat("f(", n),
		strings.Repeat("- ", n) + "a",
		strings.Repeat("not ", n) + "a",
		strings.Repeat("*", n) + "a",
		strings.Repeat("1 if a else ", n) + "1",
		strings.Repeat("lambda: ", n) + "1",
	} {
		_, err := Source{Line: 1, text: src}.Expr()
		if err == nil || !strings.Contains(err.Error(), "nest deeper") {
			t.Errorf("%.20s…: error %v, want one about nesting", src, err)
		}
	}
}
