package usage

import (
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/names"
)

// Near names up to three of the known names that are like a name, the nearest
// first, as the end of a complaint; "" where none is.
func Near(name string, known []string) string {
	want := names.Fold(name)
	if len(want) < 2 || len(want) > 64 {
		return ""
	}
	type candidate struct {
		name string
		far  int
	}
	var found []candidate
	for _, k := range known {
		have := names.Fold(k)
		// A third of the letters may be wrong. A name that is the beginning of
		// another is near it however much follows.
		if far := distance(want, have); far <= max(1, len(want)/3) {
			found = append(found, candidate{k, far})
		} else if strings.HasPrefix(have, want) {
			found = append(found, candidate{k, len(have)})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.far - b.far })
	if len(found) == 0 {
		return ""
	}
	var list []string
	for _, f := range found[:min(3, len(found))] {
		list = append(list, f.name)
	}
	return "; near it: " + strings.Join(list, ", ")
}

// NearOrAll is Near, or else all the names.
func NearOrAll(name string, known []string) string {
	if s := Near(name, known); s != "" {
		return s
	}
	return "; known are " + strings.Join(known, ", ")
}

// distance is the number of letters to insert, delete or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := before
			if a[i] != b[j] {
				d = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}
