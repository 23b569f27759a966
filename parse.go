package hfmodels

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// ParseArch returns the architecture of that name. It ignores case and the
// separators '-', '_', '.' and ' ', so that GPT-NeoX is gpt_neox. A name that
// is no architecture gives an *UnknownArchError.
func ParseArch(s string) (Arch, error) {
	if len(s) <= maxName {
		// Most names come as transformers writes them.
		var buf [maxName]byte
		if a := find(&buf, copy(buf[:], s)); a != 0 {
			return a, nil
		}
		if a := find(&buf, len(fold(&buf, s))); a != 0 {
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

// find returns the architecture whose verbatim or folded name is buf[:n], or
// none. The rest of buf must be zero.
func find(buf *[maxName]byte, n int) Arch {
	row := named[slotOf(buf, n)]
	for i := range row {
		if row[i].name == string(buf[:n]) {
			return row[i].arch
		}
	}
	return 0
}

// UnknownArchError says that a name is no architecture.
type UnknownArchError struct {
	Name string // as it was given
}

// Error names what was asked for and the names that are near it.
func (e *UnknownArchError) Error() string {
	msg := "hfmodels: unknown architecture " + quote(e.Name)
	near := e.Near()
	if len(near) == 0 {
		return msg
	}
	names := make([]string, len(near))
	for i, a := range near {
		names[i] = a.String()
	}
	return msg + "; near it: " + strings.Join(names, ", ")
}

// Near returns up to three architectures whose names are like the one asked
// for, the nearest first. It compares with every name, and so takes far
// longer than a lookup.
func (e *UnknownArchError) Near() []Arch {
	var near []Arch
	for _, i := range nearest(e.Name, archNames[1:]) {
		near = append(near, Arch(i+1))
	}
	return near
}

// nearest returns the indices of up to three names that are like s, the
// nearest first.
func nearest(s string, names []string) []int {
	if len(s) > maxName {
		return nil
	}
	var buf, other [maxName]byte
	want := fold(&buf, s)
	if len(want) < 2 {
		return nil
	}
	type candidate struct{ index, far int }
	var found []candidate
	for i, name := range names {
		have := fold(&other, name)
		if len(have) == 0 {
			continue
		}
		far := distance(want, have)
		// A third of the letters may be wrong. A name that is the beginning
		// of another is near it however much follows.
		if far > max(1, len(want)/3) {
			if !strings.HasPrefix(string(have), string(want)) && (len(have) < 3 || !strings.HasPrefix(string(want), string(have))) {
				continue
			}
			far = len(want)/3 + 1 + max(len(want), len(have)) - min(len(want), len(have))
		}
		found = append(found, candidate{i, far})
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.far, b.far) })
	var near []int
	for _, c := range found[:min(len(found), 3)] {
		near = append(near, c.index)
	}
	return near
}

// maxName is more than the longest folded name; the generator checks it.
const maxName = 64

// folded maps a byte of a name to what it is compared as. What is not listed
// becomes 0, which no name contains; the separators are skipped.
var folded = [256]byte{
	'-': skipped, '_': skipped, '.': skipped, ' ': skipped,
	'0': '0', '1': '1', '2': '2', '3': '3', '4': '4', '5': '5', '6': '6', '7': '7', '8': '8', '9': '9',
	'a': 'a', 'b': 'b', 'c': 'c', 'd': 'd', 'e': 'e', 'f': 'f', 'g': 'g', 'h': 'h', 'i': 'i', 'j': 'j',
	'k': 'k', 'l': 'l', 'm': 'm', 'n': 'n', 'o': 'o', 'p': 'p', 'q': 'q', 'r': 'r', 's': 's', 't': 't',
	'u': 'u', 'v': 'v', 'w': 'w', 'x': 'x', 'y': 'y', 'z': 'z',
	'A': 'a', 'B': 'b', 'C': 'c', 'D': 'd', 'E': 'e', 'F': 'f', 'G': 'g', 'H': 'h', 'I': 'i', 'J': 'j',
	'K': 'k', 'L': 'l', 'M': 'm', 'N': 'n', 'O': 'o', 'P': 'p', 'Q': 'q', 'R': 'r', 'S': 's', 'T': 't',
	'U': 'u', 'V': 'v', 'W': 'w', 'X': 'x', 'Y': 'y', 'Z': 'z',
}

const skipped = 1

// fold writes s, which must not be longer than buf, in lower case and without
// separators to buf, and zeros after it.
func fold(buf *[maxName]byte, s string) []byte {
	n := 0
	for i := range len(s) {
		c := folded[s[i]]
		buf[n%maxName] = c
		if c != skipped {
			n++
		}
	}
	clear(buf[n:])
	return buf[:n]
}

// sameName reports whether two names fold to the same one.
func sameName(a, b string) bool {
	var x, y [maxName]byte
	return len(a) <= maxName && len(b) <= maxName && string(fold(&x, a)) == string(fold(&y, b))
}

// distance is the number of letters to insert, delete, replace or swap with
// the next to make b of a.
func distance(a, b []byte) int {
	var before, last, row [maxName + 1]int
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			d := last[j]
			if a[i] != b[j] {
				d = 1 + min(d, last[j+1], row[j])
				if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
					d = min(d, 1+before[j-1])
				}
			}
			row[j+1] = d
		}
		before, last = last, row
	}
	return last[len(b)]
}

// quote makes input fit to be printed: escaped, and cut where it is long.
func quote(s string) string {
	if len(s) > maxName {
		return strconv.QuoteToASCII(s[:maxName]) + "…"
	}
	return strconv.QuoteToASCII(s)
}
