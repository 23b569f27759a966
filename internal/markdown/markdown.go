// Package markdown escapes what is written into Markdown.
package markdown

import "strings"

// A zero-width space after @ and # keeps a text from calling people or issues
// by name.
var escaper = strings.NewReplacer(
	"\n", " ", "\r", " ", "<", "&lt;", ">", "&gt;", "&", "&amp;", "@", "@\u200b", "#", "#\u200b",
	`\`, `\\`, "`", "\\`", "|", `\|`, "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "~", `\~`, "$", `\$`,
)

// Text escapes a text: it is read as nothing but text, stays on one line, and
// so in its cell of a table.
func Text(s string) string { return escaper.Replace(s) }

// Code is a name as a code span, or as text where no code span could hold it.
func Code(s string) string {
	if strings.ContainsAny(s, "`|\\\r\n") {
		return Text(s)
	}
	return "`" + s + "`"
}
