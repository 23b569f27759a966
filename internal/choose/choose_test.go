package choose

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
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

// add puts models on the Hub, as "Maker/bert-base use=5000; me/b sst2":
// each proven, ungated, of 1,000 downloads and 110M parameters, unless it is said
// to be otherwise; "me/b gone" takes one away.
func (w *world) add(models string) *world {
	w.t.Helper()
	for text := range strings.SplitSeq(models, "; ") {
		if text == "" {
			continue
		}
		if id, gone := strings.CutSuffix(text, " gone"); gone {
			w.remove(id)
			continue
		}
		c := data.Model{ModelType: "bert", Parameters: 110e6, Gated: "no", Revision: strings.Repeat("a", 40), Architectures: []string{"BertForMaskedLM"}}
		counters := data.Counters{Downloads: 1000, Likes: 1}
		answer := data.Documented{Outcome: data.Found, Model: &c}
		arch := describe(w.t, text, &c, &counters, &answer)
		if arch != "" {
			w.state.Facts[arch].Documented = &answer
		}
		if answer.Outcome != data.Found {
			w.facts.Documented = &data.Documented{Asked: c.ID, Outcome: answer.Outcome}
			continue
		}
		w.state.Popularity[c.ID] = counters
		f := cmp.Or(w.state.Facts[c.ModelType], w.facts)
		f.Candidates = slices.DeleteFunc(f.Candidates, func(old data.Model) bool { return old.ID == c.ID })
		f.Candidates = append(f.Candidates, c)
		if answer.Asked = cmp.Or(answer.Asked, c.ID); strings.EqualFold(answer.Asked, w.arch.Documented) {
			f.Documented = &answer
		}
	}
	return w
}

func (w *world) addf(format string, args ...any) *world {
	w.t.Helper()
	return w.add(fmt.Sprintf(format, args...))
}

// describe makes of a model, its counters, and what it is an answer to, what a text says, as
// "Maker/bert-base size=4e6 head=BertModel tags=lora,merge private".
func describe(t testing.TB, text string, c *data.Model, n *data.Counters, answer *data.Documented) (answers string) {
	words := strings.Fields(text)
	c.ID = words[0]
	c.Author, _, _ = strings.Cut(c.ID, "/")
	for _, word := range words[1:] {
		field, value, _ := strings.Cut(word, "=")
		list := strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
		number, _ := strconv.ParseFloat(value, 64)
		switch field {
		case "use": // downloads of a month
			n.Downloads = int64(number)
		case "likes":
			n.Likes = int64(number)
		case "size":
			c.Parameters = int64(number)
		case "bytes":
			c.Bytes = int64(number)
		case "head":
			c.Architectures = list
		case "sst2":
			c.Architectures, c.Pipeline = []string{"BertForSequenceClassification"}, "text-classification"
		case "nli":
			c.Architectures, c.Pipeline = []string{"BertForSequenceClassification"}, "zero-shot-classification"
		case "base":
			relation, id, given := strings.Cut(value, ":")
			if !given {
				relation, id = "finetune", value
			}
			c.Bases = append(c.Bases, data.Base{ID: id, Relation: relation})
		case "license":
			c.License = strings.Join(list, data.LicenseSeparator)
		case "tags":
			c.Tags = list
		case "languages":
			c.Languages = list
		case "formats":
			c.Formats = list
		case "private":
			c.Private = true
		case "disabled":
			c.Disabled = true
		case "remote":
			c.RemoteCode = true
		default:
			of := map[string]*string{
				"type": &c.ModelType, "library": &c.Library, "task": &c.Pipeline, "gated": &c.Gated, "created": &c.Created,
				"revision": &c.Revision, "quantized": &c.Quantized, "asked": &answer.Asked, "outcome": &answer.Outcome,
				"answers": &answers, // the architecture that documents it
			}[field]
			if of == nil {
				t.Fatalf("%q: a model has no %s", text, field)
			}
			*of = value
		}
	}
	return answers
}

// idOf is the id of the first model of a text.
func idOf(text string) string { return strings.Fields(text)[0] }

