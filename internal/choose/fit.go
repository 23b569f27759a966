package choose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// A rule removes a candidate and says why, or lets it pass with "".
type rule struct {
	name string
	why  func(*decision, *candidate) string
}

// fitness are the rules in the order in which they are tried; the first that
// speaks is the one recorded.
var fitness = []rule{
	{"denied", func(d *decision, c *candidate) string { return d.policy.denial(c) }},
	{"identity", func(d *decision, c *candidate) string {
		if was := d.policy.known[data.FoldID(c.ID)]; was.Differs(c.Identity()) {
			return fmt.Sprintf("another repository than the one known by this name: %s, and not %s", c.Identity(), was)
		}
		return ""
	}},
	{"unproven", func(d *decision, c *candidate) string { return d.unproven(c.Model) }},
	{"withdrawn", func(_ *decision, c *candidate) string {
		switch {
		case c.Private:
			return "private"
		case c.Disabled:
			return "disabled by the Hub"
		}
		return ""
	}},
	{"stub", func(_ *decision, c *candidate) string {
		if c.stub {
			return "made for tests, with random weights"
		}
		return ""
	}},
	{"adapter", adapter},
	{"draft", draft},
	{"quantized", conversion},
	{"library", foreignLibrary},
	{"head", foreignHead},
	{"remote code", remoteCode},
}

// unproven says what the config of a model says instead of the architecture, or "".
func (d *decision) unproven(m *data.Model) string {
	switch {
	case m.ModelType == "":
		return "its config states no model_type"
	case !slices.Contains(d.types, m.ModelType):
		return "its config.model_type is " + m.ModelType
	}
	return ""
}

func adapter(_ *decision, c *candidate) string {
	if c.Library == "peft" || c.Library == "adapter-transformers" {
		return "an adapter: library " + c.Library
	}
	for _, b := range c.Bases {
		if b.Relation == "adapter" {
			return "an adapter of " + b.ID
		}
	}
	if t := c.tag(adapterTags...); t != "" {
		return "an adapter: tag " + t
	}
	return ""
}

var (
	adapterTags = []string{"lora", "qlora", "peft"}
	derivedTags = []string{"generated_from_trainer", "merge", "mergekit", "abliterated", "uncensored"}
	quantTags   = []string{
		"mlx", "awq", "gptq", "exl2", "exl3", "bitsandbytes", "compressed-tensors", "auto-round", "hqq", "nvfp4",
		"2-bit", "3-bit", "4-bit", "5-bit", "6-bit", "ctranslate2", "imatrix",
	}
	// A number format is recognised by its shape, because new ones appear every
	// month: nvfp4, int4wo, w3a16, 8da4w, float8, 4-bit, q4_k_m, iq2xxs. Formats of
	// 16 and 32 bits are what models are trained in; seq2 and vq2 are not formats.
	// Frameworks are those for which models are converted.
	converted = finder(`[a-z0-9]*fp[1-8](?:[a-z][a-z0-9]+)?`, `(?:nf|(?:u|mx|nv)?int|float)[1-8](?:[a-z][a-z0-9]+)?`, `(?:fp|int|float)[-_ ][1-8]`,
		`w[1-8](?:\.[0-9]+)?a[a-z]*(?:4|8|16)[a-z0-9]*`, `a(?:4|8|16)w[1-8][a-z0-9]*`, `w[1-8]g[0-9]+`, `[1-8]da[1-8]w[a-z0-9]*`,
		`(?:[1-9]|[0-9]\.[0-9]+)[-_ ]?bits?`, `[0-9.]+bpw[0-9]*`,
		`(?:[a-z]*[a-df-qs-uw-z])?q[1-8](?:k?(?:x*[sml]|nl)?|e|[01]|f(?:16|32)|g[0-9]+)`,
		`(?:auto)?(?:awq|gptq|bnb|hqq)(?:[0-9][a-z0-9]*)?`, `[a-z]*ggufs?`, `ggml|exl[23]|e[45]m[0-9]|torchao|auto[-_]?round|qat|npu2?`,
		`aqlm|eetq|vptq|ptq|quip|sinq|spqr|dwq|(?:pre)?quanti[sz]ed|[a-z]+quants?|quanto`,
		`mlx|onnx|openvino|fp(?:16|32)[-_]ov|paddle|coreml|tflite|litert|executorch|rkllm|ctranslate2|ct2|tensorrt`,
		`llama\.cpp|exllamav[23]|onnxruntime|transformers\.js|mlc`)
)

// ReadsTag reports whether some rule reads a free tag of the Hub. The others
// are noise, and the facts do without them.
func ReadsTag(tag string) bool { return slices.Contains(tagsRead, tag) }

var tagsRead = slices.Concat([]string{"transformers", "custom_code"}, adapterTags, derivedTags, quantTags, draftTags)

