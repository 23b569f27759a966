package live

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/facts"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/registrydata"
)

// embedded is the state that the program was built with. Reading it takes a
// while, so an answer from the compiled tables does without.
var embedded = sync.OnceValues(func() (*data.State, error) { return data.Load(registrydata.All) })

// load reads the user's directory or the embedded data, and applies the user's
// policy.
func (r *Resolver) load() (*data.State, error) {
	state, err := (*data.State)(nil), error(nil)
	if r.dir == "" {
		state, err = embedded()
	} else if state, err = data.Load(os.DirFS(r.dir)); err != nil {
		err = fmt.Errorf("live: HF_REGISTRY_PATH=%s: %w", r.dir, err)
	}
	if err != nil || r.Policy == nil {
		return state, err
	}
	own := *state
	own.Policy = r.Policy.policy.Over(state.Policy)
	return &own, nil
}

// factsTime is the day on which the Hub last answered the registry for a model
// type, zero if unknown.
func factsTime(state *data.State, subject string) (day time.Time) {
	if f := state.Facts[subject]; f != nil {
		day, _ = time.Parse(time.DateOnly, f.Checked)
	}
	return day
}

// answer decides from the report, and if that does not do, from the registry. Then
// it refuses a model of which the report shows another repository.
func (r *Resolver) answer(q Query, subject string, from *report) (Answer, error) {
	if l := from.list; l != nil {
		a, err := r.decide(q, subject, from)
		if err == nil {
			return a, nil
		}
		a, err = r.answer(q, subject, &report{why: fmt.Errorf("%w: %w", Unfit, err)})
		state, unread := r.registry()
		if err != nil || unread != nil {
			return a, cmp.Or(err, unread)
		}
		if _, recreated := state.Meet(slices.Values(l.Models))[data.FoldID(a.Model.ID)]; recreated {
			return Answer{}, &NoAnswerError{Query: q, Why: "another repository was created as " + a.Model.ID, Err: a.Why}
		}
		return a, nil
	}
	if r.dir != "" || r.Policy != nil {
		return r.decide(q, subject, from)
	}
	m, ok := q.Arch.Pick(q.Role)
	if q.Task != 0 {
		m, ok = q.Arch.DefaultFor(q.Task)
	}
	if !ok {
		return Answer{}, &NoAnswerError{Query: q, Why: q.Arch.Info().Why, Err: from.why}
	}
	day, err := time.Parse(time.DateOnly, hfmodels.FactsDate)
	return Answer{m, Compiled, day, from.why}, err
}

// decide answers by the rules, from the registry with the Hub's list in it if
// there is one.
func (r *Resolver) decide(q Query, subject string, from *report) (Answer, error) {
	state, err := r.registry()
	if err != nil {
		return Answer{}, err
	}
	picks, err := r.picks(state, q.Arch.String(), subject, from)
	if err != nil {
		return Answer{}, err
	}
	m, ok := table.Place(picks, q.Arch, q.Role, q.Task)
	if !ok {
		return Answer{}, &NoAnswerError{Query: q, Why: picks.Why, Err: from.why}
	}
	a := Answer{m, Compiled, factsTime(state, subject), from.why}
	if r.dir != "" {
		a.Source = Registry
	}
	switch {
	case from.list == nil:
	case slices.ContainsFunc(from.list.Models, func(listed data.Model) bool { return listed.ID == m.ID }):
		a.Source, a.AsOf = from.source, from.list.Time
	case from.why == nil:
		a.Why = Unlisted
	default:
		a.Why = fmt.Errorf("%w: %w", Unlisted, from.why)
	}
	return a, nil
}

