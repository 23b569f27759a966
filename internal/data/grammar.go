package data

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"deps.dev/util/semver"
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

// IsVersion reports whether s is the version of a Python package, as PEP 440 has
// it: 5.24.0, 5.25.0rc1, 5.24.0.post1.
func IsVersion(s string) bool {
	_, err := semver.PyPI.Parse(s) // takes 5.24.* as well
	return err == nil && word(s, digits, alnum+".+!-", 64)
}

// CompareVersions orders versions as PEP 440 does: 5.25.0.dev0, 5.25.0rc1,
// 5.25.0, which is 5.25, and 5.25.0.post1. What is not a version comes first.
func CompareVersions(a, b string) int { return semver.PyPI.Compare(a, b) }

// IsModelType reports whether s may be the model_type of a config, as it is
// written there: gpt_neox, xlm-roberta and kosmos-2.5 all occur.
func IsModelType(s string) bool { return word(s, alnum, alnum+"._-", 64) }

// IsClass reports whether s may be the name of a Python class.
func IsClass(s string) bool { return word(s, letters+"_", alnum+"_", 128) }

// IsRepositoryID reports whether s may be the Hub's _id of a repository.
func IsRepositoryID(s string) bool { return word(s, alnum, alnum, 64) }

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

// forms are the forms that the tag "form" of a field can name.
var forms = map[string]func(string) bool{
	"account": IsAccount, "class": IsClass, "commit": IsCommit, "day": IsDay, "digest": IsDigest, "library": IsLibrary,
	"owned": IsOwned, "repo": IsRepo, "repository": IsRepositoryID, "source": isSource, "task": IsTask, "type": IsModelType, "version": IsVersion, "word": IsWord,
	"line": func(s string) bool { return IsLine(s, 500) },
	"":     func(s string) bool { return IsLine(s, len(s)) },
	"licenses": func(s string) bool {
		return !slices.ContainsFunc(strings.Split(s, LicenseSeparator), func(l string) bool { return !IsWord(l) })
	},
}

// problems are what is wrong with a file.
type problems []error

// add adds a problem, unless it is none.
func (p *problems) add(err error) {
	if err != nil {
		*p = append(*p, err)
	}
}

// check adds the texts in v that do not have their form. That of a field is
// its tag "form": one of forms, or some words with | between them. An empty
// text is unknown and has every form, but for those that end in "!". The forms
// of a map are that of its keys and, after a comma, that of its values. Any
// other text has no characters that a terminal would obey.
func (p *problems) check(at, form string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			p.check(at, form, v.Elem())
		}
	case reflect.String:
		name, needed := strings.CutSuffix(form, "!")
		is := forms[name]
		if is == nil {
			is = func(s string) bool { return slices.Contains(strings.Split(name, "|"), s) }
		}
		if s := v.String(); (s != "" || needed) && !is(s) {
			p.add(fmt.Errorf("%s: %+.100q does not have the form of %s", at, s, cmp.Or(name, "text that can be shown")))
		}
	case reflect.Int64:
		least := int64(0)
		if form == "counter" { // -1 is unknown
			least = -1
		}
		if v.Int() < least {
			p.add(fmt.Errorf("%s: %d is negative", at, v.Int()))
		}
	case reflect.Slice:
		for i := range v.Len() {
			p.check(at, form, v.Index(i))
		}
	case reflect.Map:
		ofKeys, ofValues, _ := strings.Cut(form, ",")
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			p.check(strings.TrimPrefix(at+": key", ": "), ofKeys, key)
			p.check(strings.TrimPrefix(at+": "+key.String(), ": "), ofValues, v.MapIndex(key))
		}
	case reflect.Struct:
		if r, ok := v.Interface().(row); ok {
			at = r.key()
		}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "-" {
				p.check(strings.TrimPrefix(at+": "+name, ": "), field.Tag.Get("form"), v.Field(i))
			}
		}
	}
}

// checkForms is the door for texts: everything that is read goes through it.
func checkForms(form string, v any) error {
	var p problems
	p.check("", form, reflect.ValueOf(v))
	return p.join()
}

// Validate checks the form of what is said of a model.
func (m *Model) Validate() error { return checkForms("", m) }

// join is the first few of the problems, nil if there are none.
func (p problems) join() error { return errors.Join(p[:min(len(p), 20)]...) }
