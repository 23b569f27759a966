package choose

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
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
	decision := &decision{policy: compile(state)}
	isStub := func(m *data.Model) bool { return newCandidate(decision, m, state.Popularity).stub }
	defaults := make(map[string]bool)
	for _, m := range picks.Rankings[0].Models { // that of no task
		defaults[m.ID] = true
	}
	for i, a := range picks.Archs {
		if def := a.Roles[data.RoleDefault].ID; a.Status == data.Proven && !defaults[def] {
			t.Errorf("%s: the default %s is not ranked", a.Arch, def)
		}
		arch := &state.Catalog.Archs[i]
		if (a.Status == data.Proven || a.Status == data.Hosted) != (a.Roles[data.RoleDefault].ID != "") {
			t.Errorf("%s is %s, and its default is %q", a.Arch, a.Status, a.Roles[data.RoleDefault].ID)
		}
		if a.Status != data.Proven && a.Why == "" || a.Status == data.Hosted && a.Host == "" {
			t.Errorf("%s is %s without a reason or a host", a.Arch, a.Status)
		}
		places := 0
		for _, m := range a.Picks {
			for _, p := range m.Places {
				// Proof: the model's own config names the architecture, another spelling
				// of it, or for a hosted one the host.
				types := state.Catalog.Proving(a.Arch)
				if a.Status == data.Hosted && p.Role != data.RoleTiny {
					types = state.Catalog.Proving(a.Host)
				}
				if !slices.Contains(types, m.ModelType) || isStub(m.Model) != (p.Role == data.RoleTiny) {
					t.Errorf("%s: %s is not proven, or is a stub: %+v", a.Arch, m.ID, p)
				}
				if p.Reason == "" || p.Tier == "" || p.Task != "" && !slices.Contains(arch.Tasks, p.Task) {
					t.Errorf("%s: a place is incomplete, or not served: %+v", a.Arch, p)
				}
				if p.Role == data.RoleOpen && m.Gated != "no" {
					t.Errorf("%s: the open pick %s is not known to be ungated", a.Arch, m.ID)
				}
				if p.Role == data.RoleSmall && (m.Parameters == 0 || m.Parameters > a.Pick(a.Roles[data.RoleDefault].ID).Parameters) {
					t.Errorf("%s: small %s has %d parameters, more than the default", a.Arch, m.ID, m.Parameters)
				}
				places++
			}
		}
		if places != len(a.Roles)+len(a.Tasks) {
			t.Errorf("%s: %d places of %d roles and %d tasks", a.Arch, places, len(a.Roles), len(a.Tasks))
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
			case isStub(m.Model) || state.Catalog.Arch(m.Arch).ModelType != m.ModelType && state.Catalog.Arch(m.ModelType).AliasOf != m.Arch:
				t.Errorf("%q ranks %s, which is not a model of %s", r.Task, m.ID, m.Arch)
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
		b, err := data.Encode("picks.json", picks)
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
	answers := func(p *data.Picks) map[string]string {
		m := make(map[string]string)
		for _, r := range p.Rankings {
			m["ranking "+r.Task] = r.Models[0].ID
		}
		for _, a := range p.Archs {
			for place, id := range ids(a) {
				m[a.Arch+" "+place] = id
			}
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
			before, now := answers(state.Picks), answers(picks)
			for place, id := range now {
				if before[place] != id {
					flips++
					b.Log(week, place, before[place], id)
				}
			}
			places = len(now)
			state.Picks = picks
		}
		b.ReportMetric(float64(flips), "flips")
		b.ReportMetric(float64(places), "places")
	}
}

// The tiers stand in the order that docs/picks.md gives.
func TestOrderOfTiers(t *testing.T) {
	page, err := os.ReadFile("../../docs/picks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "| | Default and Open |")
	if !found {
		t.Fatal("docs/picks.md has no table of tiers")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var orders [5][]string
	for i, order := range [][]tier{byDefault, byTask(""), bySmall, byTiny("")} {
		for _, t := range order {
			orders[i] = append(orders[i], t.name)
		}
	}
	for _, t := range byRank(data.Task{Name: "fill-mask"}) {
		orders[4] = append(orders[4], t.name)
	}
	documented := make([][]string, len(orders))
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(line, "|")
		for i := range orders {
			if name := strings.TrimSpace(cells[2+i]); name != "" {
				documented[i] = append(documented[i], name)
			}
		}
	}
	for i, names := range orders {
		if !slices.Equal(names, documented[i]) {
			t.Errorf("column %d: the code has %v, docs/picks.md %v", i+1, names, documented[i])
		}
	}
}
