package hfmodels

import (
	"cmp"
	"iter"
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
	if m.Bytes > 0 {
		return m.Bytes, true
	}
	return 4 * m.Parameters, false
}

// MemoryBytes estimates the memory that running the model takes, in bytes: its
// weights, and a fifth more for activations and the runtime. It is 0 where the
// size of the weights is unknown.
func (m Model) MemoryBytes() int64 {
	n, _ := m.WeightBytes()
	return n + n/5
}

// Query says what a model has to be. The zero value asks for nothing, and gets
// the smallest default of all; a limit of zero or less is none.
type Query struct {
	Archs  []Arch // one of these; any if empty
	Family Family
	Task   Task      // made for this
	Roles  Set[Role] // fills one of these; any but Tiny if empty

	MinParameters int64
	MaxParameters int64
	MaxBytes      int64 // of weights, as CPUSmall
	MaxMemory     int64 // that running it takes, see Model.MemoryBytes

	Format       Format
	Licenses     []License // one of these, in any letter case; an unknown licence is not
	Ungated      bool      // known to load without a token
	Pinned       bool      // of known revision
	Organization string    // the owner of the repository, in any letter case
}

// Constraint is a field of a Query that can turn a model away.
type Constraint uint8

// The constraints, in the order in which they are tried.
const (
	ByFamily Constraint = iota
	ByTask
	ByRole
	ByFormat
	ByLicense
	ByGating
	ByRevision
	ByOrganization
	ByParameters
	ByBytes
	ByMemory
	constraints
)

var constraintNames = [...]string{
	ByFamily: "family", ByTask: "task", ByRole: "role", ByFormat: "format", ByLicense: "license",
	ByGating: "gating", ByRevision: "revision", ByOrganization: "organization", ByParameters: "parameters", ByBytes: "bytes",
	ByMemory: "memory",
}

// String returns the constraint's name.
func (c Constraint) String() string { return nameOf("Constraint", constraintNames[:], uint(c)) }

// Constraints returns every constraint, in their order.
func Constraints() iter.Seq[Constraint] {
	return func(yield func(Constraint) bool) {
		for c := range constraints {
			if !yield(c) {
				return
			}
		}
	}
}

// Selection is the model that was selected, and what was turned away.
type Selection struct {
	Model
	// Considered models were looked at, and Fit of them satisfied the query.
	Considered, Fit int

	by     string // what put it before the next
	turned [constraints]int
}

// TurnedAway returns how many models a constraint turned away. A model counts
// once, at the first constraint that it failed.
func (s Selection) TurnedAway(c Constraint) int {
	if c >= constraints {
		return 0
	}
	return s.turned[c]
}

// Why says in one line why the model was selected.
func (s Selection) Why() string {
	b := []byte("the first of ")
	if s.Fit == 1 {
		b = []byte("the only one of ")
		b = strconv.AppendInt(b, int64(s.Considered), 10)
		b = append(b, " that fits"...)
	} else {
		b = strconv.AppendInt(b, int64(s.Fit), 10)
		b = append(b, " that fit, of "...)
		b = strconv.AppendInt(b, int64(s.Considered), 10)
		b = append(b, ": "...)
		b = append(b, s.by...)
	}
	sep := "; turned away by "
	for c := range constraints {
		if s.turned[c] > 0 {
			b = append(b, sep...)
			b = append(b, c.String()...)
			b = append(b, ": "...)
			b = strconv.AppendInt(b, int64(s.turned[c]), 10)
			sep = ", "
		}
	}
	return string(b)
}

// NoFitError says that no model satisfies a query.
type NoFitError struct {
	Selection // counts only, unless Near is set

	// Relax is the constraint that, given up alone, lets most models in. Where no
	// single one does, it is the one that the nearest miss failed first. Family,
	// task and role are what a query is about: it is one of them only where
	// every model failed one of them.
	Relax Constraint
	// Near reports whether Model is the nearest miss: the best that failed
	// Relax alone, or else failed fewest constraints.
	Near bool
}

