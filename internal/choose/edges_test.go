package choose

import (
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// These tests stand at the edges of the rules: each fails if a comparison is
// turned round or a condition is left out.

func candidateOf(id string, with ...change) *candidate {
	author, _, _ := strings.Cut(id, "/")
	c := &data.Model{ID: id, Author: author}
	p := data.Counters{Downloads: -1, Likes: -1}
	for _, f := range with {
		f(c, &p)
	}
	d := &decision{policy: &rules{accounts: data.Accounts{"maker": "official"}}, arch: &data.Arch{ModelType: "bert"}}
	return newCandidate(d, c, data.Popularity{id: p})
}

// Of two ids that differ in case alone one names the repository.
func TestSpellingsOfAnID(t *testing.T) {
	const documented, other = "Maker/bert-base", "Maker/BERT-base"
	for _, tt := range []struct {
		documents        string
		size, othersSize int64
		want             string
	}{
		{documented, 0, 0, documented}, // though used less
		{documented, 0, 110e6, other},
		{documented, 110e6, 0, documented},
		{"", 0, 0, other}, // used more
	} {
		w := newWorld(t, "")
		w.arch.Documented = tt.documents
		w.add(other, parameters(tt.othersSize), downloads(5000)).add(documented, parameters(tt.size))
		if got := w.place("default").ID; got != tt.want {
			t.Errorf("%+v: the default is %s", tt, got)
		}
	}
}

func TestOwnWordsNarrowNothing(t *testing.T) {
	if got := candidateOf("a/code-llama-math").domain(&data.Arch{ModelType: "code_llama"}); got != "a domain: math" {
		t.Errorf("%q", got)
	}
}

func TestNamed(t *testing.T) {
	for _, tt := range []struct {
		id, arch string
		want     int
	}{
		{"a/DeepSeek-V3", "deepseek_v3", 0},
		{"a/The-DeepSeek-V3", "deepseek_v3", 1},
		{"a/The-New-DeepSeek-V3", "deepseek_v3", 1},
		{"a/DeepSeek-V3.1", "deepseek_v3", 2},
		{"a/DeepSeek-V3.0", "deepseek_v3", 2},
		{"a/DeepSeek-V3.9", "deepseek_v3", 2},
		{"a/DeepSeek-V3.x", "deepseek_v3", 0},
		{"a/DeepSeek-V3.-beta", "deepseek_v3", 0},
		{"a/DeepSeek-V3.", "deepseek_v3", 0},
		{"a/DeepSeek-V31", "deepseek_v3", 2},
		{"a/DeepSeek-V3-1", "deepseek_v3", 0},
		{"a/Qwen", "deepseek_v3", 3},
	} {
		if got := candidateOf(tt.id).named(tt.arch); got != tt.want {
			t.Errorf("%s for %s: %d, want %d", tt.id, tt.arch, got, tt.want)
		}
	}
}

func TestDerivation(t *testing.T) {
	for _, tt := range []struct {
		c    *candidate
		want int
	}{
		{candidateOf("a/x"), 0},
		{candidateOf("a/x-chat"), 1},
		{candidateOf("a/x", base("finetune", "a/y")), 1},
		{candidateOf("a/x-chat", base("finetune", "a/y")), 1},
		{candidateOf("a/x-finetuned", base("finetune", "a/y")), 2},
		{candidateOf("a/x", base("finetune", "a/y"), base("finetune", "b/y")), 2},
		{candidateOf("a/x", base("finetune", "b/y"), base("finetune", "a/y")), 2},
	} {
		if got := tt.c.derivation(); got != tt.want {
			t.Errorf("%s of %v: %d, want %d", tt.c.ID, tt.c.Bases, got, tt.want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1K", 1500: "1.5K", 9949: "9.9K", 10_000: "10K", 99_999: "99K",
		110_106_428: "110M", 7_600_000_000: "7.6B", 405e9: "405B", 1e12: "1T", 2_400_000_000_000: "2.4T",
	} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %s, want %s", n, got, want)
		}
	}
}

// The names that stand most often; of two that do the one with the oldest
// candidate; of two that are as old, or of unknown age, none.
func TestMost(t *testing.T) {
	author := func(c *candidate) []string { return []string{c.Author} }
	for _, tt := range []struct {
		name string
		list []*candidate
		want string
		n    int
	}{
		{"none", nil, "", 0},
		{"more", []*candidate{candidateOf("a/1"), candidateOf("b/1"), candidateOf("b/2")}, "b", 2},
		{"more, though younger", []*candidate{candidateOf("a/1", created("2020-01-01")), candidateOf("b/1", created("2022-01-01")), candidateOf("b/2")}, "b", 2},
		{"the first is older", []*candidate{candidateOf("a/1", created("2020-01-01")), candidateOf("b/1", created("2021-01-01"))}, "a", 1},
		{"the second is older", []*candidate{candidateOf("a/1", created("2021-01-01")), candidateOf("b/1", created("2020-01-01"))}, "b", 1},
		{"its oldest counts", []*candidate{candidateOf("a/1", created("2021-01-01")), candidateOf("a/2", created("2019-01-01")), candidateOf("b/1", created("2020-01-01")), candidateOf("b/2")}, "a", 2},
		{"only one is of known age", []*candidate{candidateOf("a/1"), candidateOf("b/1", created("2024-01-01"))}, "b", 1},
		{"both as old", []*candidate{candidateOf("a/1", created("2020-01-01")), candidateOf("b/1", created("2020-01-01"))}, "", 0},
		{"both of unknown age", []*candidate{candidateOf("a/1"), candidateOf("b/1")}, "", 0},
	} {
		if got, n := leader(tt.list, author); got != tt.want || n != tt.n {
			t.Errorf("%s: %q, %d, want %q, %d", tt.name, got, n, tt.want, tt.n)
		}
	}
}

func TestEdgesOfTheOwner(t *testing.T) {
	for _, tt := range []struct {
		name, documented string
		hub              func(*world)
		want, why        string
	}{
		{"the documentation names a model of another type", "Maker/bert-base", func(w *world) {
			w.add("Maker/bert-base", modelType("llama")).add("Maker/bert-large").add("me/bert-a").add("me/bert-b")
		}, "Maker", "is whom the documentation names, though with another model"},
		{"the documentation was not asked about", "Maker/bert-base", func(w *world) {
			w.add("Maker/bert-large").add("me/bert-a").add("me/bert-b")
		}, "Maker", "is whom the documentation names, though with another model"},
		{"the documentation names who only holds copies", "porter/bert-base", func(w *world) {
			w.add("porter/bert-base", modelType("llama")).add("porter/bert-b").add("me/bert-a").add("me/bert-b")
		}, "me", "has most of the proven base models: 2 of 3"},
		{"the documentation names who has derived models only", "Maker/bert-base", func(w *world) {
			w.add("Maker/bert-large", base("finetune", "x/bert")).add("me/bert-a").add("me/bert-b").add("you/bert")
		}, "me", "has most of the proven base models: 2 of 3"},
		{"the only account with base models", "Maker/bert-base", func(w *world) {
			w.add("Maker/bert-large", base("finetune", "x/bert")).add("me/bert-a").add("me/bert-b")
		}, "", ""},
		{"the documentation names an account that is called otherwise now", "Maker-old/bert-base", func(w *world) {
			w.facts.Documented = &data.Documented{Asked: "Maker-old/bert-base", Outcome: data.Found, Model: &data.Model{ID: "Maker/bert-base", Author: "Maker", ModelType: "llama"}}
			w.add("Maker/bert-large").add("me/bert-a").add("me/bert-b")
		}, "Maker", "is whom the documentation names, though with another model"},
		{"two are derived from one", "", func(w *world) {
			w.add("root/bert").add("a/x", base("finetune", "root/bert")).add("b/y", base("finetune", "root/bert"))
		}, "root", "made what 2 other candidates are derived from"},
		{"copies are derived from", "", func(w *world) {
			w.add("copier/bert").add("a/x", base("finetune", "copier/bert")).add("b/y", base("finetune", "copier/bert")).add("many/bert-a").add("many/bert-b").add("few/bert")
		}, "many", "has most of the proven base models: 2 of 3"},
		{"one derived model proves nothing", "", func(w *world) {
			w.add("root/bert").add("a/x", base("finetune", "root/bert")).add("many/bert-a").add("many/bert-b")
		}, "many", "has most of the proven base models: 2 of 3"},
		{"what one derives from oneself proves nothing", "", func(w *world) {
			w.add("root/bert").add("root/x", base("finetune", "root/bert")).add("root/y", base("finetune", "root/bert")).add("many/bert-a").add("many/bert-b")
		}, "many", "has most of the proven base models: 2 of 3"},
		{"known publishers before others", "", func(w *world) {
			w.add("Known/bert").add("many/bert-a").add("many/bert-b")
		}, "Known", "has most of the proven base models of known publishers: 1 of 1"},
		{"the oldest of as many", "", func(w *world) {
			w.add("young/bert", created("2024-01-01")).add("old/bert", created("2020-01-01"))
		}, "old", "has as many of the proven base models as any other, 1 of 2, and the oldest"},
	} {
		w := newWorld(t, "")
		w.arch.Documented = tt.documented
		tt.hub(w)
		if got := w.bert(); got.Owner != tt.want || got.OwnerWhy != tt.why {
			t.Errorf("%s: owner %s, who %q; want %s, %q", tt.name, got.Owner, got.OwnerWhy, tt.want, tt.why)
		}
	}
}

// What decided is said, also where there was nothing to decide.
func TestReasons(t *testing.T) {
	sst2 := []change{head("BertForSequenceClassification"), pipeline("text-classification")}
	for _, tt := range []struct {
		name, place string // a role, or else a task
		hub         func(*world)
		tier, want  string
	}{
		{"the only one", "default", func(w *world) { w.add("me/bert") }, tierOnly, "the only fit candidate"},
		{"the only one, and documented", "default", func(w *world) { w.add("Maker/bert-base") }, tierAuthority, "documented by transformers 5.23.0, and proven"},
		{"the only open one", "open", func(w *world) { w.add("Maker/bert-base").add("Maker/bert-b", gated("auto")) }, tierOnly, "the only candidate known to be ungated"},
		{"the only small one", "small", func(w *world) { w.add("Maker/bert-base") }, tierOnly, "the only candidate known to be small enough"},
		{"the only stub", "tiny", func(w *world) { w.add("stubs/tiny-random-bert") }, tierOnly, "the only candidate made for tests"},
		{"the only one for the task", "text-classification", func(w *world) { w.add("Maker/bert-base").add("Known/a", sst2...) }, tierOnly, "the only candidate made for text-classification"},
		{"a stub by its account", "tiny", func(w *world) { w.add("stubs/tiny-random-bert").add("other-stubs/tiny-random-bert") }, tierPolicy, "published for tests by stubs, which the policy puts first of those that have one"},
		{"a stub by its name", "tiny", func(w *world) { w.add("stubs/tiny-random-bert").add("stubs/tiny-bert") }, tierName, "named as a stub with random weights"},
		{"a stub by its head", "tiny", func(w *world) {
			w.add("Maker/bert-base").add("stubs/tiny-random-a", head("BertModel")).add("stubs/tiny-random-b")
		}, tierHead, "has the default's head, BertForMaskedLM"},
		{"a task's default that is the architecture's", "fill-mask", func(w *world) {
			w.add("Maker/bert-base").add("Maker/bert-b")
		}, tierTask, "the architecture's default, and made for the task"},
		{"a task's default by its head", "text-classification", func(w *world) {
			w.add("Maker/bert-base").add("Known/a", head("BERTClassifier"), pipeline("text-classification")).add("Known/b", sst2...)
		}, tierHead, "its config names BertForSequenceClassification"},
		{"a task's default by its head, whoever made the other", "text-classification", func(w *world) {
			w.add("Maker/bert-base").add("Maker/bert-small", head("BERTClassifier"), pipeline("text-classification")).add("me/b", append(sst2, downloads(5000))...)
		}, tierHead, "its config names BertForSequenceClassification"},
		{"a task's default that is bound to nothing", "text-classification", func(w *world) {
			w.add("Maker/bert-base").add("Known/bert-clinical", sst2...).add("Known/b", sst2...)
		}, tierGeneral, "bound to no language or domain"},
		{"small by its size", "small", func(w *world) { w.add("Maker/bert-base").add("Maker/bert-small", parameters(30e6)) }, tierSmaller, "the smaller, of 30M parameters"},
	} {
		w := newWorld(t, "")
		tt.hub(w)
		p := w.place(tt.place)
		if p.Tier != tt.tier || p.Reason != tt.want {
			t.Errorf("%s: %s by %q: %q; want %q: %q", tt.name, p.ID, p.Tier, p.Reason, tt.tier, tt.want)
		}
	}
}

func TestLosersAreToldWhy(t *testing.T) {
	w := newWorld(t, "").add("Maker/bert-base").
		add("stubs/tiny-random-bert").add("stubs/tiny-bert").add("stubs/tiny-random-b", head("BertModel")).add("me/tiny-random-bert")
	want := map[string]string{
		"stubs/tiny-bert":     "not named as a stub with random weights",
		"stubs/tiny-random-b": "not known to have the default's head",
		"me/tiny-random-bert": "published by me, which the policy does not rank",
	}
	for _, r := range w.bert().Roles[data.RoleTiny].RunnersUp {
		if r.Why != want[r.ID] {
			t.Errorf("%s lost because %q, want %q", r.ID, r.Why, want[r.ID])
		}
		delete(want, r.ID)
	}
	if len(want) > 0 {
		t.Errorf("nothing was said of %v", want)
	}
}

// What a host answered with is not an incumbent once the architecture has its own,
// except for its stub, which never was the host's.
func TestHostsPickIsNoIncumbent(t *testing.T) {
	w := newWorld(t, "").others(data.Arch{ModelType: "bert_text", ConfigClass: "BertTextConfig", Parents: []string{"bert"}, Documented: "Maker/bert-text"})
	w.add("Maker/bert-base").add("stubs/tiny-random-b", modelType("bert_text"), head())
	if got := w.choose()["bert_text"]; got.Status != data.Hosted || got.Roles[data.RoleTiny].ID != "stubs/tiny-random-b" {
		t.Fatalf("%+v", got)
	}
	w.add("me/bert-text", modelType("bert_text"), head()).add("stubs/tiny-random-a", modelType("bert_text"), head(), downloads(1001))
	got := w.choose()["bert_text"]
	p := got.Roles[data.RoleDefault]
	if p.ID != "me/bert-text" || p.Replaced != nil || p.Tier == tierIncumbent {
		t.Errorf("default %+v", p)
	}
	if got := got.Roles[data.RoleTiny].ID; got != "stubs/tiny-random-b" {
		t.Errorf("the stub that was there gave way to %s", got)
	}
}

func TestDenialsSayWhy(t *testing.T) {
	for _, tt := range []struct {
		prefer string
		with   change
		why    string // "" lets pass
	}{
		{"licenses: [mit]", license("mit"), ""},
		{"licenses: [MIT]", license("mit"), ""},
		{"licenses: [mit]", license("apache-2.0, mit"), ""},
		{"licenses: [gpl]", license("apache-2.0, mit"), "its licence is apache-2.0, mit"},
		{"licenses: [mit]", license("gpl"), "its licence is gpl"},
		{"licenses: [mit]", license(""), "its licence is unknown"},
		{"ungated: true", gated("no"), ""},
		{"ungated: true", gated("manual"), "gated: manual"},
		{"ungated: true", gated(""), "whether it is gated is unknown"},
		{"max_parameters: 1000", parameters(1000), ""},
		{"max_parameters: 1000", parameters(1001), "1K parameters, and at most 1K are wanted"},
		{"max_parameters: 1000", parameters(0), "its size is unknown"},
		{"max_bytes: 1000", bytes(1000), ""},
		{"max_bytes: 1000", bytes(2000), "2K bytes of weights, and at most 1K are wanted"},
		{"max_bytes: 1000", parameters(250), ""},
		{"max_bytes: 1000", parameters(500), "2K bytes of weights, and at most 1K are wanted"},
		{"max_bytes: 1000", parameters(0), "its size is unknown"},
		{"formats: [onnx, gguf]", formats("onnx"), ""},
		{"formats: [onnx, gguf]", formats("tf", "jax"), "none of the formats wanted: it has jax, tf"},
		{"languages: [de]", languages("fr"), ""}, // a preference removes nothing
	} {
		w := newWorld(t, "prefer: {"+tt.prefer+"}\n").add("me/bert", tt.with)
		got := ""
		for _, r := range w.bert().Rejected {
			got = r.Why
		}
		if got != tt.why {
			t.Errorf("%s: turned away because %q, want %q", tt.prefer, got, tt.why)
		}
	}
}

func TestPinsHaveToMakeSense(t *testing.T) {
	for pin, want := range map[string]string{
		"{arch: brt, role: default, id: a/b, reason: r}":            `"brt" is not an architecture of transformers 5.23.0`,
		"{arch: bert, task: object-detection, id: a/b, reason: r}":  `bert does not serve the task "object-detection", only feature-extraction, fill-mask`,
		"{arch: bert, task: fill-mask, id: me/none, reason: r}":     "me/none for bert is not among the facts",
		"{arch: bert, task: fill-mask, id: Me/gone, reason: r}":     "Me/gone for bert is not on the Hub",
		"{arch: bert, role: tiny, id: Maker/bert-base, reason: r}":  "Maker/bert-base for bert is not a stub, and tiny is for stubs",
		"{arch: bert, role: default, id: stubs/bert, reason: test}": "stubs/bert for bert is removed by the rule stub",
		"{arch: bert, role: default, id: Me/LLama, reason: r}":      "policy.yaml:9: pins[0]: Me/LLama for bert is removed by the rule unproven: its config.model_type is llama",
	} {
		w := newWorld(t, "pins:\n  - "+pin+"\n").add("Maker/bert-base").add("stubs/bert").add("me/llama", modelType("llama"))
		w.facts.Lost = map[string]string{"Me/gone": data.Missing}
		if _, err := Choose(w.state, w.day); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", pin, err, want)
		}
	}
}

func TestReadsTag(t *testing.T) {
	var read []string
	for _, tag := range []string{"transformers", "custom_code", "lora", "merge", "4-bit", "license:mit", "region:us"} {
		if ReadsTag(tag) {
			read = append(read, tag)
		}
	}
	if want := []string{"transformers", "custom_code", "lora", "merge", "4-bit"}; !slices.Equal(read, want) {
		t.Errorf("read %v, want %v", read, want)
	}
}
