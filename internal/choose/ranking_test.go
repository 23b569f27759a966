package choose

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

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

// Each tier of a ranking decides between two that no tier before it tells apart.
func TestTiersOfARanking(t *testing.T) {
	for _, tt := range []struct {
		tier, policy, winner, loser string
	}{
		{tierPolicy, "prefer: {organizations: [Maker]}\n", "Maker/b sst2", "Known/a sst2 use=1e9"},
		{tierPolicy, "pins:\n  - {arch: bert, task: text-classification, id: Known/b, reason: because}\n", "Known/b sst2", "Known/a sst2 use=1e9"},
		{tierTask, "", "Known/bert-sst2 sst2 use=0", "Known/a sst2 use=1e9"},
		{tierHead, "", "Known/b sst2", "Known/a sst2 head=BERTClassifier use=1e9"},
		{tierSize, "", "Known/b sst2", "Known/a sst2 size=405e9 use=1e9"},
		{tierGeneral, "", "Known/b sst2", "Known/ocr-a sst2 use=1e9"},
		{tierHead, "", "Known/b sst2", "Known/a sst2 task=zero-shot-classification use=1e9"},
		{tierAuthority, "", "Known/b sst2", "me/a sst2 use=1e9"},
		{tierGeneral, "", "Known/b sst2", "Known/a sst2 languages=de use=1e9"},
		{tierPopularity, "", "Known/b sst2 use=4096", "Known/a sst2 use=4095 likes=9"},
		{tierDefault, "pins:\n  - {arch: bert, role: default, id: Known/b, reason: because}\n", "Known/b sst2", "Known/a sst2 likes=9"},
		{tierLikes, "", "Known/b sst2 likes=2", "Known/a sst2"},
		{tierSmaller, "", "Known/b sst2 size=1e6", "Known/a sst2"},
		{tierID, "", "Known/a sst2", "Known/b sst2"},
	} {
		w := newWorld(t, tt.policy).add("Maker/bert-base; " + tt.winner + "; " + tt.loser)
		got, tiers := w.ranking("text-classification")
		if !slices.Equal(got, []string{idOf(tt.winner), idOf(tt.loser)}) || tiers[0] != tt.tier || tiers[1] != tierOnly {
			t.Errorf("%s: %q by %q", tt.tier, got, tiers)
		}
	}
}

// The order of preferred organisations holds across architectures.
func TestPreferredInARanking(t *testing.T) {
	w := newWorld(t, "prefer: {organizations: [Known, Maker]}\n")
	later := *w.arch
	later.ModelType, later.Documented = "bert2", ""
	w.others(later)
	w.add("Maker/b sst2 use=1e9; me/b sst2 use=1e9")
	w.add("Known/a sst2 type=bert2; me/a sst2 type=bert2 use=1e9")
	if got, tiers := w.ranking("text-classification"); got[0] != "Known/a" || tiers[0] != tierPolicy {
		t.Errorf("%q by %q", got, tiers)
	}
}

// Who is ranked: what was made for the task, by somebody known or used by many,
// and each once.
func TestWhoIsRanked(t *testing.T) {
	w := newWorld(t, "")
	alias := *w.arch
	alias.ModelType, alias.AliasOf = "BertModel", "bert"
	w.others(alias)
	w.state.Catalog.Tasks[2].Default = "nobody/default"
	w.add("Maker/bert-base type=BertModel; Known/a sst2 use=0 type=BertModel; nobody/default sst2 use=1; me/enough sst2 use=250000; me/few sst2 use=249999; KNOWN/A sst2 use=-1 likes=-1; Known/a-GGUF sst2; Known/llama sst2 type=llama; Known/a-reranker sst2")
	got, _ := w.ranking("text-classification")
	if want := []string{"nobody/default", "Known/a", "me/enough"}; !slices.Equal(got, want) {
		t.Errorf("ranked are %q, want %q", got, want)
	}
	for _, r := range w.state.Picks.Rankings {
		for _, m := range r.Models {
			if m.Arch != "bert" {
				t.Errorf("%q ranks %s for %s", r.Task, m.ID, m.Arch)
			}
		}
	}
	// A stranger's at the mark does not come and go.
	for _, step := range []struct {
		n    int64
		want bool
	}{{rankedDownloads / 4, true}, {rankedDownloads/4 - 1, false}, {rankedDownloads - 1, false}, {rankedDownloads, true}} {
		w.popular("me/enough", step.n)
		if got, _ := w.ranking("text-classification"); slices.Contains(got, "me/enough") != step.want {
			t.Errorf("at %d downloads ranked are %q", step.n, got)
		}
	}
	// The ranking for no task has the defaults.
	if got, _ := w.ranking(""); !slices.Equal(got, []string{"Maker/bert-base"}) {
		t.Errorf("the defaults are %q", got)
	}
}

