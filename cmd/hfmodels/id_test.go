package main

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/usage"
	"github.com/hfmodels/hfmodels/registrydata"
)

// The facts name every model of the tables, in any letter case, and as the
// tables spell it.
func TestCompiledIDs(t *testing.T) {
	n := 0
	for task := range hfmodels.Tasks() {
		for m := range hfmodels.Ranked(task) {
			if n++; n%8 != 0 {
				continue
			}
			c, err := registry{}.checkpoint(strings.ToUpper(m.ID), nil)
			if err != nil || c.ID != m.ID || c.arch != m.Arch || c.former != "" {
				t.Errorf("%s of %s: %+v, %v", m.ID, m.Arch, c, err)
			}
		}
	}
	if n < 100 {
		t.Errorf("%d models are ranked", n)
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

func BenchmarkShowID(b *testing.B) {
	b.Setenv("HF_REGISTRY_PATH", "")
	for b.Loop() {
		var out, notes bytes.Buffer
		if status := run([]string{"show", "GOOGLE-bert/bert-base-cased"}, &out, &notes); status != usage.Done {
			b.Fatal(notes.String())
		}
	}
}

// A candidate that the facts do not keep is known by its architecture, in any
// letter case.
func TestCandidatesWithoutFacts(t *testing.T) {
	for _, name := range []string{"HF_REGISTRY_PATH", "HFMODELS_POLICY"} {
		t.Setenv(name, "")
	}
	state, err := data.Load(registrydata.All)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, arch := range slices.Sorted(maps.Keys(state.IDs)) {
		for _, id := range state.IDs[arch] {
			if state.Fact(id, arch) != nil || n == 20 {
				continue
			}
			n++
			var out, notes bytes.Buffer
			if status := run([]string{"show", strings.ToUpper(id)}, &out, &notes); status != usage.Done ||
				!strings.HasPrefix(out.String(), id+"\n") || !strings.Contains(out.String(), "architecture "+arch) {
				t.Errorf("%s of %s: status %d, %s%s", id, arch, status, out.String(), notes.String())
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d candidates have no facts", n)
	}
}