// Error names the constraint to relax and the nearest miss.
func (e *NoFitError) Error() string {
	if e.Considered == 0 {
		return "hfmodels: no model to select from: the architectures that the query names have none"
	}
	var b strings.Builder
	b.WriteString("hfmodels: none of ")
	b.WriteString(strconv.Itoa(e.Considered))
	b.WriteString(" models satisfies the query")
	if e.Near {
		b.WriteString("; relax ")
		b.WriteString(e.Relax.String())
		b.WriteString(": the nearest miss is ")
		b.WriteString(e.ID)
		b.WriteString(e.missed())
	}
	return b.String()
}

// missed is that by which the nearest miss failed, where its id does not say.
func (e *NoFitError) missed() string {
	var n int64
	unit := " bytes of weights"
	switch e.Relax {
	case ByParameters:
		n, unit = e.Parameters, " parameters"
	case ByBytes:
		n, _ = e.WeightBytes()
	case ByMemory:
		n = e.MemoryBytes()
		unit = " bytes of memory"
	case ByLicense:
		if e.License == "" {
			return ", whose licence is unknown"
		}
		return ", whose licence is " + quote(string(e.License))
	case ByGating:
		return ", whose gating is " + cmp.Or(string(e.Gating), "unknown")
	case ByFormat:
		if e.Formats == 0 {
			return ", whose formats are unknown"
		}
		return ", which has " + e.Formats.String()
	default:
		return ""
	}
	if n == 0 {
		return ", of unknown size"
	}
	return ", of " + strconv.FormatInt(n, 10) + unit
}

// Select returns the model that satisfies the query. Of several it is, for a
// task, the one that transformers' own pipeline takes, then one that is a
// default for the task; without a task the one that fills the better place,
// default before open before small before a task; then the smaller, then the
// first by architecture; of a model that fills places in several
// architectures, the first. An unknown size never fits a
// limit, and is never the smaller. If nothing fits the error is a *NoFitError.
func Select(q Query) (Selection, error) {
	s := selector{Query: q}
	if len(q.Archs) > 0 {
		for i, a := range q.Archs {
			if a > 0 && a < archEnd && !slices.Contains(q.Archs[:i], a) {
				s.considerAll(a)
			}
		}
	} else {
		for a := Arch(1); a < archEnd; a++ {
			s.considerAll(a)
		}
	}
	return s.answer()
}

// SelectFrom is Select among other models than the compiled ones, such as
// those that a policy or the Hub chose. Each comes with the architecture that
// it answers for; of equal ones the first wins. Where the query names
// architectures, only their models are looked at, else only those whose own
// architecture it is, so that a host's model counts once.
func SelectFrom(q Query, models iter.Seq2[Arch, Model]) (Selection, error) {
	s := selector{Query: q}
	for a, m := range models {
		if a > 0 && a < archEnd && (len(q.Archs) == 0 || slices.Contains(q.Archs, a)) {
			s.consider(a, &m)
		}
	}
	return s.answer()
}

// selector is a selection under way.
type selector struct {
	Query

	counts     Selection
	best, next *Model
	near       *Model // of those that failed fewest constraints
	nearFailed uint16
	alone      [constraints]int    // models that a constraint alone turned away
	nearest    [constraints]*Model // the best of them
}

func (s *selector) considerAll(a Arch) {
	rows := answers[a].models
	for i := range rows {
		s.consider(a, &rows[i].Model)
	}
}

func (s *selector) consider(a Arch, m *Model) {
	if m.Arch != a && len(s.Archs) == 0 {
		return // its host has it too
	}
	s.counts.Considered++
	failed := s.failed(a, m)
	if failed == 0 {
		s.counts.Fit++
		switch {
		case s.best == nil || s.better(m, s.best):
			s.best, s.next = m, s.best
		case s.next == nil || s.better(m, s.next):
			s.next = m
		}
		return
	}
	first := bits.TrailingZeros16(failed)
	s.counts.turned[first]++
	n := bits.OnesCount16(failed)
	if s.best != nil {
		return // nobody will ask for the nearest miss
	}
	if n == 1 {
		s.alone[first]++
		if one := &s.nearest[first]; *one == nil || s.better(m, *one) {
			*one = m
		}
	}
	most := bits.OnesCount16(s.nearFailed)
	switch off, nearOff := failed&about != 0, s.nearFailed&about != 0; {
	case s.near == nil, nearOff && !off, nearOff == off && (n < most || n == most && s.better(m, s.near)):
		s.near, s.nearFailed = m, failed
	}
}

