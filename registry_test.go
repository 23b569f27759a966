package hfmodels

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

// state is what the tables were made from.
var state = sync.OnceValue(func() *data.State {
	s, err := data.Load(registrydata.All)
	if err != nil {
		panic(err)
	}
	return s
})

func TestEveryPickIsAnswered(t *testing.T) {
	picks := state().Picks
	if len(picks.Archs) != len(archNames)-1 {
		t.Errorf("%d architectures, want %d", len(archNames)-1, len(picks.Archs))
	}
	for _, p := range picks.Archs {
		a, err := ParseArch(p.Arch)
		if err != nil {
			t.Error(err)
			continue
		}
		if i := a.Info(); string(i.Status) != string(p.Status) || i.Why != p.Why || p.Host != "" && i.Host.String() != p.Host || p.Host == "" && i.Host != 0 {
			t.Errorf("%v: got %v, host %v, %q", a, i.Status, i.Host, i.Why)
		}
		if got, want := len(answers[a].places), len(p.AllPlaces()); got != want {
			t.Errorf("%v: %d places, want %d", a, got, want)
		}
		for _, want := range p.AllPlaces() {
			role, _ := ParseRole(want.Role)
			task, _ := ParseTask(want.Task)
			got, ok := a.Pick(role)
			if task != 0 {
				got, ok = a.DefaultFor(task)
			}
			arch := a
			if want.Tier == data.TierHost {
				arch = a.Info().Host
			}
			if !ok || got.ID != want.ID || got.Reason != want.Reason || got.Arch != arch {
				t.Errorf("%v: got %t, %s of %v because %q, want %+v", a, ok, got.ID, got.Arch, got.Reason, want)
			}
		}
		models := slices.Collect(a.Models())
		if !slices.EqualFunc(models, p.Picks, func(m Model, p data.Pick) bool {
			return m.ID == p.ID && m.Revision == p.Revision && m.Parameters == p.Parameters && m.Bytes == p.Bytes && m.Head == p.Head() &&
				string(m.License) == p.License && string(m.Gating) == p.Gated && sameWords(m.Tasks, p.MadeFor) && sameWords(m.Formats, p.Formats)
		}) {
			t.Errorf("%v: models\n%+v, want\n%+v", a, models, p.Picks)
		}
	}
}

func sameWords[E member](s Set[E], words []string) bool {
	var have []string
	for e := range s.All() {
		have = append(have, e.String())
	}
	slices.Sort(have)
	return slices.Equal(have, slices.Sorted(slices.Values(words)))
}

