package live

import (
	"errors"
	"slices"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/registrydata"
)

// hostTier is the tier of a pick that a hosted architecture has from its host.
const hostTier = "host"

var errEmptyPlace = errors.New("no candidate is proven and fit for it")

// live answers from what the Hub says or said.
func (r *Resolver) live(q Query, subject string, w word) (Answer, error) {
	d, err := r.decide(q.Arch.String(), subject, w.list)
	if err != nil {
		return Answer{}, &SourceError{Reason: Unfit, Err: err}
	}
	m := r.model(d, q)
	if m == nil {
		return Answer{}, &SourceError{Reason: Unfit, Err: errEmptyPlace}
	}
	return r.answer(*m, subject, w), nil
}

// answer says where what is known of a model comes from.
func (r *Resolver) answer(m hfmodels.Model, subject string, w word) Answer {
	if w.list.shows(m.ID) {
		return Answer{Model: m, Source: w.source, AsOf: w.list.Time, Why: w.why}
	}
	a := Answer{Model: m, Source: r.base(), Why: w.why}
	if w.list != nil {
		a.Why = &SourceError{Reason: Unlisted, Err: w.why}
	}
	if data, err := r.registry(); err == nil {
		a.AsOf = factsTime(data, subject)
	}
	return a
}

// atHand answers without the Hub.
func (r *Resolver) atHand(q Query, subject string, why error) (Answer, error) {
	if !r.own() { // straight from the tables, without reading any data
		if m, ok := compiled(q); ok {
			return Answer{Model: m, Source: Compiled, AsOf: dayTime(hfmodels.FactsDate), Why: why}, nil
		}
		return Answer{}, &NoAnswerError{Query: q, Why: q.Arch.Info().Why, Err: why}
	}
	d, err := r.decide(q.Arch.String(), subject, nil)
	if err != nil {
		return Answer{}, err
	}
	if m := r.model(d, q); m != nil {
		return r.answer(*m, subject, word{why: why}), nil
	}
	return Answer{}, &NoAnswerError{Query: q, Why: d.picks.Why, Err: why}
}

func compiled(q Query) (hfmodels.Model, bool) {
	if q.Task != 0 {
		return q.Arch.DefaultFor(q.Task)
	}
	return q.Arch.Pick(q.Role)
}

// modelOf returns the model that a decision has for the place, as the compiled
// tables would show it.
func modelOf(a *registrydata.ArchPicks, q Query) (hfmodels.Model, bool) {
	p := a.Roles[q.Role.String()]
	if q.Task != 0 {
		p = a.Tasks[q.Task.String()]
	}
	i := slices.IndexFunc(a.Models, func(m registrydata.PickedModel) bool { return m.ID == p.ID })
	if p.ID == "" || i < 0 {
		return hfmodels.Model{}, false
	}
	row := &a.Models[i]
	m := hfmodels.Model{
		Arch: q.Arch, ID: row.ID, Revision: row.Revision, Parameters: countOf(row.Parameters), Bytes: countOf(row.Bytes), Memory: countOf(row.Memory),
		DType: row.DType, Head: row.Head, License: hfmodels.License(row.License), Reason: p.Reason,
	}
	if p.Tier == hostTier {
		if host, err := hfmodels.ParseArch(a.Host); err == nil {
			m.Arch = host
		}
	}
	switch row.Gated {
	case "no":
		m.Gating = hfmodels.Ungated
	case "auto":
		m.Gating = hfmodels.GatedAuto
	case "manual":
		m.Gating = hfmodels.GatedManual
	}
	// A registry of another release may know tasks that this one does not.
	for _, name := range row.Formats {
		if f, err := hfmodels.ParseFormat(name); err == nil {
			m.Formats |= hfmodels.SetOf(f)
		}
	}
	for _, name := range row.Tasks {
		if t, err := hfmodels.ParseTask(name); err == nil {
			m.Tasks |= hfmodels.SetOf(t)
		}
	}
	for name, pick := range a.Roles {
		if role, err := hfmodels.ParseRole(name); err == nil && pick.ID == row.ID {
			m.Roles |= hfmodels.SetOf(role)
		}
	}
	for name, pick := range a.Tasks {
		if t, err := hfmodels.ParseTask(name); err == nil && pick.ID == row.ID {
			m.DefaultFor |= hfmodels.SetOf(t)
		}
	}
	return m, true
}

func countOf(n int64) hfmodels.Count {
	if n <= 0 {
		return hfmodels.Unknown
	}
	return hfmodels.Count(n)
}
