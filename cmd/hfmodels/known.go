package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/check"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/registrydata"
)

// knowledge is what check knows of ids. Its registry has a state.
type knowledge struct {
	registry
	// types are the model types that each id may be of, by the id in lower case.
	// A former id, and one that the Hub did not have, has none.
	types map[string][]string
	lost  map[string]hub.Kind // why it did not
	fates map[string]fate     // by id
}

// fate is what has become of an id.
type fate struct {
	now   string   // another id that the model has now, if it has
	gone  hub.Kind // why there is none
	model hfmodels.Model
	archs []hfmodels.Arch // that it may be of
}

func newKnowledge(r registry) (k *knowledge, err error) {
	k = &knowledge{r, make(map[string][]string), make(map[string]hub.Kind), make(map[string]fate)}
	if k.state == nil {
		if k.state, err = data.Load(registrydata.All); err != nil {
			return nil, err
		}
	}
	add := func(id, modelType string) {
		if id = data.FoldID(id); !slices.Contains(k.types[id], modelType) {
			k.types[id] = append(k.types[id], modelType)
		}
	}
	why := map[string]hub.Kind{data.Missing: hub.Missing, data.Disabled: hub.Disabled}
	for t, f := range k.state.Facts {
		for m := range f.Models() {
			add(m.ID, cmp.Or(m.ModelType, t))
		}
		for id, outcome := range f.Lost {
			k.lost[data.FoldID(id)] = why[outcome]
		}
		if d := f.Documented; d != nil && why[d.Outcome] != "" {
			k.lost[data.FoldID(d.Asked)] = why[d.Outcome]
		}
	}
	for t, ids := range k.state.IDs {
		for _, id := range ids {
			add(id, t)
			delete(k.lost, data.FoldID(id)) // it is back
		}
	}
	for id := range k.lost {
		k.types[id] = nil
	}
	for id := range k.state.Aliases {
		k.types[data.FoldID(id)] = nil
	}
	return k, nil
}

// has reports whether the tables know an id, also as one that was.
func (k *knowledge) has(id string) bool {
	_, ok := k.types[data.FoldID(id)]
	return ok
}

// fate is what has become of an id: what the Hub said, or else what the tables do.
func (k *knowledge) fate(id string) fate {
	if f, ok := k.fates[id]; ok {
		return f
	}
	_, now := k.state.Aliases.Present(id)
	f := fate{gone: k.lost[data.FoldID(now)]}
	// Only what names the id is searched: a repository has hundreds of them.
	part := &data.State{Facts: make(map[string]*data.Facts), IDs: make(data.IDs)}
	for _, t := range k.types[data.FoldID(now)] {
		part.IDs[t] = []string{now}
		if facts := k.state.Facts[t]; facts != nil {
			part.Facts[t] = facts
		}
		if a, err := hfmodels.ParseArch(t); err == nil {
			f.archs = append(f.archs, a)
		}
	}
	if c, err := (registry{picks: k.picks, state: part}).checkpoint(now, errors.New("")); err == nil {
		f.model = c.model
	}
	if !data.SameID(now, id) {
		f.now = now
	}
	k.fates[id] = f
	return f
}

