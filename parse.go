package hfmodels

import (
	"strconv"
	"strings"

	"github.com/hfmodels/hfmodels/internal/names"
)

// ParseArch returns the architecture of that name. It ignores case and the
// separators '-', '_', '.' and ' ', so that GPT-NeoX is gpt_neox. A name that
// is not an architecture gives an *UnknownArchError.
func ParseArch(s string) (Arch, error) {
	if len(s) <= maxName {
		// Most names come as transformers writes them.
		if a := find(s); a != 0 {
			return a, nil
		}
		var buf [maxName]byte
		if a := find(string(fold(&buf, s))); a != 0 {
			return a, nil
		}
	}
	return 0, &UnknownArchError{Name: s}
}

// namedArch is a row of the table of names. That holds every name twice,
// verbatim and folded, where the two differ.
type namedArch struct {
	name string
	arch Arch
}

// find returns the architecture whose verbatim or folded name this is, or none.
func find(name string) Arch {
	row := named[slotOf(name)]
	for i := range row {
		if row[i].name == name {
			return row[i].arch
		}
	}
	return 0
}

// UnknownArchError says that a name is not an architecture.
type UnknownArchError struct {
	Name string // as it was given
}

// Error names what was asked for and the names that are near it, or says since when
// a former one is gone.
func (e *UnknownArchError) Error() string {
	if former, ok := Former(e.Name); ok {
		return "hfmodels: " + former.Why
	}
	msg := "hfmodels: unknown architecture " + quote(e.Name)
	if near := names.Near(e.Name, archNames[1:]); len(near) > 0 {
		msg += "; near it: " + strings.Join(near, ", ")
	}
	return msg
}

// Near returns up to three architectures whose names are like the one asked
// for, the nearest first. It compares with every name, and so takes far
// longer than a lookup.
func (e *UnknownArchError) Near() []Arch {
	var all []Arch
	for _, name := range names.Near(e.Name, archNames[1:]) {
		if a, err := ParseArch(name); err == nil {
			all = append(all, a)
		}
	}
	return all
}

// maxName is more than the longest folded name; the generator checks it.
const maxName = 64

// fold writes s, which must not be longer than buf, in lower case and without
// separators to buf. What no name contains becomes 0.
func fold(buf *[maxName]byte, s string) []byte {
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '-' || c == '_' || c == '.' || c == ' ':
			continue
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			buf[n] = c
		case 'A' <= c && c <= 'Z':
			buf[n] = c - 'A' + 'a'
		}
		n++
	}
	return buf[:n]
}

// sameName reports whether two names fold to the same one.
func sameName(a, b string) bool {
	var x, y [maxName]byte
	return len(a) <= maxName && len(b) <= maxName && string(fold(&x, a)) == string(fold(&y, b))
}

// quote makes input fit to be printed: escaped, and cut where it is long.
func quote(s string) string {
	if len(s) > maxName {
		return strconv.QuoteToASCII(s[:maxName]) + "…"
	}
	return strconv.QuoteToASCII(s)
}
