package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/review"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// byPolicy chooses again, by the user's policy over the committed one, and says
// which defaults that changes among the architectures, all if none is given.
func byPolicy(state *data.State, path string, archs []string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading your policy: %w", err)
	}
	own, err := data.ParsePolicy(path, text)
	if err != nil {
		return err
	}
	warnOfSlips(own, state)
	before := *state
	state.Policy = own.Over(state.Policy)
	if state.Picks, err = choose.Choose(state, state.Lock.Synced); err != nil {
		return err
	}
	changes := slices.DeleteFunc(review.Compare(&before, state).Defaults, func(c review.Change) bool {
		return len(archs) > 0 && !slices.Contains(archs, c.Arch)
	})
	const most = 20
	for _, c := range changes[:min(most, len(changes))] {
		fmt.Fprintf(os.Stderr, "by your policy the default of %s is %s (%s), where ours is %s\n", c.Arch, id(c.New), c.Why, id(c.Old))
	}
	if n := len(changes) - most; n > 0 {
		fmt.Fprintf(os.Stderr, "and %d more defaults differ from ours\n", n)
	}
	return nil
}

func id(m *data.Model) string {
	if m == nil {
		return "none"
	}
	return m.ID
}

func warnOfSlips(p *data.Policy, state *data.State) {
	for _, s := range choose.Slips(p, state) {
		warning := fmt.Sprintf("%s: no candidate has %q%s", s.Where, s.Name, usage.Near(s.Name, s.Known))
		fmt.Fprintln(os.Stderr, "warning:", usage.Printable(warning))
	}
}
