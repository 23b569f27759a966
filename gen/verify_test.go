package main

import (
	"errors"
	"slices"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

func TestJudge(t *testing.T) {
	catalog := &data.Catalog{Archs: []data.Arch{
		{ModelType: "Bert", AliasOf: "bert"},
		{ModelType: "bert"},
		{ModelType: "bert_audio", AliasOf: "bert", ConfigClass: "AudioConfig"},
		{ModelType: "outer"},
	}}
	facts := data.Model{ID: "a/b", ModelType: "bert", Revision: "1", Parameters: 110e6, Bytes: 440e6, Gated: "no", License: "mit"}
	pick := data.Pick{ID: "a/b", Model: &facts, Places: []data.Place{{Role: "default"}, {Task: "fill-mask"}}}
	for _, test := range []struct {
		name      string
		host      string
		now       func(*data.Model)
		err       error
		rewritten bool
		problem   string
	}{
		{name: "as it was"},
		{name: "another spelling", now: func(m *data.Model) { m.ModelType = "Bert" }},
		{name: "another case of the id", now: func(m *data.Model) { m.ID = "A/b" }},
		{name: "an alias with a config class of its own", now: func(m *data.Model) { m.ModelType = "bert_audio" }, problem: "no longer proven: its config.model_type is bert_audio"},
		{name: "the host's", host: "outer", now: func(m *data.Model) { m.ModelType = "outer" }},
		{name: "unknown figures", now: func(m *data.Model) { m.Gated, m.License, m.Parameters, m.Bytes = "", "", 0, 0 }},
		{name: "gone", err: hub.Missing, problem: "gone: the Hub has no such model, or it is private"},
		{name: "disabled", err: hub.Disabled, problem: "disabled by the Hub"},
		{name: "disabled, and answered", now: func(m *data.Model) { m.Disabled = true }, problem: "disabled by the Hub"},
		{name: "private", now: func(m *data.Model) { m.Private = true }, problem: "private"},
		{name: "another type", now: func(m *data.Model) { m.ModelType = "llama" }, problem: "no longer proven: its config.model_type is llama"},
		{name: "no type", now: func(m *data.Model) { m.ModelType = "" }, problem: "no longer proven: its config.model_type is not given"},
		{name: "gated", now: func(m *data.Model) { m.Gated = "auto" }, problem: "gating: open → gated by its terms"},
		{name: "another licence", now: func(m *data.Model) { m.License = "other" }, problem: "licence: mit → other"},
		{name: "larger", now: func(m *data.Model) { m.Parameters = 7e9 }, problem: "parameters: 110M → 7B"},
		{name: "a little larger", now: func(m *data.Model) { m.Parameters++ }, problem: "parameters: 110000000 → 110000001"},
		{name: "heavier", now: func(m *data.Model) { m.Bytes = 880e6 }, problem: "weights: 440 MB → 880 MB"},
		{name: "renamed", now: func(m *data.Model) { m.ID = "c/d" }, problem: "renamed to c/d"},
		{name: "rewritten", rewritten: true, problem: "its pinned revision 1 is gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := answer{model: facts, err: test.err, rewritten: test.rewritten}
			if test.now != nil {
				test.now(&got.model)
			}
			v := judge(catalog, &data.ArchPicks{Arch: "bert", Host: test.host}, pick, data.Identity{}, got)
			want, outcome := []string{}, holds
			if test.problem != "" {
				want, outcome = append(want, test.problem), fails
			}
			if v.Outcome != outcome || !slices.Equal(v.Problems, want) || !slices.Equal(v.Places, []string{"default", "fill-mask"}) {
				t.Errorf("got %+v", v)
			}
		})
	}
	if v := judge(catalog, &data.ArchPicks{Arch: "bert"}, pick, data.Identity{}, answer{err: errors.New("no network")}); v.Unasked == "" || v.Outcome != unknown {
		t.Errorf("a pick that the Hub gave no answer about holds: %+v", v)
	}
}
