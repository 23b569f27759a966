package hfmodels

import (
	"iter"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Model is a checkpoint on the Hub that stands for an architecture.
//
// Its JSON is an object with the keys id, revision, parameters, bytes, license,
// gated, tasks and reason, in this order; what is unknown is null.
type Model struct {
	// Arch is the architecture that the model's own config names. A hosted
	// architecture is answered by a model of its host, which Arch then names.
	Arch     Arch   `json:"-"`
	ID       string `json:"id"`       // as google-bert/bert-base-uncased
	Revision string `json:"revision"` // the commit at which it was proven, 40 hex digits; empty where unknown

	Parameters int64       `json:"parameters"` // 0 where unknown
	Bytes      int64       `json:"bytes"`      // of the weights; 0 where unknown
	Head       string      `json:"-"`          // the class that the config asks for, as BertForMaskedLM; empty where unknown
	License    License     `json:"license"`
	Gating     Gating      `json:"gated"`
	Formats    Set[Format] `json:"-"`
	// Chat says that it was trained to follow instructions or to talk, and Base that
	// it was not; both are false where neither its name nor its card tells.
	Chat, Base bool      `json:"-"`
	Tasks      Set[Task] `json:"tasks"` // what the model was made for

	// Roles and DefaultFor are the places that the model fills for the
	// architecture that was asked, or else for Arch; both are empty where only a
	// ranking names it. Reason is why it is in the place or the ranking that was
	// asked for, or else in the first.
	Roles      Set[Role] `json:"-"`
	DefaultFor Set[Task] `json:"-"`
	Reason     string    `json:"reason"`
}

// MarshalJSON returns the object that the type's comment describes. It is
// written by hand, because encoding/json would double the size of a program
// that only looks a model up.
func (m Model) MarshalJSON() ([]byte, error) {
	var b []byte
	add := func(key string, known bool, value []byte) {
		if b = append(b, key...); !known {
			value = []byte("null")
		}
		b = append(b, value...)
	}
	tasks, err := m.Tasks.MarshalJSON()
	add(`{"id":`, true, appendJSON(nil, m.ID))
	add(`,"revision":`, m.Revision != "", appendJSON(nil, m.Revision))
	add(`,"parameters":`, m.Parameters != 0, strconv.AppendInt(nil, m.Parameters, 10))
	add(`,"bytes":`, m.Bytes != 0, strconv.AppendInt(nil, m.Bytes, 10))
	add(`,"license":`, m.License != "", appendJSON(nil, string(m.License)))
	add(`,"gated":`, m.Gating != "", appendJSON(nil, string(m.Gating)))
	add(`,"tasks":`, true, tasks)
	add(`,"reason":`, true, appendJSON(nil, m.Reason))
	return append(b, '}'), err
}

// appendJSON appends s as a JSON string.
func appendJSON(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s { // what is not UTF-8 becomes the replacement character
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// Info is what transformers says of an architecture, and how it is answered.
type Info struct {
	Arch   Arch
	Family Family
	Status Status
	Host   Arch   // answers for a hosted architecture
	Why    string // explains a status other than proven

	// AliasOf is the architecture under which a config of this one is saved.
	AliasOf Arch
	// Part marks an architecture that transformers uses only inside others.
	Part bool

	// Since is the first stable release of transformers that knows the architecture,
	// as 4.0.0, and Until the last, where one has removed it, see Former. Both are
	// empty where that is unknown.
	Since, Until string

	// Class names; empty where there is none.
	ConfigClass      string
	Tokenizer        string
	Processor        string
	ImageProcessor   string
	VideoProcessor   string
	FeatureExtractor string

	Inputs    Set[Modality]
	Tasks     Set[Task] // what some class of the architecture can be used for
	Generates bool      // some class generates sequences
	// Documented is the checkpoint that the documentation names. It is often
	// not of this architecture, and some do not exist.
	Documented string

	parents     []Arch
	autoClasses []autoClass
	engines     []runs
}

// Parents returns the architectures that contain this one.
func (i Info) Parents() iter.Seq[Arch] { return slices.Values(i.parents) }

// AutoClasses returns the auto classes with the model class that each builds.
// An auto class that knows several comes once for each, the default first.
func (i Info) AutoClasses() iter.Seq2[string, string] {
	return func(yield func(auto, class string) bool) {
		for _, c := range i.autoClasses {
			if !yield(c.auto, c.class) {
				return
			}
		}
	}
}

type autoClass struct{ auto, class string }

// answer is what was decided for one architecture.
type answer struct {
	status Status
	host   Arch
	why    string
	// models are the checkpoints whose own config names the architecture, sorted
	// by id: those that fill a place of it, and those that only a ranking names.
	// Their Roles, DefaultFor and Reason are empty, for places tells those.
	models []Model
	// places are sorted by how good their models are. Those of one model are
	// beside each other.
	places []place
}

// place is a role or, if task is set, a task, and the model that fills it.
type place struct {
	role Role
	task Task
	ranked
}

// ranked is a model and why it is where it is. It names the model by its id, and
// not by the number of its row, so that a new row changes no other line.
type ranked struct {
	arch   Arch // in whose models it is
	id     string
	reason string
}

// Archs returns every architecture, sorted by name.
func Archs() iter.Seq[Arch] { return upTo(1, archEnd) }

// Tasks returns every task, sorted by name.
func Tasks() iter.Seq[Task] { return upTo(1, Task(len(taskNames))) }

// upTo yields the constants from the first to the one before the end.
func upTo[E ~uint8 | ~uint16](first, end E) iter.Seq[E] {
	return func(yield func(E) bool) {
		for e := first; e < end; e++ {
			if !yield(e) {
				return
			}
		}
	}
}

// Default returns the model that stands for the architecture.
func (a Arch) Default() (Model, bool) { return a.Pick(Default) }

// Pick returns the model that fills the role.
func (a Arch) Pick(r Role) (Model, bool) { return a.at(r, 0) }

// DefaultFor returns the model to use for the task.
func (a Arch) DefaultFor(t Task) (Model, bool) {
	if t == 0 {
		return Model{}, false
	}
	return a.at(0, t)
}

// at returns the model of the task, or of the role if the task is none.
func (a Arch) at(r Role, t Task) (m Model, ok bool) {
	p := first(a.places(), func(p *place) bool { return p.task == t && p.role == r })
	if p != nil {
		p.copyTo(&m, a)
	}
	return m, p != nil
}

// first returns the first row that is as asked for, or nil.
func first[E any](rows []E, is func(*E) bool) *E {
	for i := range rows {
		if is(&rows[i]) {
			return &rows[i]
		}
	}
	return nil
}

func (a Arch) places() []place {
	if a >= archEnd {
		return nil
	}
	return answers[a].places
}

// Models returns the models that fill some place, best first: the default, the
// open one, the small one, those for tasks, the tiny one.
func (a Arch) Models() iter.Seq[Model] {
	return func(yield func(Model) bool) {
		var m Model
		places := a.places()
		for i := range places {
			if i > 0 && places[i].id == m.ID {
				continue
			}
			if places[i].copyTo(&m, a); !yield(m) {
				return
			}
		}
	}
}

// Info returns what is known of the architecture. That of no architecture has
// the status None and is else empty.
func (a Arch) Info() Info {
	if a >= archEnd {
		return Info{Status: None}
	}
	i := infos[a]
	i.Arch, i.Status, i.Host, i.Why = a, answers[a].status, answers[a].host, answers[a].why
	return i
}

// copyTo sets m to the model, with the places that it fills for a.
func (r *ranked) copyTo(m *Model, a Arch) {
	models := answers[r.arch].models
	at, end := 0, len(models)-1
	for at < end { // sort.Search calls a function for each
		if middle := (at + end) / 2; models[middle].ID < r.id {
			at = middle + 1
		} else {
			end = middle
		}
	}
	*m = models[at]
	if r.arch != answers[a].host {
		m.Arch = a
	}
	m.Reason = r.reason
	places := answers[a].places
	for i := range places {
		switch p := &places[i]; {
		case p.id != r.id:
		case p.task != 0:
			m.DefaultFor |= 1 << p.task
		default:
			m.Roles |= 1 << p.role
		}
	}
}
