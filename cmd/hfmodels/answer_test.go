package main

import (
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/registrydata"
)

// The command answers from the picks, a program from the tables. They must not
// differ.
func TestAgreesWithTables(t *testing.T) {
	picks, err := load(&options{})
	if err != nil {
		t.Fatal(err)
	}
	var n int
	for i := range picks.Archs {
		a := &picks.Archs[i]
		arch, err := hfmodels.ParseArch(a.Arch)
		if err != nil {
			t.Fatal(err)
		}
		if got := arch.Info().Status.String(); got != string(a.Status) {
			t.Errorf("%s: the table says %s, the picks %s", a.Arch, got, a.Status)
		}
		for _, role := range registrydata.Roles() {
			r, err := hfmodels.ParseRole(role)
			if err != nil {
				t.Fatal(err)
			}
			m, ok := arch.Pick(r)
			if p, want := a.Roles[role]; ok != want || m.ID != p.ID || m.Reason != p.Reason {
				t.Errorf("%s, %s: the table says %q (%s), the picks %q (%s)", a.Arch, role, m.ID, m.Reason, p.ID, p.Reason)
			}
			if ok {
				n++
			}
		}
		for task, p := range a.Tasks {
			tk, err := hfmodels.ParseTask(task)
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := arch.DefaultFor(tk); !ok || m.ID != p.ID {
				t.Errorf("%s for %s: the table says %q, the picks %q", a.Arch, task, m.ID, p.ID)
			}
		}
	}
	if n < 1000 {
		t.Errorf("compared %d picks only", n)
	}
}
