package choose

import (
	"slices"
	"testing"
)

func TestSlips(t *testing.T) {
	w := newWorld(t, `
prefer:
  licenses: [Apache-2.0, apache2, mit]
  organizations: [maker, nobody]
deny:
  - {id: maker/BERT-base, reason: x}
  - {id: Maker/bert-bse, reason: x}
  - {organization: Makr, reason: x}
  - {measured: failed, reason: x}
`).add("Maker/bert-base", license("apache-2.0, mit"))
	var got []string
	for _, s := range Slips(w.state.Policy, w.state) {
		if len(s.Known) == 0 || !slices.IsSorted(s.Known) {
			t.Errorf("%s: known are %q", s.Name, s.Known)
		}
		got = append(got, s.Name)
	}
	if want := []string{"apache2", "nobody", "Maker/bert-bse", "Makr"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
