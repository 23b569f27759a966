package hfmodels

import (
	"errors"
	"iter"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/hfmodels/hfmodels/internal/names"
)

// Arch is an architecture: a transformers model type, as bert or gpt_neox.
// The zero value is not an architecture. The numbers change between releases of
// this package; store the text.
type Arch uint16

// Task is a pipeline task, as fill-mask. The zero value is not a task. The
// numbers change between releases of this package; store the text.
type Task uint8

// Modality is a kind of input. The zero value is none.
type Modality uint8

// Family groups architectures that are built, fed and tested alike.
type Family string

// License is what a model card says of its licence, in lower case: an SPDX
// identifier for most, the Hub's own word or the name that the card gives for the
// rest. A card may name several, as "apache-2.0, mit", so ask for one with
// [License.Has]. It is empty where the card names none.
type License string

// Has reports whether the card names the licence, alone or among others, in any
// letter case. No licence is in an empty one.
func (l License) Has(name License) bool {
	for one := range strings.SplitSeq(string(l), ", ") {
		if one != "" && strings.EqualFold(one, string(name)) {
			return true
		}
	}
	return l != "" && l == name
}

// Role is the place that a model fills for its architecture.
type Role uint8

// The roles.
const (
	Default Role = iota // the checkpoint that people mean by the architecture's name
	Open                // loads without a token and without accepting terms
	Small               // the smallest trained model that is worth running on a CPU
	Tiny                // random weights, made for tests
)

// Gating says whether a model's files ask for a token.
type Gating string

// The kinds of gating, as the Hub names them.
const (
	GatingUnknown Gating = ""
	Ungated       Gating = "no"
	GatedAuto     Gating = "auto"   // granted to everyone who accepts the terms
	GatedManual   Gating = "manual" // granted by the owner, one by one
)

// Format is a format in which a model's weights are stored.
type Format uint8

// The formats.
const (
	Safetensors Format = iota + 1
	PyTorch            // pickled: .bin, .pt
	TensorFlow
	JAX // flax msgpack
	ONNX
	GGUF
)

// Status says how much evidence an architecture's answer rests on.
type Status string

// The statuses.
const (
	Proven   Status = "proven"   // the default's own config names the architecture
	Hosted   Status = "hosted"   // exists only inside another architecture, which answers for it
	Unproven Status = "unproven" // documented, and nothing on the Hub confirms it; it has no default
	None     Status = "none"     // not even documented
)

// The names of the constants. An empty first name means that the zero value is
// none of them.
var (
	roleNames   = [...]string{Default: "default", Open: "open", Small: "small", Tiny: "tiny"}
	formatNames = [...]string{Safetensors: "safetensors", PyTorch: "pytorch", TensorFlow: "tf", JAX: "jax", ONNX: "onnx", GGUF: "gguf"}
)

// String returns the model type verbatim: gpt_neox, xlm-roberta, kosmos-2.5.
func (a Arch) String() string { return nameOf("Arch", archNames[:], uint(a)) }

// String returns the task as the Hub names it.
func (t Task) String() string { return nameOf("Task", taskNames[:], uint(t)) }

// String returns the modality's name, as text or image.
func (m Modality) String() string { return nameOf("Modality", modalityNames[:], uint(m)) }

// String returns default, open, small or tiny.
func (r Role) String() string { return nameOf("Role", roleNames[:], uint(r)) }

// String returns the format as the Hub tags it: safetensors, pytorch, tf, jax, onnx or gguf.
func (f Format) String() string { return nameOf("Format", formatNames[:], uint(f)) }

// taskAlias is another name of a task.
type taskAlias struct {
	name string
	task Task
}

// ParseTask returns the task of that name, or of one by which transformers'
// pipelines know it as well, as ner. It ignores case and the separators '-',
// '_', '.' and ' '.
func ParseTask(s string) (Task, error) {
	for i := range taskAliases {
		if sameName(taskAliases[i].name, s) {
			return taskAliases[i].task, nil
		}
	}
	also := make([]string, len(taskAliases))
	for i := range taskAliases {
		also[i] = taskAliases[i].name
	}
	return parse[Task]("task", taskNames[:], s, also...)
}

// ParseRole returns the role of that name.
func ParseRole(s string) (Role, error) { return parse[Role]("role", roleNames[:], s) }

// ParseFormat returns the format of that name.
func ParseFormat(s string) (Format, error) { return parse[Format]("format", formatNames[:], s) }

// MarshalText returns the name, and nothing for none. UnmarshalText accepts that,
// and what the Parse function of the type accepts; it leaves what is there where
// the text is wrong.

