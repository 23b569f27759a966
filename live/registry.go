package live

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

// embedded is the state that the program was built with, read by the first
// Resolver that has something to decide.
var embedded = sync.OnceValues(func() (*data.State, error) { return data.Load(registrydata.All) })

// registry is the state that everything rests on but the Hub's word: the
// user's directory, or what the program was built with. Nobody writes to it.
func (r *Resolver) registry() (*data.State, error) {
	r.loaded.Do(func() {
		if r.settings.registry == "" {
			r.state, r.loadErr = embedded()
		} else if r.state, r.loadErr = data.Load(os.DirFS(r.settings.registry)); r.loadErr != nil {
			r.loadErr = fmt.Errorf("live: HF_REGISTRY_PATH=%s: %w", r.settings.registry, r.loadErr)
		}
		if r.loadErr == nil && r.Policy != nil {
			state := *r.state
			state.Policy = r.Policy.Over(r.state.Policy)
			r.state = &state
		}
	})
	return r.state, r.loadErr
}

// own reports whether the compiled tables are not what the user asked for.
func (r *Resolver) own() bool { return r.settings.registry != "" || r.Policy != nil }

// base is the source that needs no Hub.
func (r *Resolver) base() Source {
	if r.settings.registry != "" {
		return Registry
	}
	return Compiled
}

// subject is the model type that the Hub is asked for: the architecture, or
// the one that it lives inside of. Stubs for tests are always its own.
func (r *Resolver) subject(q Query) (string, error) {
	arch := q.Arch
	if q.Role == hfmodels.Tiny && q.Task == 0 {
		return arch.String(), nil
	}
	if r.settings.registry == "" {
		if host := arch.Info().Host; host != 0 {
			return host.String(), nil
		}
		return arch.String(), nil
	}
	state, err := r.registry()
	if err != nil {
		return "", err
	}
	if a := state.Picks.Of(arch.String()); a != nil && a.Host != "" {
		return a.Host, nil
	}
	return arch.String(), nil
}

// registryTime is the day of the registry's newest fact.
func (r *Resolver) registryTime() time.Time {
	if r.settings.registry == "" {
		return dayTime(hfmodels.FactsDate)
	}
	state, err := r.registry()
	if err != nil || state.Lock == nil {
		return time.Time{}
	}
	return dayTime(state.Lock.Synced)
}

// factsTime is the day on which the Hub answered for a model type.
func factsTime(state *data.State, subject string) time.Time {
	if f := state.Facts[subject]; f != nil {
		return dayTime(f.Checked)
	}
	if state.Lock != nil {
		return dayTime(state.Lock.Synced)
	}
	return time.Time{}
}

// dayTime is the start of a day, zero for what is none.
func dayTime(day string) time.Time {
	t, _ := time.Parse(time.DateOnly, day)
	return t
}
