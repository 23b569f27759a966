package hfmodels

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// reCase writes an id in another letter case.
func reCase(rnd *rand.Rand, id string) string {
	b := []byte(id)
	for i, c := range b {
		if ('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') && rnd.IntN(2) == 0 {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

// Every model of the tables is found by its id in any letter case, with the
// places that it fills, and so is what was renamed.
func TestByID(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	known := make(map[string]Model)
	for a := range answers {
		for _, m := range answers[a].models {
			if m.Arch != Arch(a) || known[m.ID].ID != "" {
				t.Errorf("%s is in the models of %s and of %s", m.ID, Arch(a), m.Arch)
			}
			known[m.ID] = m
		}
	}
	for id, row := range known {
		for _, s := range []string{id, strings.ToUpper(id), strings.ToLower(id), reCase(rnd, id)} {
			m, ok := ByID(s)
			if !ok || m.ID != id || m.Arch != row.Arch || m.Revision != row.Revision || m.Reason == "" {
				t.Errorf("%q: %t, %+v; want %+v", s, ok, m, row)
			}
		}
	}
	former := 0
	for old, now := range state().Aliases {
		m, ok := ByID(reCase(rnd, old))
		if ok != (known[now].ID != "") || ok && m.ID != now {
			t.Errorf("%s, now %s: %t, %s", old, now, ok, m.ID)
		}
		if ok {
			former++
		}
	}
	if len(known) < 800 || len(ids) < len(known) || former == 0 {
		t.Errorf("%d models, %d ids, %d former ones only", len(known), len(ids), former)
	}
	if !slices.IsSortedFunc(ids[:], func(a, b knownID) int { return strings.Compare(strings.ToLower(a.id), strings.ToLower(b.id)) }) {
		t.Error("the ids are not sorted")
	}
	for a := range Archs() {
		for want := range a.Models() {
			if m, ok := ByID(want.ID); known[want.ID].Arch == a && (!ok || m != want) {
				t.Errorf("%s: %+v, want %+v", want.ID, m, want)
			}
		}
	}
	for _, s := range []string{
		"", "/", "bert", "google-bert/", "google-bert/bert-base-uncased ", "ſ/ſ", "\x00", strings.Repeat("z", 1<<16),
	} {
		if m, ok := ByID(s); ok || m != (Model{}) {
			t.Errorf("%.80q: %+v", s, m)
		}
	}
}

// A ranking is what was decided, in its order.
func TestRanked(t *testing.T) {
	n := 0
	for task := range len(taskNames) {
		var want []data.Ranked
		for _, r := range state().Picks.Rankings {
			if r.Task == taskNames[task] {
				want = r.Models
			}
		}
		got := slices.Collect(Ranked(Task(task)))
		n += len(got)
		if !slices.EqualFunc(got, want, func(m Model, r data.Ranked) bool {
			return m.ID == r.ID && m.Reason == r.Reason && m.Revision == r.Revision && sameWords(m.Tasks, r.MadeFor) &&
				(task == 0 || m.Tasks.Has(Task(task)))
		}) {
			t.Errorf("%q: got %+v, want %+v", taskNames[task], got, want)
		}
		for _, m := range got {
			if one, ok := ByID(m.ID); !ok || one.Roles != m.Roles || one.DefaultFor != m.DefaultFor || one.Arch != m.Arch {
				t.Errorf("%q: %+v, by its id %+v", taskNames[task], m, one)
			}
		}
	}
	if n < 1000 {
		t.Errorf("%d models are ranked only", n)
	}
	for range Ranked(FillMask) {
		break
	}
}

func TestArchOfClass(t *testing.T) {
	for _, test := range []struct {
		class string
		want  Arch
	}{
		{"BertForMaskedLM", Bert},
		{"BertConfig", Bert},
		{"TFBertForMaskedLM", Bert},
		{"FlaxBertForMaskedLM", Bert},
		{"GPT2LMHeadModel", Gpt2},
		{"GPTNeoXForCausalLM", GptNeox},
		{"T5ForConditionalGeneration", T5},
		{"CLIPModel", Clip},
		{"CLIPTextModel", ClipTextModel},
		{"XLMRobertaModel", XlmRoberta},
		{"RobertaModel", Roberta},
		{"Qwen2ForCausalLM", Qwen2},
		{"bertformaskedlm", Bert},
		{"TFBERTFORMASKEDLM", Bert},
		{"flaxbertmodel", Bert},
		{"bertformaskedl", 0},
		{"TF", 0},
		{"", 0},
		{"Flax", 0},
	} {
		if got, ok := ArchOfClass(test.class); got != test.want || ok != (test.want != 0) {
			t.Errorf("%s: %v, %t, want %v", test.class, got, ok, test.want)
		}
	}
	// Every class is found, and where one architecture alone has it, that.
	having := make(map[string][]Arch)
	for _, a := range state().Catalog.Archs {
		arch, _ := ParseArch(a.ModelType)
		classes := []string{a.ConfigClass}
		for _, auto := range a.AutoClass {
			classes = append(classes, auto.Classes...)
		}
		slices.Sort(classes)
		for _, class := range slices.Compact(classes) {
			having[class] = append(having[class], arch)
		}
	}
	for class, archs := range having {
		if got, ok := ArchOfClass(class); class != "" && (!ok || !slices.Contains(archs, got)) {
			t.Errorf("%s: %v, %t, want one of %v", class, got, ok, archs)
		}
	}
}

func TestTaskTexts(t *testing.T) {
	for _, want := range state().Catalog.Tasks {
		task, err := ParseTask(want.Name)
		if err != nil || task.Library() != want.Library || task.About() != want.About {
			t.Errorf("%s: %q, %q, %v; want %q, %q", want.Name, task.Library(), task.About(), err, want.Library, want.About)
		}
	}
	if none := Task(200); none.Library() != "" || none.About() != "" {
		t.Error("something is said of no task")
	}
}
