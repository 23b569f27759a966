package data

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What a text from outside may look like. Model cards are written by anyone,
// and what is read of them ends in generated code, file names and terminals.
// So every text is held to one of these grammars where it comes in, and to none
// behind that. All of them but IsLine allow plain ASCII only, without quotes,
// control characters, or spaces at the ends.

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
	alnum   = letters + digits
)

// IsRepo reports whether s has the form of a repository's id on the Hub:
// owner/name, or a bare name for the few models that predate owners. The rules
// are those of huggingface_hub's validate_repo_id.
func IsRepo(s string) bool {
	owner, name, ok := strings.Cut(s, "/")
	if !ok {
		owner, name = s, s
	}
	return IsAccount(owner) && IsAccount(name) && !strings.HasSuffix(name, ".git")
}

// IsOwned is IsRepo for owner/name only.
func IsOwned(s string) bool { return strings.Contains(s, "/") && IsRepo(s) }

// IsAccount reports whether s has the form of a user or organisation, which is
// that of a repository's name.
func IsAccount(s string) bool {
	return word(s, alnum+"_", alnum+"._-", 96) && strings.TrimRight(s, ".-") == s &&
		!strings.Contains(s, "..") && !strings.Contains(s, "--")
}

// IsCommit reports whether s is the full id of a commit: 40 lower-case hex digits.
func IsCommit(s string) bool { return len(s) == 40 && word(s, digits+"abcdef", digits+"abcdef", 40) }

// IsDigest reports whether s is a SHA-256: 64 lower-case hex digits.
func IsDigest(s string) bool { return len(s) == 64 && word(s, digits+"abcdef", digits+"abcdef", 64) }

// IsDay reports whether s is a day, as 2026-08-22.
func IsDay(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil }

// IsVersion reports whether s may be the version of a Python package: 5.24.0, 5.25.0rc1.
func IsVersion(s string) bool { return word(s, digits, alnum+".+!-", 64) }

// IsModelType reports whether s may be the model_type of a config, as it is
// written there: gpt_neox, xlm-roberta and kosmos-2.5 all occur.
func IsModelType(s string) bool { return word(s, alnum, alnum+"._-", 64) }

// IsClass reports whether s may be the name of a Python class.
func IsClass(s string) bool { return word(s, letters+"_", alnum+"_", 128) }

// IsTask reports whether s may be a task of the Hub: fill-mask.
func IsTask(s string) bool { return word(s, alnum, alnum+"-", 64) }

// IsWord reports whether s may be the id of a licence, or the name of a
// quantisation method: apache-2.0, openrail++, compressed-tensors.
func IsWord(s string) bool { return word(s, alnum, alnum+"._+-", 64) }

// IsLibrary reports whether s may be the name of a library: Model Optimizer.
func IsLibrary(s string) bool {
	return word(s, alnum, alnum+"._+- ", 64) && !strings.HasSuffix(s, " ")
}

// IsLine reports whether s is printable text of 1 to limit bytes.
func IsLine(s string, limit int) bool {
	return 0 < len(s) && len(s) <= limit && !strings.ContainsFunc(s, func(r rune) bool {
		// The replacement character stands for something that was lost.
		return r == utf8.RuneError || !unicode.IsPrint(r)
	})
}

// word reports whether s starts with one of first and holds nothing but rest,
// and has 1 to limit bytes.
func word(s, first, rest string, limit int) bool {
	return 0 < len(s) && len(s) <= limit && strings.IndexByte(first, s[0]) >= 0 && strings.Trim(s, rest) == ""
}

// problems are what is wrong with a file.
type problems []error

// add adds a problem, unless it is none.
func (p *problems) add(err error) {
	if err != nil {
		*p = append(*p, err)
	}
}

// check adds the values that do not have the form of their field. An unknown
// value, "", has every form.
func (p *problems) check(field string, form func(string) bool, values ...string) {
	for _, v := range values {
		if v != "" {
			p.need(field, form, v)
		}
	}
}

// need is check for values that have to be known.
func (p *problems) need(field string, form func(string) bool, values ...string) {
	for _, v := range values {
		if !form(v) {
			p.add(fmt.Errorf("%s: %.100q does not have the form of one", field, v))
		}
	}
}

// join is the first few of the problems, nil if there are none.
func (p problems) join() error { return errors.Join(p[:min(len(p), 20)]...) }

// isOneOf is the form of a field that has one of some words.
func isOneOf(words ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(words, s) }
}
