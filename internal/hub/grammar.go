package hub

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hfmodels/hfmodels/internal/names"
)

// What the texts of an answer may look like. Model cards are written by
// anyone, and what is read here ends in generated code, file names and
// terminals, so a text that does not fit never leaves the package.
//
// Every grammar but that of tags is plain ASCII without quotes, spaces at the
// ends or control characters.

const (
	letters   = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits    = "0123456789"
	hexDigits = digits + "abcdef"
	alnum     = letters + digits
)

// A grammar says which texts fit, and how to call them in a message.
type grammar struct {
	want string
	fits func(string) bool
}

var (
	repoID  = grammar{"a repository id", names.IsRepo}
	account = grammar{"a user or organisation", names.IsAccount}

	hubID  = word("24 hex digits", hexDigits, hexDigits, 24, 24)
	commit = word("40 lower-case hex digits", hexDigits, hexDigits, 40, 40)

	// modelType is verbatim: gpt_neox, xlm-roberta and kosmos-2.5 all occur.
	modelType = word("a model type", alnum, alnum+"._-", 1, 64)
	class     = word("a class name", letters+"_", alnum+"_", 1, 128)
	dtype     = word("a dtype", letters, alnum+"_", 1, 32)
	method    = word("a quantisation method", alnum, alnum+"._-", 1, 64)
	library   = word("a library name", alnum, alnum+"._+ -", 1, 64)
	pipeline  = word("a task", letters+digits, alnum+"-", 1, 64)
	license   = word("a licence id", alnum, alnum+"._+-", 1, 64)

	tag    = grammar{"printable text of at most 256 bytes", isTag}
	gating = grammar{`false, "auto" or "manual"`, func(s string) bool { return s == "auto" || s == "manual" }}
)

// word is the grammar of texts that start with one of first and go on with
// those of rest, least to most bytes long. None ends in a space.
func word(want, first, rest string, least, most int) grammar {
	return grammar{want, func(s string) bool {
		if len(s) < least || len(s) > most || strings.IndexByte(first, s[0]) < 0 || s[len(s)-1] == ' ' {
			return false
		}
		for i := range len(s) {
			if strings.IndexByte(rest, s[i]) < 0 {
				return false
			}
		}
		return true
	}}
}

func isTag(s string) bool {
	if s == "" || len(s) > 256 {
		return false
	}
	for _, r := range s {
		// The replacement character stands for something that was lost.
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// quoted shows the start of a text that did not fit, in printable ASCII.
func quoted(s string) string {
	if len(s) > 60 {
		return strconv.QuoteToASCII(s[:60]) + "…"
	}
	return strconv.QuoteToASCII(s)
}
