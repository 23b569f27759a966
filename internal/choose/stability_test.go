package choose

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

func (w *world) popular(id string, n int64) *world {
	c := w.state.Popularity[id]
	c.Downloads = n
	w.state.Popularity[id] = c
	return w
}

// Choosing again from the same facts, with the last picks as incumbents, must
// give the same bytes: otherwise a check would fail right after a run.
func TestChoosingAgainChangesNothing(t *testing.T) {
	w := newWorld(t, "").add("me/bert-a", downloads(5000)).add("me/bert-b", downloads(4000)).add("stubs/tiny-random-bert")
	for range 2 {
		first := w.encode()
		if again := w.encode(); again != first {
			t.Errorf("the second run differs:\n%s\nfrom the first:\n%s", again, first)
		}
		w.remove("me/bert-a") // and again after a replacement
	}
}

func TestIncumbent(t *testing.T) {
	start := func() *world {
		w := newWorld(t, "").add("me/bert-a", downloads(5000)).add("me/bert-b", downloads(1000))
		if got := w.bert().Roles[data.RoleDefault].ID; got != "me/bert-a" {
			t.Fatalf("default %s at the start", got)
		}
		return w
	}
	for _, test := range []struct {
		name    string
		event   func(*world)
		want    string
		because string // rule that ended the incumbent's time
	}{
		{"nothing", func(*world) {}, "me/bert-a", ""},
		{"twice as popular", func(w *world) { w.popular("me/bert-b", 16000) }, "me/bert-a", ""},
		{"four times as popular, once", func(w *world) { w.popular("me/bert-b", 40000) }, "me/bert-a", ""},
		{"liked more", func(w *world) { w.add("me/bert-b", downloads(5000), likes(1e6)) }, "me/bert-a", ""},
		{"smaller", func(w *world) { w.add("me/bert-b", downloads(5000), parameters(10)) }, "me/bert-a", ""},
		{"the counters are gone", func(w *world) { w.state.Popularity = data.Popularity{} }, "me/bert-a", ""},
		{"deleted", func(w *world) { w.remove("me/bert-a") }, "me/bert-b", "gone"},
		{"disabled", func(w *world) {
			w.add("me/bert-a", func(c *data.Model, _ *data.Counters) { c.Disabled = true })
		}, "me/bert-b", "withdrawn"},
		{"emptied", func(w *world) { w.add("me/bert-a", modelType("")) }, "me/bert-b", "unproven"},
		{"its config changed", func(w *world) { w.add("me/bert-a", modelType("llama")) }, "me/bert-b", "unproven"},
		{"turned into an adapter", func(w *world) { w.add("me/bert-a", library("peft")) }, "me/bert-b", "adapter"},
		{"the owner published its own", func(w *world) { w.add("Maker/bert-base", downloads(1)) }, "Maker/bert-base", tierAuthority},
		{"found to be derived", func(w *world) { w.add("me/bert-a", downloads(5000), base("finetune", "x/y")) }, "me/bert-b", tierBase},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := start()
			test.event(w)
			w.day = "2026-08-29"
			p := w.bert().Roles[data.RoleDefault]
			if p.ID != test.want {
				t.Fatalf("default %s (%s: %s), want %s", p.ID, p.Tier, p.Reason, test.want)
			}
			switch {
			case test.because == "" && p.Replaced != nil:
				t.Errorf("nothing was replaced, and yet: %+v", p.Replaced)
			case test.because != "" && (p.Replaced == nil || p.Replaced.ID != "me/bert-a" || p.Replaced.Rule != test.because):
				t.Errorf("replaced %+v, want me/bert-a by %s", p.Replaced, test.because)
			}
		})
	}
}

// What the refresh learned of a lost pick is the reason on record.
func TestLostPick(t *testing.T) {
	for lost, want := range map[string]string{
		data.Missing: "the Hub has no such model any more", data.Disabled: "disabled by the Hub", "": "no longer among the candidates",
	} {
		w := newWorld(t, "").add("me/bert-a", downloads(5000)).add("me/bert-b")
		w.bert()
		w.remove("me/bert-a")
		w.facts.Lost = map[string]string{"me/bert-a": lost}
		if p := w.bert().Roles[data.RoleDefault]; p.Replaced == nil || p.Replaced.Why != want {
			t.Errorf("lost as %q: replaced %+v, want %q", lost, p.Replaced, want)
		}
	}
}

