package markdown

import (
	"strings"
	"testing"
)

func TestEscapes(t *testing.T) {
	for in, want := range map[string][2]string{ // as a text, and as a name
		"plain, a-b.c/d":            {"plain, a-b.c/d", "`plain, a-b.c/d`"},
		"gpt_neox":                  {`gpt\_neox`, "`gpt_neox`"},
		"<b>&amp;":                  {"&lt;b&gt;&amp;amp;", "`<b>&amp;`"},
		"a|b\nc\r":                  {`a\|b c `, `a\|b c `},
		"*x* _y_ `z` ~~s~~ $m$ \\|": {"\\*x\\* \\_y\\_ \\`z\\` \\~\\~s\\~\\~ \\$m\\$ \\\\\\|", "\\*x\\* \\_y\\_ \\`z\\` \\~\\~s\\~\\~ \\$m\\$ \\\\\\|"},
		"@a closes #1":              {"@\u200ba closes #\u200b1", "`@a closes #1`"},
		"[a](javascript:b)":         {`\[a\](javascript:b)`, "`[a](javascript:b)`"},
	} {
		if got := [2]string{Text(in), Code(in)}; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// What comes from outside stays in its cell, and is text.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", `a|b`, `\|`, "<img>", "&lt;", "[x](y)", "two\nlines", "@all `x` $x$", `\\|`, "\\`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		unescaped := strings.NewReplacer(`\\`, "", `\|`, "", "\\`", "")
		for _, cell := range []string{Text(s), Code(s)} {
			if strings.ContainsAny(cell, "\n\r") {
				t.Errorf("%q ends its row: %q", s, cell)
			}
			if strings.Contains(unescaped.Replace(cell), "|") {
				t.Errorf("%q leaves its cell: %q", s, cell)
			}
		}
		if strings.ContainsAny(unescaped.Replace(Text(s)), "<>`") {
			t.Errorf("%q is markup: %q", s, Text(s))
		}
	})
}
