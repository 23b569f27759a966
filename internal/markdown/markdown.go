// Package markdown writes what came from outside into Markdown.
package markdown

import "strings"

var escaper = strings.NewReplacer(
	"\n", " ", "\r", " ", "<", "&lt;", ">", "&gt;", "&", "&amp;",
	`\`, `\\`, "`", "\\`", "|", `\|`, "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "~", `\~`, "$", `\$`,
)

// Text keeps a text from being read as Markdown or HTML, on one line, so that
// it also stays in its cell of a table.
func Text(s string) string { return escaper.Replace(s) }

// Code sets off a name. One that no code span could hold is text.
func Code(s string) string {
	if strings.ContainsAny(s, "`|\\\r\n") {
		return Text(s)
	}
	return "`" + s + "`"
}
