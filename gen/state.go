package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/names"
	"github.com/hfmodels/hfmodels/internal/review"
	"github.com/hfmodels/hfmodels/internal/usage"
	"github.com/hfmodels/hfmodels/registrydata"
)

// dataDir is the directory of the committed state.
func dataDir() string { return cmp.Or(hub.Dir("HF_REGISTRY_PATH"), "registrydata") }

// pathOf is the path of a file of the state.
func pathOf(name string) string { return filepath.Join(dataDir(), filepath.FromSlash(name)) }

// haveData reports an error unless there is a state: it has a policy even
// before the first run.
func haveData() error {
	if _, err := os.Stat(pathOf("policy.yaml")); err != nil {
		return fmt.Errorf("no registry data in %s: run this in the root of the hfmodels checkout, "+
			"or set HF_REGISTRY_PATH to a directory laid out as registrydata: %w", dataDir(), err)
	}
	return nil
}

func loadData() (*data.State, error) {
	if err := haveData(); err != nil {
		return nil, err
	}
	return data.Load(os.DirFS(dataDir()))
}

// decided loads the state of a command that runs anywhere, which is that of the
// checkout or of HF_REGISTRY_PATH, or else what this program was built with. It finds
// the architectures that are meant, all if none is given. The user's policy, if there
// is one, decides over the committed one.
func decided(policy string, given []string) (*data.State, []string, error) {
	var registry fs.FS = registrydata.All
	if haveData() == nil || hub.Dir("HF_REGISTRY_PATH") != "" {
		registry = os.DirFS(dataDir())
	}
	state, err := data.Load(registry)
	if err != nil {
		return nil, nil, err
	}
	if state.Lock == nil || state.Picks == nil {
		return nil, nil, fmt.Errorf("%s has no picks yet: run go run ./gen", dataDir())
	}
	archs, err := findArchs(state.Catalog, given)
	if err != nil {
		return nil, nil, err
	}
	if policy != "" {
		if err := byPolicy(state, policy, archs); err != nil {
			return nil, nil, err
		}
	}
	for _, arch := range archs {
		if state.Picks.Of(arch) == nil {
			return nil, nil, fmt.Errorf("picks.json has nothing of %s; run: go run ./gen emit", arch)
		}
	}
	return state, archs, nil
}

// findArchs returns the model types that are meant, however they are spelled,
// and all if none is given.
func findArchs(c *data.Catalog, given []string) ([]string, error) {
	byName := make(map[string]string, len(c.Archs))
	var known []string
	for _, a := range c.Archs {
		byName[names.Fold(a.ModelType)] = a.ModelType
		known = append(known, a.ModelType)
	}
	if len(given) == 0 {
		return known, nil
	}
	var found []string
	var errs []error
	for _, g := range given {
		t, ok := byName[names.Fold(g)]
		switch {
		case !ok:
			near := cmp.Or(usage.Near(g, known), "; hfmodels list shows all of them")
			errs = append(errs, fmt.Errorf("unknown model type %s in transformers %s%s", usage.Quote(g), c.Transformers, near))
		case !slices.Contains(found, t):
			found = append(found, t)
		}
	}
	return found, errors.Join(errs...)
}

// byPolicy chooses again, by the user's policy over the committed one, and says
// which defaults of the architectures that changes.
func byPolicy(state *data.State, path string, archs []string) error {
	text, err := data.ReadFile(path)
	if err != nil {
		return usage.Errorf("reading your policy: %w", err)
	}
	own, err := data.ParsePolicy(path, text)
	if err != nil {
		return usage.Errorf("%w", err)
	}
	warnOfSlips(own, state)
	before := *state
	state.Policy = own.Over(state.Policy)
	if state.Picks, err = choose.Choose(state, state.Lock.Synced); err != nil {
		return err
	}
	changes := slices.DeleteFunc(review.Compare(&before, state).Defaults, func(c review.Change) bool {
		return !slices.Contains(archs, c.Arch)
	})
	const shown = 20
	for _, c := range changes[:min(shown, len(changes))] {
		ours, yours := cmp.Or(c.Old, &data.Model{ID: "none"}), cmp.Or(c.New, &data.Model{ID: "none"})
		fmt.Fprintf(os.Stderr, "by your policy the default of %s is %s, and not ours, %s: %s\n", c.Arch, yours.ID, ours.ID, c.Why)
	}
	if n := len(changes) - shown; n > 0 {
		fmt.Fprintf(os.Stderr, "and %d more defaults differ from ours\n", n)
	}
	return nil
}

func warnOfSlips(p *data.Policy, state *data.State) {
	for _, line := range choose.Slips(p, state) {
		fmt.Fprintln(os.Stderr, "warning:", usage.Printable(line))
	}
}

// save replaces one file of the state, or leaves the old one.
func save(name string, v any) error {
	text, err := data.Encode(name, v)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	path := pathOf(name)
	if old, err := os.ReadFile(path); err == nil && string(old) == string(text) {
		return nil
	}
	if err := data.Replace(map[string][]byte{path: text}, 0o644); err != nil {
		return fmt.Errorf("saving %s: %w", path, err)
	}
	return nil
}
