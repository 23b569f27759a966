package hfmodels

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// fits is the oracle: the query's fields read one by one, without care for
// speed.
func fits(q Query, a Arch, m Model) bool {
	org := strings.ToLower(strings.Split(m.ID, "/")[0])
	weights := m.Bytes
	if weights == Unknown && m.Parameters != Unknown {
		weights = m.Parameters * 4
	}
	within := func(n Count, limit int64) bool { return limit == 0 || n != Unknown && int64(n) <= limit }
	role := false
	for r := range m.Roles.All() {
		role = role || q.Roles.Has(r)
	}
	tinyOnly := m.Roles.Len() == 1 && m.Roles.Has(Tiny)
	return (q.Family == "" || a.Info().Family == q.Family) &&
		(q.Task == 0 || m.Tasks.Has(q.Task) || m.DefaultFor.Has(q.Task)) &&
		(q.Roles.Len() == 0 && !tinyOnly || role) &&
		(q.Format == 0 || m.Formats.Has(q.Format)) &&
		(len(q.Licenses) == 0 || m.License != "" && slices.Contains(q.Licenses, m.License)) &&
		(!q.Ungated || m.Gating == Ungated) &&
		(q.Organization == "" || strings.ToLower(q.Organization) == org) &&
		(q.MinParameters == 0 || m.Parameters != Unknown && int64(m.Parameters) >= q.MinParameters) && within(m.Parameters, q.MaxParameters) && within(weights, q.MaxBytes) && within(weights, q.Hardware.MaxBytes())
}

type choice struct {
	arch Arch
	Model
}

// all returns every model that Select looks at for the query, best first.
func all(q Query) []choice {
	var list []choice
	archs := q.Archs
	if len(archs) == 0 {
		archs = slices.Collect(Archs())
	}
	for _, a := range archs {
		for m := range a.Models() {
			if len(q.Archs) > 0 || m.Arch == a {
				list = append(list, choice{a, m})
			}
		}
	}
	place := func(m Model) int {
		if q.Task != 0 {
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
		if m.Parameters == Unknown {
			return 1 << 62
		}
		return int64(m.Parameters)
	}
	slices.SortStableFunc(list, func(x, y choice) int {
		return cmp.Or(cmp.Compare(place(x.Model), place(y.Model)), cmp.Compare(size(x.Model), size(y.Model)))
	})
	return list
}

func TestSelectAgainstOracle(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	archs, tasks := slices.Collect(Archs()), slices.Collect(Tasks())
	licenses, families, orgs := map[License]bool{}, map[Family]bool{}, map[string]bool{}
	for _, a := range archs {
		families[a.Info().Family] = true
		for m := range a.Models() {
			licenses[m.License] = true
			orgs[strings.Split(m.ID, "/")[0]] = true
		}
	}
	pick := func(share float64) bool { return rnd.Float64() < share }
	index := rnd.IntN
	keysL, keysF, keysO := sortedOf(licenses), sortedOf(families), sortedOf(orgs)
	var found, none int
	for range 1500 {
		var q Query
		if pick(0.2) {
			for range 1 + index(4) {
				q.Archs = append(q.Archs, archs[index(len(archs))])
			}
		}
		if pick(0.2) {
			q.Family = keysF[index(len(keysF))]
		}
		if pick(0.4) {
			q.Task = tasks[index(len(tasks))]
		}
		if pick(0.2) {
			q.Roles = SetOf(Role(index(4)))
		}
		if pick(0.2) {
			q.MaxParameters = rnd.Int64N(10e9)
		}
		if pick(0.1) {
			q.MinParameters = rnd.Int64N(1e9)
		}
		if pick(0.2) {
			q.MaxBytes = rnd.Int64N(20e9)
		}
		if pick(0.2) {
			q.Hardware = Hardware(index(7))
		}
		if pick(0.1) {
			q.Format = Format(1 + index(6))
		}
		if pick(0.2) {
			q.Licenses = []License{keysL[index(len(keysL))], keysL[index(len(keysL))]}
		}
		q.Ungated = pick(0.3)
		if pick(0.1) {
			q.Organization = strings.ToUpper(keysO[index(len(keysO))])
		}
		list := all(q)
		got, err := Select(q)
		if got.Considered != len(list) {
			t.Fatalf("%+v: considered %d models, want %d", q, got.Considered, len(list))
		}
		n, turned := 0, 0
		var want *choice
		for i := range list {
			if fits(q, list[i].arch, list[i].Model) {
				if want == nil {
					want = &list[i]
				}
				n++
			}
		}
		for c := range constraints {
			turned += got.TurnedAway(c)
		}
		if got.Fit != n || turned != len(list)-n {
			t.Fatalf("%+v: %d fit and %d were turned away, want %d and %d", q, got.Fit, turned, n, len(list)-n)
		}
		if want == nil {
			none++
			var no *NoFitError
			if !errors.As(err, &no) || got.ID != "" {
				t.Fatalf("%+v: got %q, %v; nothing fits", q, got.ID, err)
			}
			if no.Near != (len(list) > 0) || no.Near && !strings.Contains(err.Error(), no.Relax.String()) {
				t.Fatalf("%+v: %v", q, err)
			}
			continue
		}
		found++
		if err != nil || got.Model != want.Model {
			t.Fatalf("%+v: got %q, %v; want %q", q, got.ID, err, want.ID)
		}
	}
	if found < 200 || none < 200 {
		t.Errorf("%d queries found something and %d nothing: too one-sided a test", found, none)
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

func TestSelectRelax(t *testing.T) {
	_, err := Select(Query{Archs: []Arch{Bert}, Task: FillMask, MaxParameters: 1000})
	var no *NoFitError
	if !errors.As(err, &no) || no.Relax != ByParameters || no.ID != "google-bert/bert-base-uncased" {
		t.Errorf("got %v, want parameters to relax and bert-base-uncased near", err)
	}
	if _, err := Select(Query{Archs: []Arch{archEnd}}); !errors.As(err, &no) || no.Near {
		t.Errorf("got %v, want nothing near where nothing was asked about", err)
	}
}

func TestSelectAllocates(t *testing.T) {
	q := Query{Task: TextClassification, Ungated: true, Hardware: CPULarge, Licenses: []License{"apache-2.0", "mit"}}
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
		n      Count
		exact  bool
		memory Count
		ran    bool
	}{
		{Model{Parameters: 10, Bytes: 20, Memory: Unknown}, 20, true, 24, false},
		{Model{Parameters: 10, Bytes: Unknown, Memory: Unknown}, 40, false, 48, false},
		{Model{Parameters: Unknown, Bytes: Unknown, Memory: Unknown}, Unknown, false, Unknown, false},
		{Model{Parameters: 10, Bytes: 20, Memory: 900}, 20, true, 900, true},
		{Model{Parameters: Unknown, Bytes: Unknown, Memory: 900}, Unknown, false, 900, true},
	} {
		n, exact := test.m.WeightBytes()
		memory, ran := test.m.MemoryBytes()
		if n != test.n || exact != test.exact || memory != test.memory || ran != test.ran {
			t.Errorf("%+v: %v, %v, memory %v, %v", test.m, n, exact, memory, ran)
		}
	}
}

func BenchmarkSelect(b *testing.B) {
	q := Query{Task: TextClassification, Ungated: true, Hardware: CPULarge}
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Select(q)
	}
}
