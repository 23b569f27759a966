package hfmodels

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// holds is the oracle: whether the model satisfies one constraint of the query,
// read from its fields without care for speed.
func holds(q Query, c Constraint, m Model) bool {
	within := func(n, limit int64) bool { return limit <= 0 || n != 0 && n <= limit }
	switch c {
	case ByFamily:
		return q.Family == "" || m.Arch.Info().Family == q.Family
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
	case ByTraining:
		return (m.Chat || !q.Chat) && (m.Base || !q.Base)
	case ByFormat:
		return q.Format == 0 || m.Formats.Has(q.Format)
	case ByEngine:
		all := " "
		for _, r := range m.Arch.Info().engines {
			if r.engine == q.Engine {
				all += r.by + " "
			}
		}
		if q.Engine == MLX || q.Engine == OptimumONNX {
			return len(all) > 2
		}
		return q.Engine == 0 || m.Head != "" && strings.Contains(all, " "+m.Head+" ")
	case ByLicense:
		for _, one := range strings.Split(string(m.License), ", ") {
			if slices.Contains(q.Licenses, License(strings.ToLower(one))) && one != "" {
				return true
			}
		}
		return len(q.Licenses) == 0 || m.License != "" && slices.Contains(q.Licenses, m.License)
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
		switch {
		case len(q.Archs) > 0 && !slices.Contains(q.Archs, m.Arch):
		case len(q.Archs) == 0 && q.Task == 0 && q.Roles != 0:
			for other := range m.Arch.Models() {
				look(other)
			}
		default:
			look(m)
		}
	}
	for _, a := range q.Archs {
		for m := range a.Models() {
			if !seen[m.ID] {
				look(m)
			}
		}
	}
	return list
}

// checkAgainstOracle compares what Select said with what a slow reading of the
// query says of the same models, and reports whether something fits.
func checkAgainstOracle(t *testing.T, q Query, list []Model, got Selection, err error) bool {
	t.Helper()
	if got.Considered != len(list) {
		t.Fatalf("%+v: considered %d models, want %d", q, got.Considered, len(list))
	}
	var fit []Model
	var near *Model
	about := []Constraint{ByFamily, ByTask, ByRole} // what the query is about
	var fewest int
	var off bool         // the nearest miss is of something else
	var relax Constraint // of the nearest miss
	turned, letIn := make(map[Constraint]int), make(map[Constraint]int)
	alone := make(map[Constraint]*Model) // the first that a constraint alone turned away
	for i := range list {
		m := &list[i]
		var failed []Constraint
		for by := range Constraints() {
			if !holds(q, by, *m) {
				failed = append(failed, by)
			}
		}
		n := len(failed)
		if n == 0 {
			fit = append(fit, *m)
			continue
		}
		isOff := slices.ContainsFunc(failed, func(by Constraint) bool { return slices.Contains(about, by) })
		if near == nil || off && !isOff || off == isOff && n < fewest {
			near, fewest, relax, off = m, n, failed[0], isOff
		}
		turned[failed[0]]++
		if n == 1 {
			if letIn[failed[0]]++; letIn[failed[0]] == 1 {
				alone[failed[0]] = m
			}
		}
	}
	if got.Fit != len(fit) {
		t.Fatalf("%+v: %d fit, want %d", q, got.Fit, len(fit))
	}
	for by := range Constraints() {
		if got.TurnedAway(by) != turned[by] {
			t.Fatalf("%+v: %s turned away %d, want %d", q, by, got.TurnedAway(by), turned[by])
		}
	}
	if len(fit) > 0 {
		if next := slices.Collect(got.Next()); err != nil || got.Model != fit[0] || !slices.Equal(next, fit[1:min(len(fit), 5)]) {
			t.Fatalf("%+v: got %q and then %+v, %v; want %+v", q, got.ID, next, err, fit)
		}
		return true
	}
	var no *NoFitError
	if !errors.As(err, &no) || got.Model != (Model{}) {
		t.Fatalf("%+v: got %q, %v; nothing fits", q, got.ID, err)
	}
	// The one that lets most in; what the query is about only for want of others.
	most := 0
	for by := range Constraints() {
		if slices.Contains(about, by) == off && letIn[by] > most {
			relax, near, most = by, alone[by], letIn[by]
		}
	}
	if no.Near != (near != nil) || near != nil && no.Model != *near {
		t.Fatalf("%+v: near is %q, want %+v", q, no.ID, near)
	}
	if near != nil && (no.Relax != relax || !strings.Contains(err.Error(), "relax "+relax.String()+": the nearest miss is "+near.ID)) {
		t.Fatalf("%+v: %v; want to relax %s", q, err, relax)
	}
	return false
}

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
	w.licenses, w.families, w.orgs = slices.Sorted(maps.Keys(licenses)), slices.Sorted(maps.Keys(families)), slices.Sorted(maps.Keys(orgs))
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
	q.Chat, q.Base = pick(0.1), pick(0.05)
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
		q.Engine = Engine(1 + w.IntN(len(engineNames)-1))
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

