package main

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/hfmodels/hfmodels/docs/schemas"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

func TestJudge(t *testing.T) {
	state := &data.State{Catalog: &data.Catalog{Archs: []data.Arch{{ModelType: "Bert", AliasOf: "bert"}, {ModelType: "bert"}, {ModelType: "bert_audio", AliasOf: "bert", ConfigClass: "AudioConfig"}, {ModelType: "outer"}}}}
	row := data.PickedModel{ID: "a/b", Revision: "1", Parameters: 110e6, Bytes: 440e6, Gated: "no"}
	here := func(change func(*hub.Model)) answered {
		m := hub.Model{ID: "a/b", ModelType: "bert", SHA: "1", Gated: hub.Ungated, Safetensors: hub.SafetensorsInfo{Total: 110e6, Bytes: 440e6}}
		change(&m)
		return answered{model: m}
	}
	for _, test := range []struct {
		name    string
		host    string
		got     answered
		problem string
	}{
		{name: "as it was", got: here(func(*hub.Model) {})},
		{name: "under another spelling", got: here(func(m *hub.Model) { m.ModelType = "Bert" })},
		{name: "an alias with a config class of its own", got: here(func(m *hub.Model) { m.ModelType = "bert_audio" }), problem: "no longer proven: its config.model_type is bert_audio"},
		{name: "the host's", host: "outer", got: here(func(m *hub.Model) { m.ModelType = "outer" })},
		{name: "unknown figures", got: here(func(m *hub.Model) {
			m.Gated, m.Safetensors = hub.GatingUnknown, hub.SafetensorsInfo{Total: -1, Bytes: -1}
		})},
		{name: "gone", got: answered{err: hub.Missing}, problem: "gone: the Hub has no such model, or it is private"},
		{name: "disabled", got: answered{err: hub.Disabled}, problem: "disabled by the Hub"},
		{name: "disabled, and answered", got: here(func(m *hub.Model) { m.Disabled = true }), problem: "disabled by the Hub"},
		{name: "private", got: here(func(m *hub.Model) { m.Private = true }), problem: "private"},
		{name: "another type", got: here(func(m *hub.Model) { m.ModelType = "llama" }), problem: "no longer proven: its config.model_type is llama"},
		{name: "no type", got: here(func(m *hub.Model) { m.ModelType = "" }), problem: "no longer proven: its config.model_type is not given"},
		{name: "gated", got: here(func(m *hub.Model) { m.Gated = hub.GatedAuto }), problem: "gated: auto, and the table says no"},
		{name: "larger", got: here(func(m *hub.Model) { m.Safetensors.Total = 7e9 }), problem: "7B parameters, and the table says 110M"},
		{name: "a little larger", got: here(func(m *hub.Model) { m.Safetensors.Total++ }), problem: "110M parameters (110000001, not 110000000), and the table says 110M"},
		{name: "heavier", got: here(func(m *hub.Model) { m.Safetensors.Bytes = 880e6 }), problem: "880 MB of weights, and the table says 440 MB"},
		{name: "renamed", got: here(func(m *hub.Model) { m.ID = "c/d" }), problem: "renamed to c/d"},
		{name: "rewritten", got: func() answered {
			a := here(func(*hub.Model) {})
			a.revision.State = isGone
			return a
		}(), problem: "its pinned revision 1 is gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := &data.ArchPicks{Arch: "bert", Host: test.host, Roles: map[string]data.Pick{"default": {ID: "a/b"}}}
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
		Unpicked: []unpicked{{"d", data.None, ""}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := schemas.Validate("verify", doc); err != nil {
		t.Error(err)
	}
}
