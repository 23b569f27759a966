package main

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/hfmodels/hfmodels/docs/schemas"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/emit"
	"github.com/hfmodels/hfmodels/internal/hub"
)

func TestJudge(t *testing.T) {
	state := &data.State{Catalog: &data.Catalog{Archs: []data.Arch{{ModelType: "Bert", AliasOf: "bert"}, {ModelType: "bert"}, {ModelType: "bert_audio", AliasOf: "bert", ConfigClass: "AudioConfig"}, {ModelType: "outer"}}}}
	facts := data.Model{ID: "a/b", ModelType: "bert", Revision: "1", Gated: "no", Parameters: 110e6, Bytes: 440e6}
	row := data.Pick{ID: "a/b", Model: &facts}
	here := func(change func(*data.Model)) answered {
		m := facts
		change(&m)
		return answered{model: m}
	}
	for _, test := range []struct {
		name    string
		host    string
		got     answered
		problem string
	}{
		{name: "as it was", got: here(func(*data.Model) {})},
		{name: "under another spelling", got: here(func(m *data.Model) { m.ModelType = "Bert" })},
		{name: "an alias with a config class of its own", got: here(func(m *data.Model) { m.ModelType = "bert_audio" }), problem: "no longer proven: its config.model_type is bert_audio"},
		{name: "the host's", host: "outer", got: here(func(m *data.Model) { m.ModelType = "outer" })},
		{name: "unknown figures", got: here(func(m *data.Model) {
			m.Gated, m.Parameters, m.Bytes = "", 0, 0
		})},
		{name: "gone", got: answered{err: hub.Missing}, problem: "gone: the Hub has no such model, or it is private"},
		{name: "disabled", got: answered{err: hub.Disabled}, problem: "disabled by the Hub"},
		{name: "disabled, and answered", got: here(func(m *data.Model) { m.Disabled = true }), problem: "disabled by the Hub"},
		{name: "private", got: here(func(m *data.Model) { m.Private = true }), problem: "private"},
		{name: "another type", got: here(func(m *data.Model) { m.ModelType = "llama" }), problem: "no longer proven: its config.model_type is llama"},
		{name: "no type", got: here(func(m *data.Model) { m.ModelType = "" }), problem: "no longer proven: its config.model_type is not given"},
		{name: "gated", got: here(func(m *data.Model) { m.Gated = "auto" }), problem: "gated: auto, and the table says no"},
		{name: "larger", got: here(func(m *data.Model) { m.Parameters = 7e9 }), problem: "7B parameters, and the table says 110M"},
		{name: "a little larger", got: here(func(m *data.Model) { m.Parameters++ }), problem: "110M parameters (110000001, not 110000000), and the table says 110M"},
		{name: "heavier", got: here(func(m *data.Model) { m.Bytes = 880e6 }), problem: "880 MB of weights, and the table says 440 MB"},
		{name: "renamed", got: here(func(m *data.Model) { m.ID = "c/d" }), problem: "renamed to c/d"},
		{name: "rewritten", got: func() answered {
			a := here(func(*data.Model) {})
			a.revision.State = isGone
			return a
		}(), problem: "its pinned revision 1 is gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := &data.ArchPicks{Arch: "bert", Host: test.host, Roles: map[string]data.Place{"default": {ID: "a/b"}}}
			v := judge(state, a, row, test.got)
			want, outcome := []string{}, holds
			if test.problem != "" {
				want, outcome = append(want, test.problem), fails
			}
			if v.Outcome != outcome || !slices.Equal(v.Problems, want) || !slices.Equal(v.Places, []string{"default"}) {
				t.Errorf("got %+v", v)
			}
		})
	}
	if v := judge(state, &data.ArchPicks{Arch: "bert"}, row, answered{err: errors.New("no network")}); v.Unasked == "" || v.Outcome != unknown {
		t.Errorf("what was not asked for is taken to hold: %+v", v)
	}
}

// Tests that cannot be made are named by their architecture.
func TestGenerateTestsNamesWhatFails(t *testing.T) {
	t.Setenv("HF_REGISTRY_PATH", "../registrydata")
	in, err := testsInput("", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range in.Recipes.Archs {
		if r["model_type"] == "gpt2" {
			r["config"] = map[string]any{"n_layer": func() {}} // no literal
		}
	}
	got, err := generateTests(in, []string{"bert", "gpt2", "layoutxlm"})
	if err != nil {
		t.Fatal(err)
	}
	python := compiles
	if errors.Is(emit.CompilePython(nil), emit.ErrNoPython) {
		python = notCompiled
	}
	if g := got[0]; g.Go != compiles || g.Python != python || len(g.Problems) != 0 {
		t.Errorf("bert: %+v", g)
	}
	if g := got[1]; g.Go != compiles || g.Python != fails || g.Outcome() != fails {
		t.Errorf("gpt2: %+v", g)
	}
	if g := got[2]; g.Go != compiles || g.Python != noModelClass || g.Outcome() != holds {
		t.Errorf("layoutxlm: %+v", g)
	}

	in.Catalog.Archs[0].ConfigClass = "no class"
	if got, err := generateTests(in, []string{"bert", "layoutxlm"}); err == nil {
		t.Errorf("a catalog that is broken is no error: %+v", got)
	}
}

// Every outcome has a place in the schema.
func TestVerificationSchema(t *testing.T) {
	n := 3
	doc, err := json.Marshal(verification{
		Schema: 1, Asked: "2026-11-25T00:00:00Z", Facts: "2026-08-22", Count: map[string]int{holds: 1, fails: 1, unknown: 1},
		Picks: []verdict{
			{Arch: "a", Places: []string{"default"}, ID: "a/b", Outcome: holds, Problems: []string{}, Revision: revisionState{Pinned: "1", Head: "2", State: isBehind, Behind: &n}},
			{Arch: "b", Places: []string{"open"}, ID: "a/c", Outcome: fails, Problems: []string{"gone"}, Revision: revisionState{State: unknown, Why: "the row pins no revision"}},
			{Arch: "c", Places: []string{"tiny"}, ID: "a/d", Outcome: unknown, Problems: []string{}, Unasked: "no network", Revision: revisionState{Pinned: "1", State: unknown}},
		},
		Unpicked:  []unpicked{{"d", data.None, ""}},
		Generated: []generated{{Arch: "a", Go: compiles, Python: notCompiled, Problems: []string{}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := schemas.Validate("verify", doc); err != nil {
		t.Error(err)
	}
}