// ask asks the Hub about each id once, and notes the renames that the tables do
// not know. The error says what could not be asked; the tables answer for that.
func (k *knowledge) ask(opts *options, files []*check.File) error {
	client, err := hub.Open(func(o *hub.Options) { o.Tries, o.MaxWait = 3, 5*time.Minute })
	if err != nil {
		return err
	}
	surely := make(map[string]bool) // what only looks like an id may never have been one
	for _, file := range files {
		for _, f := range file.Found {
			surely[f.ID] = surely[f.ID] || f.Loaded || k.has(f.ID)
		}
	}
	group, ctx := errgroup.WithContext(opts.cmd.Context())
	group.SetLimit(2)
	var mu sync.Mutex
	var unasked []error
	for _, id := range slices.Sorted(maps.Keys(surely)) {
		group.Go(func() error {
			m, _, err := client.Detail(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			var f fate
			switch {
			case err == nil:
				arch, _ := hfmodels.ParseArch(m.ModelType)
				if f.model = table.Row(arch, m.ID, &m, nil); arch != 0 {
					f.archs = []hfmodels.Arch{arch}
				}
				if !data.SameID(m.ID, id) {
					f.now = m.ID
				}
				if _, now := k.state.Aliases.Present(id); f.now != "" && now == id {
					opts.note("the tables lack a rename: %s is %s now", id, f.now)
				}
			case hub.Is(err, hub.Disabled):
				f.gone = hub.Disabled
			case hub.Is(err, hub.Missing) && surely[id]:
				f.gone = hub.Missing
			case hub.Is(err, hub.Missing):
			case hub.Is(err, hub.Forbidden, hub.Malformed): // this one only
				unasked = append(unasked, fmt.Errorf("%s: %w", id, err))
				return nil
			default: // the others would fare no better
				return fmt.Errorf("not every id could be asked about: %w", err)
			}
			k.fates[id] = f
			return nil
		})
	}
	return errors.Join(append(unasked, group.Wait())...)
}

// findings are what is wrong with an id where it was found.
func (k *knowledge) findings(f check.Found, pinned bool) (all []finding) {
	is := k.fate(f.ID)
	add := func(kind, format string, args ...any) {
		all = append(all, finding{Kind: &kind, Now: known(is.now), Message: fmt.Sprintf(format, args...)})
	}
	instead := func(before string, a hfmodels.Arch, p place) string {
		if m, ok := k.model(a, p); ok && m.ID != is.model.ID {
			return before + m.ID
		}
		return ""
	}
	switch {
	case is.gone == hub.Disabled:
		add("disabled", "%s; use another one", is.gone)
	case is.gone != "":
		add("gone", "%s; use another one", is.gone)
	case is.now != "":
		add("renamed", "the id is %s now; write that", is.now)
	}
	if g := is.model.Gating; g == hfmodels.GatedAuto || g == hfmodels.GatedManual {
		add("gated", "accept its terms on the Hub (%s), and load it with a token%s", g,
			instead("; without: ", is.model.Arch, place{role: hfmodels.Open}))
	}
	if want, by := expected(f); want != 0 && len(is.archs) > 0 && !slices.ContainsFunc(is.archs, func(a hfmodels.Arch) bool { return loads(f.Class, want, a) }) {
		add("architecture", "%s expects %s, and this model is of %s%s", by, want, is.archs[0], instead("; use ", want, place{}))
	}
	// The kinds version and engine belong here.
	if pinned && f.Unpinned && is.gone == "" {
		revision := "a revision"
		if is.model.Revision != "" {
			revision = fmt.Sprintf("revision=%q, which we know", is.model.Revision)
		}
		add("unpinned", "it is loaded as it is that day; add %s", revision)
	}
	return all
}

// expected is the architecture that the code around an id expects, 0 if it does
// not say, and what in the code does.
func expected(f check.Found) (a hfmodels.Arch, by string) {
	if a, ok := hfmodels.ArchOfClass(f.Class); ok {
		return a, f.Class
	}
	a, _ = hfmodels.ParseArch(f.ModelType)
	return a, "model_type"
}

// loads reports whether code for one architecture loads a model of another: of
// the same, of one that shares the class, or as its part, host or other name.
func loads(class string, want, a hfmodels.Arch) bool {
	for _, own := range a.Info().AutoClasses() {
		if own == strings.TrimPrefix(strings.TrimPrefix(class, "TF"), "Flax") {
			return true
		}
	}
	related := func(a, b hfmodels.Arch) bool {
		i := a.Info()
		return a == b || i.Host == b || i.AliasOf == b || slices.Contains(slices.Collect(i.Parents()), b)
	}
	return related(want, a) || related(a, want)
}
