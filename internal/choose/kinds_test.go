package choose

import (
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

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
			c := candidateOf(t, "Known/bert-"+word+"-x")
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
		if got := draft(&decision{arch: &data.Arch{ModelType: "bert"}}, candidateOf(t, "a/"+name)) != ""; got != want {
			t.Errorf("%s: a draft head: %t, want %t", name, got, want)
		}
	}
	for _, tt := range []struct {
		want  bool
		model string
	}{
		{true, "a/x head=EagleLlamaForCausalLM size=0"},
		{true, "a/x head=BertAssistantForCausalLM library=modelopt"},
		{false, "a/x head=BertDraftModel"}, // transformers maps it
		{false, "a/bert-8B-eagle-numbers-ft size=8e9"},
		{false, "a/bert-27B-MTP size=28e9"}, // brings its head along
		{false, "a/bert-DSpark size=165e9"},
		{true, "a/bert-0.5B-draft size=5e8"},
		{true, "a/bert-7B-assistant size=0 base=Maker/bert-7B"},
		{false, "a/python-assistant base=Maker/bert-7B"},
	} {
		d := &decision{arch: &data.Arch{ModelType: "bert"}, classes: set("BertDraftModel")}
		if why := draft(d, candidateOf(t, tt.model)); (why != "") != tt.want {
			t.Errorf("%s: %q, want a draft head: %t", tt.model, why, tt.want)
		}
	}
	if why := draft(&decision{arch: &data.Arch{ModelType: "bert_assistant"}}, candidateOf(t, "a/bert-draft base=:a/b")); why != "" {
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
		name, arch, task, model string
		want                    evidence
	}{
		{"a head", "bert", "text-classification", "a/x head=BertForSequenceClassification", byHead},
		{"a head of another framework", "bert", "text-classification", "a/x head=TFBertForSequenceClassification", byHead},
		{"a tag without a class", "bert", "text-classification", "a/x task=text-classification", byHead},
		{"a tag against a class", "bert", "text-classification", "a/x head=BertModel task=text-classification", noEvidence},
		{"a tag, and a class of former times", "bert", "text-classification", "a/x head=BERTClassifier task=text-classification", byCard},
		{"a head, and the tag of a wider task", "bert", "text-classification", "a/x nli", byWider},
		{"a head, and the tag of another task", "bert", "fill-mask", "a/x head=BertForMaskedLM task=text-classification", noEvidence},
		{"a task that only a tag shows", "bert", "feature-extraction", "a/x head=BertModel task=feature-extraction", byHead},
		{"a task that only a tag shows, without it", "bert", "feature-extraction", "a/x head=BertModel", noEvidence},
		{"a ranker", "bert", "text-classification", "a/reranker head=BertForSequenceClassification", noEvidence},
		{"a ranker by its name and head", "bert", "text-ranking", "a/reranker head=BertForSequenceClassification task=text-classification", byWider},
		{"an encoder for retrieval", "bert", "text-ranking", "a/msmarco-bert head=BertModel task=sentence-similarity", noEvidence},
		{"a ranker by its tag", "bert", "text-classification", "a/x head=BertForSequenceClassification task=text-ranking", noEvidence},
		{"documented with the class", "bert", "fill-mask", "a/documented head=BertModel", byPairing},
		{"documented with the class, and tagged otherwise", "bert", "fill-mask", "a/documented task=feature-extraction", noEvidence},
		{"documented with a head that then starts at random", "bert", "text-classification", "a/documented", noEvidence},
		{"the pipeline's default, of unknown class and task", "bert", "text-classification", "known/bert-sst2", byPipeline},
		{"the default of a pipeline for features", "bert", "feature-extraction", "known/bert-sst2", noEvidence},
		{"documented for text generation", "qwen", "text-generation", "Maker/qwen-documented", byPairing},
		{"a class that reads images too", "qwen", "text-generation", "a/x head=QwenForConditionalGeneration task=image-text-to-text", byWider},
		{"of unknown class, and reads images too", "qwen", "text-generation", "a/x task=image-text-to-text", byWider},
		{"takes video, and is tagged for it", "qwen", "video-text-to-text", "a/x head=QwenForConditionalGeneration task=video-text-to-text", byHead},
		{"takes video, and is tagged for images", "qwen", "video-text-to-text", "a/x head=QwenForConditionalGeneration task=image-text-to-text", byWider},
		{"takes video, without a tag", "qwen", "video-text-to-text", "a/x head=QwenForConditionalGeneration", byWider},
		{"takes video, and is tagged for text", "qwen", "video-text-to-text", "a/x head=QwenForConditionalGeneration task=text-generation", noEvidence},
		{"does not take sound", "qwen", "audio-text-to-text", "a/x head=QwenForConditionalGeneration", noEvidence},
		{"tagged for sound", "qwen", "audio-text-to-text", "a/x head=QwenForConditionalGeneration task=audio-text-to-text", byHead},
		{"reads images only", "qwen", "image-text-to-text", "a/x head=QwenForConditionalGeneration task=image-text-to-text", byHead},
	} {
		w := newWorld(t, "").textGenerator()
		w.state.Catalog.Tasks[0].Default = "Known/bert-sst2"
		w.arch.Examples = []data.Example{{Class: "BertForMaskedLM", ID: "A/documented"}, {Class: "BertForSequenceClassification", ID: "A/documented"}}
		policy := compile(w.state)
		d := newDecision(w.state, policy, w.state.Catalog.Arch(tt.arch), w.day)
		c := candidateOf(t, tt.model)
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
	w.add("Maker/qwen-vl type=qwen head=QwenForConditionalGeneration task=image-text-to-text; Known/turbo type=qwen head=QwenForCausalLM task=text-generation use=1e6")
	if got := w.choose()["qwen"].Tasks["text-generation"].ID; got != "Maker/qwen-vl" {
		t.Errorf("text-generation is %q, want the owner's", got)
	}
}

