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

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1K", 1500: "1.5K", 9949: "9.9K", 10_999: "10K", 99_999: "99K",
		110_106_428: "110M", 7_600_000_000: "7.6B", 405e9: "405B", 1e12: "1T", 2_400_000_000_000: "2.4T",
	} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestReadsTag(t *testing.T) {
	var read []string
	for _, tag := range []string{"transformers", "custom_code", "lora", "merge", "4-bit", "conversational", "license:mit", "region:us"} {
		if ReadsTag(tag) {
			read = append(read, tag)
		}
	}
	if want := []string{"custom_code", "lora", "merge", "4-bit", "conversational"}; !slices.Equal(read, want) {
		t.Errorf("read %v, want %v", read, want)
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
  - {id: Maker/bert-baes, repository: cd34, reason: x}
`).add("Maker/bert-base license=apache-2.0,mit")
	w.facts.Candidates[0].Repository = "ab12"
	var got []string
	for _, line := range Slips(w.state.Policy, w.state) {
		got = append(got, strings.Split(line, `"`)[1])
	}
	if want := []string{"apache2", "nobody", "Maker/bert-bse", "Makr", "Maker/bert-baes", "cd34"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	w = newWorld(t, "prefer: {licenses: [a"+strings.Repeat(", a", mostSlips)+"]}\n").add("Maker/bert-base license=mit")
	if lines := Slips(w.state.Policy, w.state); len(lines) != mostSlips+1 || lines[mostSlips] != "no candidate has 1 more names of the policy" {
		t.Errorf("%q", lines)
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
			"rocmfp4 w4afp8 w2g64 a8w8 oQ4e iq2xxs Q4KM tq1_0 JANGTQ4 TurboQuant prequantized auto-round fp8-e4m3 W1.58A8 W8-A8 E2M1 f8e4m3 HiF8 2.4-bpw DWQ llama.cpp"},
		{false, "v4 v2.5 int 8b a3b qwen3 w2v t5 fp16 bf16 fp32 int16 float32 float q 4k 128k w2v2 3d 4e 8x7b e4b bit gpt4 r1 mt5 i1 i2 awqward onnxy " +
			"16bit 32-bit 4-bitext seq2seq vq2 q14b ov unquantized quant point4 checkpoint-4 int-words 10fps int4b a4b"},
	} {
		for _, word := range strings.Fields(tt.words) {
			c := candidateOf(t, "Known/bert-"+word+"-x")
			if why := c.conversion(); (why != "") != tt.converted {
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
		if got := candidateOf(t, "a/"+name).draft() != ""; got != want {
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
		{true, "a/bert-7B-assistant size=0 base=Maker/Bert-7B"},
		{false, "a/bert-7B-assistant size=7e9 base=Maker/Bert-7B"},
		{false, "a/bert-7B size=7e9 tags=draft-model"},
		{false, "a/bert-small base=Maker/bert-7B"},
		{false, "a/python-assistant base=Maker/bert-7B"},
	} {
		c := candidateOf(t, tt.model)
		c.d.classes = set("BertDraftModel")
		if why := c.draft(); (why != "") != tt.want {
			t.Errorf("%s: %q, want a draft head: %t", tt.model, why, tt.want)
		}
	}
	c := candidateOf(t, "a/bert-draft base=:a/b")
	if c.d.arch.ModelType = "bert_assistant"; c.draft() != "" {
		t.Errorf("an assistant is turned away from an architecture of assistants: %s", c.draft())
	}
}
