package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/picked"
	"github.com/hfmodels/hfmodels/internal/usage"
	"github.com/hfmodels/hfmodels/registrydata"
)

// registry is what answers: the compiled tables, or what the user's policy or
// the registry of HF_REGISTRY_PATH makes of the facts.
type registry struct {
	picks *data.Picks // nil: the compiled tables
	runs  data.Measurements
}

// ownPolicy reads the user's policy; it returns nil if there is none.
func (o *options) ownPolicy() (*data.Policy, error) {
	if o.policy == "" {
		return nil, nil
	}
	text, err := os.ReadFile(o.policy)
	if err != nil {
		return nil, fmt.Errorf("reading your policy: %w", err)
	}
	return data.ParsePolicy(o.policy, text)
}

func (o *options) load() (registry, error) {
	own, err := o.ownPolicy()
	if err != nil {
		return registry{}, err
	}
	dir := os.Getenv("HF_REGISTRY_PATH")
	if own == nil && dir == "" {
		return registry{}, nil
	}
	var files fs.FS = registrydata.All
	if dir != "" {
		dir = hub.Expand(os.Getenv, dir)
		files = os.DirFS(dir)
	}
	state, err := data.Load(files)
	switch {
	case dir != "" && errors.Is(err, fs.ErrNotExist):
		return registry{}, fmt.Errorf("HF_REGISTRY_PATH=%s: %w; it must name a directory laid out as registrydata", dir, err)
	case dir != "" && err != nil:
		return registry{}, fmt.Errorf("HF_REGISTRY_PATH=%s: %w", dir, err)
	case err != nil:
		return registry{}, err
	case own == nil && state.Picks != nil:
		return registry{state.Picks, state.Measurements}, nil
	case own != nil:
		for _, s := range choose.Slips(own, state) {
			o.note("%s: no candidate has %q%s", s.Where, s.Name, usage.Near(s.Name, s.Known))
		}
		state.Policy = own.Over(state.Policy)
	}
	day := ""
	if state.Lock != nil {
		day = state.Lock.Synced
	}
	picks, err := choose.Choose(state, day)
	return registry{picks, state.Measurements}, err
}

// has reports whether the registry knows the architecture: one of the user's
// may be of another release of transformers.
func (r registry) has(a hfmodels.Arch) error {
	if r.picks != nil && r.picks.Of(a.String()) == nil {
		return fmt.Errorf("this program knows %s, and the registry does not: they are of different releases", a)
	}
	return nil
}

// info is Arch.Info with the status that the registry has.
func (r registry) info(a hfmodels.Arch) hfmodels.Info {
	i := a.Info()
	if p := r.picks.Of(a.String()); p != nil {
		i.Why = p.Why
		i.Status, _ = hfmodels.ParseStatus(string(p.Status)) // None where this release does not know it
		i.Host, _ = hfmodels.ParseArch(p.Host)
	}
	return i
}

// model returns the model that fills a place.
func (r registry) model(a hfmodels.Arch, p place) (hfmodels.Model, bool) {
	switch {
	case r.picks != nil:
		if d := r.picks.Of(a.String()); d != nil {
			return picked.Place(d, a, p.role, p.task)
		}
		return hfmodels.Model{}, false
	case p.task != 0:
		return a.DefaultFor(p.task)
	}
	return a.Pick(p.role)
}

// places returns the places of an architecture that are filled, in the order
// of Arch.Models.
func (r registry) places(a hfmodels.Arch) iter.Seq2[place, hfmodels.Model] {
	order := []place{{role: hfmodels.Default}, {role: hfmodels.Open}, {role: hfmodels.Small}}
	for t := range hfmodels.Tasks() {
		order = append(order, place{task: t})
	}
	order = append(order, place{role: hfmodels.Tiny})
	return func(yield func(place, hfmodels.Model) bool) {
		for _, p := range order {
			if m, ok := r.model(a, p); ok && !yield(p, m) {
				return
			}
		}
	}
}

// query is hfmodels.Select on this registry.
func (r registry) query(q hfmodels.Query) (hfmodels.Selection, error) {
	if r.picks == nil {
		return hfmodels.Select(q)
	}
	archs := q.Archs
	if len(archs) == 0 {
		archs = slices.Collect(hfmodels.Archs())
	}
	return hfmodels.SelectFrom(q, func(yield func(hfmodels.Arch, hfmodels.Model) bool) {
		for _, a := range archs {
			d := r.picks.Of(a.String())
			if d == nil {
				continue // of another release
			}
			for m := range picked.Models(d, a) {
				if !yield(a, m) {
					return
				}
			}
		}
	})
}

// why returns the decision for an architecture, and what running it showed.
func (r registry) why(a hfmodels.Arch) (*data.ArchPicks, data.Measurements, error) {
	if r.picks != nil {
		return r.picks.Of(a.String()), r.runs, nil
	}
	decision, err := data.LoadArchPicks(registrydata.FS, a.String())
	if err != nil {
		return nil, nil, err
	}
	runs, err := data.LoadMeasurements(registrydata.FS)
	return cmp.Or(decision, new(data.ArchPicks)), runs, err
}
