package choose

import (
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// What a change of the facts changes.
func TestChanges(t *testing.T) {
	features := func(with ...change) []change { return append(with, head(), pipeline("feature-extraction")) }
	// refreshed decides again on the next day, when the downloads are still those.
	refreshed := func(id string, n int64) func(*world) {
		return func(w *world) {
			w.popular(id, n).choose()
			w.day = "2026-08-29"
		}
	}
	for _, tt := range []struct {
		name        string
		before, hub func(*world)
		place, want string // a role, or else a task, of bert
	}{
		{
			"a rival's size became known",
			func(w *world) {
				w.add("Known/bert-a", parameters(0), downloads(5000)).add("Known/bert-b", parameters(0))
			},
			func(w *world) { w.add("Known/bert-b") }, "default", "Known/bert-a",
		},
		{
			"a rival's size became known, for a task",
			func(w *world) {
				w.add("Maker/bert-base").add("Known/a", features(parameters(0), downloads(1e6))...).add("Known/sparse", features(parameters(0))...)
			},
			func(w *world) { w.add("Known/sparse", features(parameters(30e6))...) }, "feature-extraction", "Known/a",
		},
		{
			"of unknown size, the incumbent still yields to a base model",
			func(w *world) { w.add("Known/bert-a", parameters(0), base("finetune", "x/y")) },
			func(w *world) { w.add("Known/bert-b") }, "default", "Known/bert-b",
		},
		{
			"a stranger whom few use displaces nobody",
			func(w *world) { w.add("me/bert-a", downloads(500), base("finetune", "x/y")) },
			func(w *world) { w.add("you/bert-b", downloads(999)) }, "default", "me/bert-a",
		},
		{
			"but one who is used four times as much does",
			func(w *world) { w.add("me/bert-a", downloads(200), base("finetune", "x/y")) },
			func(w *world) { w.add("you/bert-b", downloads(800)) }, "default", "you/bert-b",
		},
		{
			"a testing account's stub takes the place of a stranger's",
			func(w *world) { w.add("me/tiny-random-bert") },
			func(w *world) { w.add("stubs/tiny-random-bert", downloads(1)) }, "tiny", "stubs/tiny-random-bert",
		},
		{
			"a known rival takes the place of one whom few use",
			func(w *world) { w.add("me/bert-a", downloads(500)) },
			func(w *world) { w.add("you/b-finetuned", downloads(1000)) }, "default", "you/b-finetuned",
		},
		{
			"at the mark of the known, the incumbent stays",
			func(w *world) { w.add("me/bert-a", downloads(1000)).add("you/bert-b", downloads(900)) },
			func(w *world) { w.popular("me/bert-a", 900).popular("you/bert-b", 1100) }, "default", "me/bert-a",
		},
		{
			"four times as popular on two days",
			func(w *world) { w.add("me/bert-a").add("me/bert-b", downloads(1)) }, refreshed("me/bert-b", 4000), "default", "me/bert-b",
		},
		{
			"less than four times as popular on two days",
			func(w *world) { w.add("me/bert-a").add("me/bert-b", downloads(1)) }, refreshed("me/bert-b", 3999), "default", "me/bert-a",
		},
		{
			"anything is four times nothing",
			func(w *world) { w.add("me/bert-a", downloads(0)).add("me/bert-b", downloads(-1)) }, refreshed("me/bert-b", 1), "default", "me/bert-b",
		},
		{
			"of unknown popularity nothing is four times",
			func(w *world) { w.add("me/bert-a", likes(9)).add("me/bert-b") },
			func(w *world) { w.popular("me/bert-a", -1); refreshed("me/bert-b", 1e9)(w) }, "default", "me/bert-a",
		},
		{
			"the smaller takes small at once",
			func(w *world) { w.add("Maker/bert-base").add("Maker/bert-a", parameters(50e6)) },
			func(w *world) { w.add("Maker/bert-b", parameters(40e6)) }, "small", "Maker/bert-b",
		},
	} {
		w := newWorld(t, "")
		tt.before(w)
		w.choose()
		tt.hub(w)
		if got := w.place(tt.place).ID; got != tt.want {
			t.Errorf("%s: %s is %q, want %q", tt.name, tt.place, got, tt.want)
		}
	}
}

// A number format is known by its shape, whatever the case.
func TestNumberFormats(t *testing.T) {
	for _, tt := range []struct {
		converted bool
		words     string
	}{
		{true, "fp4 FP8 nf4 int4 int4wo uint4 w3a16 W8A8 w4a16g128 float8 float8dq 8da4w nvfp4 NVFP4A16 mxfp4 Q4_K_M Q8_0 IQ4_XS q4f16_1 " +
			"4bit 8bits 4-bit 1.58-bit FP-8 4.65bpw 6bpw AWQ gptq4bit GGUF exl2 hqq bnb4 Paddle ONNX fp16-ov mlx " +
			"rocmfp4 w4afp8 w2g64 a8w8 oQ4e iq2xxs Q4KM tq1_0 JANGTQ4 TurboQuant prequantized auto-round fp8-e4m3 W1.58A8 DWQ"},
		{false, "v4 v2.5 int 8b a3b qwen3 w2v t5 fp16 bf16 fp32 int16 float32 float q 4k 128k w2v2 3d 4e 8x7b e4b bit gpt4 r1 mt5 i1 i2 awqward onnxy " +
			"16bit 32-bit 4-bitext seq2seq vq2 q14b ov unquantized quant point4 checkpoint-4 int-words 10fps int4b a4b"},
	} {
		for _, word := range strings.Fields(tt.words) {
			c := candidateOf("Known/bert-" + word + "-x")
			if why := conversion(&decision{policy: &rules{}}, c); (why != "") != tt.converted {
				t.Errorf("%s: %q, want a copy: %t", word, why, tt.converted)
			}
		}
	}
}

// Which names and classes are those of draft heads.
func TestDraftHeads(t *testing.T) {
	for name, want := range map[string]bool{
		"bert-eagle": true, "bert-EAGLE3": true, "bert-MTP": true, "bert-speculator": true, "bert-draft": true, "bert-dflash": true, "bert-medusa": true,
		"bert-PEagle": true, "bert-DSpark": true, "bert-DFlash2": true, "bert-NextN": true, "bert-speculative": true, "bert-7B-MTP": true,
		"bert-base": false, "beagle-bert": false, "bert-assistant": false, "bert-assistant-large": false, "bert-drafts": false,
	} {
		if got := draft(&decision{arch: &data.Arch{ModelType: "bert"}}, candidateOf("a/"+name)) != ""; got != want {
			t.Errorf("%s: a draft head: %t, want %t", name, got, want)
		}
	}
	for _, tt := range []struct {
		want bool
		id   string
		with []change
	}{
		{true, "a/x", []change{head("EagleLlamaForCausalLM"), parameters(0)}},
		{true, "a/x", []change{head("BertAssistantForCausalLM"), library("Model Optimizer")}},
		{false, "a/x", []change{head("BertDraftModel")}}, // transformers maps it
		{false, "a/bert-8B-eagle-numbers-ft", []change{parameters(8e9)}},
		{false, "a/bert-27B-MTP", []change{parameters(28e9)}}, // brings its head along
		{false, "a/bert-DSpark", []change{parameters(165e9)}},
		{true, "a/bert-0.5B-draft", []change{parameters(5e8)}},
		{true, "a/bert-7B-assistant", []change{parameters(0), base("finetune", "Maker/bert-7B")}},
		{false, "a/python-assistant", []change{base("finetune", "Maker/bert-7B")}},
	} {
		d := &decision{arch: &data.Arch{ModelType: "bert"}, classes: set("BertDraftModel")}
		if why := draft(d, candidateOf(tt.id, tt.with...)); (why != "") != tt.want {
			t.Errorf("%s: %q, want a draft head: %t", tt.id, why, tt.want)
		}
	}
	if why := draft(&decision{arch: &data.Arch{ModelType: "bert_assistant"}}, candidateOf("a/bert-draft", base("", "a/b"))); why != "" {
		t.Errorf("an assistant is turned away from an architecture of assistants: %s", why)
	}
}

// textGenerator adds an architecture that reads images, and text alone as well.
func (w *world) textGenerator() *world {
	w.state.Catalog.Tasks = append(w.state.Catalog.Tasks,
		data.Task{Name: "image-text-to-text", AutoClasses: []string{"AutoModelForImageTextToText"}},
		data.Task{Name: "text-generation", AutoClasses: []string{"AutoModelForCausalLM"}},
		data.Task{Name: "audio-text-to-text", AutoClasses: []string{"AutoModelForImageTextToText"}},
		data.Task{Name: "video-text-to-text", AutoClasses: []string{"AutoModelForImageTextToText"}})
	return w.others(data.Arch{
		ModelType: "qwen", ConfigClass: "QwenConfig", Family: "vision-text", Documented: "Maker/qwen-vl",
		AutoClass: []data.AutoClass{
			{Name: "AutoModelForCausalLM", Classes: []string{"QwenForCausalLM"}},
			{Name: "AutoModelForImageTextToText", Classes: []string{"QwenForConditionalGeneration"}},
		},
		Examples: []data.Example{{Class: "QwenForCausalLM", ID: "Maker/qwen-documented"}},
		Tasks:    []string{"image-text-to-text", "text-generation", "video-text-to-text"},
	})
}

// What evidence there is that a model was made for a task.
func TestEvidence(t *testing.T) {
	for _, tt := range []struct {
		name, arch, task, id string
		with                 []change
		want                 evidence
	}{
		{"a head", "bert", "text-classification", "a/x", []change{head("BertForSequenceClassification")}, byHead},
		{"a head of another framework", "bert", "text-classification", "a/x", []change{head("TFBertForSequenceClassification")}, byHead},
		{"a tag without a class", "bert", "text-classification", "a/x", []change{pipeline("text-classification")}, byHead},
		{"a tag against a class", "bert", "text-classification", "a/x", []change{head("BertModel"), pipeline("text-classification")}, noEvidence},
		{"a tag, and a class of former times", "bert", "text-classification", "a/x", []change{head("BERTClassifier"), pipeline("text-classification")}, byCard},
		{"a head, and the tag of a wider task", "bert", "text-classification", "a/x", []change{head("BertForSequenceClassification"), pipeline("zero-shot-classification")}, byWider},
		{"a head, and the tag of another task", "bert", "fill-mask", "a/x", []change{head("BertForMaskedLM"), pipeline("text-classification")}, noEvidence},
		{"a task that only a tag shows", "bert", "feature-extraction", "a/x", []change{head("BertModel"), pipeline("feature-extraction")}, byHead},
		{"a task that only a tag shows, without it", "bert", "feature-extraction", "a/x", []change{head("BertModel")}, noEvidence},
		{"a ranker", "bert", "text-classification", "a/reranker", []change{head("BertForSequenceClassification")}, noEvidence},
		{"a ranker by its name and head", "bert", "text-ranking", "a/reranker", []change{head("BertForSequenceClassification"), pipeline("text-classification")}, byWider},
		{"an encoder for retrieval", "bert", "text-ranking", "a/msmarco-bert", []change{head("BertModel"), pipeline("sentence-similarity")}, noEvidence},
		{"a ranker by its tag", "bert", "text-classification", "a/x", []change{head("BertForSequenceClassification"), pipeline("text-ranking")}, noEvidence},
		{"documented with the class", "bert", "fill-mask", "a/documented", []change{head("BertModel")}, byPairing},
		{"documented with the class, and tagged otherwise", "bert", "fill-mask", "a/documented", []change{pipeline("feature-extraction")}, noEvidence},
		{"documented with a head that then starts at random", "bert", "text-classification", "a/documented", nil, noEvidence},
		{"the pipeline's default, of unknown class and task", "bert", "text-classification", "known/bert-sst2", nil, byPipeline},
		{"the default of a pipeline for features", "bert", "feature-extraction", "known/bert-sst2", nil, noEvidence},
		{"documented for text generation", "qwen", "text-generation", "Maker/qwen-documented", nil, byPairing},
		{"a class that reads images too", "qwen", "text-generation", "a/x", []change{head("QwenForConditionalGeneration"), pipeline("image-text-to-text")}, byWider},
		{"of unknown class, and reads images too", "qwen", "text-generation", "a/x", []change{pipeline("image-text-to-text")}, byWider},
		{"takes video, and is tagged for it", "qwen", "video-text-to-text", "a/x", []change{head("QwenForConditionalGeneration"), pipeline("video-text-to-text")}, byHead},
		{"takes video, and is tagged for images", "qwen", "video-text-to-text", "a/x", []change{head("QwenForConditionalGeneration"), pipeline("image-text-to-text")}, byWider},
		{"takes video, without a tag", "qwen", "video-text-to-text", "a/x", []change{head("QwenForConditionalGeneration")}, byWider},
		{"takes video, and is tagged for text", "qwen", "video-text-to-text", "a/x", []change{head("QwenForConditionalGeneration"), pipeline("text-generation")}, noEvidence},
		{"does not take sound", "qwen", "audio-text-to-text", "a/x", []change{head("QwenForConditionalGeneration")}, noEvidence},
		{"tagged for sound", "qwen", "audio-text-to-text", "a/x", []change{head("QwenForConditionalGeneration"), pipeline("audio-text-to-text")}, byHead},
		{"reads images only", "qwen", "image-text-to-text", "a/x", []change{head("QwenForConditionalGeneration"), pipeline("image-text-to-text")}, byHead},
	} {
		w := newWorld(t, "").textGenerator()
		w.state.Catalog.Tasks[0].Default = "Known/bert-sst2"
		w.arch.Examples = []data.Example{{Class: "BertForMaskedLM", ID: "A/documented"}, {Class: "BertForSequenceClassification", ID: "A/documented"}}
		policy := compile(w.state)
		d := newDecision(w.state, policy, w.state.Catalog.Arch(tt.arch), w.day)
		c := candidateOf(tt.id, tt.with...)
		c.d = d
		got := c.evidence(tt.task)
		if got != tt.want {
			t.Errorf("%s: evidence %d, want %d", tt.name, got, tt.want)
		}
		d.Arch = "qwen_assistant" // a draft head generates nothing by itself
		if got := c.evidence(tt.task); got != noEvidence {
			t.Errorf("%s, for an assistant: evidence %d", tt.name, got)
		}
	}
	// A stranger's model for text alone does not go before the owner's for both.
	w := newWorld(t, "").textGenerator()
	w.add("Maker/qwen-vl", modelType("qwen"), head("QwenForConditionalGeneration"), pipeline("image-text-to-text")).
		add("Known/turbo", modelType("qwen"), head("QwenForCausalLM"), pipeline("text-generation"), downloads(1e6))
	if got := w.choose()["qwen"].Tasks["text-generation"].ID; got != "Maker/qwen-vl" {
		t.Errorf("text-generation is %q, want the owner's", got)
	}
}

// A sibling that people use far more is what they mean.
func TestSibling(t *testing.T) {
	const large, small = "Maker/bert-base", "Maker/bert-small"
	for _, tt := range []struct {
		name string
		with []change
		want string
	}{
		{"used 16 times as much", nil, small},
		{"used less than that", []change{downloads(15_999)}, large},
		{"of unknown use", []change{downloads(-1)}, large},
		{"derived", []change{base("finetune", "x/y")}, large},
		{"made for a language", []change{languages("de")}, large},
		{"a giant", []change{parameters(200e9)}, large},
		{"of another head", []change{head("BertForSequenceClassification")}, large},
	} {
		w := newWorld(t, "").add(large).add(small, append([]change{downloads(16_000)}, tt.with...)...)
		got := w.bert()
		p := got.Roles[data.RoleDefault]
		if p.ID != tt.want || got.Owner != "Maker" {
			t.Errorf("%s: the default is %s, want %s", tt.name, p.ID, tt.want)
		}
		if tt.want == small && (p.RunnersUp[0].ID != large || got.Documented != "proven"+peopleUse+small) {
			t.Errorf("%s: %q, runners-up %+v", tt.name, got.Documented, p.RunnersUp)
		}
	}
	if got := newWorld(t, "").add(large).add("Maker/bert2", downloads(16_000)).bert().Roles[data.RoleDefault].ID; got != "Maker/bert2" {
		t.Errorf("beside a later version that people use the default is %s", got)
	}
	if got := newWorld(t, "").add(large).add("Known/bert", downloads(1e9)).bert().Roles[data.RoleDefault].ID; got != large {
		t.Errorf("another owner's %s is taken for a sibling", got)
	}
	if got := newWorld(t, "").add(large, downloads(-1)).add(small, downloads(1e9)).bert().Roles[data.RoleDefault].ID; got != large {
		t.Errorf("beside a documented one of unknown use the default is %s", got)
	}
	// What was decided stays until the ratio changes fourfold, through unknown
	// counters, and beside another that is used about as much.
	const mini = "Maker/bert-mini"
	w := newWorld(t, "").add(large, downloads(10)).add(small, downloads(159)).add(mini, downloads(150))
	for _, step := range []struct {
		large, small, mini int64
		want, verdict      string
	}{
		{10, 159, 150, large, "proven" + lessUse + small},
		{10, 155, 159, large, "proven" + lessUse + small},
		{10, 639, 100, large, "proven" + lessUse + small},
		{10, 10, 20, large, "proven" + lessUse + small},
		{-1, 640, 20, large, "proven" + lessUse + small},
		{10, 640, 20, small, "proven" + peopleUse + small},
		{10, 180, 220, small, "proven" + peopleUse + small},
		{10, 40, 30, small, "proven" + peopleUse + small},
		{-1, 40, 30, small, "proven" + peopleUse + small},
		{10, -1, 30, small, "proven" + peopleUse + small},
		{10, 160, 641, mini, "proven" + peopleUse + mini},
		{10, 30, 39, large, "proven" + lessUse + mini},
		{10, 30, 7, large, "proven"},
		{10, 160, 7, small, "proven" + peopleUse + small},
	} {
		w.popular(large, step.large).popular(small, step.small).popular(mini, step.mini)
		got := w.bert()
		if id := got.Roles[data.RoleDefault].ID; id != step.want || got.Documented != step.verdict {
			t.Fatalf("at %+v the default is %s, the documented one %q", step, id, got.Documented)
		}
	}
}

// Nobody known has one: the reason says so, once, and as long as it is true.
func TestStrangersAreSaidToBe(t *testing.T) {
	const derived = "derived from nothing that its card or name tells"
	w := newWorld(t, "").add("me/bert-a", downloads(500)).add("me/bert-finetuned", downloads(500))
	for _, step := range []struct {
		a, c int64
		want string
	}{
		{500, 0, fewUse + derived},
		{500, 999, fewUse + derived}, // c is more popular, and a keeps its reason
		{1000, 999, "the only fit candidate that is known"},
		{999, 900, "first by name, since nothing else tells them apart"}, // at the mark
		{249, 200, fewUse + "first by name, since nothing else tells them apart"},
	} {
		if w.popular("me/bert-a", step.a); step.c > 0 {
			w.add("me/bert-c", downloads(step.c))
		}
		if p := w.bert().Roles[data.RoleDefault]; p.ID != "me/bert-a" || p.Reason != step.want {
			t.Errorf("at %d and %d: %s, %q; want %q", step.a, step.c, p.ID, p.Reason, step.want)
		}
	}
}

// An account that publishes nothing but stubs is a testing account.
func TestAccountsOfStubs(t *testing.T) {
	for name, tt := range map[string]struct {
		account string
		others  []string
		stub    bool
	}{
		"three stubs":                  {"hf-tiny", []string{"tiny-random-a", "tiny-random-b", "tiny-random-c"}, true},
		"two stubs":                    {"hf-tiny", []string{"tiny-random-a", "tiny-random-b"}, false},
		"a known publisher's stubs":    {"Known", []string{"tiny-random-a", "tiny-random-b", "tiny-random-c"}, false},
		"three stubs, and a model too": {"hf-tiny", []string{"tiny-random-a", "tiny-random-b", "tiny-random-c", "bert-trained"}, false},
	} {
		w := newWorld(t, "")
		for _, id := range tt.others {
			w.add(tt.account + "/" + id)
		}
		policy := compile(w.state)
		if got := policy.accounts.Testing(tt.account); got != tt.stub {
			t.Errorf("%s: a testing account: %t, want %t", name, got, tt.stub)
		}
	}
}
