package main

import (
	"errors"
	"slices"
	"testing"

	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/registrydata"
)

func TestJudge(t *testing.T) {
	data := &registrydata.Data{Catalog: &registrydata.Catalog{Archs: []registrydata.Arch{{ModelType: "Bert", AliasOf: "bert"}, {ModelType: "bert"}}}}
	row := registrydata.PickedModel{ID: "a/b", Revision: "1", Parameters: 110e6, Gated: "no"}
	here := func(change func(*hub.Model)) answered {
		m := hub.Model{ID: "a/b", ModelType: "bert", SHA: "1", Gated: hub.Ungated, Safetensors: hub.SafetensorsInfo{Total: 110e6}}
		change(&m)
		return answered{model: m}
	}
	for _, test := range []struct {
		name    string
		host    string
		got     answered
		holds   bool
		problem string
		moved   string
	}{
		{name: "as it was", got: here(func(*hub.Model) {}), holds: true},
		{name: "under another spelling", got: here(func(m *hub.Model) { m.ModelType = "Bert" }), holds: true},
		{name: "the host's", host: "outer", got: here(func(m *hub.Model) { m.ModelType = "outer" }), holds: true},
		{name: "unknown figures", got: here(func(m *hub.Model) { m.Gated, m.Safetensors.Total = hub.GatingUnknown, -1 }), holds: true},
		{name: "moved on", got: here(func(m *hub.Model) { m.SHA = "2" }), holds: true, moved: "2"},
		{name: "gone", got: answered{err: hub.Missing}, problem: "gone: the Hub has no such model"},
		{name: "disabled", got: answered{err: hub.Disabled}, problem: "disabled by the Hub"},
		{name: "another type", got: here(func(m *hub.Model) { m.ModelType = "llama" }), problem: `no longer proven: its config.model_type is "llama"`},
		{name: "gated", got: here(func(m *hub.Model) { m.Gated = hub.GatedAuto }), problem: "gated: auto, and the table says no"},
		{name: "larger", got: here(func(m *hub.Model) { m.Safetensors.Total = 7e9 }), problem: "7B parameters, and the table says 110M"},
		{name: "renamed", got: here(func(m *hub.Model) { m.ID = "c/d" }), problem: "renamed to c/d"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := &registrydata.ArchPicks{Arch: "bert", Host: test.host, Roles: map[string]registrydata.Pick{"default": {ID: "a/b"}}}
			v := judge(data, a, row, test.got)
			want := []string{}
			if test.problem != "" {
				want = append(want, test.problem)
			}
			if v.Holds != test.holds || !slices.Equal(v.Problems, want) || v.Moved != test.moved || !slices.Equal(v.Places, []string{"default"}) {
				t.Errorf("got %+v", v)
			}
		})
	}
	if v := judge(data, &registrydata.ArchPicks{Arch: "bert"}, row, answered{err: errors.New("no network")}); v.Unasked == "" || v.Holds {
		t.Errorf("what was not asked for is taken to hold: %+v", v)
	}
}
