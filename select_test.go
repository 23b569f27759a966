package hfmodels

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// walk returns every model that Select looks at for the query, in its order, read
// plainly from what Ranked and Models say.
func walk(q Query) []Model {
	var list []Model
	seen := make(map[string]bool)
	look := func(m Model) {
		list = append(list, m)
		seen[m.ID] = true
	}
	for m := range Ranked(q.Task) {
		if len(q.Archs) == 0 || slices.Contains(q.Archs, m.Arch) {
			look(m)
		}
	}
	archs := q.Archs
	if s, _ := SelectFrom(q, slices.Values(list)); len(q.Archs) == 0 && q.Task == 0 && (q.Roles != 0 || s.Fit == 0) {
		for _, m := range list {
			archs = append(archs, m.Arch)
		}
	}
	for _, a := range archs {
		for m := range a.Models() {
			if !seen[m.ID] {
				look(m)
			}
		}
	}
	if s, _ := SelectFrom(q, slices.Values(list)); q.Task == 0 && q.Roles == 0 && s.Fit == 0 {
		for task := range Tasks() {
			for m := range Ranked(task) {
				if !seen[m.ID] && (len(q.Archs) == 0 || slices.Contains(q.Archs, m.Arch)) {
					look(m)
				}
			}
		}
	}
	return list
}

// Select looks at the models of the tables in this order, each once.
func TestSelectWalks(t *testing.T) {
	queries := []Query{{Ungated: true}, {MaxParameters: 1e8, Pinned: true}, {Chat: true, MaxParameters: 2e9}, {MaxParameters: 1}, {Organization: "ProsusAI"}}
	for _, archs := range [][]Arch{{Llama}, {Ministral, Mistral}, {EvollaModel, Evolla}} {
		queries = append(queries, Query{Archs: archs, MaxParameters: 1}, Query{Archs: archs, Base: true}, Query{Archs: archs})
	}
	for task := range Tasks() {
		queries = append(queries, Query{Task: task}, Query{Task: task, Archs: []Arch{Bert, Roberta, Gpt2}})
	}
	for r := Default; r <= Tiny; r++ {
		queries = append(queries, Query{Roles: SetOf(r)}, Query{Roles: SetOf(r), Task: FillMask})
	}
	var before Arch // many live inside another one, whose models they share
	for a := range Archs() {
		queries = append(queries, Query{Archs: []Arch{a}, Roles: SetOf(Open, Tiny)}, Query{Archs: []Arch{a, before, a, a.Info().Host}})
		before = a
	}
	for _, q := range queries {
		got, err := Select(q)
		want, wantErr := SelectFrom(q, slices.Values(walk(q)))
		if got != want || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Errorf("%+v: got %s, %s, %v, want %s, %s, %v", q, got.ID, got.Why(), err, want.ID, want.Why(), wantErr)
		}
	}
}

// runBy is an architecture that the engine runs, and a class by which it does.
func runBy(t *testing.T, e Engine) (Arch, string) {
	t.Helper()
	for a := range Archs() {
		for other, s := range a.Info().Engines() {
			if other == e && s.By != "" {
				return a, s.By
			}
		}
	}
	t.Fatal(e, " runs nothing")
	return 0, ""
}