// A sibling that people use far more is what they mean.
func TestSibling(t *testing.T) {
	const large, small = "Maker/bert-base", "Maker/bert-small"
	for _, tt := range []struct {
		name, with, want string
	}{
		{"used 16 times as much", "", small},
		{"used less than that", "use=15999", large},
		{"of unknown use", "use=-1", large},
		{"derived", "base=x/y", large},
		{"made for a language", "languages=de", large},
		{"a giant", "size=200e9", large},
		{"of another head", "head=BertForSequenceClassification", large},
	} {
		w := newWorld(t, "").addf("%s; %s use=16000 %s", large, small, tt.with)
		got := w.bert()
		p := got.Roles[data.RoleDefault]
		if p.ID != tt.want || got.Owner != "Maker" {
			t.Errorf("%s: the default is %s, want %s", tt.name, p.ID, tt.want)
		}
		if tt.want == small && (p.RunnersUp[0].ID != large || got.Documented != "proven"+peopleUse+small) {
			t.Errorf("%s: %q, runners-up %+v", tt.name, got.Documented, p.RunnersUp)
		}
	}
	if got := newWorld(t, "").add(large).add("Maker/bert2 use=16000").bert().Roles[data.RoleDefault].ID; got != "Maker/bert2" {
		t.Errorf("beside a later version that people use the default is %s", got)
	}
	if got := newWorld(t, "").add(large).add("Known/bert use=1e9").bert().Roles[data.RoleDefault].ID; got != large {
		t.Errorf("another owner's %s is taken for a sibling", got)
	}
	if got := newWorld(t, "").addf("%s use=-1; %s use=1e9", large, small).bert().Roles[data.RoleDefault].ID; got != large {
		t.Errorf("beside a documented one of unknown use the default is %s", got)
	}
	// What was decided stays until the ratio changes fourfold, through unknown
	// counters, and beside another that is used about as much.
	const mini = "Maker/bert-mini"
	w := newWorld(t, "").addf("%s use=10; %s use=159; %s use=150", large, small, mini)
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
	w := newWorld(t, "").add("me/bert-a use=500; me/bert-finetuned use=500")
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
			w.addf("me/bert-c use=%d", step.c)
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