// draft removes heads that only propose tokens for a larger model, which they
// cannot do without: EAGLE, MTP, speculators, assistants.
func draft(d *decision, c *candidate) string {
	if strings.HasSuffix(d.arch.ModelType, "assistant") {
		return "" // the architecture is one
	}
	for _, class := range c.Architectures {
		if draftClass.MatchString(class) && !d.classes[class] {
			return "a draft head: its class is " + class
		}
	}
	// Whole models are named after the heads that they bring along, and after birds.
	// No head has 20 B parameters.
	stated := data.StatedParameters(c.ID)
	whole := c.Parameters > 20e9 || stated > 0 && c.Parameters > 0 && c.Parameters >= stated/2
	sibling := func(b data.Base) bool {
		return strings.HasPrefix(strings.ToLower(b.ID[strings.IndexByte(b.ID, '/')+1:]), c.words[0])
	}
	name := draftName(c.Name())
	switch last := len(c.words) - 1; {
	case name != "" && (!whole || strings.HasPrefix(name, "draft") || strings.HasPrefix(name, "speculat")):
		return "a draft head, named " + name
	case !whole && last > 0 && c.words[last] == "assistant" && slices.ContainsFunc(c.Bases, sibling):
		return "a draft head, named assistant"
	case !whole && c.tag(draftTags...) != "":
		return "a draft head: tag " + c.tag(draftTags...)
	}
	return ""
}

var (
	draftClass = regexp.MustCompile(`(?i)eagle|mtp|nextn|medusa|speculator|dflash|dspark|draft|assistant`)
	draftTags  = []string{"speculative-decoding", "draft-model"}
	draftName  = finder(`p?eagle[0-9]*|(?:fast)?mtp(?:v?[0-9]+)?|nextn|medusa|speculat(?:or|ors|ive)|draft(?:er|model)?|d(?:flash|spark)[0-9]*`)
)

// finder finds the first word of a name that matches a pattern, "" for none.
func finder(patterns ...string) func(name string) string {
	word := regexp.MustCompile(`(?:^|[-_. +])(?:` + strings.Join(patterns, "|") + `)(?:$|[-_. +])`)
	return func(name string) string { return strings.Trim(word.FindString(strings.ToLower(name)), "-_. +") }
}

// conversion removes copies in another number format. What transformers itself
// documents is let pass: some models were trained in such a format.
func conversion(d *decision, c *candidate) string {
	if c.documented {
		return ""
	}
	if converted(c.Library) != "" {
		return "for library " + c.Library
	}
	if name := converted(c.Name()); name != "" {
		return "a converted copy, named " + name
	}
	for _, b := range c.Bases {
		// The Hub infers the relation, and errs with publishers. The weights of a
		// copy are packed, or the Hub counts fewer than in its base.
		packed := c.Parameters > 0 && 0 < c.Bytes && c.Bytes < 3*c.Parameters/2
		if base := find(b.ID, d.all); base != nil && c.Parameters > 0 {
			packed = packed || c.Parameters < base.size()*3/4
		}
		if b.Relation == "quantized" && (packed || !d.policy.accounts.Official(c.Author)) {
			return "a converted copy of " + b.ID
		}
	}
	if slices.Equal(c.Formats, []string{"gguf"}) {
		return "its only format is gguf"
	}
	if c.Quantized != "" {
		return "quantized: " + c.Quantized
	}
	if t := c.tag(quantTags...); t != "" {
		return "a converted copy: tag " + t
	}
	return ""
}

// foreignLibrary removes what another library loads. A card that says nothing
// passes: the Hub infers the library only for some repositories.
func foreignLibrary(d *decision, c *candidate) string {
	switch c.Library {
	case "", "transformers", "sentence-transformers", "pytorch", "safetensors", "N/A", "timm", "PyLate", "colpali":
		return ""
	}
	own := func(class string) bool { return d.classes[class] }
	if c.documented || c.tag("transformers") != "" || c.Library == "vllm" && slices.ContainsFunc(c.Architectures, own) {
		return "" // vLLM loads what transformers loads
	}
	return "for library " + c.Library
}

// foreignHead removes a checkpoint whose model class is another architecture's:
// the config of a look-alike. A class that transformers does not know says
// nothing: it may be spelled otherwise there, or have been renamed since.
func foreignHead(d *decision, c *candidate) string {
	// The stem of the config class lets classes pass that no auto class knows, as
	// GPT2DoubleHeadsModel.
	stem := strings.TrimSuffix(d.arch.ConfigClass, "Config")
	own := func(class string) bool {
		class = inPyTorch(class)
		return strings.HasPrefix(class, stem) || d.classes[class]
	}
	if c.documented || slices.ContainsFunc(c.Architectures, own) {
		return ""
	}
	for _, class := range c.Architectures {
		if other := d.policy.classes[class]; other != "" {
			return fmt.Sprintf("its class %s is one of %s", class, other)
		}
	}
	return ""
}

func remoteCode(d *decision, c *candidate) string {
	if (c.RemoteCode || c.tag("custom_code") != "") && len(c.Architectures) == 0 && !c.documented {
		return "needs the code in its repository, and names no class of the architecture"
	}
	return ""
}

// inPyTorch is the class as it is called there, whatever framework the config
// was written for.
func inPyTorch(class string) string {
	return strings.TrimPrefix(strings.TrimPrefix(class, "TF"), "Flax")
}