// picks returns the decision for an architecture, which is made once for a
// report.
func (r *Resolver) picks(state *data.State, arch, subject string, from *report) (*data.ArchPicks, error) {
	if a, ok := from.picks.Load(arch); ok {
		return a.(*data.ArchPicks), nil
	}
	picks := state.Picks
	if from.list != nil || r.Policy != nil || picks == nil {
		part := subset(state, arch)
		if from.list != nil {
			merge(part, subject, from.list)
		}
		var err error
		if picks, err = choosePart(part, factsTime(part, subject).Format(time.DateOnly)); err != nil {
			return nil, fmt.Errorf("live: %w", err)
		}
	}
	a := picks.Of(arch)
	if a == nil {
		return nil, fmt.Errorf("live: the registry's catalog, of transformers %s, has no %s", state.Catalog.Transformers, arch)
	}
	from.picks.Store(arch, a)
	return a, nil
}

// subset is a copy of the registry with the facts that the decision for one
// architecture depends on: its own, and those of all that could host it. The
// rules need a second for all facts.
func subset(state *data.State, arch string) *data.State {
	part := *state
	part.Facts = make(map[string]*data.Facts)
	todo := []string{arch}
	for _, pin := range state.Policy.Pins { // a pin without its candidate is an error
		todo = append(todo, pin.Arch)
	}
	for ; len(todo) > 0; todo = todo[1:] {
		t := todo[0]
		a := state.Catalog.Arch(t)
		if _, done := part.Facts[t]; done || a == nil {
			continue
		}
		part.Facts[t] = state.Facts[t]
		todo = append(append(todo, a.AliasOf), a.Parents...)
		for _, other := range state.Catalog.Archs {
			if other.AliasOf == t {
				todo = append(todo, other.ModelType)
			}
		}
		if m := state.Facts[t].Answer(); m != nil {
			todo = append(todo, m.ModelType)
		}
	}
	return &part
}

// choosePart chooses from a part of the registry. A part ranks fewer models than
// the whole, so the rankings are those of the whole. They and the facts are copies,
// because all answers share the registry, and Choose and Join write to its rows.
func choosePart(part *data.State, day string) (*data.Picks, error) {
	part.Facts = maps.Clone(part.Facts)
	for t, shared := range part.Facts {
		if shared == nil {
			continue
		}
		f := *shared
		f.Candidates = slices.Clone(f.Candidates)
		if m := f.Answer(); m != nil {
			documented, model := *f.Documented, *m
			documented.Model = &model
			f.Documented = &documented
		}
		part.Facts[t] = &f
	}
	picks, err := choose.Choose(part, day)
	if err == nil && part.Picks != nil {
		picks.Rankings = slices.Clone(part.Picks.Rankings)
		for i := range picks.Rankings {
			picks.Rankings[i].Models = slices.Clone(picks.Rankings[i].Models)
		}
		part.Join(picks)
	}
	return picks, err
}

// merge replaces what was known of a model type by the Hub's list. A model that
// the list does not have stays as it was: one request does not tell why.
func merge(part *data.State, subject string, l *hub.Page) {
	arch := part.Catalog.Arch(subject)
	if arch == nil {
		return
	}
	part.Popularity = maps.Clone(part.Popularity)
	maps.Copy(part.Popularity, l.Popularity)
	part.Repositories = part.Meet(slices.Values(l.Models))
	old := part.Facts[subject]
	if old == nil {
		old = new(data.Facts)
	}
	f := &data.Facts{Schema: data.Schema, Arch: subject, Checked: l.Time.Format(time.DateOnly), Documented: old.Documented}
	candidates := make(map[string]data.Model) // by folded id
	must := make(map[string]bool)             // be kept, as a decision may depend on them
	for _, m := range old.Candidates {
		candidates[data.FoldID(m.ID)], must[m.ID] = m, true
	}
	for i := range l.Models {
		m := &l.Models[i]
		if delete(candidates, data.FoldID(m.ID)); m.ModelType == subject {
			candidates[data.FoldID(m.ID)] = *m
		}
		if doc := old.Answer(); doc != nil && data.SameID(m.ID, doc.ID) {
			f.Documented = &data.Documented{Asked: old.Documented.Asked, Outcome: data.Found, Model: m}
		}
	}
	if m := f.Answer(); m != nil {
		must[m.ID] = true
	}
	f.Candidates = facts.Keep(slices.Collect(maps.Values(candidates)), arch, must, part.Policy, part.Popularity)
	part.Facts[subject] = f
}
