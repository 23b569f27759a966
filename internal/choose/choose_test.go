package choose

import (
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// world is a Hub with one architecture of interest, bert, made by Maker.
type world struct {
	t     testing.TB
	state *data.State
	day   string
	arch  *data.Arch
	facts *data.Facts
}

const testPolicy = `
schema: 1
organizations:
  testing: [{name: stubs, reason: test}, {name: other-stubs, reason: test}]
  official: [{name: Maker, reason: test}, {name: Known, reason: test}]
  staging: [{name: porter, reason: test}]
  copies: [{name: copier, reason: test}]
`

func newWorld(t testing.TB, policy string) *world {
	t.Helper()
	p, err := data.ParsePolicy("policy.yaml", []byte(testPolicy+policy))
	if err != nil {
		t.Fatal(err)
	}
	bert := data.Arch{
		ModelType: "bert", ConfigClass: "BertConfig", Module: "bert", Family: "encoder", Documented: "Maker/bert-base",
		AutoClass: []data.AutoClass{
			{Name: "AutoModel", Classes: []string{"BertModel"}},
			{Name: "AutoModelForMaskedLM", Classes: []string{"BertForMaskedLM"}},
			{Name: "AutoModelForSequenceClassification", Classes: []string{"BertForSequenceClassification"}},
		},
		Tasks: []string{"feature-extraction", "fill-mask", "text-classification", "zero-shot-classification"},
	}
	w := &world{t: t, day: "2026-08-22", facts: &data.Facts{Arch: "bert"}}
	w.state = &data.State{
		Catalog: &data.Catalog{
			Transformers: "5.23.0",
			Archs:        []data.Arch{bert},
			Tasks: []data.Task{
				{Name: "feature-extraction", AutoClasses: []string{"AutoModel"}},
				{Name: "fill-mask", AutoClasses: []string{"AutoModelForMaskedLM"}},
				{Name: "text-classification", AutoClasses: []string{"AutoModelForSequenceClassification"}, Default: "Known/bert-sst2"},
				{Name: "zero-shot-classification", AutoClasses: []string{"AutoModelForSequenceClassification"}},
			},
		},
		Facts:      map[string]*data.Facts{"bert": w.facts},
		Popularity: make(data.Popularity),
		Policy:     p,
	}
	w.arch = &w.state.Catalog.Archs[0]
	return w
}

type change func(*data.Model, *data.Counters)

// add puts a model on the Hub: proven, ungated, of 1,000 downloads and 110M
// parameters, unless changed.
func (w *world) add(id string, changes ...change) *world {
	author, _, _ := strings.Cut(id, "/")
	c := data.Model{
		ID: id, Author: author, ModelType: "bert", Parameters: 110_000_000, Gated: "no",
		Revision: strings.Repeat("a", 40), Architectures: []string{"BertForMaskedLM"},
	}
	counters := data.Counters{Downloads: 1000, Likes: 1}
	for _, f := range changes {
		f(&c, &counters)
	}
	w.state.Popularity[id] = counters
	f := w.state.Facts[c.ModelType]
	if f == nil {
		f = w.facts
	}
	f.Candidates = slices.DeleteFunc(f.Candidates, func(old data.Model) bool { return old.ID == id })
	f.Candidates = append(f.Candidates, c)
	if strings.EqualFold(id, w.arch.Documented) {
		f.Documented = &data.Documented{Asked: id, Outcome: data.Found, Model: &c}
	}
	return w
}

func (w *world) remove(id string) *world {
	w.facts.Candidates = slices.DeleteFunc(w.facts.Candidates, func(c data.Model) bool { return c.ID == id })
	if d := w.facts.Documented; d != nil && d.Model != nil && d.Model.ID == id {
		w.facts.Documented = &data.Documented{Asked: d.Asked, Outcome: data.Missing}
	}
	return w
}

// choose decides, and makes the decision the incumbent of the next.
func (w *world) choose() map[string]data.ArchPicks {
	w.t.Helper()
	slices.SortFunc(w.facts.Candidates, func(a, b data.Model) int { return strings.Compare(a.ID, b.ID) })
	picks, err := Choose(w.state, w.day)
	if err != nil {
		w.t.Fatal(err)
	}
	w.state.Picks = picks
	out := make(map[string]data.ArchPicks)
	for _, a := range picks.Archs {
		out[a.Arch] = a
	}
	return out
}

func (w *world) bert() data.ArchPicks { w.t.Helper(); return w.choose()["bert"] }

// place is what fills a role, or else a task, of bert.
func (w *world) place(name string) data.Place {
	w.t.Helper()
	a := w.bert()
	if p, ok := a.Roles[name]; ok {
		return p
	}
	return a.Tasks[name]
}

// encode decides, and is what picks.json would hold.
func (w *world) encode() string {
	w.t.Helper()
	w.choose()
	b, err := w.state.Picks.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func downloads(n int64) change { return func(_ *data.Model, p *data.Counters) { p.Downloads = n } }

func likes(n int64) change { return func(_ *data.Model, p *data.Counters) { p.Likes = n } }

func parameters(n int64) change { return func(c *data.Model, _ *data.Counters) { c.Parameters = n } }

func modelType(s string) change { return func(c *data.Model, _ *data.Counters) { c.ModelType = s } }

func head(s ...string) change { return func(c *data.Model, _ *data.Counters) { c.Architectures = s } }

func tags(s ...string) change { return func(c *data.Model, _ *data.Counters) { c.Tags = s } }

func library(s string) change { return func(c *data.Model, _ *data.Counters) { c.Library = s } }

func pipeline(s string) change { return func(c *data.Model, _ *data.Counters) { c.Pipeline = s } }

func gated(s string) change { return func(c *data.Model, _ *data.Counters) { c.Gated = s } }

func license(s string) change { return func(c *data.Model, _ *data.Counters) { c.License = s } }

func languages(s ...string) change { return func(c *data.Model, _ *data.Counters) { c.Languages = s } }

func formats(s ...string) change { return func(c *data.Model, _ *data.Counters) { c.Formats = s } }

func created(day string) change { return func(c *data.Model, _ *data.Counters) { c.Created = day } }

func bytes(n int64) change { return func(c *data.Model, _ *data.Counters) { c.Bytes = n } }

func base(relation, id string) change {
	return func(c *data.Model, _ *data.Counters) {
		c.Bases = append(c.Bases, data.Base{ID: id, Relation: relation})
	}
}

// Each rule removes the candidate alone, and says so.
func TestRules(t *testing.T) {
	for _, test := range []struct {
		rule string
		id   string
		with change
		why  string
	}{
		{"unproven", "Known/a", modelType("llama"), "its config.model_type is llama"},
		{"unproven", "Known/a", modelType(""), "its config states no model_type"},
		{"withdrawn", "Known/a", func(c *data.Model, _ *data.Counters) { c.Private = true }, "private"},
		{"withdrawn", "Known/a", func(c *data.Model, _ *data.Counters) { c.Disabled = true }, "disabled by the Hub"},
		{"stub", "stubs/bert", likes(0), "made for tests, with random weights"},
		{"stub", "x-internal-testing/bert", likes(0), "made for tests, with random weights"},
		{"stub", "me/tiny-random-bert", likes(0), "made for tests, with random weights"},
		{"stub", "me/bert-tiny-random", likes(0), "made for tests, with random weights"},
		{"stub", "me/tiny-bert", parameters(stubParameters - 1), "made for tests, with random weights"},
		{"stub", "me/tiny-bert", parameters(0), "made for tests, with random weights"},
		{"adapter", "Known/a", library("peft"), "an adapter: library peft"},
		{"adapter", "Known/a", base("adapter", "Maker/bert-base"), "an adapter of Maker/bert-base"},
		{"adapter", "Known/a", tags("lora"), "an adapter: tag lora"},
		{"quantized", "Known/bert-AWQ", likes(0), "a converted copy, named awq"},
		{"quantized", "me/a", base("quantized", "Maker/bert-base"), "a converted copy of Maker/bert-base"},
		{"quantized", "Known/bert-Paddle", likes(0), "a converted copy, named paddle"},
		{"quantized", "Known/b", packed, "a converted copy of Maker/bert-base"},
		{"draft", "Known/a", tags("speculative-decoding"), "a draft head: tag speculative-decoding"},
		{"draft", "Known/bert-EAGLE3", likes(0), "a draft head, named eagle3"},
		{"draft", "Known/a", head("LlamaForCausalLMEagle3"), "a draft head: its class is LlamaForCausalLMEagle3"},
		{"draft", "Known/bert-assistant", base("finetune", "Maker/bert-base"), "a draft head, named assistant"},
		{"quantized", "Known/a", tags("4-bit"), "a converted copy: tag 4-bit"},
		{"quantized", "Known/a", library("mlx"), "for library mlx"},
		{"quantized", "Known/a", func(c *data.Model, _ *data.Counters) { c.Quantized = "bitsandbytes" }, "quantized: bitsandbytes"},
		{"quantized", "Known/a", formats("gguf"), "its only format is gguf"},
		{"library", "Known/a", library("diffusers"), "for library diffusers"},
		{"head", "Known/a", head("LlamaForCausalLM"), "its class LlamaForCausalLM is one of llama"},
		{"remote code", "Known/a", func(c *data.Model, _ *data.Counters) { c.RemoteCode, c.Architectures = true, nil }, "needs the code in its repository, and names no class of the architecture"},
		{"denied", "Known/denied", likes(0), "tested"},
		{"denied", "enemy/a", likes(0), "the whole account"},
	} {
		t.Run(test.rule+" "+test.id, func(t *testing.T) {
			w := newWorld(t, "deny:\n  - {id: Known/denied, reason: tested}\n  - {organization: enemy, reason: the whole account}\n")
			w.others(data.Arch{ModelType: "llama", AutoClass: []data.AutoClass{{Name: "AutoModelForCausalLM", Classes: []string{"LlamaForCausalLM"}}}})
			delete(w.state.Facts, "llama") // so that bert gets to see a llama
			w.add(test.id, test.with)
			got := w.bert()
			want := []data.Rejection{{ID: test.id, Rule: test.rule, Why: test.why}}
			if !slices.Equal(got.Rejected, want) {
				t.Errorf("rejected %+v, want %+v", got.Rejected, want)
			}
			if p, ok := got.Roles[data.RoleDefault]; ok {
				t.Errorf("a rejected candidate became the default: %+v", p)
			}
		})
	}
}

// packed is a quantized copy whose weights take a byte each.
func packed(c *data.Model, n *data.Counters) {
	base("quantized", "Maker/bert-base")(c, n)
	c.Parameters, c.Bytes = 4e9, 4e9
}

// What looks like a reason to remove a candidate, and is none.
func TestRulesLetPass(t *testing.T) {
	for id, with := range map[string]change{
		"Known/bert-small":   parameters(4_000_000),
		"Known/tiny-bert":    parameters(4_000_000), // its owner trains models
		"me/tiny-bert":       parameters(stubParameters),
		"me/bert-tiny":       parameters(4_000_000),
		"me/a-tiny-bert":     parameters(1),
		"me/latest-bert":     likes(0), // holds "test"
		"me/a":               library("sentence-transformers"),
		"me/v":               library("vllm"),              // which loads this class, too
		"me/b":               head("BertDoubleHeadsModel"), // no auto class knows it, but it is a Bert
		"me/c":               head("TFBertForMaskedLM"),
		"Known/d":            base("quantized", "Maker/bert-base"), // the Hub infers this one, and errs
		"me/e":               head("BERTForMaskedLM"),              // spelled as transformers never did
		"me/bert-awqward":    likes(0),
		"me/bert-o-too":      tags("openvino"),
		"me/bert-g-too":      formats("gguf", "safetensors"),
		"Maker/bert-base":    tags("8-bit"),
		"me/bert-base-v2.0b": tags("safetensors"),
	} {
		w := newWorld(t, "").add(id, with)
		if got := w.bert(); len(got.Rejected) > 0 || got.Roles[data.RoleDefault].ID != id {
			t.Errorf("%s: default %q, rejected %+v", id, got.Roles[data.RoleDefault].ID, got.Rejected)
		}
	}
}

// Each tier decides between two candidates that no tier before it tells apart.
func TestTiers(t *testing.T) {
	for _, test := range []struct {
		tier   string
		winner string
		win    []change
		loser  string
		lose   []change
		why    string // of the runner-up
	}{
		{tier: tierAuthority, winner: "Maker/bert-base", loser: "Maker/bert", lose: []change{downloads(15_999)}, why: "from Maker too, but not its reference, Maker/bert-base"},
		{tier: tierAuthority, winner: "Maker/bert-base", win: []change{base("finetune", "x/y")}, loser: "me/bert", why: "neither documented nor from a known publisher"},
		{tier: tierBase, winner: "me/bert-a", loser: "me/bert-b", lose: []change{base("finetune", "x/y"), downloads(1e9)}, why: "derived from x/y"},
		{tier: tierBase, winner: "me/bert-a", loser: "me/bert-finetuned", lose: []change{downloads(1e9)}, why: "derived, as its name says: finetuned"},
		{tier: tierBase, winner: "me/bert-a", loser: "me/bert-b", lose: []change{tags("generated_from_trainer"), downloads(1e9)}, why: "derived, as its tags say"},
		{tier: tierBase, winner: "me/bert-a", loser: "me/bert-chat", lose: []change{downloads(1e9)}, why: "tuned by its own maker"},
		{tier: tierGeneral, winner: "me/bert-a", loser: "me/bert-b", lose: []change{languages("de"), downloads(1e9)}, why: "made for the language de"},
		{tier: tierGeneral, winner: "me/bert-a", loser: "me/bert-clinical", lose: []change{downloads(1e9)}, why: "made for a domain: clinical"},
		{tier: tierGeneral, winner: "me/bert-a", loser: "me/bert-squad", lose: []change{downloads(1e9)}, why: "made for a data set: squad"},
		{tier: tierGeneral, winner: "me/bert-a", loser: "me/bert-b", lose: []change{library("sentence-transformers"), downloads(1e9)}, why: "made for comparing sentences"},
		{tier: tierName, winner: "me/bert-a", loser: "me/a-bert", lose: []change{downloads(1e9)}, why: "bears the architecture's name further on"},
		{tier: tierName, winner: "me/a-bert", loser: "me/bertram", lose: []change{downloads(1e9)}, why: "named after a later or longer version"},
		{tier: tierName, winner: "me/bert-a", loser: "me/bert.5", lose: []change{downloads(1e9)}, why: "named after a later or longer version"},
		{tier: tierName, winner: "me/bertram", loser: "me/ernie", lose: []change{downloads(1e9)}, why: "named otherwise"},
		{tier: tierSize, winner: "me/bert-a", loser: "me/bert-b", lose: []change{parameters(405_000_000_000), downloads(1e9)}, why: "a giant of 405B parameters"},
		{tier: tierPopularity, winner: "me/bert-b", win: []change{parameters(0), downloads(2048)}, loser: "me/bert-a", lose: []change{downloads(2047)}, why: "downloaded less, in powers of two"},
		{tier: tierPopularity, winner: "me/bert-b", win: []change{downloads(2048)}, loser: "me/bert-a", lose: []change{downloads(2047), likes(100)}, why: "downloaded less, in powers of two"},
		{tier: tierPopularity, winner: "me/bert-b", win: []change{downloads(0)}, loser: "me/bert-a", lose: []change{downloads(-1), likes(100)}, why: "downloaded less, in powers of two"},
		{tier: tierLikes, winner: "me/bert-b", win: []change{downloads(1024), likes(7)}, loser: "me/bert-a", lose: []change{downloads(2047), likes(6)}, why: "as popular, but liked by fewer people"},
		{tier: tierSmaller, winner: "me/bert-9b", win: []change{parameters(0)}, loser: "me/bert-27b", lose: []change{parameters(0)}, why: "not as small: 27B parameters, as its name says"},
		{tier: tierSmaller, winner: "me/bert-b", win: []change{parameters(100)}, loser: "me/bert-a", lose: []change{parameters(101)}, why: "not as small: 101 parameters"},
		{tier: tierID, winner: "me/bert-a", loser: "me/bert-b", why: "later by name, and else no different"},
	} {
		t.Run(test.tier+" "+test.loser, func(t *testing.T) {
			w := newWorld(t, "")
			w.arch.Documented = "Maker/bert-base"
			got := w.add(test.winner, test.win...).add(test.loser, test.lose...).bert()
			p := got.Roles[data.RoleDefault]
			if p.ID != test.winner || p.Tier != test.tier {
				t.Fatalf("default %s by %s, want %s by %s", p.ID, p.Tier, test.winner, test.tier)
			}
			if len(p.RunnersUp) != 1 || p.RunnersUp[0].ID != test.loser || p.RunnersUp[0].Tier != test.tier {
				t.Fatalf("runners-up %+v, want %s at %s", p.RunnersUp, test.loser, test.tier)
			}
			if p.RunnersUp[0].Why != test.why {
				t.Errorf("it lost because %q, want %q", p.RunnersUp[0].Why, test.why)
			}
			if p.Reason == "" || p.Reason == p.RunnersUp[0].Why {
				t.Errorf("the winner's reason is the loser's: %q", p.Reason)
			}
		})
	}
}
