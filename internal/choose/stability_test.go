package choose

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
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
	w := newWorld(t, "").add("me/bert-a use=5000; me/bert-b use=4000; stubs/tiny-random-bert")
	for range 2 {
		first := w.encode()
		if again := w.encode(); again != first {
			t.Errorf("the second run differs:\n%s\nfrom the first:\n%s", again, first)
		}
		w.remove("me/bert-a") // and again after a replacement
	}
}

// What a change of the facts changes, and on record as what.
func TestChanges(t *testing.T) {
	const two = "me/bert-a use=5000; me/bert-b"
	const family = "Maker/bert-base; Maker/bert-small size=30e6; Known/bert-sst2 sst2"
	for _, tt := range []struct {
		name, before string
		now          string // ends with "again" where it is still so the next day
		place, want  string // a role, or else a task
		because      string // rule that ended the incumbent's time, or why
	}{
		{"nothing", two, "me/bert-b", "default", "me/bert-a", ""},
		{"twice as popular", two, "me/bert-b use=16000", "default", "me/bert-a", ""},
		{"four times as popular, once", two, "me/bert-b use=40000", "default", "me/bert-a", ""},
		{"liked more", two, "me/bert-b use=5000 likes=1e6", "default", "me/bert-a", ""},
		{"smaller", two, "me/bert-b use=5000 size=10", "default", "me/bert-a", ""},
		{"the counters are gone", two, "me/bert-a use=-1 likes=-1; me/bert-b use=-1 likes=-1", "default", "me/bert-a", ""},
		{"deleted", two, "me/bert-a gone", "default", "me/bert-b", "gone"},
		{"disabled", two, "me/bert-a disabled", "default", "me/bert-b", "withdrawn"},
		{"emptied", two, "me/bert-a type=", "default", "me/bert-b", "unproven"},
		{"its config changed", two, "me/bert-a type=llama", "default", "me/bert-b", "unproven"},
		{"turned into an adapter", two, "me/bert-a library=peft", "default", "me/bert-b", "adapter"},
		{"the owner published its own", two, "Maker/bert-base use=1", "default", "Maker/bert-base", tierAuthority},
		{"found to be derived", two, "me/bert-a use=5000 base=x/y", "default", "me/bert-b", tierBase},
		{"a rival's size became known", "Known/bert-a size=0 use=5000; Known/bert-b size=0", "Known/bert-b", "default", "Known/bert-a", ""},
		{"a rival's size became known, for a task", "Maker/bert-base; Known/a head= task=feature-extraction size=0 use=1e6; Known/b head= task=feature-extraction size=0", "Known/b head= task=feature-extraction size=30e6", "feature-extraction", "Known/a", ""},
		{"of unknown size, the incumbent still yields to a base model", "Known/bert-a size=0 base=x/y", "Known/bert-b", "default", "Known/bert-b", tierBase},
		{"a stranger whom few use displaces nobody", "me/bert-a use=500 base=x/y", "you/bert-b use=999", "default", "me/bert-a", ""},
		{"but one who is used four times as much does", "me/bert-a use=200 base=x/y", "you/bert-b use=800", "default", "you/bert-b", tierBase},
		{"a testing account's stub takes the place of a stranger's", "me/tiny-random-bert", "stubs/tiny-random-bert use=1", "tiny", "stubs/tiny-random-bert", tierPolicy},
		{"a known rival takes the place of one whom few use", "me/bert-a use=500", "you/b-finetuned", "default", "you/b-finetuned", "place"},
		{"at the mark of the known, the incumbent stays", "me/bert-a; you/bert-b use=900", "me/bert-a use=900; you/bert-b use=1100", "default", "me/bert-a", ""},
		{"four times as popular on two days", "me/bert-a; me/bert-b use=1", "me/bert-b use=4000; again", "default", "me/bert-b", tierPopularity},
		{"less than four times as popular on two days", "me/bert-a; me/bert-b use=1", "me/bert-b use=3999; again", "default", "me/bert-a", ""},
		{"anything is four times nothing", "me/bert-a use=0; me/bert-b use=-1", "me/bert-b use=1; again", "default", "me/bert-b", tierPopularity},
		{"of unknown popularity nothing is four times", "me/bert-a likes=9; me/bert-b", "me/bert-a use=-1; me/bert-b use=1e9; again", "default", "me/bert-a", ""},
		{"gated, and open", family, "Maker/bert-base gated=auto", "open", "Maker/bert-small", "no longer known to be ungated"},
		{"gated, and default", family, "Maker/bert-base gated=auto", "default", "Maker/bert-base", ""},
		{"gated, and small", family, "Maker/bert-base gated=auto", "small", "Maker/bert-small", ""},
		{"gated, and for a task", family, "Maker/bert-base gated=auto", "text-classification", "Known/bert-sst2", ""},
		{"the smaller takes small at once", "Maker/bert-base; Maker/bert-a size=50e6", "Maker/bert-b size=40e6", "small", "Maker/bert-b", tierSmaller},
	} {
		w := newWorld(t, "").add(tt.before)
		was := w.place(tt.place).ID
		now, again := strings.CutSuffix(tt.now, "; again")
		if w.add(now); again {
			w.choose()
		}
		w.day = "2026-08-29"
		p := w.place(tt.place)
		if p.ID != tt.want {
			t.Errorf("%s: %s is %s (%s: %s), want %s", tt.name, tt.place, p.ID, p.Tier, p.Reason, tt.want)
		}
		if because := p.Replaced; tt.because == "" && because != nil || tt.because != "" && (because == nil || because.ID != was || because.Rule != tt.because && because.Why != tt.because) {
			t.Errorf("%s: replaced %+v, want %s by %q", tt.name, because, was, tt.because)
		}
	}
}

// What the refresh learned of a lost pick is the reason on record.
func TestLostPick(t *testing.T) {
	for lost, want := range map[string]string{
		data.Missing: "the Hub has no such model any more", data.Disabled: "disabled by the Hub", "": "no longer among the candidates",
	} {
		w := newWorld(t, "").add("me/bert-a use=5000; me/bert-b")
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
	w := newWorld(t, "").add("me/bert-a use=5000; me/bert-b use=1000")
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
	w := newWorld(t, "").add("Maker/bert-base; me/a head=BertForSequenceClassification use=1000")
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

// Over a simulated year of weekly noise none of 12 rivals takes a place from
// another. What counts of thirty days show from week to week is a fifth up or
// down; half is more.
func TestNoiseFlipsNothing(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, "")
		w.arch.Documented = ""
		mean := make(map[string]float64)
		for i := range 12 {
			id := fmt.Sprintf("org%d/bert-%c", i, 'a'+i)
			mean[id] = math.Exp(rnd.Float64()*8 + 4)
			w.addf("%s use=%f", id, mean[id])
		}
		before := ids(w.bert())
		for week := range 52 {
			spread := []float64{0.1, 0.2, 0.3, 0.5}[seed%4]
			for _, id := range slices.Sorted(maps.Keys(mean)) {
				w.popular(id, int64(mean[id]*math.Exp(rnd.NormFloat64()*spread)))
			}
			w.day = fmt.Sprintf("week %03d", week)
			if now := ids(w.bert()); !maps.Equal(now, before) {
				t.Errorf("seed %d, week %d, noise of %v: %v, and before %v", seed, week, spread, now, before)
			}
		}
	}
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