func (s *selector) answer() (Selection, error) {
	if s.best != nil {
		s.counts.Model = *s.best
		if s.next != nil {
			s.counts.by = s.edge()
		}
		return s.counts, nil
	}
	e := &NoFitError{Selection: s.counts}
	if s.near == nil {
		return s.counts, e
	}
	e.Near, e.Model = true, *s.near
	e.Relax = Constraint(bits.TrailingZeros16(s.nearFailed))
	from, to := ByRole+1, constraints
	if s.nearFailed&about != 0 {
		from, to = 0, ByRole+1
	}
	relax := from
	for c := from; c < to; c++ {
		if s.alone[c] > s.alone[relax] {
			relax = c
		}
	}
	if s.alone[relax] > 0 {
		e.Relax, e.Model = relax, *s.nearest[relax]
	}
	return s.counts, e
}

// about are the constraints that say what a query is about. They are given up
// last.
const about = 1<<ByFamily | 1<<ByTask | 1<<ByRole

// edge says what put the best before the next.
func (s *selector) edge() string {
	a, b := s.place(s.best), s.place(s.next)
	switch {
	case a < b && a == pipelinePlace:
		return "transformers' own pipeline takes it for the task"
	case a < b && s.Task != 0:
		return "the default for the task"
	case a < b:
		return "it fills the better place"
	case s.best.Parameters != s.next.Parameters:
		return "the smallest of known size"
	}
	return "the first by name of those that are no better"
}

// failed returns the constraints that the model fails, as bits.
func (s *selector) failed(a Arch, m *Model) (failed uint16) {
	fail := func(c Constraint, cond bool) {
		if cond {
			failed |= 1 << c
		}
	}
	fail(ByFamily, s.Family != "" && infos[a].Family != s.Family)
	fail(ByTask, s.Task != 0 && !m.Tasks.Has(s.Task) && !m.DefaultFor.Has(s.Task))
	fail(ByRole, s.Roles != 0 && m.Roles&s.Roles == 0 || s.Roles == 0 && m.Roles == 1<<Tiny)
	fail(ByFormat, s.Format != 0 && !m.Formats.Has(s.Format))
	if len(s.Licenses) > 0 {
		fail(ByLicense, m.License == "" || !slices.ContainsFunc(s.Licenses, func(l License) bool {
			return strings.EqualFold(string(l), string(m.License))
		}))
	}
	fail(ByGating, s.Ungated && m.Gating != Ungated)
	fail(ByRevision, s.Pinned && m.Revision == "")
	if s.Organization != "" {
		org, _, _ := strings.Cut(m.ID, "/")
		fail(ByOrganization, !strings.EqualFold(org, s.Organization))
	}
	n := m.Parameters
	fail(ByParameters, s.MaxParameters > 0 && (n == 0 || n > s.MaxParameters) || s.MinParameters > 0 && n < s.MinParameters)
	if s.MaxBytes > 0 {
		n, _ := m.WeightBytes()
		fail(ByBytes, n == 0 || n > s.MaxBytes)
	}
	if s.MaxMemory > 0 {
		n := m.MemoryBytes()
		fail(ByMemory, n == 0 || n > s.MaxMemory)
	}
	return failed
}

// better reports whether m is to be preferred to other.
func (s *selector) better(m, other *Model) bool {
	if a, b := s.place(m), s.place(other); a != b {
		return a < b
	}
	if a, b := m.Parameters, other.Parameters; a != b {
		return a > 0 && (b == 0 || a < b)
	}
	return false
}

// pipelinePlace is that of the model which transformers' own pipeline takes.
const pipelinePlace = -1

// place ranks the place that a model fills for the query: for a task, being
// its default; else the roles in their order.
func (s *selector) place(m *Model) int {
	if s.Task != 0 {
		switch {
		case int(s.Task) < len(pipelineModels) && m.ID == pipelineModels[s.Task]:
			return pipelinePlace
		case m.DefaultFor.Has(s.Task):
			return 0
		}
		return 1
	}
	return bits.TrailingZeros64(uint64(m.Roles) | 1<<63)
}
