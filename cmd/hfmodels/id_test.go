package main

import (
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

// The facts name every model of the tables, and every candidate, in any letter case
// and as the tables spell it.
func TestCompiledIDs(t *testing.T) {
	n := 0
	want := func(id string, arch hfmodels.Arch, kept bool) {
		c, err := registry{}.checkpoint(strings.ToUpper(id), nil)
		if n++; err != nil || c.ID != id || c.arch != arch || c.former != "" || kept && !c.kept {
			t.Errorf("%s of %s: %+v, %v", id, arch, c, err)
		}
	}
	for task := range hfmodels.Tasks() {
		for m := range hfmodels.Ranked(task) {
			if len(m.ID)%20 == 0 {
				want(m.ID, m.Arch, true)
			}
		}
	}
	state, err := data.Load(registrydata.All)
	if err != nil || n < 50 {
		t.Fatal(n, err)
	}
	for arch, ids := range state.IDs {
		if len(arch)%3 == 0 && state.Fact(ids[0], arch) == nil {
			a, err := hfmodels.ParseArch(arch)
			if err != nil {
				t.Error(err)
			}
			want(ids[0], a, false)
		}
	}
	if n < 60 {
		t.Errorf("only %d ids are tried", n)
	}
}
