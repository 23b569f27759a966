package usage

import (
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/names"
)

// Near returns the end of an error about an unknown name: up to three known
// names that are like it, the nearest first; "" where there are none.
func Near(name string, known []string) string {
	want := names.Fold(name)
	if len(want) < 2 || len(want) > 64 {
		return ""
	}
	far := make(map[string]int)
	for _, k := range known {
		have := names.Fold(k)
		// A third of the letters may be wrong. A name that is the beginning of
		// another is near it however much follows.
		if d := distance(want, have); d <= max(1, len(want)/3) {
			far[k] = d
		} else if strings.HasPrefix(have, want) {
			far[k] = len(have)
		}
	}
	near := slices.DeleteFunc(slices.Clone(known), func(k string) bool { _, ok := far[k]; return !ok })
	slices.SortStableFunc(near, func(a, b string) int { return far[a] - far[b] })
	if len(near) == 0 {
		return ""
	}
	return "; near it: " + strings.Join(near[:min(3, len(near))], ", ")
}

// NearOrAll is Near, or else all the known names.
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
