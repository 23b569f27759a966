package names

import (
	"cmp"
	"slices"
	"strings"
)

// Near returns up to three of the known names that are like a name, the nearest
// first. It compares with every name, and so takes far longer than a lookup.
func Near(name string, known []string) []string {
	want := Fold(name)
	if len(want) < 2 || len(want) > maxLength {
		return nil
	}
	type neighbour struct {
		name     string
		distance int
	}
	var found []neighbour
	wrong := max(1, len(want)/3) // so many letters may be wrong
	for _, k := range known {
		have := Fold(k)
		longer := max(len(want), len(have)) - min(len(want), len(have))
		d := longer
		if d <= wrong {
			d = distance(have, want)
		}
		if d > wrong { // a name that is in another, or begins with it, is near it however long the rest is
			if !strings.Contains(have, want) && (len(have) <= 2 || !strings.HasPrefix(want, have)) {
				continue
			}
			d = wrong + 1 + longer
		}
		found = append(found, neighbour{k, d})
	}
	slices.SortStableFunc(found, func(a, b neighbour) int { return cmp.Compare(a.distance, b.distance) })
	var near []string
	for _, n := range found[:min(len(found), 3)] {
		near = append(near, n.name)
	}
	return near
}

// distance is the number of letters to insert, delete, replace or swap with the
// next to make b of a. The length of b is at most maxLength.
func distance(a, b string) int {
	var rows [3][maxLength + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			d := last[j]
			if a[i] != b[j] {
				d = 1 + min(d, last[j+1], row[j])
				if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
					d = min(d, 1+before[j-1])
				}
			}
			row[j+1] = d
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
