package data

import (
	"cmp"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Facts is what the Hub says about one architecture: the file
// facts/<name>.json. Counters that move every day are in [Popularity].
type Facts struct {
	Schema int    `json:"schema"`
	Arch   string `json:"arch" form:"model type!"`
	// Checked is the day, as 2026-08-22, on which the Hub last answered for
	// this architecture.
	Checked string `json:"checked" form:"day!"`
	// Truncated says that not all of the Hub's candidates were read: only the
	// popular end of them was, or the list of this type was not asked for.
	Truncated  bool        `json:"truncated,omitempty"`
	Documented *Documented `json:"documented,omitempty"`
	// Lost says of former picks what became of them: [Missing] or [Disabled].
	Lost       map[string]string `json:"lost,omitempty" form:"repository id!,missing|disabled!"`
	Candidates []Model           `json:"candidates" form:"sorted"` // by id
}

// Answer is the model that the Hub gave for the documented checkpoint, nil if it
// gave none or nothing is known.
func (f *Facts) Answer() *Model {
	if f == nil || f.Documented == nil {
		return nil
	}
	return f.Documented.Model
}

// Models yields the candidates and then the answer, which may be one of them.
func (f *Facts) Models() iter.Seq[*Model] {
	return func(yield func(*Model) bool) {
		if f == nil {
			return
		}
		for i := range f.Candidates {
			if !yield(&f.Candidates[i]) {
				return
			}
		}
		if m := f.Answer(); m != nil {
			yield(m)
		}
	}
}

// Path is where the facts are kept, under registrydata.
func (f *Facts) Path() string { return FactsPath(f.Arch) }

// Outcomes of asking for the documented checkpoint.
const (
	Found       = "found"
	Missing     = "missing"     // no such repository, or a private one
	Disabled    = "disabled"    // switched off by the Hub
	Unreachable = "unreachable" // the Hub did not answer
)

// Documented is what became of the checkpoint that transformers documents.
type Documented struct {
	Asked   string `json:"asked" form:"repository id!"`
	Outcome string `json:"outcome" form:"found|missing|disabled|unreachable!"`
	// Model is the answer; its ID differs from Asked after a rename, and its
	// ModelType from the architecture where the documentation is wrong.
	Model *Model `json:"model,omitempty"`
}

// Model is one model of the Hub. Package hub holds every string in it to a
// grammar.
type Model struct {
	ID        string `json:"id" form:"repository id!"`
	Author    string `json:"author,omitempty" form:"account"`
	Revision  string `json:"revision,omitempty" form:"commit"`       // head of main, 40 hex digits; "" unknown
	ModelType string `json:"model_type,omitempty" form:"model type"` // config.model_type; "" unknown
	// Architectures are the model classes that the config names.
	Architectures []string `json:"architectures,omitempty" form:"class!"`
	Library       string   `json:"library,omitempty" form:"library"`
	Pipeline      string   `json:"pipeline,omitempty" form:"task"`
	// Parameters is the total over the safetensors files, 0 unknown.
	Parameters int64 `json:"parameters,omitempty"`
	// Bytes is the size of the weights, 0 unknown.
	Bytes int64 `json:"bytes,omitempty"`
	// Doubt says why the Hub's figures are not believed: they contradict each
	// other, or what the name or a tag states, and are unknown therefore.
	Doubt   string   `json:"doubt,omitempty" form:"line"`
	Formats []string `json:"formats,omitempty" form:"safetensors|pytorch|tf|jax|onnx|gguf!"`
	// License are the licences that the card names, sorted, as "apache-2.0, mit".
	License string `json:"license,omitempty" form:"list of licences"`
	// Gated is "no", "auto", "manual", or "" where the Hub did not say.
	Gated    string `json:"gated,omitempty" form:"no|auto|manual"`
	Private  bool   `json:"private,omitempty"`
	Disabled bool   `json:"disabled,omitempty"`
	// Quantized names the method of config.quantization_config.
	Quantized string `json:"quantized,omitempty" form:"word without spaces"`
	// RemoteCode is set where the config's auto_map sends the loader to code
	// in the repository.
	RemoteCode bool `json:"remote_code,omitempty"`
	// Bases are the models this one was made from, by relation. IsBase is set by
	// LearnBases where a chat model was made from this one.
	Bases     []Base   `json:"bases,omitempty"`
	IsBase    bool     `json:"-"`
	Languages []string `json:"languages,omitempty"`
	// Tags are the remaining tags that rules read.
	Tags []string `json:"tags,omitempty"`
	// Repository is the Hub's _id, which a rename keeps; "" unknown.
	Repository string `json:"repository,omitempty" form:"_id"`
	Created    string `json:"created,omitempty" form:"day"` // day
	// Seen is the day on which the Hub last showed the model, where that is
	// before the day on which the facts were checked.
	Seen string `json:"seen,omitempty" form:"day"`
}

// Formats lists the formats of weights that the Hub tags.
func Formats() []string { return []string{"safetensors", "pytorch", "tf", "jax", "onnx", "gguf"} }

// Base is a relation that the card declares or the Hub infers. The Hub's
// inference errs: it is evidence.
type Base struct {
	ID       string `json:"id" form:"repository id!"`
	Relation string `json:"relation,omitempty" form:"task"` // finetune, quantized, adapter, merge; "" not said
}

// Head is the model class that the config names first, "" where it names none.
func (m *Model) Head() string {
	if len(m.Architectures) == 0 {
		return ""
	}
	return m.Architectures[0]
}

// LicenseSeparator is between the licences of a card that names several.
const LicenseSeparator = ", "

// Licenses are the licences that the card names, each alone; none where it names
// none.
func (m *Model) Licenses() []string {
	return slices.DeleteFunc(strings.Split(m.License, LicenseSeparator), func(l string) bool { return l == "" })
}

// Name is the id without its organisation.
func (m *Model) Name() string {
	return m.ID[strings.LastIndexByte(m.ID, '/')+1:]
}

// Popularity holds the counters of every candidate, by id. It is
// popularity.json, apart from the facts because it changes every day.
type Popularity map[string]Counters

// Counters are the Hub's own figures; -1 is unknown.
type Counters struct {
	Downloads int64 `json:"downloads" form:"counter"` // of the last 30 days
	Likes     int64 `json:"likes" form:"counter"`
}

// IDs are the candidates that the Hub showed for each model type, sorted, also
// those that the facts do not keep. It is ids.json. After a change of the
// catalog it may hold types that are gone, until the next sync.
type IDs map[string][]string

// Aliases are former ids of models, by which the Hub still finds them, with
// their present ids, which are not former ids themselves. It is aliases.json.
type Aliases map[string]string

// Add takes in renames. An id that was renamed twice leads to the last name,
// and an id that a model has again is no longer a former one.
func (a Aliases) Add(renames Aliases) {
	for _, now := range renames {
		delete(a, now)
	}
	for _, old := range slices.Sorted(maps.Keys(renames)) {
		now := cmp.Or(a[renames[old]], renames[old])
		if now == old {
			continue
		}
		a[old] = now
		for former, to := range a {
			if to == old {
				a[former] = now
			}
		}
	}
}

// Present returns the id that a model has now, and the former one by which it was
// asked for, in any letter case, if it was.
func (a Aliases) Present(id string) (former, now string) {
	for old, now := range a {
		if SameID(old, id) {
			return old, now
		}
	}
	return "", id
}

var (
	sizeWord = regexp.MustCompile(`^([0-9]+x)?([0-9]+(?:\.[0-9]+)?)([mb])$`)
	// In a name that has no room for a point it is an underscore.
	fraction = regexp.MustCompile(`(^|[-_])([0-9]{1,2})_([0-9]+[mb])($|[-_])`)
)

// StatedParameters is the largest number of parameters that the name in an id
// states, as 120B or 8x7B; 0 where it states none. A number of trillions or of
// tokens counts what a model was trained on, and what follows "from" is another.
func StatedParameters(id string) int64 {
	var most float64
	name := fraction.ReplaceAllString(strings.ToLower(id[strings.LastIndexByte(id, '/')+1:]), "$1$2.$3$4")
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' })
	for i, w := range words {
		if w == "from" {
			break
		}
		m := sizeWord.FindStringSubmatch(w)
		if m == nil || i+1 < len(words) && strings.HasPrefix(words[i+1], "tok") {
			continue
		}
		n, _ := strconv.ParseFloat(m[2], 64)
		experts, _ := strconv.ParseFloat(strings.TrimSuffix(m[1], "x"), 64)
		most = max(most, n*max(experts, 1)*map[string]float64{"m": 1e6, "b": 1e9}[m[3]])
	}
	return int64(min(most, 1<<53))
}

var (
	chatTasks = []string{"text-generation", "image-text-to-text", "audio-text-to-text", "any-to-any"}
	chatName  = regexp.MustCompile(`(?i)[-_.](instruct|inst|chat|it|thinking)([-_.]|$)`)
	chatWord  = regexp.MustCompile(`(?i)[-_.](instruct|inst|chat|it)([-_.]|$)`)
	// A name without a size in figures may say base for a size, as trocr-base, but none
	// of more than 2 B parameters is of that size. A date or a version may follow.
	baseName = regexp.MustCompile(`(?i)(?:([0-9][bm])[-_.](?:.*[-_.])?|[-_.])base(?:[-_.]v?[0-9.]+)?$`)
)

// LearnBases notes which models are bases of chat models: those that a chat model of
// the same account names as what it was made from, and those that have its name without
// the word for chat, or with pt (pretrained) in its place.
func (s *State) LearnBases() {
	bases := make(map[string]bool) // by folded id
	for _, f := range s.Facts {
		for m := range f.Models() {
			for _, b := range m.Bases {
				owner, _, _ := strings.Cut(b.ID, "/")
				if chatName.MatchString(m.Name()) && strings.EqualFold(owner, m.Author) && (b.Relation == "" || b.Relation == "finetune") {
					bases[FoldID(b.ID)] = true
				}
			}
			if base := chatWord.ReplaceAllString(m.ID, "$2"); base != m.ID {
				bases[FoldID(base)], bases[FoldID(chatWord.ReplaceAllString(m.ID, "-pt$2"))] = true, true
			}
		}
	}
	for _, f := range s.Facts {
		for m := range f.Models() {
			m.IsBase = bases[FoldID(m.ID)]
		}
	}
}

// Training reports whether a model that was made for the tasks was trained to
// follow instructions, as its name says, its card by naming its own -Base, or the Hub
// by its tag for a template of dialogues, which some bases have, too; and whether it is
// such a base, as its name says or a chat model that was made from it. Both are false
// where neither is said, and for tasks that need no instructions.
func (m *Model) Training(tasks []string) (chat, base bool) {
	if !slices.ContainsFunc(tasks, func(t string) bool { return slices.Contains(chatTasks, t) }) {
		return false, false
	}
	chat = chatName.MatchString(m.Name()) ||
		slices.ContainsFunc(m.Bases, func(b Base) bool { return strings.EqualFold(b.ID, m.ID+"-Base") })
	named := baseName.FindStringSubmatch(m.Name())
	base = !chat && (m.IsBase || named != nil && (named[1] != "" || m.Parameters > 2e9))
	return chat || !base && slices.Contains(m.Tags, DialogueTag), base
}

// DialogueTag is the tag that the Hub gives to models whose tokenizer has a template of dialogues.
const DialogueTag = "conversational"
