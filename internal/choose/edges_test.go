package choose

import (
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// These tests stand at the edges of the rules: each fails if a comparison is
// turned round or a condition is left out.

func candidateOf(t testing.TB, text string) *candidate {
	c, n := new(data.Model), data.Counters{Downloads: -1, Likes: -1}
	describe(t, text, c, &n, new(data.Documented))
	d := &decision{policy: &rules{accounts: data.Accounts{"maker": "official"}}, arch: &data.Arch{ModelType: "bert"}}
	return newCandidate(d, c, data.Popularity{c.ID: n})
}

// Of two ids that differ in case alone one names the repository. Which it is does
// not follow their counters.
func TestSpellingsOfAnID(t *testing.T) {
	for _, tt := range []struct{ documented, upper, lower, want string }{
		{"Maker/bert-base", "size=0", "size=0", "Maker/bert-base"},
		{"Maker/bert-base", "", "size=0", "Maker/BERT-base"},
		{"Maker/bert-base", "size=0", "", "Maker/bert-base"},
		{"", "", "", "Maker/BERT-base"},
		{"", "revision=", "", "Maker/bert-base"},
	} {
		for _, use := range []int{1000, 5000, 200} {
			w := newWorld(t, "")
			w.arch.Documented = tt.documented
			w.addf("Maker/BERT-base use=%d %s; Maker/bert-base %s", use, tt.upper, tt.lower)
			if got := w.place("default").ID; got != tt.want {
				t.Errorf("%+v: at %d downloads of the first the default is %s", tt, use, got)
			}
		}
	}
}

func TestOwnWordsNarrowNothing(t *testing.T) {
	if got := candidateOf(t, "a/code-llama-math").domain(&data.Arch{ModelType: "code_llama"}); got != "a domain: math" {
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
		if got := candidateOf(t, tt.id).named(tt.arch); got != tt.want {
			t.Errorf("%s for %s: %d, want %d", tt.id, tt.arch, got, tt.want)
		}
	}
}

func TestDerivation(t *testing.T) {
	for _, tt := range []struct {
		model string
		want  int
	}{
		{"a/x", 0},
		{"a/x-chat", 1},
		{"a/x base=a/y", 1},
		{"a/x-chat base=a/y", 1},
		{"a/x-finetuned base=a/y", 2},
		{"a/x base=a/y base=b/y", 2},
		{"a/x base=b/y base=a/y", 2},
	} {
		if got := candidateOf(t, tt.model).derivation(); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.model, got, tt.want)
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
		name, list, want string
		n                int
	}{
		{"none", "", "", 0},
		{"more", "a/1; b/1; b/2", "b", 2},
		{"more, though younger", "a/1 created=2020-01-01; b/1 created=2022-01-01; b/2", "b", 2},
		{"the first is older", "a/1 created=2020-01-01; b/1 created=2021-01-01", "a", 1},
		{"the second is older", "a/1 created=2021-01-01; b/1 created=2020-01-01", "b", 1},
		{"its oldest counts", "a/1 created=2021-01-01; a/2 created=2019-01-01; b/1 created=2020-01-01; b/2", "a", 2},
		{"only one is of known age", "a/1; b/1 created=2024-01-01", "b", 1},
		{"both as old", "a/1 created=2020-01-01; b/1 created=2020-01-01", "", 0},
		{"both of unknown age", "a/1; b/1", "", 0},
	} {
		var list []*candidate
		for text := range strings.SplitSeq(tt.list, "; ") {
			if text != "" {
				list = append(list, candidateOf(t, text))
			}
		}
		if got, n := leader(list, author); got != tt.want || n != tt.n {
			t.Errorf("%s: %q, %d, want %q, %d", tt.name, got, n, tt.want, tt.n)
		}
	}
}