// Models that are made up lie at the edges of what a query asks.
func TestSelectAgainstOracle(t *testing.T) {
	for seed, test := range []func(world, Query) ([]Model, Selection, error){
		func(_ world, q Query) ([]Model, Selection, error) {
			got, err := Select(q)
			return walk(q), got, err
		},
		func(w world, q Query) ([]Model, Selection, error) {
			var models []Model
			for range w.IntN(60) {
				models = append(models, w.model(q))
			}
			got, err := SelectFrom(q, slices.Values(models))
			return models, got, err
		},
	} {
		w := newWorld(uint64(seed))
		var found, none int
		for range 2000 {
			q := w.query()
			switch list, got, err := test(w, q); {
			case q.empty():
				if !errors.Is(err, ErrEmptyQuery) || got.ID != "" {
					t.Errorf("an empty query: %s, %v", got.ID, err)
				}
			case checkAgainstOracle(t, q, list, got, err):
				found++
			default:
				none++
			}
		}
		if found < 300 || none < 300 {
			t.Errorf("%d queries found something and %d nothing: too one-sided a test", found, none)
		}
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
		Parameters: near(oneOf(w, []int64{q.MinParameters, q.MaxParameters, q.MaxBytes / 4, 1e9})),
		Bytes:      near(oneOf(w, []int64{q.MaxBytes, q.MaxMemory * 5 / 6, 1e9})),
		Revision:   oneOf(w, []string{"", strings.Repeat("0", 40)}),
		Gating:     oneOf(w, []Gating{GatingUnknown, Ungated, GatedAuto, GatedManual}),
		Formats:    Set[Format](w.Uint64N(1<<7)) &^ 1, Roles: Set[Role](w.Uint64N(1 << 4)),
	}
	m.Chat = w.IntN(2) == 0
	m.Base = !m.Chat && w.IntN(2) == 0
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
	for _, q := range []Query{
		{Archs: []Arch{Bert}},
		{Family: Bert.Info().Family},
		{Task: FillMask},
		{Roles: SetOf(Small)},
		{Chat: true},
		{Base: true, Task: TextGeneration},
		{MinParameters: 1},
		{MaxParameters: 1e10},
		{MaxBytes: 1e10},
		{MaxMemory: 1e10},
		{Format: Safetensors},
		{Licenses: []License{"mit"}},
		{Ungated: true},
		{Pinned: true},
		{Organization: "google"},
	} {
		if s, err := Select(q); err != nil || s.ID == "" {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// The best of those that fit is the first, however large.
func TestSelectKeepsTheOrder(t *testing.T) {
	models := []Model{
		{ID: "a/giant", Parameters: 100}, {ID: "a/large", Parameters: 10}, {ID: "a/unknown"}, {ID: "a/small", Parameters: 1, Roles: SetOf(Small)},
	}
	s, err := SelectFrom(Query{MaxParameters: 10}, slices.Values(models))
	if next := slices.Collect(s.Next()); err != nil || s.ID != "a/large" || len(next) != 1 || next[0].ID != "a/small" {
		t.Errorf("%s, then %v, %v", s.ID, next, err)
	}
	if want := "the best of 2 that fit, of 4; turned away by parameters: 2"; s.Why() != want {
		t.Errorf("%q, want %q", s.Why(), want)
	}
	s, err = SelectFrom(Query{MaxParameters: 9}, slices.Values(models))
	if want := "the only one that fits, of 4; turned away by parameters: 3"; err != nil || s.Why() != want {
		t.Errorf("%q, %v, want %q", s.Why(), err, want)
	}
	for range s.Next() {
		t.Error("another one fits")
	}
	s, _ = SelectFrom(Query{MaxParameters: 100}, slices.Values(slices.Repeat(models[:1], 9)))
	if n := len(slices.Collect(s.Next())); n != 4 || s.Fit != 9 {
		t.Errorf("%d are next, of %d", n, s.Fit)
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
	_, err := SelectFrom(Query{Task: TextClassification, MaxBytes: 100, MaxMemory: 100}, slices.Values(models))
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
		{Query{Format: ONNX}, Model{Formats: SetOf(Safetensors, GGUF)}, "relax format: the nearest miss is a/a, whose formats are safetensors,gguf"},
		{Query{Format: ONNX}, Model{}, "relax format: the nearest miss is a/a, whose formats are unknown"},
		{Query{Organization: "b"}, Model{}, "relax organization: the nearest miss is a/a"},
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