func (a Arch) MarshalText() ([]byte, error)     { return textOf("architecture", archNames[:], uint(a)) }
func (t Task) MarshalText() ([]byte, error)     { return textOf("task", taskNames[:], uint(t)) }
func (m Modality) MarshalText() ([]byte, error) { return textOf("modality", modalityNames[:], uint(m)) }
func (r Role) MarshalText() ([]byte, error)     { return textOf("role", roleNames[:], uint(r)) }
func (f Format) MarshalText() ([]byte, error)   { return textOf("format", formatNames[:], uint(f)) }

func (a *Arch) UnmarshalText(text []byte) (err error) { return unmarshal(a, text, 0, ParseArch) }
func (t *Task) UnmarshalText(text []byte) error       { return unmarshal(t, text, 0, ParseTask) }
func (r *Role) UnmarshalText(text []byte) error       { return unmarshal(r, text, -1, ParseRole) }
func (f *Format) UnmarshalText(text []byte) error     { return unmarshal(f, text, 0, ParseFormat) }
func (m *Modality) UnmarshalText(text []byte) error {
	return unmarshal(m, text, 0, func(s string) (Modality, error) { return parse[Modality]("modality", modalityNames[:], s) })
}

// Set is a set of tasks, modalities, roles or formats. The zero value is the
// empty set.
type Set[E member] uint64

type member interface {
	Task | Modality | Role | Format
	String() string
}

// SetOf returns the set of the given members.
func SetOf[E member](members ...E) Set[E] {
	var s Set[E]
	for _, e := range members {
		s |= 1 << e
	}
	return s
}

// Has reports whether e is in the set.
func (s Set[E]) Has(e E) bool { return s&(1<<e) != 0 }

// Len returns the number of members.
func (s Set[E]) Len() int { return bits.OnesCount64(uint64(s)) }

// All returns the members in the order of their constants.
func (s Set[E]) All() iter.Seq[E] {
	return func(yield func(E) bool) {
		for rest := s; rest != 0; rest &= rest - 1 {
			if !yield(E(bits.TrailingZeros64(uint64(rest)))) {
				return
			}
		}
	}
}

// String returns the members' names with commas between them.
func (s Set[E]) String() string {
	var members []string
	for e := range s.All() {
		members = append(members, e.String())
	}
	return strings.Join(members, ",")
}

// MarshalJSON returns an array of the members' names.
func (s Set[E]) MarshalJSON() ([]byte, error) {
	if s == 0 {
		return []byte("[]"), nil
	}
	return []byte(`["` + strings.ReplaceAll(s.String(), ",", `","`) + `"]`), nil
}

// UnmarshalJSON accepts what MarshalJSON returns.
func (s *Set[E]) UnmarshalJSON(text []byte) error {
	var set Set[E]
	list, ok := strings.CutPrefix(string(text), "[")
	list, end := strings.CutSuffix(list, "]")
	for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r <= ' ' }) {
		name, err := strconv.Unquote(word)
		if ok = ok && err == nil; !ok {
			break
		}
		var e E
		if err := any(&e).(interface{ UnmarshalText([]byte) error }).UnmarshalText([]byte(name)); err != nil {
			return err
		}
		set |= 1 << e
	}
	if !ok || !end {
		return errors.New("hfmodels: want an array of names, got " + quote(string(text)))
	}
	*s = set
	return nil
}

func nameOf(kind string, names []string, i uint) string {
	if i < uint(len(names)) && names[i] != "" {
		return names[i]
	}
	return kind + "(" + strconv.FormatUint(uint64(i), 10) + ")"
}

func textOf(kind string, names []string, i uint) ([]byte, error) {
	if i >= uint(len(names)) {
		return nil, errors.New("hfmodels: no " + kind + " has the number " + strconv.FormatUint(uint64(i), 10))
	}
	return []byte(names[i]), nil
}

// parse finds the constant of that name. An empty name is none. Where no name is
// meant, the error has those that are near it, also of the names that are known besides.
func parse[E ~uint8](kind string, all []string, s string, also ...string) (E, error) {
	for i, name := range all {
		if name != "" && sameName(name, s) {
			return E(i), nil
		}
	}
	known, msg := names.Near(s, slices.Concat(all, also)), "; near it: "
	if len(known) == 0 {
		known, msg = slices.DeleteFunc(slices.Clone(all), func(name string) bool { return name == "" }), "; known are "
	}
	return 0, errors.New("hfmodels: unknown " + kind + " " + quote(s) + msg + strings.Join(known, ", "))
}

// unmarshal parses a text. No text is the value none, unless that is negative.
func unmarshal[E ~uint8 | ~uint16](e *E, text []byte, none int, parse func(string) (E, error)) error {
	if len(text) == 0 && none >= 0 {
		*e = E(none)
		return nil
	}
	v, err := parse(string(text))
	if err == nil {
		*e = v
	}
	return err
}