func TestEdgesOfTheOwner(t *testing.T) {
	const named, most = "is whom the documentation names, though with another model", "has most of the proven base models: 2 of 3"
	for _, tt := range []struct {
		name, documented, hub, want, why string
	}{
		{"the documentation names a model of another type", "Maker/bert-base", "Maker/bert-base type=llama; Maker/bert-large; me/bert-a; me/bert-b", "Maker", named},
		{"the documentation was not asked about", "Maker/bert-base", "Maker/bert-large; me/bert-a; me/bert-b", "Maker", named},
		{"the documentation names who only holds copies", "porter/bert-base", "porter/bert-base type=llama; porter/bert-b; me/bert-a; me/bert-b", "me", most},
		{"the documentation names who has derived models only", "Maker/bert-base", "Maker/bert-large base=x/bert; me/bert-a; me/bert-b; you/bert", "me", most},
		{"the only account with base models", "Maker/bert-base", "Maker/bert-large base=x/bert; me/bert-a; me/bert-b", "", ""},
		{"the documentation names an account that is called otherwise now", "Maker-old/bert-base", "Maker/bert-base type=llama asked=Maker-old/bert-base; Maker/bert-large; me/bert-a; me/bert-b", "Maker", named},
		{"two are derived from one", "", "root/bert; a/x base=root/bert; b/y base=root/bert", "root", "made what 2 other candidates are derived from"},
		{"copies are derived from", "", "copier/bert; a/x base=copier/bert; b/y base=copier/bert; many/bert-a; many/bert-b; few/bert", "many", most},
		{"one derived model proves nothing", "", "root/bert; a/x base=root/bert; many/bert-a; many/bert-b", "many", most},
		{"what one derives from oneself proves nothing", "", "root/bert; root/x base=root/bert; root/y base=root/bert; many/bert-a; many/bert-b", "many", most},
		{"known publishers before others", "", "Known/bert; many/bert-a; many/bert-b", "Known", "has most of the proven base models of known publishers: 1 of 1"},
		{"the oldest of as many", "", "young/bert created=2024-01-01; old/bert created=2020-01-01", "old", "has as many of the proven base models as any other, 1 of 2, and the oldest"},
	} {
		w := newWorld(t, "")
		w.arch.Documented = tt.documented
		if got := w.add(tt.hub).bert(); got.Owner != tt.want || got.OwnerWhy != tt.why {
			t.Errorf("%s: owner %s, who %q; want %s, %q", tt.name, got.Owner, got.OwnerWhy, tt.want, tt.why)
		}
	}
}

// What decided is said, also where there was nothing to decide.
func TestReasons(t *testing.T) {
	for _, tt := range []struct {
		name, place     string // a role, or else a task
		hub, tier, want string
	}{
		{"the only one", "default", "me/bert", tierOnly, "the only fit candidate"},
		{"the only one, and documented", "default", "Maker/bert-base", tierAuthority, "documented by transformers 5.23.0, and proven"},
		{"the only open one", "open", "Maker/bert-base; Maker/bert-b gated=auto", tierOnly, "the only candidate known to be ungated"},
		{"the only small one", "small", "Maker/bert-base", tierOnly, "the only candidate known to be small enough"},
		{"the only stub", "tiny", "stubs/tiny-random-bert", tierOnly, "the only candidate made for tests"},
		{"the only one for the task", "text-classification", "Maker/bert-base; Known/a sst2", tierOnly, "the only candidate made for text-classification"},
		{"a stub by its account", "tiny", "stubs/tiny-random-bert; other-stubs/tiny-random-bert", tierPolicy, "published for tests by stubs, which the policy puts first of those that have one"},
		{"a stub by its name", "tiny", "stubs/tiny-random-bert; stubs/tiny-bert", tierName, "named as a stub with random weights"},
		{"a stub by its head", "tiny", "Maker/bert-base; stubs/tiny-random-a head=BertModel; stubs/tiny-random-b", tierHead, "has the default's head, BertForMaskedLM"},
		{"a task's default that is the architecture's", "fill-mask", "Maker/bert-base; Maker/bert-b", tierTask, "the architecture's default, and made for the task"},
		{"a task's default by its head", "text-classification", "Maker/bert-base; Known/a head=BERTClassifier task=text-classification; Known/b sst2", tierHead, "its config names BertForSequenceClassification"},
		{"a task's default by its head, whoever made the other", "text-classification", "Maker/bert-base; Maker/bert-small head=BERTClassifier task=text-classification; me/b sst2 use=5000", tierHead, "its config names BertForSequenceClassification"},
		{"a task's default that is bound to nothing", "text-classification", "Maker/bert-base; Known/bert-clinical sst2; Known/b sst2", tierGeneral, "bound to no language or domain"},
		{"small by its size", "small", "Maker/bert-base; Maker/bert-small size=30e6", tierSmaller, "the smaller, of 30M parameters"},
	} {
		p := newWorld(t, "").add(tt.hub).place(tt.place)
		if p.Tier != tt.tier || p.Reason != tt.want {
			t.Errorf("%s: %s by %q: %q; want %q: %q", tt.name, p.ID, p.Tier, p.Reason, tt.tier, tt.want)
		}
	}
}

