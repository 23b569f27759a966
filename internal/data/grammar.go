package data

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
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
	hex     = digits + "abcdef"
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

// IsVersion reports whether s is the version of a Python package, as PEP 440 has
// it: 5.24.0, 5.25.0rc1, 5.24.0.post1.
func IsVersion(s string) bool {
	_, err := semver.PyPI.Parse(s) // takes 5.24.* as well
	return err == nil && word(s, digits, alnum+".+!-", 64)
}

// CompareVersions orders versions as PEP 440 does: 5.25.0.dev0, 5.25.0rc1,
// 5.25.0, which is 5.25, and 5.25.0.post1. What is not a version comes first.
func CompareVersions(a, b string) int { return semver.PyPI.Compare(a, b) }

// Each of these reports whether s has the form of what stands behind it. The
// model_type of a config is as it is written there: gpt_neox, xlm-roberta and
// kosmos-2.5 all occur. A word is the id of a licence, or the name of a
// quantisation method: apache-2.0, openrail++, compressed-tensors.
func IsClass(s string) bool        { return word(s, letters+"_", alnum+"_", 128) }  // a Python class
func IsCommit(s string) bool       { return len(s) == 40 && word(s, hex, hex, 40) } // the full id of a commit
func IsDay(s string) bool          { _, err := time.Parse(time.DateOnly, s); return err == nil }
func isTime(s string) bool         { _, err := time.Parse("2006-01-02T15:04:05Z", s); return err == nil }
func IsDigest(s string) bool       { return len(s) == 64 && word(s, hex, hex, 64) }                           // a SHA-256
func IsLibrary(s string) bool      { return word(s, alnum, alnum+"._+- ", 64) && !strings.HasSuffix(s, " ") } // Model Optimizer
func IsModelType(s string) bool    { return word(s, alnum, alnum+"._-", 64) }
func IsRepositoryID(s string) bool { return word(s, alnum, alnum, 64) }     // the Hub's _id of a repository
func IsTask(s string) bool         { return word(s, alnum, alnum+"-", 64) } // fill-mask
func IsWord(s string) bool         { return word(s, alnum, alnum+"._+-", 64) }

// IsLine reports whether s is printable text of 1 to limit bytes.
func IsLine(s string, limit int) bool {
	return 0 < len(s) && len(s) <= limit && !strings.ContainsFunc(s, func(r rune) bool {
		// The replacement character stands for something that was lost.
		return r == utf8.RuneError || !unicode.IsPrint(r)
	})
}

// OneLine makes one printable line of text from outside, of at most limit bytes
// and a sign for what was cut off.
func OneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != utf8.RuneError {
			return r
		}
		return ' '
	}, s)
	if s = strings.Join(strings.Fields(s), " "); len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}

// word reports whether s starts with one of first and holds nothing but rest,
// and has 1 to limit bytes.
func word(s, first, rest string, limit int) bool {
	return 0 < len(s) && len(s) <= limit && strings.IndexByte(first, s[0]) >= 0 && strings.Trim(s, rest) == ""
}

// forms are the forms that the tag "form" of a field can name.
var forms = map[string]func(string) bool{
	"account": IsAccount, "class": IsClass, "commit": IsCommit, "day": IsDay, "digest": IsDigest, "library": IsLibrary,
	"id with an owner": IsOwned, "repository id": IsRepo, "_id": IsRepositoryID, "task": IsTask, "model type": IsModelType,
	"source": isSource, "final release": IsStable, "version": IsVersion, "word without spaces": IsWord,
	"two-letter code":                   func(s string) bool { return len(s) == 2 && strings.Trim(s, letters[:26]) == "" },
	"time such as 2026-11-25T16:00:00Z": isTime,
	"line":                              func(s string) bool { return IsLine(s, 500) },
	"":                                  func(s string) bool { return IsLine(s, len(s)) },
	// As YAML may wrap it.
	"line of printable text": func(s string) bool { return IsLine(strings.Join(strings.Fields(s), " "), len(s)) },
	"list of licences": func(s string) bool {
		return !slices.ContainsFunc(strings.Split(s, LicenseSeparator), func(l string) bool { return !IsWord(l) })
	},
}

// problem is told what is wrong with the value at some place of a file.
type problem func(at, format string, args ...any)

// checkForms tells bad of the values in v that do not have their form. That of a field is
// its tag "form": one of forms, or some words with | between them. An empty
// text and the number 0 are unknown and have every form, but for those that
// end in "!". The forms of a map are that of its keys and, after a comma, that of
// its values. A list whose form begins with "sorted" is sorted and has nothing
// twice, as find expects. Any other text has no characters that a terminal would obey.
func checkForms(at, form string, v reflect.Value, bad problem) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			checkForms(at, form, v.Elem(), bad)
		}
	case reflect.String:
		name, needed := strings.CutSuffix(form, "!")
		switch s, is := v.String(), forms[name]; {
		case s == "" && !needed, is != nil && is(s), is == nil && slices.Contains(strings.Split(name, "|"), s):
		case is == nil:
			bad(at, "%+.100q is not one of %s", s, strings.ReplaceAll(name, "|", ", "))
		default:
			bad(at, "%+.100q is not a valid %s", s, cmp.Or(name, "line of printable text"))
		}
	case reflect.Int64:
		if least := map[string]int64{"counter": -1, "!": 1}[form]; v.Int() < least { // -1 is an unknown counter
			bad(at, "%d is too small: the least is %d", v.Int(), least)
		}
	case reflect.Slice:
		form, sorted := strings.CutPrefix(form, "sorted")
		form = strings.TrimPrefix(form, " ")
		before := ""
		for i := range v.Len() {
			if key := keyOf(v.Index(i)); sorted && key <= before {
				bad("", "%q comes after %q, but rows are sorted and unique", key, before)
			} else {
				before = key
			}
			checkForms(at+"["+strconv.Itoa(i)+"]", form, v.Index(i), bad)
		}
	case reflect.Map:
		ofKeys, ofValues, _ := strings.Cut(form, ",")
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			below := strings.TrimPrefix(at+": "+key.String(), ": ")
			checkForms(below, ofKeys, key, bad)
			checkForms(below, ofValues, v.MapIndex(key), bad)
		}
	case reflect.Struct:
		at = cmp.Or(keyOf(v), at)
		for i := range v.NumField() {
			field, form := v.Type().Field(i), v.Type().Field(i).Tag.Get("form")
			name, _, _ := strings.Cut(cmp.Or(field.Tag.Get("json"), field.Tag.Get("yaml"), "-"), ",")
			switch {
			case name == "-":
			case field.Type.Kind() == reflect.String && v.Field(i).Len() == 0 && strings.HasSuffix(form, "!"):
				bad(at, "no %s", name)
			default:
				checkForms(strings.TrimPrefix(at+": "+name, ": "), form, v.Field(i), bad)
			}
		}
	}
}

// keyOf is what a list is sorted by: the key of a row, or the text itself.
func keyOf(v reflect.Value) string {
	if r, ok := v.Interface().(row); ok {
		return r.key()
	}
	if v.Kind() == reflect.String {
		return v.String()
	}
	return ""
}
