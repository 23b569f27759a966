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
	want := func(id string, arch hfmodels.Arch, rank int) {
		c, err := registry{}.checkpoint(strings.ToUpper(id), nil)
		if n++; err != nil || c.ID != id || c.arch != arch || c.former != "" || c.rank < rank {
			t.Errorf("%s of %s: %+v, %v", id, arch, c, err)
		}
	}
	for task := range hfmodels.Tasks() {
		for m := range hfmodels.Ranked(task) {
			if len(m.ID)%20 == 0 {
				want(m.ID, m.Arch, rankFacts)
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
			want(ids[0], a, rankID)
		}
	}
	if n < 60 {
		t.Errorf("only %d ids are tried", n)
	}
}

// Of two spellings of one repository, the one that was asked for is shown.
func TestSpellings(t *testing.T) {
	rows := []data.Model{{ID: "a/BERT", ModelType: "bert"}, {ID: "a/Bert", ModelType: "bert"}, {ID: "a/bert", ModelType: "bert"}}
	r := registry{picks: new(data.Picks), state: &data.State{Facts: map[string]*data.Facts{"bert": {Arch: "bert", Candidates: rows}}}}
	for _, row := range rows {
		if c, err := r.checkpoint(row.ID, nil); err != nil || c.ID != row.ID || c.arch != hfmodels.Bert || c.Downloads != -1 {
			t.Errorf("%s: %+v, %v", row.ID, c, err)
		}
	}
}
