package names

import (
	"cmp"
	"slices"
	"strings"
)

// Near returns up to three of the known names that are like a name, the nearest
// first: those that share the most pairs of neighbouring letters with it, where the
// ends count as letters. It compares with every name, and so takes far longer than
// a lookup.
func Near(name string, known []string) []string {
	want := "^" + Fold(name) + "$"
	if len(want) < len("^xx$") || len(want) > len("^$")+maxLength {
		return nil
	}
	shared := func(k string) int { // in percent
		have, n := "^"+Fold(k)+"$", 0
		for i := range len(want) - 1 {
			if strings.Contains(have, want[i:i+2]) {
				n++
			}
		}
		like := 100 * 2 * n / (len(want) - 1 + len(have) - 1)
		if begin := have[:len(have)-1]; len(begin) > len("^xx") && strings.HasPrefix(want, begin) { // however long the rest is
			return max(like, 40)
		}
		return like
	}
	near := slices.DeleteFunc(slices.Clone(known), func(k string) bool { return k == "" || shared(k) < 40 })
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(shared(b), shared(a)) })
	return near[:min(len(near), 3)]
}
