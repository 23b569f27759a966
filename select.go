package hfmodels

import (
	"iter"
	"math/bits"
	"strconv"
	"strings"
)

// Hardware is a class of machine, by the size of the weights it runs with room
// to spare. The zero value sets no limit.
type Hardware uint8

// The classes of machine. Query.MaxBytes serves for any other.
const (
	AnyHardware Hardware = iota
	CPUSmall             // 500 MB of weights
	CPUMedium            // 2 GB
	CPULarge             // 10 GB
	GPUSmall             // 5 GB
	GPUMedium            // 15 GB
	GPULarge             // 50 GB
)

var hardwareNames = [...]string{
	AnyHardware: "any", CPUSmall: "cpu-small", CPUMedium: "cpu-medium", CPULarge: "cpu-large",
	GPUSmall: "gpu-small", GPUMedium: "gpu-medium", GPULarge: "gpu-large",
}

var hardwareBytes = [...]int64{
	CPUSmall: 500e6, CPUMedium: 2e9, CPULarge: 10e9, GPUSmall: 5e9, GPUMedium: 15e9, GPULarge: 50e9,
}

// String returns any, cpu-small, cpu-medium, and so on.
func (h Hardware) String() string { return nameOf("Hardware", hardwareNames[:], uint(h)) }

// MaxBytes returns the largest weights that the hardware runs, and zero where
// there is no limit.
func (h Hardware) MaxBytes() int64 {
	if int(h) < len(hardwareBytes) {
		return hardwareBytes[h]
	}
	return 0
}

// ParseHardware returns the hardware of that name.
func ParseHardware(s string) (Hardware, error) {
	return parse[Hardware]("hardware", hardwareNames[:], s)
}

// WeightBytes returns the size of the model's weights. Where only the number
// of parameters is known it is an upper bound, four bytes for each, and exact
// is false; weights are not stored wider than that.
func (m Model) WeightBytes() (n Count, exact bool) {
	switch {
	case m.Bytes.Known():
		return m.Bytes, true
	case m.Parameters.Known():
		return 4 * m.Parameters, false
	}
	return Unknown, false
}

// MemoryBytes returns what running the model takes: Memory where that was
// measured, and else an estimate, its weights and a fifth more for activations
// and the runtime. It is unknown where the weights are, too.
func (m Model) MemoryBytes() (n Count, measured bool) {
	if m.Memory.Known() {
		return m.Memory, true
	}
	n, _ = m.WeightBytes()
	if !n.Known() {
		return Unknown, false
	}
	return n + n/5, false
}

// Query says what a model has to be. The zero value asks for nothing, and gets
// the smallest default of all.
type Query struct {
	Archs  []Arch // one of these; any if empty
	Family Family
	Task   Task      // made for this
	Roles  Set[Role] // fills one of these; any but Tiny if empty

	MinParameters int64
	MaxParameters int64
	MaxBytes      int64 // of weights
	Hardware      Hardware

	Format       Format
	Licenses     []License // one of these; an unknown licence is not
	Ungated      bool      // known to load without a token
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
	ByOrganization
	ByParameters
	ByBytes // MaxBytes and Hardware
	constraints
)

