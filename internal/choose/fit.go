package choose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A rule removes a candidate and says why, or lets it pass with "".
type rule struct {
	name string
	why  func(*decision, *candidate) string
}

// fitness are the rules of tiers 1 to 3 in the order in which they are tried;
// the first that speaks is the one recorded.
var fitness = []rule{
	{"denied", denial},
	{"unproven", disproof},
	{"withdrawn", withdrawal},
	{"stub", func(_ *decision, c *candidate) string {
		if c.stub {
			return "made for tests, with random weights"
		}
		return ""
	}},
	{"adapter", adapter},
	{"quantized", conversion},
	{"library", foreignLibrary},
	{"head", foreignHead},
	{"remote code", remoteCode},
}

func denial(d *decision, c *candidate) string { return d.policy.denial(c) }

func disproof(d *decision, c *candidate) string {
	switch {
	case c.ModelType == "":
		return "its config states no model_type"
	case !slices.Contains(d.types, c.ModelType):
		return "its config.model_type is " + c.ModelType
	}
	return ""
}

func withdrawal(_ *decision, c *candidate) string {
	switch {
	case c.Private:
		return "private"
	case c.Disabled:
		return "disabled by the Hub"
	}
	return ""
}

func adapter(_ *decision, c *candidate) string {
	switch c.Library {
	case "peft", "adapter-transformers":
		return "an adapter: library " + c.Library
	}
	for _, b := range c.Bases {
		if b.Relation == "adapter" {
			return "an adapter of " + b.ID
		}
	}
	for _, t := range adapterTags {
		if c.has(t) {
			return "an adapter: tag " + t
		}
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
	quantLibraries = []string{
		"gguf", "ggml", "llama.cpp", "mlx", "mlx-lm", "mlx-vlm", "exllamav2", "exllamav3", "openvino", "ctranslate2",
		"onnx", "onnxruntime", "transformers.js", "coreml", "litert", "litert-lm", "rkllm", "mlc-llm",
	}
	quantName = regexp.MustCompile(`(?i)(^|[-_.])(awq|gptq|gguf|ggml|mlx|nvfp4[a-z0-9]*|mxfp[48]|fp8|int[48]|w[48]a(4|8|16)|[2-8]bit|[2-8]bits|[2-8]bpw|bnb|exl[23]|hqq|aqlm|quantized|quanto|autoround|qat|onnx|openvino|ov|npu2?|i1|q[2-8](_[0-9k][a-z0-9_]*)?)([-_.]|$)`)
)

// ReadsTag reports whether some rule reads a free tag of the Hub. The others
// are noise, and the facts do without them.
func ReadsTag(tag string) bool {
	return tag == "transformers" || tag == "custom_code" ||
		slices.Contains(adapterTags, tag) || slices.Contains(derivedTags, tag) || slices.Contains(quantTags, tag)
}

// conversion removes copies in another number format. What transformers itself
// documents is let pass: some models were trained in such a format.
func conversion(_ *decision, c *candidate) string {
	if c.documented {
		return ""
	}
	if slices.Contains(quantLibraries, c.Library) {
		return "for library " + c.Library
	}
	if m := quantName.FindStringSubmatch(c.Name()); m != nil {
		return "a converted copy, named " + m[2]
	}
	if slices.Equal(c.Formats, []string{"gguf"}) {
		return "its only format is gguf"
	}
	if c.Quantized != "" {
		return "quantized: " + c.Quantized
	}
	for _, t := range quantTags {
		if c.has(t) {
			return "a converted copy: tag " + t
		}
	}
	return ""
}

// foreignLibrary removes what another library loads. A card that says nothing
// passes: the Hub infers the library only for some repositories.
func foreignLibrary(_ *decision, c *candidate) string {
	switch c.Library {
	case "", "transformers", "sentence-transformers", "pytorch", "safetensors", "N/A", "timm", "PyLate", "colpali":
		return ""
	}
	if c.documented || c.has("transformers") {
		return ""
	}
	return "for library " + c.Library
}

// foreignHead removes a checkpoint whose model class belongs to none of the
// architecture's: the config of a look-alike.
func foreignHead(d *decision, c *candidate) string {
	// The documented one may name a class that has since been renamed.
	if len(c.Architectures) == 0 || c.documented || d.owns(c.Architectures) {
		return ""
	}
	return fmt.Sprintf("its class %s is none of the architecture's", c.Architectures[0])
}

func remoteCode(d *decision, c *candidate) string {
	if (c.RemoteCode || c.has("custom_code")) && len(c.Architectures) == 0 && !c.documented {
		return "needs the code in its repository, and names no class of the architecture"
	}
	return ""
}

// owns reports whether any of the classes is one that transformers maps to the
// architecture, or bears the stem of its config class. The second half lets
// classes pass that no auto class knows, as GPT2DoubleHeadsModel.
func (d *decision) owns(classes []string) bool {
	stem := strings.TrimSuffix(d.arch.ConfigClass, "Config")
	for _, class := range classes {
		class = strings.TrimPrefix(strings.TrimPrefix(class, "TF"), "Flax")
		if strings.HasPrefix(class, stem) || d.classes[class] {
			return true
		}
	}
	return false
}