func TestLosersAreToldWhy(t *testing.T) {
	w := newWorld(t, "").add("Maker/bert-base; stubs/tiny-random-bert; stubs/tiny-bert; stubs/tiny-random-b head=BertModel; me/tiny-random-bert")
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
	w := newWorld(t, "").others(data.Arch{
		ModelType: "bert_text", ConfigClass: "BertTextConfig", Parents: []string{"bert"}, Documented: "Maker/bert-text",
		Tasks: []string{"text-classification"}, AutoClass: []data.AutoClass{{Name: "AutoModelForSequenceClassification", Classes: []string{"BertForMaskedLM"}}},
	})
	w.add("Maker/bert-base; stubs/tiny-random-b type=bert_text head=")
	if got := w.choose()["bert_text"]; got.Status != data.Hosted || got.Roles[data.RoleTiny].ID != "stubs/tiny-random-b" {
		t.Fatalf("%+v", got)
	} else if lent := got.Picks[0]; lent.ID != "Maker/bert-base" || !slices.Equal(lent.Tasks, []string{"text-classification"}) {
		t.Errorf("%s of the host is made for %q, want what the architecture uses its class for", lent.ID, lent.Tasks)
	}
	w.add("me/bert-text type=bert_text head=; stubs/tiny-random-a type=bert_text head= use=1001")
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
		prefer, with string
		why          string // "" lets pass
	}{
		{"licenses: [mit]", "license=mit", ""},
		{"licenses: [MIT]", "license=mit", ""},
		{"licenses: [mit]", "license=apache-2.0,mit", ""},
		{"licenses: [gpl]", "license=apache-2.0,mit", "its licence is apache-2.0, mit"},
		{"licenses: [mit]", "license=gpl", "its licence is gpl"},
		{"licenses: [mit]", "license=", "its licence is unknown"},
		{"ungated: true", "gated=no", ""},
		{"ungated: true", "gated=manual", "gated: manual"},
		{"ungated: true", "gated=", "whether it is gated is unknown"},
		{"max_parameters: 1000", "size=1000", ""},
		{"max_parameters: 1000", "size=1001", "1K parameters, and at most 1K are wanted"},
		{"max_parameters: 1000", "size=0", "its size is unknown"},
		{"max_bytes: 1000", "bytes=1000", ""},
		{"max_bytes: 1000", "bytes=2000", "2K bytes of weights, and at most 1K are wanted"},
		{"max_bytes: 1000", "size=250", ""},
		{"max_bytes: 1000", "size=500", "2K bytes of weights, and at most 1K are wanted"},
		{"max_bytes: 1000", "size=0", "its size is unknown"},
		{"formats: [onnx, gguf]", "formats=onnx", ""},
		{"formats: [onnx, gguf]", "formats=tf,jax", "none of the formats wanted: it has jax, tf"},
		{"languages: [de]", "languages=fr", ""}, // a preference removes nothing
	} {
		w := newWorld(t, "prefer: {"+tt.prefer+"}\n").add("me/bert " + tt.with)
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
		w := newWorld(t, "pins:\n  - "+pin+"\n").add("Maker/bert-base; stubs/bert; me/llama type=llama")
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

// measured says of a model how it did when it was run at the revision that
// the test's models have.
func (w *world) measured(id, outcome string) *world {
	w.state.Measurements = w.state.Measurements.Add(data.Run{
		Started: "2026-11-25T10:00:00Z", SourceSHA256: id, Versions: map[string]string{"transformers": "5.23.0"},
		Rows: []data.Measurement{{
			Arch: "bert", Level: data.LevelHub, Outcome: outcome, Reason: "hub: no weights",
			Model: id, Revision: strings.Repeat("a", 40),
		}},
	})
	return w
}

// Whoever may not be used is still the maker: nobody takes their place.
func TestDeniedMakerStaysTheOwner(t *testing.T) {
	w := newWorld(t, "deny:\n  - {organization: Maker, reason: not ours to use}\n").add("Maker/bert-base; me/bert-a; me/bert-b")
	if got := w.choose()["bert"]; got.Owner != "Maker" || got.OwnerWhy != "owns the documented checkpoint" || got.Roles["default"].ID == "" {
		t.Errorf("%s %s; default %q", got.Owner, got.OwnerWhy, got.Roles["default"].ID)
	}
}

// Of several denials the first in the list speaks, whatever it names.
func TestFirstDenialSpeaks(t *testing.T) {
	const (
		byID       = "  - {id: maker/BERT-base, reason: by id}\n"
		byAccount  = "  - {organization: MAKER, reason: by account}\n"
		byMeasured = "  - {measured: failed, reason: by measurement}\n"
		failure    = "failed on 2026-11-25 with transformers 5.23.0: hub: no weights"
	)
	for _, tt := range []struct{ policy, outcome, want string }{
		{byID + byAccount + byMeasured, "failed", "by id"},
		{byAccount + byID + byMeasured, "failed", "by account"},
		{byMeasured + byID + byAccount, "failed", failure},
		{byAccount + byMeasured + byID, "failed", "by account"},
		{byMeasured + byAccount, "passed", "by account"},
		{byMeasured, "passed", ""},
		{"  - {id: a/b, reason: nobody minds failures}\n", "failed", ""},
		{byMeasured + byMeasured, "failed", failure},
		{byID + "  - {id: Maker/bert-base, reason: again}\n", "passed", "by id"},
		{"  - {id: a/b, reason: other}\n  - {id: a/c, reason: other}\n  - {id: a/d, reason: other}\n", "failed", ""},
	} {
		a := newWorld(t, "deny:\n"+tt.policy).add("Maker/bert-base").measured("Maker/bert-base", tt.outcome).bert()
		if tt.want == "" && len(a.Rejected) > 0 || tt.want != "" && !slices.Equal(a.Rejected, []data.Rejection{{ID: "Maker/bert-base", Rule: "denied", Why: tt.want}}) {
			t.Errorf("%s%s: %+v, want %q", tt.policy, tt.outcome, a.Rejected, tt.want)
		}
	}
}

func TestSlips(t *testing.T) {
	w := newWorld(t, `
prefer:
  licenses: [Apache-2.0, apache2, mit]
  organizations: [maker, nobody]
deny:
  - {id: maker/BERT-base, reason: x}
  - {id: Maker/bert-bse, reason: x}
  - {organization: Makr, reason: x}
  - {measured: failed, reason: x}
accept:
  - {id: maker/Bert-base, repository: AB12, reason: x}
  - {id: Maker/bert-base, repository: cd34, reason: x}
`).add("Maker/bert-base license=apache-2.0,mit")
	w.facts.Candidates[0].Repository = "ab12"
	var got []string
	for _, s := range Slips(w.state.Policy, w.state) {
		if len(s.Known) == 0 || !slices.IsSorted(s.Known) {
			t.Errorf("%s: known are %q", s.Name, s.Known)
		}
		got = append(got, s.Name)
	}
	if want := []string{"apache2", "nobody", "Maker/bert-bse", "Makr", "cd34"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