func TestInfo(t *testing.T) {
	name := func(a Arch) string { text, _ := a.MarshalText(); return string(text) }
	spans := state().Releases.Spans(TransformersVersion)
	for _, c := range state().Catalog.Archs {
		a, err := ParseArch(c.ModelType)
		if err != nil {
			t.Error(err)
			continue
		}
		i := a.Info()
		var auto []data.AutoClass
		for name, class := range i.AutoClasses() {
			if n := len(auto); n == 0 || auto[n-1].Name != name {
				auto = append(auto, data.AutoClass{Name: name})
			}
			classes := &auto[len(auto)-1].Classes
			*classes = append(*classes, class)
		}
		slices.Sort(c.Parents)
		got := fmt.Sprintln(i.Arch, i.Family, i.Part, i.Generates, i.Documented, name(i.AliasOf), i.Since, i.Until, slices.Collect(i.Parents()),
			i.ConfigClass, i.Tokenizer, i.Processor, i.ImageProcessor, i.VideoProcessor, i.FeatureExtractor, i.Inputs, i.Tasks, auto)
		want := fmt.Sprintln(c.ModelType, c.Family, c.Part, c.Generates, c.Documented, c.AliasOf, spans[c.ModelType].Since, "", c.Parents,
			c.ConfigClass, c.Tokenizer, c.Processor, c.ImageProcessor, c.VideoProcessor, c.FeatureExtractor,
			strings.Join(c.Modalities, ","), strings.Join(c.Tasks, ","), c.AutoClass)
		if got != want || i.Since == "" {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		engines := maps.Collect(i.Engines())
		of := state().Engines.Of(&c, state().Picks.Of(c.ModelType))
		for name, version := range state().Engines.Versions() {
			e, err := ParseEngine(name)
			by, known := of[name]
			on := Support{Supported: len(by) > 0, Known: known, By: append(by, "")[0], Version: version}
			if err != nil || engines[e] != on {
				t.Errorf("%v on %v: got %+v, want %+v, %v", a, name, engines[e], on, err)
			}
			delete(engines, e)
		}
		if len(engines) > 0 {
			t.Errorf("%v: engines that are in no file: %v", a, engines)
		}
	}
}

// A name that transformers removed is known as such, and no other.
func TestFormer(t *testing.T) {
	n := 0
	for name, span := range state().Releases.Spans(TransformersVersion) {
		_, err := ParseArch(name)
		if err == nil {
			continue // that of an architecture, or spelled like it
		}
		n++
		i, ok := Former(strings.ToUpper(name))
		if !ok || i.Since != span.Since || i.Until != span.Until || !strings.HasSuffix(err.Error(), i.Why) {
			t.Errorf("%s: got %+v, %v, want %+v; %v", name, i, ok, span, err)
		}
	}
	if _, ok := Former("never-was"); ok || n < 20 {
		t.Errorf("%d former names; an unknown one is former: %v", n, ok)
	}
}

// TestNoArch asks numbers that are not an architecture, task or role.
func TestNoArch(t *testing.T) {
	for _, a := range []Arch{0, archEnd, archEnd + 1, ^Arch(0)} {
		if m, ok := a.Default(); ok || m != (Model{}) {
			t.Errorf("%v: default %v", a, m)
		}
		if m, ok := a.DefaultFor(FillMask); ok {
			t.Errorf("%v: default for a task %v", a, m)
		}
		for m := range a.Models() {
			t.Errorf("%v: model %v", a, m)
		}
		if i := a.Info(); i.Arch != 0 || i.ConfigClass != "" {
			t.Errorf("%v: info %v", a, i)
		}
	}
	if m, ok := Bert.DefaultFor(0); ok {
		t.Errorf("default for no task: %v", m)
	}
	if m, ok := Bert.DefaultFor(Task(len(taskNames))); ok {
		t.Errorf("default for a task that does not exist: %v", m)
	}
	if m, ok := Bert.Pick(Role(4)); ok {
		t.Errorf("pick for a role that does not exist: %v", m)
	}
	for m := range Ranked(Task(len(taskNames))) {
		t.Errorf("ranked for a task that does not exist: %v", m)
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	long := strings.Repeat("-", maxName-4) + "BERT"
	for name, f := range map[string]func(){
		"exact":     func() { sinkArch, _ = ParseArch("xlm-roberta") },
		"styled":    func() { sinkArch, _ = ParseArch("XLM Roberta") },
		"long":      func() { sinkArch, _ = ParseArch(long) },
		"default":   func() { m, _ := Bert.Default(); sinkInt = len(m.ID) },
		"task":      func() { m, _ := Bert.DefaultFor(FillMask); sinkInt = len(m.ID) },
		"info":      func() { sinkInt = len(Bert.Info().ConfigClass) },
		"all":       func() { visit(Archs()) },
		"ranked":    func() { visit(Ranked(TextGeneration)) },
		"id":        func() { m, _ := ByID("Google-BERT/bert-base-uncased"); sinkInt = len(m.ID) },
		"class":     func() { sinkArch, _ = ArchOfClass("TFBertModel") },
		"models":    func() { visit(Bert.Models()) },
		"to string": func() { sinkInt = len(Bert.String()) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func visit[T any](seq func(func(T) bool)) {
	for range seq {
		sinkInt++
	}
}
