package choose

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// A rule removes a candidate and says why, or lets it pass with "".
type rule struct {
	name string
	why  func(*candidate) string
}

// fitness are the rules in the order in which they are tried; the first that
// speaks is the one recorded.
var fitness = []rule{
	{"denied", (*candidate).denial},
	{"identity", func(c *candidate) string {
		was := c.d.policy.known[data.FoldID(c.ID)]
		return when(was.Differs(c.Identity()),
			fmt.Sprintf("another repository than the one known by this name: %s, and not %s", c.Identity(), was))
	}},
	{"unproven", func(c *candidate) string { return c.d.unproven(c.Model) }},
	{"withdrawn", func(c *candidate) string {
		return cmp.Or(when(c.Private, "private"), when(c.Disabled, "disabled by the Hub"))
	}},
	{"stub", func(c *candidate) string { return when(c.stub, "made for tests, with random weights") }},
	{"adapter", func(c *candidate) string {
		of, tag := c.base(func(b data.Base) bool { return b.Relation == "adapter" }), c.tag(adapterTags...)
		return cmp.Or(when(c.Library == "peft", "an adapter: library peft"),
			when(of != "", "an adapter of "+of), when(tag != "", "an adapter: tag "+tag))
	}},
	{"draft", (*candidate).draft},
	{"quantized", (*candidate).conversion},
	{"library", (*candidate).foreignLibrary},
	{"head", (*candidate).foreignHead},
	{"remote code", func(c *candidate) string {
		return when((c.RemoteCode || c.tag("custom_code") != "") && len(c.Architectures) == 0 && !c.documented,
			"needs the code in its repository, and names no class of the architecture")
	}},
	{"cutting", func(c *candidate) string { // the composite stands for its part, and not what somebody cut out of it
		alone := c.Pipeline == "text-generation" && c.d.policy.accounts.Official(c.Author) // a language model is trained as such, too
		return when(c.d.arch.Part && !alone && !strings.EqualFold(c.Author, c.d.documenter()), "cut out of a composite model, and not by its owner")
	}},
}

// when is the reason where that is so, else "".
func when(so bool, why string) string {
	if so {
		return why
	}
	return ""
}

// unproven says what the config of a model says instead of the architecture, or "".
func (d *decision) unproven(m *data.Model) string {
	return cmp.Or(when(m.ModelType == "", "its config states no model_type"),
		when(!slices.Contains(d.types, m.ModelType), "its config.model_type is "+m.ModelType))
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
		`w[1-8](?:\.[0-9]+)?[-_ ]?a[a-z]*(?:4|8|16)[a-z0-9]*`, `a(?:4|8|16)w[1-8][a-z0-9]*`, `w[1-8]g[0-9]+`, `[1-8]da[1-8]w[a-z0-9]*`,
		`(?:[1-9]|[0-9]\.[0-9]+)[-_ ]?bits?`, `[0-9.]+[-_ ]?bpw[0-9]*`,
		`(?:[a-z]*[a-df-qs-uw-z])?q[1-8](?:k?(?:x*[sml]|nl)?|e|[01]|f(?:16|32)|g[0-9]+)`,
		`(?:auto)?(?:awq|gptq|bnb|hqq)(?:[0-9][a-z0-9]*)?`, `[a-z]*ggufs?`, `ggml|exl[23]|(?:f[4-8])?e[2-8]m[0-9]|(?:b|h|hi)f[4-8]|torchao|auto[-_]?round|qat|npu2?`,
		`aqlm|eetq|vptq|ptq|quip|sinq|spqr|dwq|(?:pre)?quanti[sz]ed|[a-z]+quants?|quanto`,
		`mlx|onnx|openvino|fp(?:16|32)[-_]ov|paddle|coreml|tflite|litert|executorch|rkllm|ctranslate2|ct2|tensorrt`,
		`llama\.cpp|exllamav[23]|onnxruntime|transformers\.js|mlc`)
)

