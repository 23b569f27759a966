package hfmodels

import (
	"iter"
	"slices"
	"strings"
)

// Engine is a program other than transformers that runs models or converts them
// for one that does. The zero value is not an engine.
type Engine uint8

// The engines.
const (
	VLLM Engine = iota + 1
	SGLang
	LlamaCpp    // conversion to GGUF
	MLX         // mlx-lm and mlx-vlm
	OptimumONNX // export to ONNX
	TransformersJS
)

var engineNames = [...]string{
	VLLM: "vllm", SGLang: "sglang", LlamaCpp: "llama.cpp", MLX: "mlx", OptimumONNX: "onnx", TransformersJS: "transformers.js",
}

// String returns vllm, sglang, llama.cpp, mlx, onnx or transformers.js.
func (e Engine) String() string { return nameOf("Engine", engineNames[:], uint(e)) }

// ParseEngine returns the engine of that name.
func ParseEngine(s string) (Engine, error) { return parse[Engine]("engine", engineNames[:], s) }

// Engines returns every engine.
func Engines() iter.Seq[Engine] { return upTo(VLLM, TransformersJS+1) }

// Support says whether an engine runs an architecture, by its own source.
type Support struct {
	// Supported says that it does. Where it is false and Known as well, it does not;
	// it is not known of engines that try what their own tables do not have.
	Supported, Known bool
	// By is a class of checkpoints that it runs, as BertForMaskedLM, or its own class
	// or file that runs the architecture; empty where it is not supported.
	By string
	// Version is the one that was read.
	Version string
}

// runs is a row of what an engine runs: all that Support.By may be, separated by
// spaces. It is empty where the engine does not run the architecture, and there is
// no row where that is unknown.
type runs struct {
	engine Engine
	by     string
}

// Engines returns what each engine says of the architecture.
func (i Info) Engines() iter.Seq2[Engine, Support] {
	return func(yield func(Engine, Support) bool) {
		for e := range Engines() {
			by, known := i.runsOn(e)
			first, _, _ := strings.Cut(by, " ")
			if !yield(e, Support{by != "", known, first, engineVersions[e]}) {
				return
			}
		}
	}
}

func (i *Info) runsOn(e Engine) (by string, known bool) {
	r := first(i.engines, func(r *runs) bool { return r.engine == e })
	if r == nil {
		return "", false
	}
	return r.by, true
}

// runsOn reports whether the engine is known to run the model: its architecture
// and, where the engine tells, the class that its config asks for.
func (m *Model) runsOn(e Engine) bool {
	by, _ := infos[m.Arch].runsOn(e)
	if e == MLX || e == OptimumONNX {
		return by != ""
	}
	return m.Head != "" && slices.Contains(strings.Fields(by), m.Head)
}

// formerArch is a model type that transformers removed.
type formerArch struct {
	name, since, until string
	now                Arch // that has its config class; 0 where none or several have
}

// Former returns what is known of a model type that transformers removed: Since
// and Until, in AliasOf the only architecture that has its config class now, if there
// is one, and in Why all that in words. The name is compared as ParseArch does.
func Former(name string) (i Info, ok bool) {
	for _, f := range formerArchs {
		if !sameName(f.name, name) {
			continue
		}
		i = Info{Status: None, Since: f.since, Until: f.until, AliasOf: f.now}
		i.Why = f.name + " is a former architecture: transformers " + f.since + " to " + f.until + " know it, and later ones do not"
		if f.now != 0 {
			i.Why += "; its config class is that of " + f.now.String() + " now"
		}
		return i, true
	}
	return i, false
}
