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

// ranking is what was ranked for a task: ids by rank.
func (w *world) ranking(task string) (ids, tiers []string) {
	w.t.Helper()
	w.choose()
	for _, r := range w.state.Picks.Rankings {
		if r.Task == task {
			for _, m := range r.Models {
				ids, tiers = append(ids, m.ID), append(tiers, m.Tier)
			}
		}
	}
	return ids, tiers
}

// worthRows keeps what a limit of size or licence would ask for, however far down.
func TestRowsWorthKeeping(t *testing.T) {
	common := func() *world { // fills the best rows, and with them the size of 7B
		w := newWorld(t, "").add("Maker/bert-base head=")
		w.others(data.Arch{ModelType: "bert2", Tasks: w.arch.Tasks, AutoClass: w.arch.AutoClass})
		for i := range 30 {
			w.addf("Known/common-%02d sst2 use=1e6 size=7e9 license=other gated=auto", i)
		}
		return w
	}
	for _, tt := range []struct {
		name, with, org string
		want            int // of ten of these
	}{
		{"another size", "size=60e6 gated=", "Known", 4},
		{"another licence", "size=0 license=mit gated=", "Known", 4},
		{"another licence beside a common one", "size=0 license=mit,other gated=", "Known", 4},
		{"the same size, of another licence and ungated", "size=7e9 license=mit gated=no", "Known", 4},
		{"the same size and licence, and ungated", "size=7e9 license=other", "Known", 1},
		{"the same size and licence, gated otherwise", "size=7e9 license=other gated=manual", "Known", 0},
		{"giants", "size=400e9 gated=", "Known", 8},
		{"a publisher's of a common size", "size=7e9 gated=", "Known", 0},
		{"the owner's ladder", "size=7e9 license= gated=", "Maker", 1},
		{"a ladder of which none is among the best", "size=7e9 license= gated= type=bert2", "Maker", 1},
		{"another account's", "size=0 license= gated=", "Maker", 1},
		{"another account's, of a size", "size=7e9 license= gated= languages=de", "Maker", 1},
		{"nothing that one could ask for", "size=0 gated=", "Known", 0},
	} {
		w, n := common(), 0
		for i := range 10 {
			w.addf("%s/rare-%d sst2 use=1 %s", tt.org, i, tt.with)
		}
		got, _ := w.ranking("text-classification")
		for _, id := range got {
			if strings.HasPrefix(id, tt.org+"/rare") {
				n++
			}
		}
		if n != tt.want || len(got) != rowsOfRanking+n {
			t.Errorf("%s: %d of %d rows, want %d", tt.name, n, len(got), tt.want)
		}
	}
	var list []*candidate
	// The last ten of one account are base models, and the last of them has a licence as
	// the chat models have. Of another account the best are kept, of a size, its bases, of a licence, and ungated, too.
	for i := range 40 {
		is := [...]string{"chat size=7e9 license=mit gated=no", "base size=7e9 license="}[i/30]
		list = append(list, candidateOf(t, fmt.Sprintf("a/%d-7b-%s%s", i, is, [...]string{"", "mit"}[i/39])))
	}
	want := map[string]bool{list[33].ID: true, list[34].ID: false, list[39].ID: true}
	for more := range strings.SplitSeq("+40-chat size=0;+41-chat size=7e9;-42-chat size=7e9;+43-7b-base size=0;+44-7b-base size=7e9;"+
		"-45-7b-base size=7e9;+46-chat size=0 license=mit;+47-chat size=7e9 license=mit;"+
		"+48-chat size=7e9 license=mit gated=no;-49-chat size=7e9 license=mit gated=no", ";") {
		c := candidateOf(t, "b/"+strings.Replace(more[1:], " ", " license= ", 1))
		list, want[c.ID] = append(list, c), more[0] == '+'
	}
	for id, kept := range worthRows(list, "text-generation") {
		if w, asked := want[id]; asked && kept != w {
			t.Errorf("%s is kept: %t", id, kept)
		}
	}
}

// simulated is a world of ranked classifiers with downloads across the marks.
func simulated(t testing.TB, seed uint64) (*world, map[string]float64) {
	rnd := rand.New(rand.NewPCG(seed, 7))
	w, mean := newWorld(t, "").add("Maker/bert-base"), make(map[string]float64)
	for i := range 80 {
		id := fmt.Sprintf("%s/c%d", []string{"Known", "Maker", "me"}[i%3], i)
		mean[id] = math.Exp(rnd.Float64()*8 + 6)
		w.addf("%s sst2 use=%f likes=%d size=%d license=%s", id, mean[id], rnd.Int64N(5), int64(1)<<(25+rnd.IntN(4)), []string{"mit", "", "other"}[i%3])
	}
	return w, mean
}

// The same facts give the same rankings again, and over half a year of noise no
// first place changes hands.
func TestNoiseFlipsNoFirstPlace(t *testing.T) {
	for seed := range uint64(5) {
		w, mean := simulated(t, seed)
		rnd := rand.New(rand.NewPCG(seed, 8))
		before, _ := w.ranking("text-classification")
		for range 26 {
			for _, id := range slices.Sorted(maps.Keys(mean)) {
				w.popular(id, int64(mean[id]*math.Exp(rnd.NormFloat64()*0.2)))
			}
			if first := w.encode(); w.encode() != first {
				t.Errorf("seed %d: choosing again from the same facts gives other rankings", seed)
			}
			if got, _ := w.ranking("text-classification"); got[0] != before[0] {
				t.Errorf("seed %d: %s gave way to %s", seed, before[0], got[0])
			}
		}
	}
}
