package hfmodels

import (
	"cmp"
	"errors"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// holds is the oracle: whether the model satisfies one constraint of the query,
// read from its fields without care for speed.
func holds(q Query, c Constraint, a Arch, m Model) bool {
	within := func(n, limit int64) bool { return limit == 0 || n != 0 && n <= limit }
	switch c {
	case ByFamily:
		return q.Family == "" || a.Info().Family == q.Family
	case ByTask:
		return q.Task == 0 || m.Tasks.Has(q.Task) || m.DefaultFor.Has(q.Task)
	case ByRole:
		if q.Roles.Len() == 0 {
			return m.Roles.Len() != 1 || !m.Roles.Has(Tiny)
		}
		for r := range m.Roles.All() {
			if q.Roles.Has(r) {
				return true
			}
		}
		return false
	case ByFormat:
		return q.Format == 0 || m.Formats.Has(q.Format)
	case ByLicense:
		return len(q.Licenses) == 0 || m.License != "" && slices.Contains(q.Licenses, License(strings.ToLower(string(m.License))))
	case ByGating:
		return !q.Ungated || m.Gating == Ungated
	case ByRevision:
		return !q.Pinned || m.Revision != ""
	case ByOrganization:
		return q.Organization == "" || strings.EqualFold(q.Organization, strings.Split(m.ID, "/")[0])
	case ByParameters:
		return (q.MinParameters == 0 || m.Parameters != 0 && m.Parameters >= q.MinParameters) && within(m.Parameters, q.MaxParameters)
	case ByBytes:
		weights := m.Bytes
		if weights == 0 {
			weights = m.Parameters * 4
		}
		return within(weights, q.MaxBytes)
	case ByMemory:
		memory := m.Bytes + m.Bytes/5
		if m.Bytes == 0 {
			memory = m.Parameters*4 + m.Parameters*4/5
		}
		return within(memory, q.MaxMemory)
	}
	panic(c)
}

type choice struct {
	arch Arch
	Model
}

// compiledChoices returns every model that Select looks at for the query.
func compiledChoices(q Query) []choice {
	var list []choice
	archs := q.Archs
	if len(archs) == 0 {
		archs = slices.Collect(Archs())
	}
	seen := make(map[Arch]bool)
	for _, a := range archs {
		if seen[a] {
			continue // named twice is named
		}
		seen[a] = true
		for m := range a.Models() {
			if len(q.Archs) > 0 || m.Arch == a {
				list = append(list, choice{a, m})
			}
		}
	}
	return list
}

// sortBest sorts as the documentation of Select says, best first.
func sortBest(q Query, list []choice) {
	place := func(m Model) int {
		if q.Task != 0 {
			if pipelines()[q.Task] == m.ID {
				return -1
			}
			if m.DefaultFor.Has(q.Task) {
				return 0
			}
			return 1
		}
		for i, r := range []Role{Default, Open, Small, Tiny} {
			if m.Roles.Has(r) {
				return i
			}
		}
		return 4
	}
	size := func(m Model) int64 {
		if m.Parameters == 0 {
			return math.MaxInt64
		}
		return m.Parameters
	}
	slices.SortStableFunc(list, func(x, y choice) int {
		return cmp.Or(cmp.Compare(place(x.Model), place(y.Model)), cmp.Compare(size(x.Model), size(y.Model)))
	})
}

// checkAgainstOracle compares what Select said with what a slow reading of the
// query says of the same models, and reports whether something fits.
func checkAgainstOracle(t *testing.T, q Query, list []choice, got Selection, err error) bool {
	t.Helper()
	sortBest(q, list)
	if got.Considered != len(list) {
		t.Fatalf("%+v: considered %d models, want %d", q, got.Considered, len(list))
	}
	var want, near *choice
	about := []Constraint{ByFamily, ByTask, ByRole} // what the query is about
	var fit, fewest int
	var off bool         // the nearest miss is of something else
	var relax Constraint // of the nearest miss
	turned, letIn := make(map[Constraint]int), make(map[Constraint]int)
	alone := make(map[Constraint]*choice) // the best that a constraint alone turned away
	for i := range list {
		c := &list[i]
		var failed []Constraint
		for by := range Constraints() {
			if !holds(q, by, c.arch, c.Model) {
				failed = append(failed, by)
			}
		}
		switch n := len(failed); {
		case n == 0:
			fit++
			if want == nil {
				want = c
			}
			continue
		default:
			isOff := slices.ContainsFunc(failed, func(by Constraint) bool { return slices.Contains(about, by) })
			if near == nil || off && !isOff || off == isOff && n < fewest {
				near, fewest, relax, off = c, n, failed[0], isOff
			}
		}
		turned[failed[0]]++
		if len(failed) == 1 {
			if letIn[failed[0]]++; letIn[failed[0]] == 1 {
				alone[failed[0]] = c
			}
		}
	}
	if got.Fit != fit {
		t.Fatalf("%+v: %d fit, want %d", q, got.Fit, fit)
	}
	for by := range Constraints() {
		if got.TurnedAway(by) != turned[by] {
			t.Fatalf("%+v: %s turned away %d, want %d", q, by, got.TurnedAway(by), turned[by])
		}
	}
	if want != nil {
		if err != nil || got.Model != want.Model {
			t.Fatalf("%+v: got %q, %v; want %q", q, got.ID, err, want.ID)
		}
		return true
	}
	var no *NoFitError
	if !errors.As(err, &no) || got.ID != "" || got.Arch != 0 {
		t.Fatalf("%+v: got %q, %v; nothing fits", q, got.ID, err)
	}
	// The one that lets most in; what the query is about only for want of others.
	most := 0
	for by := range Constraints() {
		if slices.Contains(about, by) == off && letIn[by] > most {
			relax, near, most = by, alone[by], letIn[by]
		}
	}
	if no.Near != (near != nil) || near != nil && no.Model != near.Model {
		t.Fatalf("%+v: near is %q, want %+v", q, no.ID, near)
	}
	if near != nil && (no.Relax != relax || !strings.Contains(err.Error(), "relax "+relax.String()) || !strings.Contains(err.Error(), near.ID)) {
		t.Fatalf("%+v: %v; want to relax %s", q, err, relax)
	}
	return false
}

// pipelines are the models that transformers' own pipelines take, from the
// catalog itself.
var pipelines = sync.OnceValue(func() map[Task]string {
	m := make(map[Task]string)
	for _, t := range state().Catalog.Tasks {
		if task, err := ParseTask(t.Name); err == nil && t.Default != "" {
			m[task] = t.Default
		}
	}
	return m
})

// world is what random queries and models are made of.
type world struct {
	*rand.Rand
	archs    []Arch
	tasks    []Task
	licenses []License
	families []Family
	orgs     []string
}

func newWorld(seed uint64) world {
	w := world{Rand: rand.New(rand.NewPCG(seed, 7)), archs: slices.Collect(Archs()), tasks: slices.Collect(Tasks())}
	licenses, families, orgs := map[License]bool{}, map[Family]bool{}, map[string]bool{}
	for _, a := range w.archs {
		families[a.Info().Family] = true
		for m := range a.Models() {
			licenses[m.License] = true
			orgs[strings.Split(m.ID, "/")[0]] = true
		}
	}
	w.licenses, w.families, w.orgs = sortedOf(licenses), sortedOf(families), sortedOf(orgs)
	return w
}

func oneOf[E any](w world, list []E) E { return list[w.IntN(len(list))] }

func (w world) query() (q Query) {
	pick := func(share float64) bool { return w.Float64() < share }
	if pick(0.2) {
		for range 1 + w.IntN(4) {
			q.Archs = append(q.Archs, oneOf(w, w.archs))
		}
		if pick(0.2) {
			q.Archs = append(q.Archs, q.Archs[0])
		}
	}
	if pick(0.2) {
		q.Family = oneOf(w, w.families)
	}
	if pick(0.4) {
		q.Task = oneOf(w, w.tasks)
	}
	for pick(0.2) {
		q.Roles |= SetOf(Role(w.IntN(4)))
	}
	if pick(0.2) {
		q.MaxParameters = w.Int64N(10e9)
	}
	if pick(0.1) {
		q.MinParameters = w.Int64N(1e9)
	}
	if pick(0.2) {
		q.MaxBytes = w.Int64N(20e9)
	}
	if pick(0.1) {
		q.MaxMemory = w.Int64N(20e9)
	}
	if pick(0.1) {
		q.Format = Format(1 + w.IntN(6))
	}
	if pick(0.2) {
		q.Licenses = []License{oneOf(w, w.licenses), oneOf(w, w.licenses)}
	}
	q.Ungated, q.Pinned = pick(0.3), pick(0.2)
	if pick(0.1) {
		q.Organization = strings.ToUpper(oneOf(w, w.orgs))
	}
	return q
}

func TestSelectAgainstOracle(t *testing.T) {
	w := newWorld(7)
	var found, none int
	for range 1500 {
		q := w.query()
		got, err := Select(q)
		if checkAgainstOracle(t, q, compiledChoices(q), got, err) {
			found++
		} else {
			none++
		}
	}
	if found < 200 || none < 200 {
		t.Errorf("%d queries found something and %d nothing: too one-sided a test", found, none)
	}
}

// model makes up a model, with the limits of the query among its figures.
func (w world) model(q Query) Model {
	near := func(limit int64) int64 {
		if w.IntN(4) == 0 || limit <= 0 {
			return 0
		}
		return max(1, limit+w.Int64N(5)-2)
	}
	m := Model{
		Arch: oneOf(w, w.archs), ID: oneOf(w, w.orgs) + "/m" + strconv.Itoa(w.IntN(1000)), License: oneOf(w, append([]License{""}, w.licenses...)),
		Parameters: near(oneOf(w, []int64{q.MinParameters, q.MaxParameters, q.MaxBytes / 4, 1e9})), Bytes: near(oneOf(w, []int64{q.MaxBytes, q.MaxMemory * 5 / 6, 1e9})),
		Revision: oneOf(w, []string{"", strings.Repeat("0", 40)}), Gating: oneOf(w, []Gating{GatingUnknown, Ungated, GatedAuto, GatedManual}), Formats: Set[Format](w.Uint64N(1<<7)) &^ 1, Roles: Set[Role](w.Uint64N(1 << 4)),
	}
	for range w.IntN(6) {
		m.Tasks |= SetOf(oneOf(w, w.tasks))
	}
	if w.IntN(4) == 0 {
		m.DefaultFor = SetOf(oneOf(w, w.tasks))
	}
	if q.Task != 0 && w.IntN(2) == 0 {
		m.Tasks |= SetOf(q.Task)
	}
	if q.Organization != "" && w.IntN(2) == 0 {
		m.ID = strings.ToLower(q.Organization) + "/m"
	}
	if len(q.Licenses) > 0 && w.IntN(2) == 0 {
		m.License = q.Licenses[0]
	}
	return m
}

// Models that are made up stand at the edges of what a query asks.
func TestSelectFromAgainstOracle(t *testing.T) {
	w := newWorld(8)
	var found, none int
	for range 3000 {
		q := w.query()
		var models, list []choice
		for range w.IntN(60) {
			c := choice{Model: w.model(q)}
			if len(q.Archs) > 0 && w.IntN(2) == 0 {
				c.Model.Arch = oneOf(w, q.Archs)
			}
			if c.arch = c.Model.Arch; w.IntN(8) == 0 {
				c.arch = oneOf(w, w.archs) // hosted
			}
			models = append(models, c)
			if len(q.Archs) > 0 && slices.Contains(q.Archs, c.arch) || len(q.Archs) == 0 && c.Model.Arch == c.arch {
				list = append(list, c)
			}
		}
		got, err := SelectFrom(q, func(yield func(Arch, Model) bool) {
			for _, c := range models {
				if !yield(c.arch, c.Model) {
					return
				}
			}
		})
		if checkAgainstOracle(t, q, list, got, err) {
			found++
		} else {
			none++
		}
	}
	if found < 400 || none < 400 {
		t.Errorf("%d queries found something and %d nothing: too one-sided a test", found, none)
	}
	got, err := SelectFrom(Query{}, func(yield func(Arch, Model) bool) { yield(0, Model{}); yield(archEnd, Model{Arch: archEnd}) })
	if err == nil || got.Considered != 0 {
		t.Errorf("what is no architecture was considered: %+v", got)
	}
}

func sortedOf[K ~string](m map[K]bool) []K {
	var keys []K
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func TestSelectAmongNothing(t *testing.T) {
	var no *NoFitError
	for _, none := range []Arch{0, archEnd} {
		_, err := Select(Query{Archs: []Arch{none}})
		if !errors.As(err, &no) || no.Near || !strings.Contains(err.Error(), "no model to select from") {
			t.Errorf("got %v, want nothing near where nothing was asked about", err)
		}
	}
}

// What decided between those that fit is said.
func TestSelectWhy(t *testing.T) {
	models := func(list ...Model) iter.Seq2[Arch, Model] {
		return func(yield func(Arch, Model) bool) {
			for _, m := range list {
				m.Arch = Bert
				if !yield(Bert, m) {
					return
				}
			}
		}
	}
	def, forTask := SetOf(Default), SetOf(TextClassification)
	for _, test := range []struct {
		q     Query
		among []Model
		want  string
	}{
		{Query{}, []Model{{ID: "a/a", Roles: def}}, "the only one of 1 that fits"},
		{Query{}, []Model{{ID: "a/a", Roles: def, Parameters: 2}, {ID: "a/b", Roles: def, Parameters: 1}}, "the first of 2 that fit, of 2: the smallest of known size"},
		{Query{}, []Model{{ID: "a/a", Roles: SetOf(Small)}, {ID: "a/b", Roles: def}}, "the first of 2 that fit, of 2: it fills the better place"},
		{Query{}, []Model{{ID: "a/a", Roles: def}, {ID: "a/b", Roles: def}}, "the first of 2 that fit, of 2: the first by name of those that are no better"},
		{Query{Task: TextClassification}, []Model{{ID: "a/a", Tasks: forTask}, {ID: "a/b", DefaultFor: forTask}}, "the first of 2 that fit, of 2: the default for the task"},
		{
			Query{Task: TextClassification},
			[]Model{{ID: "a/a", DefaultFor: forTask}, {ID: pipelines()[TextClassification], DefaultFor: forTask}, {ID: "a/c", Roles: def}},
			"the first of 2 that fit, of 3: transformers' own pipeline takes it for the task; turned away by task: 1",
		},
	} {
		s, err := SelectFrom(test.q, models(test.among...))
		if err != nil || s.Why() != test.want {
			t.Errorf("%q, %v; want %q", s.Why(), err, test.want)
		}
	}
}

// Where two limits keep out all that the query is about, the task is not what
// to give up.
func TestRelaxKeepsTheTask(t *testing.T) {
	task := SetOf(TextClassification)
	models := []Model{
		{ID: "a/small", Bytes: 1, Roles: SetOf(Default)},
		{ID: "a/unknown", Tasks: task, Roles: SetOf(Default)},
	}
	_, err := SelectFrom(Query{Task: TextClassification, MaxBytes: 100, MaxMemory: 100}, func(yield func(Arch, Model) bool) {
		for _, m := range models {
			m.Arch = Bert
			if !yield(Bert, m) {
				return
			}
		}
	})
	if err == nil || !strings.HasSuffix(err.Error(), "relax bytes: the nearest miss is a/unknown, of unknown size") {
		t.Error(err)
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
		{Query{Licenses: []License{"mit"}}, Model{License: "gpl-3.0"}, `relax license: the nearest miss is a/a, whose licence is "gpl-3.0"`},
		{Query{Licenses: []License{"mit"}}, Model{}, "relax license: the nearest miss is a/a, whose licence is unknown"},
		{Query{Format: ONNX}, Model{Formats: SetOf(Safetensors, GGUF)}, "relax format: the nearest miss is a/a, which has safetensors,gguf"},
		{Query{Format: ONNX}, Model{}, "relax format: the nearest miss is a/a, whose formats are unknown"},
		{Query{Organization: "b"}, Model{}, "relax organization: the nearest miss is a/a"},
	} {
		test.m.ID, test.m.Arch, test.m.Roles = "a/a", Bert, SetOf(Default)
		_, err := SelectFrom(test.q, func(yield func(Arch, Model) bool) { yield(Bert, test.m) })
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}

func TestSelectAllocates(t *testing.T) {
	q := Query{Task: TextClassification, Ungated: true, MaxBytes: CPULarge, Licenses: []License{"apache-2.0", "mit"}}
	if _, err := Select(q); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = Select(q) }); n != 0 {
		t.Errorf("%v allocations", n)
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

func BenchmarkSelect(b *testing.B) {
	q := Query{Task: TextClassification, Ungated: true, MaxBytes: CPULarge}
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Select(q)
	}
}