// Each constraint lets those in that are known to satisfy it, in their order, and
// turns the others away: an unknown figure satisfies none.
func TestConstraints(t *testing.T) {
	vllmArch, class := runBy(t, VLLM)
	mlxArch, _ := runBy(t, MLX)
	var idle Arch // that MLX does not run
	for a := range Archs() {
		if by, known := infos[a].runsOn(MLX); known && by == "" {
			idle = a
		}
	}
	models := []Model{
		{ID: "a/unknown", Arch: vllmArch},
		{
			ID: "a/full", Arch: vllmArch, Head: class, Parameters: 100, Bytes: 500, License: "apache-2.0, mit", Gating: Ungated, Chat: true,
			Formats: SetOf(Safetensors, GGUF), Revision: "1f", Tasks: SetOf(FillMask), Roles: SetOf(Default, Open),
		},
		{
			ID: "B/mixed", Arch: idle, Head: "NoSuchClass", Parameters: 101, License: "mit", Gating: GatedAuto, Base: true,
			Formats: SetOf(ONNX), DefaultFor: SetOf(FillMask), Roles: SetOf(Small, Tiny),
		},
		{ID: "a/tiny", Arch: mlxArch, Parameters: 1, Bytes: 4, Gating: GatedManual, Tasks: SetOf(TextGeneration), Roles: SetOf(Tiny)},
	}
	for _, test := range []struct {
		by   Constraint
		q    Query
		want string
	}{
		{ByFamily, Query{Family: infos[idle].Family}, "B/mixed"},
		{ByTask, Query{Task: FillMask}, "a/full B/mixed"},
		{ByRole, Query{Roles: SetOf(Open)}, "a/full"},
		{ByRole, Query{Roles: SetOf(Open, Tiny)}, "a/full B/mixed a/tiny"},
		{ByTraining, Query{Chat: true}, "a/full"},
		{ByTraining, Query{Base: true}, "B/mixed"},
		{ByFormat, Query{Format: GGUF}, "a/full"},
		{ByEngine, Query{Engine: VLLM}, "a/full"},
		{ByEngine, Query{Engine: MLX, Roles: SetOf(Tiny)}, "a/tiny"},
		{ByLicense, Query{Licenses: []License{"MIT", "isc"}}, "a/full B/mixed"},
		{ByLicense, Query{Licenses: []License{"apache-2.0, mit"}}, "a/full"},
		{ByGating, Query{Ungated: true}, "a/full"},
		{ByRevision, Query{Pinned: true}, "a/full"},
		{ByOrganization, Query{Organization: "b"}, "B/mixed"},
		{ByParameters, Query{MaxParameters: 100}, "a/full"},
		{ByParameters, Query{MaxParameters: 101}, "a/full B/mixed"},
		{ByParameters, Query{MinParameters: 101}, "B/mixed"},
		{ByBytes, Query{MaxBytes: 404}, "B/mixed"}, // four for each parameter
		{ByBytes, Query{MaxBytes: 500}, "a/full B/mixed"},
		{ByMemory, Query{MaxMemory: 484}, "B/mixed"},
		{ByMemory, Query{MaxMemory: 600}, "a/full B/mixed"},
		{ByMemory, Query{MaxMemory: 599}, "B/mixed"},
	} {
		s, err := SelectFrom(test.q, slices.Values(models))
		got := s.ID
		for m := range s.Next() {
			got += " " + m.ID
		}
		turned := 0
		for by := range Constraints() {
			turned += s.TurnedAway(by)
		}
		if err != nil || got != test.want || turned != s.Considered-s.Fit || s.TurnedAway(test.by) == 0 {
			t.Errorf("%+v: got %s, %s, %v, want %s", test.q, got, s.Why(), err, test.want)
		}
	}
}

// The best of those that fit is the first, however large, and then come four more.
func TestSelectionOrder(t *testing.T) {
	models := []Model{
		{ID: "a/giant", Parameters: 100}, {ID: "a/large", Parameters: 10}, {ID: "a/unknown"}, {ID: "a/small", Parameters: 1, Roles: SetOf(Tiny)},
	}
	for _, test := range []struct {
		q         Query
		n         int // how often the models come
		ids, want string
	}{
		{Query{MaxParameters: 10, Roles: SetOf(Tiny)}, 1, "a/small", "the only one that fits, of 4; turned away by role: 3"},
		{Query{MaxParameters: 99}, 2, "a/large a/large", "the best of 2 that fit, of 8; turned away by role: 2, parameters: 4"},
		{Query{MaxParameters: 100}, 3, "a/giant a/large a/giant a/large a/giant", "the best of 6 that fit, of 12; turned away by role: 3, parameters: 3"},
	} {
		s, err := SelectFrom(test.q, slices.Values(slices.Repeat(models, test.n)))
		ids := []string{s.ID}
		for m := range s.Next() {
			ids = append(ids, m.ID)
		}
		if err != nil || strings.Join(ids, " ") != test.ids || s.Why() != test.want || s.TurnedAway(constraints) != 0 {
			t.Errorf("%v, %q, %v, want %s, %q", ids, s.Why(), err, test.ids, test.want)
		}
	}
}

// What to relax is the limit that lets most in, or the first of the nearest miss,
// but what the query is about only where every model fails that.
func TestRelax(t *testing.T) {
	task := SetOf(TextClassification)
	small, unknown := Model{ID: "a/small", Bytes: 1, Revision: "1f"}, Model{ID: "a/unknown", Tasks: task}
	large, gated := Model{ID: "a/large", Bytes: 200, Tasks: task, Gating: Ungated}, Model{ID: "a/gated", Bytes: 9, Tasks: task}
	huge := Model{ID: "a/huge", Bytes: 900, Tasks: task}
	for _, test := range []struct {
		q      Query
		models []Model
		relax  Constraint
		near   string
	}{
		{Query{Task: TextClassification, MaxBytes: 100, MaxMemory: 100}, []Model{small, unknown}, ByBytes, "a/unknown"},
		{Query{Task: TextClassification, MaxBytes: 100}, []Model{small, small, large, unknown}, ByBytes, "a/large"},
		{Query{Task: TextClassification, MaxBytes: 100}, []Model{unknown, huge, large}, ByBytes, "a/large"},
		{Query{Task: TextClassification, MinParameters: 100, MaxParameters: 200}, []Model{unknown, {Tasks: task, Parameters: 10}, {ID: "a/near", Tasks: task, Parameters: 250}}, ByParameters, "a/near"},
		{Query{Task: TextClassification, Ungated: true}, []Model{unknown, gated}, ByGating, "a/unknown"},
		{Query{Task: TextClassification, MaxBytes: 100, Ungated: true}, []Model{unknown, large, gated, gated}, ByGating, "a/gated"},
		{Query{Task: TextClassification, MaxBytes: 100, Pinned: true, Ungated: true}, []Model{unknown, gated, large}, ByGating, "a/gated"},
		{Query{Task: FillMask, Roles: SetOf(Small)}, []Model{unknown, small}, ByTask, "a/unknown"},
		{Query{Task: FillMask, Pinned: true}, []Model{unknown, small}, ByTask, "a/small"},
	} {
		s, err := SelectFrom(test.q, slices.Values(test.models))
		var no *NoFitError
		if !errors.As(err, &no) || !no.Near || no.Relax != test.relax || no.ID != test.near || s.Model != (Model{}) || s.Considered != len(test.models) {
			t.Errorf("%+v: %v, %v, want to relax %s for %s", test.q, s.ID, err, test.relax, test.near)
		}
	}
}

