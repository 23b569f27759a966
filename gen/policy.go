package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// byPolicy chooses anew by the user's policy over the committed one, and tells
// what that makes of the defaults of the architectures that are wanted.
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
	state.Policy = own.Over(state.Policy)
	picks, err := choose.Choose(state, state.Lock.Synced)
	if err != nil {
		return err
	}
	tellDefaults(os.Stderr, state.Picks, picks, archs)
	state.Picks = picks
	return nil
}

func warnOfSlips(p *data.Policy, state *data.State) {
	for _, s := range choose.Slips(p, state) {
		fmt.Fprintln(os.Stderr, "warning:", usage.Printable(fmt.Sprintf("%s: no candidate bears %q%s", s.Where, s.Name, usage.Near(s.Name, s.Known))))
	}
}

// tellDefaults says which defaults the policy changed, and why.
func tellDefaults(w io.Writer, ours, theirs *data.Picks, archs []string) {
	const most = 20
	n := 0
	for _, now := range theirs.Archs {
		was := ours.Of(now.Arch)
		if was == nil || len(archs) > 0 && !slices.Contains(archs, now.Arch) {
			continue
		}
		old, pick := was.Roles[data.RoleDefault], now.Roles[data.RoleDefault]
		if old.ID == pick.ID {
			continue
		}
		if n++; n > most {
			continue
		}
		if pick.ID == "" {
			fmt.Fprintf(w, "by your policy %s has no default, where ours is %s: %s\n", now.Arch, old.ID, now.Why)
			continue
		}
		if old.ID == "" {
			old.ID = "none"
		}
		fmt.Fprintf(w, "by your policy the default of %s is %s (%s), where ours is %s\n", now.Arch, pick.ID, pick.Reason, old.ID)
	}
	if n > most {
		fmt.Fprintf(w, "and %d more defaults are others\n", n-most)
	}
}