// besideLlama adds an architecture whose models bert gets to see.
func (w *world) besideLlama() *world {
	w.others(data.Arch{ModelType: "llama", AutoClass: []data.AutoClass{{Name: "AutoModelForCausalLM", Classes: []string{"LlamaForCausalLM"}}}})
	delete(w.state.Facts, "llama")
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
	b, err := data.Encode("picks.json", w.state.Picks)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

// Each rule removes the candidate alone, and says so.
func TestRules(t *testing.T) {
	for _, test := range []struct {
		rule, hub, why string
	}{
		{"unproven", "Known/a type=llama", "its config.model_type is llama"},
		{"unproven", "Known/a type=", "its config states no model_type"},
		{"withdrawn", "Known/a private", "private"},
		{"withdrawn", "Known/a disabled", "disabled by the Hub"},
		{"stub", "stubs/bert", "made for tests, with random weights"},
		{"stub", "x-internal-testing/bert", "made for tests, with random weights"},
		{"stub", "me/tiny-random-bert", "made for tests, with random weights"},
		{"stub", "me/bert-tiny-random", "made for tests, with random weights"},
		{"stub", "me/tiny-bert size=19999999", "made for tests, with random weights"},
		{"stub", "me/tiny-bert size=0", "made for tests, with random weights"},
		{"adapter", "Known/a library=peft", "an adapter: library peft"},
		{"adapter", "Known/a base=adapter:Maker/bert-base", "an adapter of Maker/bert-base"},
		{"adapter", "Known/a tags=lora", "an adapter: tag lora"},
		{"quantized", "Known/bert-AWQ", "a converted copy, named awq"},
		{"quantized", "me/a base=quantized:Maker/bert-base", "a converted copy of Maker/bert-base"},
		{"quantized", "Known/bert-Paddle", "a converted copy, named paddle"},
		{"quantized", "Known/b base=quantized:Maker/bert-base size=4000000000 bytes=4000000000", "a converted copy of Maker/bert-base"},
		{"draft", "Known/a tags=speculative-decoding", "a draft head: tag speculative-decoding"},
		{"draft", "Known/bert-EAGLE3", "a draft head, named eagle3"},
		{"draft", "Known/a head=LlamaForCausalLMEagle3", "a draft head: its class is LlamaForCausalLMEagle3"},
		{"draft", "Known/bert-assistant base=Maker/bert-base", "a draft head, named assistant"},
		{"quantized", "Known/a tags=4-bit", "a converted copy: tag 4-bit"},
		{"quantized", "Known/a library=mlx", "for library mlx"},
		{"quantized", "Known/a quantized=bitsandbytes", "quantized: bitsandbytes"},
		{"quantized", "Known/a formats=gguf", "its only format is gguf"},
		{"library", "Known/a library=diffusers", "for library diffusers"},
		{"head", "Known/a head=LlamaForCausalLM", "its class LlamaForCausalLM is one of llama"},
		{"remote code", "Known/a remote head=", "needs the code in its repository, and names no class of the architecture"},
		{"denied", "Known/denied", "tested"},
		{"denied", "enemy/a", "the whole account"},
	} {
		t.Run(test.rule+" "+test.hub, func(t *testing.T) {
			got := newWorld(t, "deny:\n  - {id: Known/denied, reason: tested}\n  - {organization: enemy, reason: \"the\\n whole account\"}\n").
				besideLlama().add(test.hub).bert()
			want := []data.Rejection{{ID: idOf(test.hub), Rule: test.rule, Why: test.why}}
			if !slices.Equal(got.Rejected, want) {
				t.Errorf("rejected %+v, want %+v", got.Rejected, want)
			}
			if p, ok := got.Roles[data.RoleDefault]; ok {
				t.Errorf("a rejected candidate became the default: %+v", p)
			}
		})
	}
}

// What looks like a reason to remove a candidate, and is none.
func TestRulesLetPass(t *testing.T) {
	for _, hub := range []string{
		"Known/bert-small size=4000000",
		"Known/tiny-bert size=4000000", // its owner trains models
		"me/tiny-bert size=20e6",
		"me/bert-tiny size=4000000",
		"me/a-tiny-bert size=1",
		"me/latest-bert", // holds "test"
		"me/a library=sentence-transformers",
		"me/v library=vllm",              // which loads this class, too
		"me/b head=BertDoubleHeadsModel", // no auto class knows it, but it is a Bert
		"me/c head=TFBertForMaskedLM",
		"Known/d base=quantized:Maker/bert-base", // the Hub infers this one, and errs
		"me/e head=BERTForMaskedLM",              // spelled as transformers never did
		"me/bert-awqward",
		"me/bert-o-too tags=openvino",
		"me/bert-g-too formats=gguf,safetensors",
		"Maker/bert-base tags=8-bit",
		"me/bert-base-v2.0b tags=safetensors",
	} {
		if got := newWorld(t, "").add(hub).bert(); len(got.Rejected) > 0 || got.Roles[data.RoleDefault].ID != idOf(hub) {
			t.Errorf("%s: default %q, rejected %+v", hub, got.Roles[data.RoleDefault].ID, got.Rejected)
		}
	}
}

// Each tier decides between two candidates that no tier before it tells apart.
func TestTiers(t *testing.T) {
	for _, test := range []struct {
		tier, winner, loser string
		why                 string // of the runner-up
	}{
		{tierAuthority, "Maker/bert-base", "Maker/bert use=15999", "from Maker too, but not its reference, Maker/bert-base"},
		{tierAuthority, "Maker/bert-base base=x/y", "me/bert", "neither documented nor from a known publisher"},
		{tierBase, "me/bert-a", "me/bert-b base=x/y use=1e9", "derived from x/y"},
		{tierBase, "me/bert-a", "me/bert-finetuned use=1e9", "derived, as its name says: finetuned"},
		{tierBase, "me/bert-a", "me/bert-b tags=generated_from_trainer use=1e9", "derived, as its tags say"},
		{tierBase, "me/bert-a", "me/bert-chat use=1e9", "tuned by its own maker"},
		{tierGeneral, "me/bert-a", "me/bert-b languages=de use=1e9", "made for the language de"},
		{tierGeneral, "me/bert-a", "me/bert-clinical use=1e9", "made for a domain: clinical"},
		{tierGeneral, "me/bert-a", "me/bert-squad use=1e9", "made for a data set: squad"},
		{tierGeneral, "me/bert-a", "me/bert-b library=sentence-transformers use=1e9", "made for comparing sentences"},
		{tierName, "me/bert-a", "me/a-bert use=1e9", "bears the architecture's name further on"},
		{tierName, "me/a-bert", "me/bertram use=1e9", "named after a later or longer version"},
		{tierName, "me/bert-a", "me/bert.5 use=1e9", "named after a later or longer version"},
		{tierName, "me/bertram", "me/ernie use=1e9", "named otherwise"},
		{tierSize, "me/bert-a", "me/bert-b size=405000000000 use=1e9", "a giant of 405B parameters"},
		{tierPopularity, "me/bert-b size=0 use=2048", "me/bert-a use=2047", "downloaded less, in powers of two"},
		{tierPopularity, "me/bert-b use=2048", "me/bert-a use=2047 likes=100", "downloaded less, in powers of two"},
		{tierPopularity, "me/bert-b use=0", "me/bert-a use=-1 likes=100", "downloaded less, in powers of two"},
		{tierLikes, "me/bert-b use=1024 likes=7", "me/bert-a use=2047 likes=6", "as popular, but liked by fewer people"},
		{tierLikes, "me/bert-b likes=0", "me/bert-a likes=-1", "as popular, but liked by fewer people"},
		{tierSmaller, "me/bert-9b size=0", "me/bert-27b size=0", "not as small: 27B parameters, as its name says"},
		{tierSmaller, "me/bert-b size=100", "me/bert-a size=101", "not as small: 101 parameters"},
		{tierID, "me/bert-a", "me/bert-b", "later by name, and else no different"},
	} {
		t.Run(test.tier+" "+test.loser, func(t *testing.T) {
			p := newWorld(t, "").add(test.winner + "; " + test.loser).place(data.RoleDefault)
			if p.ID != idOf(test.winner) || p.Tier != test.tier {
				t.Fatalf("default %s by %s, want %s by %s", p.ID, p.Tier, test.winner, test.tier)
			}
			if len(p.RunnersUp) != 1 || p.RunnersUp[0].ID != idOf(test.loser) || p.RunnersUp[0].Tier != test.tier {
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
