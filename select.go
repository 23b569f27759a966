package hfmodels

import (
	"cmp"
	"errors"
	"iter"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Sizes of weights, in bytes, that classes of machines run with room to spare:
// values for Query.MaxBytes.
const (
	CPUSmall  = 500_000_000
	CPUMedium = 2_000_000_000
	CPULarge  = 10_000_000_000
	GPUSmall  = 5_000_000_000
	GPUMedium = 15_000_000_000
	GPULarge  = 50_000_000_000
)

// WeightBytes returns the size of the model's weights. Where only the number
// of parameters is known it is an upper bound, four bytes for each, and exact
// is false; weights are not stored wider than that.
func (m Model) WeightBytes() (n int64, exact bool) {
	return cmp.Or(m.Bytes, 4*m.Parameters), m.Bytes > 0
}

// MemoryBytes estimates the memory that running the model takes, in bytes: its
// weights, and a fifth more for activations and the runtime. It is 0 where the
// size of the weights is unknown.
func (m Model) MemoryBytes() int64 {
	n, _ := m.WeightBytes()
	return n + n/5
}

// Query says what a model has to be. A field that is zero or empty asks for
// nothing; nor does a limit below zero.
type Query struct {
	Archs  []Arch // one of these; any if empty
	Family Family
	Task   Task      // made for this
	Chat   bool      // known to be trained to follow instructions or to talk
	Base   bool      // known not to be
	Roles  Set[Role] // fills one of these; any but Tiny if empty

	MinParameters int64
	MaxParameters int64
	MaxBytes      int64 // of weights, as CPUSmall
	MaxMemory     int64 // in bytes, that running it takes, see Model.MemoryBytes

	Format       Format
	Engine       Engine    // known to run it
	Licenses     []License // names one of these, in any letter case; an unknown licence does not
	Ungated      bool      // known to load without a token
	Pinned       bool      // of known revision
	Organization string    // the owner of the repository, in any letter case
}

// ErrEmptyQuery is the error for a query that asks for nothing.
var ErrEmptyQuery = errors.New("hfmodels: the query is empty: say what the model has to be, such as its task or its largest size")

// Constraint is a field of a Query that can turn a model away.
type Constraint uint8

// The constraints, in the order in which they are tried.
const (
	ByFamily Constraint = iota
	ByTask
	ByRole
	ByTraining // Chat or Base
	ByFormat
	ByEngine
	ByLicense
	ByGating
	ByRevision
	ByOrganization
	ByParameters
	ByBytes
	ByMemory
	constraints
)

// about are the constraints that say what the query is about. They are given up
// last.
const about = 1<<ByFamily | 1<<ByTask | 1<<ByRole | 1<<ByOrganization

var constraintNames = [...]string{
	ByFamily: "family", ByTask: "task", ByRole: "role", ByTraining: "training", ByFormat: "format", ByEngine: "engine", ByLicense: "license",
	ByGating: "gating", ByRevision: "revision", ByOrganization: "organization", ByParameters: "parameters", ByBytes: "bytes",
	ByMemory: "memory",
}

// String returns the constraint's name.
func (c Constraint) String() string { return nameOf("Constraint", constraintNames[:], uint(c)) }

// Constraints returns every constraint, in their order.
func Constraints() iter.Seq[Constraint] { return upTo(0, constraints) }

// Selection is the model that was selected, and what was turned away.
type Selection struct {
	Model
	// Considered models were looked at, and Fit of them satisfied the query.
	Considered, Fit int

	next   [4]Model
	turned [constraints]int
}

// Next returns up to four more models that satisfy the query, best first.
func (s Selection) Next() iter.Seq[Model] {
	return slices.Values(s.next[:min(max(s.Fit-1, 0), len(s.next))])
}

// TurnedAway returns how many models a constraint turned away. A model counts
// once, at the first constraint that it failed.
func (s Selection) TurnedAway(c Constraint) int {
	if c >= constraints {
		return 0
	}
	return s.turned[c]
}

// Why says in one line what the model was selected from: "the best of 5 that
// fit, of 40; turned away by license: 12, bytes: 23".
func (s Selection) Why() string {
	why := "the only one that fits, of "
	if s.Fit != 1 {
		why = "the best of " + strconv.Itoa(s.Fit) + " that fit, of "
	}
	why += strconv.Itoa(s.Considered)
	sep := "; turned away by "
	for c, n := range s.turned {
		if n > 0 {
			why += sep + constraintNames[c] + ": " + strconv.Itoa(n)
			sep = ", "
		}
	}
	return why
}

// NoFitError says that no model satisfies a query.
type NoFitError struct {
	Selection // counts only, unless Near is set

	// Relax is the constraint that, given up alone, lets most models in. Where no
	// single one does, it is the one that the nearest miss failed first. Family,
	// task, role and organization are what a query is about: it is one of them only
	// where every model failed one of them.
	Relax Constraint
	// Near reports whether Model is the nearest miss: of those that failed
	// Relax alone the best, or where it is a size the nearest to that; else the
	// best that failed fewest constraints.
	Near bool

	failed uint16 // the constraints that Model failed
	task   Task
}

// Error names the constraint to relax and the nearest miss.
func (e *NoFitError) Error() string {
	switch lib := e.task.Library(); {
	case e.Considered == 0 && lib != "":
		return "hfmodels: no model to select from for " + e.task.String() + ", a task of the library " + lib
	case e.Considered == 0:
		return "hfmodels: no model to select from: none is known for the task or the architectures of the query"
	}
	msg := "hfmodels: none of " + strconv.Itoa(e.Considered) + " models satisfies the query"
	if e.Near {
		var relax []string
		for c := range Constraints() {
			if e.failed>>c&1 != 0 {
				relax = append(relax, c.String())
			}
		}
		msg += "; relax " + strings.Join(relax, " and ") + ": the nearest miss is " + e.ID + e.missed()
	}
	return msg
}

// missed is that by which the nearest miss failed, where its id does not say.
func (e *NoFitError) missed() string {
	size := func(n int64, unit string) string {
		if n == 0 {
			return ", of unknown size"
		}
		return ", of " + strconv.FormatInt(n, 10) + unit
	}
	switch e.Relax {
	case ByParameters:
		return size(e.Parameters, " parameters")
	case ByBytes:
		n, _ := e.WeightBytes()
		return size(n, " bytes of weights")
	case ByMemory:
		return size(e.MemoryBytes(), " bytes of memory")
	case ByLicense:
		return ", whose licence is " + cmp.Or(string(e.License), "unknown")
	case ByGating:
		return ", whose gating is " + cmp.Or(string(e.Gating), "unknown")
	case ByFormat:
		return ", whose formats are " + cmp.Or(e.Formats.String(), "unknown")
	}
	return ""
}

// Select returns the first model that satisfies the query, in the order of the
// task's ranking, or without a task in that of the defaults, see Ranked. For a
// query that names architectures, their other models come after those in the
// ranking; for one that names neither architectures nor a task, the other models
// of all architectures come then, if it names roles or no default fits. Where a query
// names neither task nor roles, and nothing fits, the rankings of all tasks come last. An
// unknown figure satisfies no limit. If nothing fits, the error is a *NoFitError;
// that of a query which asks for nothing is ErrEmptyQuery.
func Select(q Query) (Selection, error) {
	s := selector{q: q}
	var m Model
	ranking := ofTask(rankings[:], q.Task)
	for i := range ranking {
		if r := &ranking[i]; len(q.Archs) == 0 || slices.Contains(q.Archs, r.arch) {
			r.copyTo(&m, r.arch)
			s.consider(&m)
		}
	}
	if len(q.Archs) == 0 && q.Task == 0 && (q.Roles != 0 || s.got.Fit == 0) {
		for i := range ranking {
			for m = range ranking[i].arch.Models() {
				if m.ID != ranking[i].id {
					s.consider(&m)
				}
			}
		}
	}
	for i, a := range q.Archs {
		for m = range a.Models() {
			// Hosted architectures have models of their hosts.
			r := &ranked{arch: m.Arch, id: m.ID}
			if !slices.ContainsFunc(q.Archs[:i], func(b Arch) bool { return r.placeIn(b) != nil }) &&
				!slices.ContainsFunc(ranking, func(in ranked) bool { return in.id == m.ID && slices.Contains(q.Archs, in.arch) }) {
				s.consider(&m)
			}
		}
	}
	if q.Task == 0 && q.Roles == 0 && s.got.Fit == 0 { // what only the ranking of a task names
		seen := make(map[string]bool)
		for _, ranking := range &rankings {
			for i := range ranking {
				r := &ranking[i]
				fills := func(a Arch) bool { return r.placeIn(a) != nil }
				if !seen[r.id] && (len(q.Archs) == 0 && !fills(r.arch) || slices.Contains(q.Archs, r.arch) && !slices.ContainsFunc(q.Archs, fills)) {
					r.copyTo(&m, r.arch)
					s.consider(&m)
				}
				seen[r.id] = true
			}
		}
	}
	return s.result()
}

// SelectFrom is Select among other models than the compiled ones, such as those
// that a policy or the Hub chose. They come best first, each once. The
// architectures of the query are not compared with theirs.
func SelectFrom(q Query, models iter.Seq[Model]) (Selection, error) {
	s := selector{q: q}
	for m := range models {
		s.consider(&m)
	}
	return s.result()
}

// selector is a selection under way.
type selector struct {
	q   Query
	got Selection

	near       Model // of those that failed fewest constraints, the first
	nearFailed uint16
	alone      [constraints]int   // models that a constraint alone turned away
	nearest    [constraints]Model // of these the nearest to the limit, or the first
	far        [constraints]int64 // how far that is from it
}

func (s *selector) consider(m *Model) {
	got := &s.got
	got.Considered++
	_, failed := s.q.check(m)
	if failed == 0 {
		switch got.Fit++; {
		case got.Fit == 1:
			got.Model = *m
		case got.Fit <= 1+len(got.next):
			got.next[got.Fit-2] = *m
		}
		return
	}
	first := bits.TrailingZeros16(failed)
	got.turned[first]++
	if failed == 1<<first {
		far := s.q.beyond(m, Constraint(first))
		if s.alone[first]++; s.alone[first] == 1 || far < s.far[first] {
			s.nearest[first], s.far[first] = *m, far
		}
	}
	if s.nearFailed == 0 || distance(failed) < distance(s.nearFailed) {
		s.near, s.nearFailed = *m, failed
	}
}

// beyond orders the models that fail a limit of size alone: the nearest to it first,
// an unknown size last. It is 0 for other constraints.
func (q *Query) beyond(m *Model, c Constraint) int64 {
	switch n := m.Parameters; {
	case c < ByParameters:
		return 0
	case n == 0 && (c == ByParameters || m.Bytes == 0):
		return math.MaxInt64
	case c > ByParameters: // the limit is the same for all
		return cmp.Or(m.Bytes, 4*n)
	case n < q.MinParameters:
		return q.MinParameters - n
	default:
		return n - q.MaxParameters
	}
}

// distance counts the failed constraints. What the query is about counts more
// than all others.
func distance(failed uint16) int {
	return bits.OnesCount16(failed) + int(constraints)*int(min(failed&about, 1))
}

func (s *selector) result() (Selection, error) {
	if asked, _ := s.q.check(new(Model)); asked == 0 && len(s.q.Archs) == 0 {
		return Selection{}, ErrEmptyQuery
	}
	if s.got.Fit > 0 {
		return s.got, nil
	}
	e := &NoFitError{Selection: s.got, task: s.q.Task}
	if s.nearFailed == 0 {
		return s.got, e
	}
	e.Near, e.Model, e.Relax, e.failed = true, s.near, Constraint(bits.TrailingZeros16(s.nearFailed)), s.nearFailed
	most := 0
	for c, n := range s.alone {
		if n > most && (about>>c&1 != 0) == (s.nearFailed&about != 0) {
			e.Relax, e.Model, most, e.failed = Constraint(c), s.nearest[c], n, 1<<c
		}
	}
	return s.got, e
}

// check returns the constraints that the query has and those that the model fails,
// as bits.
func (q *Query) check(m *Model) (asked, failed uint16) {
	want := func(c Constraint, has, ok bool) {
		if has {
			asked |= 1 << c
		}
		if has && !ok {
			failed |= 1 << c
		}
	}
	within := func(n, limit int64) bool { return limit <= 0 || 0 < n && n <= limit }
	want(ByFamily, q.Family != "", q.Family == "" || infos[m.Arch].Family == q.Family)
	want(ByTask, q.Task != 0, (m.Tasks | m.DefaultFor).Has(q.Task))
	want(ByRole, q.Roles != 0, m.Roles&q.Roles != 0)
	want(ByTraining, q.Chat || q.Base, (m.Chat || !q.Chat) && (m.Base || !q.Base))
	want(ByFormat, q.Format != 0, m.Formats.Has(q.Format))
	want(ByEngine, q.Engine != 0, q.Engine != 0 && m.runsOn(q.Engine))
	want(ByLicense, len(q.Licenses) > 0, slices.ContainsFunc(q.Licenses, m.License.Has))
	want(ByGating, q.Ungated, m.Gating == Ungated)
	want(ByRevision, q.Pinned, m.Revision != "")
	if q.Organization != "" {
		org, _, _ := strings.Cut(m.ID, "/")
		want(ByOrganization, true, strings.EqualFold(org, q.Organization))
	}
	want(ByParameters, max(q.MinParameters, q.MaxParameters) > 0, m.Parameters >= q.MinParameters && within(m.Parameters, q.MaxParameters))
	// As the methods do, which copy the model.
	n := cmp.Or(m.Bytes, 4*m.Parameters)
	want(ByBytes, q.MaxBytes > 0, within(n, q.MaxBytes))
	want(ByMemory, q.MaxMemory > 0, within(n+n/5, q.MaxMemory))
	if q.Roles == 0 && m.Roles == 1<<Tiny {
		failed |= 1 << ByRole
	}
	return asked, failed
}