// A challenger four times as popular waits for the next refresh, and a refresh
// of the same day is not the next.
func TestChallenger(t *testing.T) {
	w := newWorld(t, "").add("me/bert-a", downloads(5000)).add("me/bert-b", downloads(1000))
	w.bert()
	w.popular("me/bert-b", 40000)
	for i, step := range []struct {
		day   string
		rival int64
		want  string
	}{
		{"2026-08-29", 40000, "me/bert-a"},
		{"2026-08-29", 40000, "me/bert-a"},
		{"2026-09-05", 6000, "me/bert-a"}, // no longer: the count starts anew
		{"2026-09-12", 40000, "me/bert-a"},
		{"2026-09-19", 40000, "me/bert-b"},
	} {
		w.popular("me/bert-b", step.rival)
		w.day = step.day
		if p := w.bert().Roles[data.RoleDefault]; p.ID != step.want {
			t.Fatalf("step %d: default %s, want %s; challenger %+v", i, p.ID, step.want, p.Challenger)
		}
	}
}

// A stranger's model at the mark of downloads must not come and go.
func TestTaskAtTheMark(t *testing.T) {
	w := newWorld(t, "").add("Maker/bert-base").add("me/a", head("BertForSequenceClassification"), downloads(1000))
	for _, step := range []struct {
		downloads int64
		want      string
	}{{999, "me/a"}, {250, "me/a"}, {249, ""}, {1999, ""}, {2000, "me/a"}} {
		w.bert()
		w.popular("me/a", step.downloads)
		if got := w.bert().Tasks["text-classification"].ID; got != step.want {
			t.Fatalf("at %d downloads %q, want %q", step.downloads, got, step.want)
		}
	}
}

// The Hub lists some repositories in two spellings. Which of them names the
// repository does not follow their counters.
func TestTwoSpellings(t *testing.T) {
	w := newWorld(t, "").add("Maker/Bert").add("Maker/bert", func(m *data.Model, _ *data.Counters) { m.Revision = "" })
	w.arch.Documented = ""
	for _, step := range [][2]int64{{1000, 1000}, {1000, 5000}, {5000, 1000}} {
		w.popular("Maker/Bert", step[0]).popular("Maker/bert", step[1])
		if got := w.bert().Roles[data.RoleDefault].ID; got != "Maker/Bert" {
			t.Errorf("at %d the default is %s", step, got)
		}
	}
}

// Gating and gone siblings change just the roles that they concern.
func TestEventsChangeWhatTheyConcern(t *testing.T) {
	w := newWorld(t, "").add("Maker/bert-base").add("Maker/bert-small", parameters(30e6)).add("Known/bert-sst2", head("BertForSequenceClassification"))
	before := w.bert()
	w.add("Maker/bert-base", gated("auto"))
	w.day = "2026-08-29"
	after := w.bert()
	if p := after.Roles[data.RoleOpen]; p.ID != "Maker/bert-small" || p.Replaced == nil || p.Replaced.Why != "no longer known to be ungated" {
		t.Errorf("open is %+v, want Maker/bert-small in place of the gated one", p)
	}
	for _, role := range []string{data.RoleDefault, data.RoleSmall} {
		if before.Roles[role].ID != after.Roles[role].ID {
			t.Errorf("%s went from %s to %s though only the default's gating changed", role, before.Roles[role].ID, after.Roles[role].ID)
		}
	}
	if before.Tasks["text-classification"].ID != after.Tasks["text-classification"].ID {
		t.Error("the task's default changed though only the default's gating did")
	}
}

// Over simulated years of noise no pick may flip. The noise is what counts of
// thirty days show from week to week, and more: a fifth up or down.
func TestNoiseFlipsNothing(t *testing.T) {
	if n := flips(t, 0.2); n > 0 {
		t.Errorf("%d flips", n)
	}
}

// BenchmarkFlips reports how many of 20 architectures with 12 rivals each flip
// in a year of weekly refreshes, by the spread of the noise.
func BenchmarkFlips(b *testing.B) {
	for _, spread := range []float64{0.1, 0.2, 0.3, 0.5} {
		b.Run(fmt.Sprintf("spread=%v", spread), func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(float64(flips(b, spread))/20, "flips/arch/year")
			}
		})
	}
}

func flips(t testing.TB, spread float64) (n int) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, "")
		w.arch.Documented = ""
		mean := make(map[string]float64)
		for i := range 12 {
			id := fmt.Sprintf("org%d/bert-%c", i, 'a'+i)
			mean[id] = math.Exp(rnd.Float64()*8 + 4)
			w.add(id, downloads(int64(mean[id])))
		}
		before, _ := json.Marshal(ids(w.bert()))
		for week := range 52 {
			for i := range 12 {
				id := fmt.Sprintf("org%d/bert-%c", i, 'a'+i)
				w.popular(id, int64(mean[id]*math.Exp(rnd.NormFloat64()*spread)))
			}
			w.day = fmt.Sprintf("week %03d", week)
			now, _ := json.Marshal(ids(w.bert()))
			if string(now) != string(before) {
				n++
			}
			before = now
		}
	}
	return n
}

func ids(a data.ArchPicks) map[string]string {
	m := make(map[string]string)
	for k, p := range a.Roles {
		m[k] = p.ID
	}
	for k, p := range a.Tasks {
		m[k] = p.ID
	}
	return m
}
