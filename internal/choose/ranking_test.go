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

// classifier is a model with the head for text-classification, of a known
// publisher's unless the id says otherwise.
func (w *world) classifier(id string, with ...change) *world {
	return w.add(id, append([]change{head("BertForSequenceClassification"), pipeline("text-classification")}, with...)...)
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

// Each tier of a ranking decides between two that no tier before it tells apart.
func TestTiersOfARanking(t *testing.T) {
	for _, tt := range []struct {
		tier          string
		policy        string
		winner, loser string
		win, lose     []change
	}{
		{tier: tierPolicy, policy: "prefer: {organizations: [Maker]}\n", winner: "Maker/b", loser: "Known/a", lose: []change{downloads(1e9)}},
		{tier: tierPolicy, policy: "pins:\n  - {arch: bert, task: text-classification, id: Known/b, reason: because}\n", winner: "Known/b", loser: "Known/a", lose: []change{downloads(1e9)}},
		{tier: tierTask, winner: "Known/bert-sst2", win: []change{downloads(0)}, loser: "Known/a", lose: []change{downloads(1e9)}},
		{tier: tierHead, winner: "Known/b", loser: "Known/a", lose: []change{head("BERTClassifier"), downloads(1e9)}},
		{tier: tierSize, winner: "Known/b", loser: "Known/a", lose: []change{parameters(405e9), downloads(1e9)}},
		{tier: tierGeneral, winner: "Known/b", loser: "Known/ocr-a", lose: []change{downloads(1e9)}},
		{tier: tierHead, winner: "Known/b", loser: "Known/a", lose: []change{pipeline("zero-shot-classification"), downloads(1e9)}},
		{tier: tierAuthority, winner: "Known/b", loser: "me/a", lose: []change{downloads(1e9)}},
		{tier: tierGeneral, winner: "Known/b", loser: "Known/a", lose: []change{languages("de"), downloads(1e9)}},
		{tier: tierPopularity, winner: "Known/b", win: []change{downloads(4096)}, loser: "Known/a", lose: []change{downloads(4095), likes(9)}},
		{tier: tierDefault, policy: "pins:\n  - {arch: bert, role: default, id: Known/b, reason: because}\n", winner: "Known/b", loser: "Known/a", lose: []change{likes(9)}},
		{tier: tierLikes, winner: "Known/b", win: []change{likes(2)}, loser: "Known/a"},
		{tier: tierSmaller, winner: "Known/b", win: []change{parameters(1e6)}, loser: "Known/a"},
		{tier: tierID, winner: "Known/a", loser: "Known/b"},
	} {
		w := newWorld(t, tt.policy).add("Maker/bert-base").classifier(tt.winner, tt.win...).classifier(tt.loser, tt.lose...)
		got, tiers := w.ranking("text-classification")
		if !slices.Equal(got, []string{tt.winner, tt.loser}) || tiers[0] != tt.tier || tiers[1] != tierOnly {
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
	w.classifier("Maker/b", downloads(1e9)).classifier("me/b", downloads(1e9))
	w.classifier("Known/a", modelType("bert2")).classifier("me/a", modelType("bert2"), downloads(1e9))
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
	w.add("Maker/bert-base", modelType("BertModel")).classifier("Known/a", downloads(0), modelType("BertModel")).
		classifier("nobody/default", downloads(1)).classifier("me/enough", downloads(rankedDownloads)).classifier("me/few", downloads(rankedDownloads-1)).
		classifier("KNOWN/A", downloads(-1), likes(-1)).classifier("Known/a-GGUF").classifier("Known/llama", modelType("llama")).classifier("Known/a-reranker")
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
		w := newWorld(t, "").classifier("Known/a", downloads(int64(tt.start)), likes(2)).classifier("Known/b", downloads(int64(tt.start)))
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
		w := newWorld(t, "").add("Maker/bert-base", head())
		for i := range 30 {
			w.classifier(fmt.Sprintf("Known/common-%02d", i), downloads(1e6), parameters(7e9), license("other"))
		}
		return w
	}
	for _, tt := range []struct {
		name string
		with []change
		org  string
		want int // of ten of these
	}{
		{"another size", []change{parameters(60e6), gated("")}, "Known", 4},
		{"another licence", []change{parameters(0), license("mit"), gated("")}, "Known", 4},
		{"another licence beside a common one", []change{parameters(0), license("mit, other"), gated("")}, "Known", 4},
		{"the same size and licence, gated", []change{parameters(7e9), license("other"), gated("auto")}, "Known", 2},
		{"the owner's ladder", []change{parameters(7e9), license(""), gated("")}, "Maker", 1},
		{"the owner's, for a language", []change{parameters(7e9), license(""), gated(""), languages("de")}, "Maker", 0},
		{"nothing that one could ask for", []change{parameters(0), gated("")}, "Known", 0},
	} {
		w, n := common(), 0
		for i := range 10 {
			w.classifier(fmt.Sprintf("%s/rare-%d", tt.org, i), append(tt.with, downloads(1))...)
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
		w.classifier(fmt.Sprintf("Known/of-licence-%02d", i), license(fmt.Sprintf("l%d", i)))
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
		w.classifier(id, downloads(int64(mean[id])), likes(rnd.Int64N(5)), parameters(int64(1)<<rnd.IntN(30)), license([]string{"mit", "", "other"}[i%3]))
	}
	return w, mean
}

// The same facts give the same rankings, in any order, and again.
func TestRankingsAreAFunction(t *testing.T) {
	for seed := range uint64(5) {
		w, _ := simulated(t, seed)
		first := w.encode()
		if w.encode() != first {
			t.Error("choosing again gives other rankings")
		}
		w.state.Picks = nil
		rand.Shuffle(len(w.facts.Candidates), func(i, j int) {
			w.facts.Candidates[i], w.facts.Candidates[j] = w.facts.Candidates[j], w.facts.Candidates[i]
		})
		picks, err := Choose(w.state, w.day) // as the facts are: choose would sort them
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := picks.Encode(); string(b) != first {
			t.Error("shuffled facts give other rankings")
		}
	}
}

// Over half a year of noise no first place changes hands.
func TestNoiseFlipsNoFirstPlace(t *testing.T) {
	for seed := range uint64(10) {
		w, mean := simulated(t, seed)
		rnd := rand.New(rand.NewPCG(seed, 8))
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
	w := newWorld(t, "").add("Maker/bert-base").classifier("Maker/a")
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
	w := newWorld(t, "").add("Maker/bert-base", head())
	w.state.Catalog.Tasks = append(w.state.Catalog.Tasks, data.Task{Name: "depth-estimation", AutoClasses: []string{"AutoModelForMaskedLM"}})
	w.arch.Tasks = []string{"depth-estimation"}
	w.add("Maker/other", head(), pipeline("text-classification"))
	if got, _ := w.ranking("depth-estimation"); !slices.Equal(got, []string{"Maker/bert-base"}) {
		t.Errorf("the ranking has %q", got)
	}
}

// A row says why it is there.
func TestReasonsOfARanking(t *testing.T) {
	w := newWorld(t, "").add("Maker/bert-base").classifier("Maker/a").classifier("Known/b").classifier("me/c", head("BERTClassifier"), downloads(1e6))
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