var constraintNames = [...]string{
	ByFamily: "family", ByTask: "task", ByRole: "role", ByFormat: "format", ByLicense: "license",
	ByGating: "gating", ByOrganization: "organization", ByParameters: "parameters", ByBytes: "bytes",
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
	b := []byte("the smallest of ")
	if s.Fit == 1 {
		b = []byte("the only one of ")
		b = strconv.AppendInt(b, int64(s.Considered), 10)
		b = append(b, " that fits"...)
	} else {
		b = strconv.AppendInt(b, int64(s.Fit), 10)
		b = append(b, " that fit, of "...)
		b = strconv.AppendInt(b, int64(s.Considered), 10)
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

	// Relax is the constraint that, given up alone, lets most models in. Where
	// no single one does it is the one that the nearest miss failed first.
	Relax Constraint
	// Near reports whether Model is the nearest miss: the one that failed
	// fewest constraints.
	Near bool
}

// Error names the constraint to relax and the nearest miss.
func (e *NoFitError) Error() string {
	var b strings.Builder
	b.WriteString("hfmodels: none of ")
	b.WriteString(strconv.Itoa(e.Considered))
	b.WriteString(" models satisfies the query")
	if e.Near {
		b.WriteString("; relax ")
		b.WriteString(e.Relax.String())
		b.WriteString(": the nearest miss is ")
		b.WriteString(e.ID)
	}
	return b.String()
}

// Select returns the model that satisfies the query. Of several it is the one
// that fills the better place, default before open before small before a task,
// then the smaller, then the first by architecture; of a model that fills
// places in several architectures, the first. An unknown size never fits a
// limit, and is never the smaller. If nothing fits the error is a *NoFitError.
func Select(q Query) (Selection, error) {
	var s Selection
	var best, near *Model
	var nearFailed uint16
	var alone [constraints]int // models that a constraint alone turned away
	consider := func(a Arch, asked bool) {
		rows := answers[a].models
		for i := range rows {
			m := &rows[i].Model
			if m.Arch != a && !asked {
				continue // its host has it too
			}
			s.Considered++
			failed := q.failed(a, m)
			if failed == 0 {
				s.Fit++
				if best == nil || better(q, m, best) {
					best = m
				}
				continue
			}
			s.turned[bits.TrailingZeros16(failed)]++
			n := bits.OnesCount16(failed)
			if n == 1 {
				alone[bits.TrailingZeros16(failed)]++
			}
			if most := bits.OnesCount16(nearFailed); near == nil || n < most || n == most && better(q, m, near) {
				near, nearFailed = m, failed
			}
		}
	}
	if len(q.Archs) > 0 {
		for _, a := range q.Archs {
			if a > 0 && a < archEnd {
				consider(a, true)
			}
		}
	} else {
		for a := Arch(1); a < archEnd; a++ {
			consider(a, false)
		}
	}
	if best != nil {
		s.Model = *best
		return s, nil
	}
	e := &NoFitError{Selection: s}
	if near != nil {
		e.Near, e.Model = true, *near
		e.Relax = Constraint(bits.TrailingZeros16(nearFailed))
		for c := range constraints {
			if alone[c] > alone[e.Relax] {
				e.Relax = c
			}
		}
	}
	return s, e
}

// failed returns the constraints that the model fails, as bits.
func (q *Query) failed(a Arch, m *Model) (failed uint16) {
	fail := func(c Constraint, cond bool) {
		if cond {
			failed |= 1 << c
		}
	}
	fail(ByFamily, q.Family != "" && infos[a].Family != q.Family)
	fail(ByTask, q.Task != 0 && !m.Tasks.Has(q.Task) && !m.DefaultFor.Has(q.Task))
	fail(ByRole, q.Roles != 0 && m.Roles&q.Roles == 0 || q.Roles == 0 && m.Roles == 1<<Tiny)
	fail(ByFormat, q.Format != 0 && !m.Formats.Has(q.Format))
	if len(q.Licenses) > 0 {
		ok := false
		for _, l := range q.Licenses {
			ok = ok || m.License != "" && l == m.License
		}
		fail(ByLicense, !ok)
	}
	fail(ByGating, q.Ungated && m.Gating != Ungated)
	if q.Organization != "" {
		org, _, _ := strings.Cut(m.ID, "/")
		fail(ByOrganization, !strings.EqualFold(org, q.Organization))
	}
	n := int64(m.Parameters)
	fail(ByParameters, q.MaxParameters > 0 && (!m.Parameters.Known() || n > q.MaxParameters) || q.MinParameters > 0 && n < q.MinParameters)
	limit := q.MaxBytes
	if h := q.Hardware.MaxBytes(); h > 0 && (limit <= 0 || h < limit) {
		limit = h
	}
	if limit > 0 {
		n, _ := m.WeightBytes()
		fail(ByBytes, !n.Known() || int64(n) > limit)
	}
	return failed
}

// better reports whether m is to be preferred to other.
func better(q Query, m, other *Model) bool {
	if a, b := placeOf(q, m), placeOf(q, other); a != b {
		return a < b
	}
	if a, b := m.Parameters, other.Parameters; a != b {
		return a.Known() && (!b.Known() || a < b)
	}
	return false
}

// placeOf ranks the place that a model fills for the query: for a task, being
// its default; else the roles in their order.
func placeOf(q Query, m *Model) int {
	if q.Task != 0 {
		if m.DefaultFor.Has(q.Task) {
			return 0
		}
		return 1
	}
	return bits.TrailingZeros64(uint64(m.Roles) | 1<<63)
}