// Popularity is remembered: the order changes when the downloads leave their
// power of four by more than a factor of two, and unknown ones change nothing.
func TestRememberedPopularity(t *testing.T) {
	for _, tt := range []struct {
		start float64 // 4,096 and 16,383 are the edges of a power, 8,192 is its middle
		a, b  float64 // factors
		first string
	}{
		{4096, 1, 1, "a"},
		{4096, 1 / 1.9, 1.9, "a"},
		{8192, 1 / 1.9, 1.9, "a"},
		{16383, 1 / 1.9, 1.9, "a"},
		{8192, 1, 5, "b"},
		{8192, 1. / 5, 1, "b"},
		{8192, -1, 1, "a"},
	} {
		w := newWorld(t, "").addf("Known/a sst2 use=%f likes=2; Known/b sst2 use=%[1]f", tt.start)
		w.choose()
		w.popular("Known/a", max(-1, int64(tt.start*tt.a))).popular("Known/b", int64(tt.start*tt.b))
		if got, _ := w.ranking("text-classification"); got[0] != "Known/"+tt.first {
			t.Errorf("%+v: the first is %s", tt, got[0])
		}
	}
}

// worthRows keeps what a limit of size or licence would ask for, however far down.
func TestRowsWorthKeeping(t *testing.T) {
	common := func() *world { // fills the best rows, and with them the size of 7B
		w := newWorld(t, "").add("Maker/bert-base head=")
		for i := range 30 {
			w.addf("Known/common-%02d sst2 use=1e6 size=7e9 license=other", i)
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
		{"the same size and licence, gated", "size=7e9 license=other gated=auto", "Known", 2},
		{"the owner's ladder", "size=7e9 license= gated=", "Maker", 1},
		{"the owner's, for a language", "size=7e9 license= gated= languages=de", "Maker", 0},
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
	w := common()
	for i := range 100 {
		w.addf("Known/of-licence-%02d sst2 license=l%[1]d", i)
	}
	if got, _ := w.ranking("text-classification"); len(got) != mostRows {
		t.Errorf("%d rows, want %d", len(got), mostRows)
	}
}

// simulated is a world of ranked classifiers with downloads across the marks.
func simulated(t testing.TB, seed uint64) (*world, map[string]float64) {
	rnd := rand.New(rand.NewPCG(seed, 7))
	w, mean := newWorld(t, "").add("Maker/bert-base"), make(map[string]float64)
	for i := range 40 {
		id := fmt.Sprintf("%s/c%d", []string{"Known", "Maker", "me"}[i%3], i)
		mean[id] = math.Exp(rnd.Float64()*8 + 6)
		w.addf("%s sst2 use=%f likes=%d size=%d license=%s", id, mean[id], rnd.Int64N(5), int64(1)<<rnd.IntN(30), []string{"mit", "", "other"}[i%3])
	}
	return w, mean
}

// The same facts give the same rankings again, and over half a year of noise no
// first place changes hands.
func TestNoiseFlipsNoFirstPlace(t *testing.T) {
	for seed := range uint64(10) {
		w, mean := simulated(t, seed)
		rnd := rand.New(rand.NewPCG(seed, 8))
		if first := w.encode(); w.encode() != first {
			t.Errorf("seed %d: choosing again from the same facts gives other rankings", seed)
		}
		before, _ := w.ranking("text-classification")
		for range 26 {
			for i := range 40 {
				id := fmt.Sprintf("%s/c%d", []string{"Known", "Maker", "me"}[i%3], i)
				w.popular(id, int64(mean[id]*math.Exp(rnd.NormFloat64()*0.2)))
			}
			if got, _ := w.ranking("text-classification"); got[0] != before[0] {
				t.Errorf("seed %d: %s gave way to %s", seed, before[0], got[0])
			}
		}
	}
}

// A model of speech does no task of text, whatever head transformers maps it to.
func TestSpeechDoesNoTaskOfText(t *testing.T) {
	w := newWorld(t, "").add("Maker/bert-base; Maker/a sst2")
	if got, _ := w.ranking("text-classification"); len(got) != 1 {
		t.Fatalf("the ranking has %q", got)
	}
	w.arch.Modalities = []string{"audio", "text"}
	if got, _ := w.ranking("text-classification"); len(got) != 0 {
		t.Errorf("the ranking has %q", got)
	}
}

// An architecture that serves no other task shows what a model is made for,
// unless its card says otherwise.
func TestSoleTask(t *testing.T) {
	w := newWorld(t, "").add("Maker/bert-base head=")
	w.state.Catalog.Tasks = append(w.state.Catalog.Tasks, data.Task{Name: "depth-estimation", AutoClasses: []string{"AutoModelForMaskedLM"}})
	w.arch.Tasks = []string{"depth-estimation"}
	w.add("Maker/other head= task=text-classification")
	if got, _ := w.ranking("depth-estimation"); !slices.Equal(got, []string{"Maker/bert-base"}) {
		t.Errorf("the ranking has %q", got)
	}
}

// A row says why it is there.
func TestReasonsOfARanking(t *testing.T) {
	w := newWorld(t, "").add("Maker/bert-base; Maker/a sst2; Known/b sst2; me/c sst2 head=BERTClassifier use=1e6")
	w.choose()
	want := map[string]string{
		"Maker/a": "its config names BertForSequenceClassification; by the owner of bert",
		"Known/b": "its config names BertForSequenceClassification; by a known publisher",
		"me/c":    "made for the task by its card's word only; by nobody known, and used by many",
	}
	for _, r := range w.state.Picks.Rankings {
		for _, m := range r.Models {
			if r.Task == "text-classification" && m.Reason != want[m.ID] {
				t.Errorf("%s: %q, want %q", m.ID, m.Reason, want[m.ID])
			}
			if r.Task == "" && !strings.HasPrefix(m.Reason, "the default of ") {
				t.Errorf("%s: %q", m.ID, m.Reason)
			}
		}
	}
}