func TestSelectAmongNothing(t *testing.T) {
	for _, test := range []struct {
		q    Query
		want string
	}{
		{Query{Archs: []Arch{0}}, "no model to select from: none is known for the task or the architectures"},
		{Query{Archs: []Arch{archEnd}, Task: FillMask}, "no model to select from: none is known"},
		{Query{Task: Task(len(taskNames))}, "no model to select from: none is known"},
		{Query{Task: TextToVideo}, "no model to select from for text-to-video, a task of the library diffusers"},
	} {
		var no *NoFitError
		if _, err := Select(test.q); !errors.As(err, &no) || no.Near || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %q", test.q, err, test.want)
		}
	}
}

func TestEmptyQuery(t *testing.T) {
	for _, q := range []Query{{}, {MaxBytes: -1, MinParameters: -5}, {Archs: []Arch{}, Licenses: []License{}}} {
		if s, err := Select(q); !errors.Is(err, ErrEmptyQuery) || s.ID != "" {
			t.Errorf("%+v: %s, %v", q, s.ID, err)
		}
	}
}

// The figure by which the nearest miss failed is said.
func TestNoFitSaysByHowMuch(t *testing.T) {
	for _, test := range []struct {
		q    Query
		m    Model
		want string
	}{
		{Query{MaxMemory: 1}, Model{Bytes: 100}, "relax memory: the nearest miss is a/a, of 120 bytes of memory"},
		{Query{MaxBytes: 1}, Model{Bytes: 100}, "relax bytes: the nearest miss is a/a, of 100 bytes of weights"},
		{Query{MaxParameters: 1}, Model{Parameters: 100}, "relax parameters: the nearest miss is a/a, of 100 parameters"},
		{Query{MaxParameters: 1}, Model{}, "relax parameters: the nearest miss is a/a, of unknown size"},
		{Query{Ungated: true}, Model{}, "relax gating: the nearest miss is a/a, whose gating is unknown"},
		{Query{Ungated: true}, Model{Gating: GatedAuto}, "relax gating: the nearest miss is a/a, whose gating is auto"},
		{Query{Licenses: []License{"mit"}}, Model{License: "gpl-3.0"}, "relax license: the nearest miss is a/a, whose licence is gpl-3.0"},
		{Query{Licenses: []License{"mit"}}, Model{}, "relax license: the nearest miss is a/a, whose licence is unknown"},
		{Query{Format: ONNX}, Model{Formats: SetOf(Safetensors, GGUF)}, "relax format: the nearest miss is a/a, whose formats are safetensors,gguf"},
		{Query{Format: ONNX}, Model{}, "relax format: the nearest miss is a/a, whose formats are unknown"},
		{Query{Organization: "b"}, Model{}, "relax organization: the nearest miss is a/a"},
		{Query{Organization: "b", Ungated: true}, Model{}, "relax gating and organization: the nearest miss is a/a, whose gating is unknown"},
	} {
		test.m.ID, test.m.Arch, test.m.Roles = "a/a", Bert, SetOf(Default)
		_, err := SelectFrom(test.q, slices.Values([]Model{test.m}))
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}

func TestSelectAllocates(t *testing.T) {
	for _, q := range []Query{
		{Task: FillMask, Ungated: true, MaxBytes: CPULarge, Licenses: []License{"apache-2.0", "mit"}},
		{Ungated: true, MaxParameters: 1e9},
		{Archs: []Arch{Bert, Roberta}, Pinned: true},
	} {
		if _, err := Select(q); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = Select(q) }); n != 0 {
			t.Errorf("%+v: %v allocations", q, n)
		}
	}
}

func TestWeightBytes(t *testing.T) {
	for _, test := range []struct {
		m      Model
		n      int64
		exact  bool
		memory int64
	}{
		{Model{Parameters: 10, Bytes: 20}, 20, true, 24},
		{Model{Parameters: 10}, 40, false, 48},
		{Model{}, 0, false, 0},
	} {
		n, exact := test.m.WeightBytes()
		if memory := test.m.MemoryBytes(); n != test.n || exact != test.exact || memory != test.memory {
			t.Errorf("%+v: %v, %v, memory %v", test.m, n, exact, memory)
		}
	}
}