// ReadsTag reports whether some rule reads a free tag of the Hub. The others
// are noise, and the facts do without them.
func ReadsTag(tag string) bool { return slices.Contains(tagsRead, tag) }

var tagsRead = slices.Concat([]string{"custom_code", data.DialogueTag}, adapterTags, derivedTags, quantTags, draftTags)

// draft removes heads that only propose tokens for a larger model, which they
// cannot do without: EAGLE, MTP, speculators, assistants.
func (c *candidate) draft() string {
	if strings.HasSuffix(c.d.arch.ModelType, "assistant") {
		return "" // the architecture is one
	}
	for _, class := range c.Architectures {
		if draftClass.MatchString(class) && !c.d.classes[class] {
			return "a draft head: its class is " + class
		}
	}
	// Whole models are named after the heads that they bring along, and after birds.
	// No head has 20 B parameters.
	// Package hub takes a size that the name contradicts for unknown.
	whole := c.Parameters > 20e9 || c.Parameters > 0 && data.StatedParameters(c.ID) > 0
	sibling := func(b data.Base) bool {
		return strings.HasPrefix(strings.ToLower(b.ID[strings.IndexByte(b.ID, '/')+1:]), c.words[0])
	}
	name, tag, last := draftName(c.Name()), c.tag(draftTags...), len(c.words)-1
	named := name != "" && (!whole || strings.HasPrefix(name, "draft"))
	return cmp.Or(when(named, "a draft head, named "+name),
		when(!whole && last > 0 && c.words[last] == "assistant" && c.base(sibling) != "", "a draft head, named assistant"),
		when(!whole && tag != "", "a draft head: tag "+tag))
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
func (c *candidate) conversion() string {
	if c.documented {
		return ""
	}
	// The Hub infers the relation, and errs with publishers. The weights of a copy are packed.
	of := c.base(func(b data.Base) bool {
		packed := 0 < c.Bytes && c.Bytes < 3*c.Parameters/2
		return b.Relation == "quantized" && (packed || !c.d.policy.accounts.Official(c.Author))
	})
	name, tag := converted(c.Name()), c.tag(quantTags...)
	return cmp.Or(when(converted(c.Library) != "", "for library "+c.Library), when(name != "", "a converted copy, named "+name),
		when(of != "", "a converted copy of "+of), when(slices.Equal(c.Formats, []string{"gguf"}), "its only format is gguf"),
		when(c.Quantized != "", "quantized: "+c.Quantized), when(tag != "", "a converted copy: tag "+tag))
}

// foreignLibrary removes what another library loads. A card that says nothing
// passes: the Hub infers the library only for some repositories.
func (c *candidate) foreignLibrary() string {
	switch c.Library {
	case "", "transformers", "sentence-transformers", "pytorch", "timm", "PyLate", "colpali":
		return ""
	}
	own := func(class string) bool { return c.d.classes[class] }
	same := c.Library == "vllm" && slices.ContainsFunc(c.Architectures, own) // it loads what transformers loads
	return when(!same && !c.documented, "for library "+c.Library)
}

// foreignHead removes a checkpoint whose model class is another architecture's:
// the config of a look-alike. A class that transformers does not know says
// nothing: it may be spelled otherwise there, or have been renamed since.
func (c *candidate) foreignHead() string {
	// The stem of the config class lets classes pass that no auto class knows, as
	// GPT2DoubleHeadsModel.
	stem := strings.TrimSuffix(c.d.arch.ConfigClass, "Config")
	own := func(class string) bool { return strings.HasPrefix(class, stem) || c.d.classes[class] }
	if c.documented || slices.ContainsFunc(c.Architectures, own) {
		return ""
	}
	for _, class := range c.Architectures {
		if other := c.d.policy.classes[class]; other != "" {
			return fmt.Sprintf("its class %s belongs to %s", class, other)
		}
	}
	return ""
}
