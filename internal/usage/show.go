package usage

import (
	"strings"
	"unicode"
)

// Printable keeps control characters, and those that turn the direction of the
// text, from a terminal.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}

// longest is what is shown of a complaint about the command line, which repeats
// what was given, whatever its length.
const longest = 2000

// Say is an error as people read it.
func Say(err error) string {
	s := err.Error()
	if Is(err) && len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return Printable(s)
}
