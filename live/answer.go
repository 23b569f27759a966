package live

import (
	"errors"

	"github.com/hfmodels/hfmodels"
)

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
