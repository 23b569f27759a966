package table

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

// The committed picks become what the compiled tables hold, in every place and
// as a list.
func TestAgreesWithTables(t *testing.T) {
	state, err := data.Load(registrydata.All)
	if err != nil {
		t.Fatal(err)
	}
	picks := state.Picks
	n := 0
	for arch := range hfmodels.Archs() {
		a := picks.Of(arch.String())
		if a == nil {
			t.Fatalf("no decision for %s", arch)
		}
		compare := func(what string, got hfmodels.Model, ok bool, want hfmodels.Model, there bool) {
			t.Helper()
			if ok != there || got != want {
				t.Errorf("%s %s:\n%+v, %v, want\n%+v, %v", arch, what, got, ok, want, there)
			}
			if there {
				n++
			}
		}
		for _, r := range []hfmodels.Role{hfmodels.Default, hfmodels.Open, hfmodels.Small, hfmodels.Tiny} {
			want, there := arch.Pick(r)
			got, ok := Place(a, arch, r, 0)
			compare(r.String(), got, ok, want, there)
		}
		for task := range hfmodels.Tasks() {
			want, there := arch.DefaultFor(task)
			got, ok := Place(a, arch, 0, task)
			compare(task.String(), got, ok, want, there)
		}
	}
	for _, task := range append(slices.Collect(hfmodels.Tasks()), 0) {
		if got, want := Ranked(picks, task), slices.Collect(hfmodels.Ranked(task)); !slices.Equal(got, want) {
			t.Errorf("%s:\n%+v, want\n%+v", task, got, want)
		}
	}
	if n < 1000 {
		t.Errorf("%d places compared only", n)
	}
	if picks.Of("beamer") != nil || (*data.Picks)(nil).Of("bert") != nil {
		t.Error("a decision for what has none")
	}
}

// A selection among decisions is that among the tables that are made from them.
func TestSelect(t *testing.T) {
	state, err := data.Load(registrydata.All)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []hfmodels.Query{
		{},
		{Task: hfmodels.TextGeneration, Ungated: true, MaxParameters: 2e9},
		{Task: hfmodels.TextGeneration, Archs: []hfmodels.Arch{hfmodels.Gpt2, hfmodels.Qwen2, hfmodels.Gpt2}},
		{Task: hfmodels.TextToVideo},
		{Ungated: true, MaxBytes: hfmodels.CPUSmall},
		{Roles: hfmodels.SetOf(hfmodels.Tiny)},
		{Archs: []hfmodels.Arch{hfmodels.ClipTextModel, hfmodels.Clip, hfmodels.ClipVisionModel}},
		{Archs: []hfmodels.Arch{hfmodels.Bert}, MaxParameters: 1},
		{Organization: "ProsusAI"},
	} {
		got, err := Select(state.Picks, q)
		want, wantErr := hfmodels.Select(q)
		if got != want || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%+v: %s, %s, %v; want %s, %s, %v", q, got.ID, got.Why(), err, want.ID, want.Why(), wantErr)
		}
	}
}
