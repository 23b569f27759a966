package choose

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

func committed(t *testing.T) *data.State {
	t.Helper()
	state, err := data.Load(os.DirFS("../../registrydata"))
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// What must hold for every architecture of the committed catalogue.
func TestWholeCatalogue(t *testing.T) {
	state := committed(t)
	picks, err := Choose(state, state.Lock.Synced)
	if err != nil {
		t.Fatal(err)
	}
	if len(picks.Archs) != len(state.Catalog.Archs) {
		t.Fatalf("%d architectures answered of %d", len(picks.Archs), len(state.Catalog.Archs))
	}
	policy := compile(state)
	byID := make(map[string]*data.Model)
	for _, f := range state.Facts {
		for i := range f.Candidates {
			byID[f.Arch+" "+f.Candidates[i].ID] = &f.Candidates[i]
		}
	}
	for i, a := range picks.Archs {
		arch := state.Catalog.Archs[i]
		def, has := a.Roles[data.RoleDefault]
		if has != (a.Status == data.Proven || a.Status == data.Hosted) {
			t.Errorf("%s is %s, and its default is %q", a.Arch, a.Status, def.ID)
		}
		if a.Status != data.Proven && a.Why == "" || a.Status == data.Hosted && a.Host == "" {
			t.Errorf("%s is %s without a reason or a host", a.Arch, a.Status)
		}
		models := make(map[string]data.Pick)
		for _, m := range a.Picks {
			models[m.ID] = m
		}
		check := func(place string, p data.Place) {
			if p.Reason == "" || p.Tier == "" || models[p.ID].ID == "" {
				t.Errorf("%s, %s: incomplete: %+v", a.Arch, place, p)
			}
			// Proof: the candidate's own config names the architecture, another
			// spelling of it, or for a hosted one the host.
			types := []string{a.Arch}
			if a.Status == data.Hosted && place != data.RoleTiny {
				types = []string{a.Host}
			}
			for _, other := range state.Catalog.Archs {
				if other.AliasOf == types[0] {
					types = append(types, other.ModelType)
				}
			}
			var c *data.Model
			for _, typ := range types {
				if found := byID[typ+" "+p.ID]; found != nil {
					c = found
				}
			}
			if c == nil || !slices.Contains(types, c.ModelType) {
				t.Errorf("%s, %s: %s is not proven", a.Arch, place, p.ID)
				return
			}
			if stub := newCandidate(c, state.Popularity, policy.accounts).stub; stub != (place == data.RoleTiny) {
				t.Errorf("%s, %s: %s: a stub: %v", a.Arch, place, p.ID, stub)
			}
		}
		for role, p := range a.Roles {
			check(role, p)
		}
		for task, p := range a.Tasks {
			check(task, p)
			if !slices.Contains(arch.Tasks, task) {
				t.Errorf("%s does not serve %s", a.Arch, task)
			}
		}
		if open, ok := a.Roles[data.RoleOpen]; ok && models[open.ID].Gated != "no" {
			t.Errorf("%s: the open pick %s is not known to be ungated", a.Arch, open.ID)
		}
		if small, ok := a.Roles[data.RoleSmall]; ok {
			if n := models[small.ID].Parameters; n == 0 || n > models[def.ID].Parameters {
				t.Errorf("%s: small %s has %d parameters, the default %d", a.Arch, small.ID, n, models[def.ID].Parameters)
			}
		}
		for _, c := range a.Rejected {
			if c.Rule == "" || c.Why == "" {
				t.Errorf("%s: %s was turned away without a reason", a.Arch, c.ID)
			}
		}
	}
	for _, r := range picks.Rankings {
		seen := make(map[string]bool)
		for _, m := range r.Models {
			a := picks.Of(m.Arch)
			switch {
			case seen[m.ID] || m.Tier == "" || m.Reason == "" || a == nil:
				t.Errorf("%q ranks %s twice, or incompletely: %+v", r.Task, m.ID, m)
			case r.Task == "" && a.Roles[data.RoleDefault].ID != m.ID:
				t.Errorf("%s is ranked as the default of %s, and is not", m.ID, m.Arch)
			case newCandidate(m.Model, state.Popularity, policy.accounts).stub || state.Catalog.Arch(m.Arch).ModelType != m.ModelType && state.Catalog.Arch(m.ModelType).AliasOf != m.Arch:
				t.Errorf("%q ranks %s, which is no model of %s", r.Task, m.ID, m.Arch)
			}
			seen[m.ID] = true
		}
	}
	// Without incumbents, which may stay, what is ungated and the default is open too.
	state.Picks = nil
	if picks, err = Choose(state, state.Lock.Synced); err != nil {
		t.Fatal(err)
	}
	for _, a := range picks.Archs {
		def, open := a.Roles[data.RoleDefault], a.Roles[data.RoleOpen]
		for _, m := range a.Picks {
			if m.ID == def.ID && m.Gated == "no" && open.ID != def.ID {
				t.Errorf("%s: the default %s is ungated, and open is %q", a.Arch, def.ID, open.ID)
			}
		}
	}
	if n := len(state.Policy.Pins) + len(state.Policy.Deny); n*100 > 3*len(state.Catalog.Archs) {
		t.Errorf("%d pins and denials for %d architectures: the rules are wrong", n, len(state.Catalog.Archs))
	}
}

// The order in which facts and architectures come must not matter, nor whether
// it was chosen from them already.
func TestShuffledInput(t *testing.T) {
	state := committed(t)
	var picks *data.Picks
	encode := func() string {
		var err error
		if picks, err = Choose(state, state.Lock.Synced); err != nil {
			t.Fatal(err)
		}
		b, err := picks.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	want := encode()
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, f := range state.Facts {
		rnd.Shuffle(len(f.Candidates), func(i, j int) { f.Candidates[i], f.Candidates[j] = f.Candidates[j], f.Candidates[i] })
	}
	if encode() != want {
		t.Error("other picks from the same facts in another order")
	}
	state.Picks = picks
	if encode() != want {
		t.Error("other picks from the same facts the second time")
	}
}

// BenchmarkCatalogueFlips reports how many of the committed picks and first
// places of rankings change in half a year of weekly refreshes in which only the
// counters move.
func BenchmarkCatalogueFlips(b *testing.B) {
	state, err := data.Load(os.DirFS("../../registrydata"))
	if err != nil {
		b.Fatal(err)
	}
	mean := maps.Clone(state.Popularity)
	first := func(p *data.Picks) map[string]string {
		m := make(map[string]string)
		for _, r := range p.Rankings {
			m[r.Task] = r.Models[0].ID
		}
		return m
	}
	for b.Loop() {
		rnd := rand.New(rand.NewPCG(5, 6))
		flips, places := 0, 0
		for week := range 26 {
			for _, id := range slices.Sorted(maps.Keys(mean)) {
				c := mean[id]
				if c.Downloads > 0 {
					c.Downloads = int64(float64(c.Downloads) * math.Exp(rnd.NormFloat64()*0.2))
				}
				state.Popularity[id] = c
			}
			picks, err := Choose(state, fmt.Sprintf("week %02d", week))
			if err != nil {
				b.Fatal(err)
			}
			places = len(picks.Rankings)
			before := first(state.Picks)
			for task, id := range first(picks) {
				if before[task] != id {
					flips++
					b.Log(week, "ranking", task, before[task], id)
				}
			}
			for i, a := range picks.Archs {
				before := ids(state.Picks.Archs[i])
				for place, id := range ids(a) {
					places++
					if before[place] != id {
						flips++
						b.Log(week, a.Arch, place, before[place], id)
					}
				}
			}
			state.Picks = picks
		}
		b.ReportMetric(float64(flips), "flips")
		b.ReportMetric(float64(places), "places")
	}
}
