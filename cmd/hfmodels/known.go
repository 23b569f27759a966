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
	"github.com/hfmodels/hfmodels/registrydata"
)

// knowledge is what check knows of ids. Its registry has a state.
type knowledge struct {
	registry
	fates map[string]*fate // by the id, in lower case
}

// fate is what has become of an id.
type fate struct {
	now   string   // another id that the model has now, if it has
	gone  hub.Kind // why there is none
	model data.Model
	archs []hfmodels.Arch // that it may be of
}

// newKnowledge walks once over what the registry has of every id. Where it names one
// that is lost as a candidate too, that was before; a former id has the fate of the
// present one.
func newKnowledge(r registry) (k *knowledge, err error) {
	k = &knowledge{r, make(map[string]*fate)}
	if k.state == nil {
		if k.state, err = data.Load(registrydata.All); err != nil {
			return nil, err
		}
	}
	why := map[string]hub.Kind{data.Missing: hub.Missing, data.Disabled: hub.Disabled}
	for _, t := range slices.Sorted(maps.Keys(k.state.Facts)) {
		f := k.state.Facts[t]
		for m := range f.Models() {
			k.of(m.ID).add(t, *m)
		}
		for id, outcome := range f.Lost {
			k.of(id).gone = why[outcome]
		}
		if d := f.Documented; d != nil && why[d.Outcome] != "" {
			k.of(d.Asked).gone = why[d.Outcome]
		}
	}
	for _, t := range slices.Sorted(maps.Keys(k.state.IDs)) {
		for _, id := range k.state.IDs[t] {
			f := k.of(id)
			f.add(t, data.Model{ID: id, ModelType: t})
			f.gone = "" // it is back
		}
	}
	for id, now := range k.state.Aliases {
		f := *k.of(now)
		if !data.SameID(id, now) {
			f.now = now
		}
		k.fates[data.FoldID(id)] = &f
	}
	return k, nil
}

// of is what has become of an id, which is known from now on.
func (k *knowledge) of(id string) *fate {
	f := cmp.Or(k.fates[data.FoldID(id)], new(fate))
	k.fates[data.FoldID(id)] = f
	return f
}

// add notes a model that is there, among those of a model type. The first to say
// more than that is believed.
func (f *fate) add(modelType string, m data.Model) {
	if f.model.ID == "" {
		f.model = m
	}
	if a, err := hfmodels.ParseArch(cmp.Or(m.ModelType, modelType)); err == nil && !slices.Contains(f.archs, a) {
		f.archs = append(f.archs, a)
	}
}

// has reports whether the tables know an id, also as one that was.
func (k *knowledge) has(id string) bool { return k.fates[data.FoldID(id)] != nil }

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
			f, is := k.of(id), fate{}
			switch {
			case err == nil && m.Disabled, hub.Is(err, hub.Disabled):
				is.gone = hub.Disabled
			case err == nil:
				if is.add("", m); !data.SameID(m.ID, id) {
					is.now = m.ID
				}
				if is.now != "" && f.now == "" {
					opts.note("the tables lack a rename: %s is %s now", id, is.now)
				}
			case hub.Is(err, hub.Missing):
				if surely[id] {
					is.gone = hub.Missing
				}
			case hub.Is(err, hub.Forbidden, hub.Malformed): // this one only
				unasked = append(unasked, fmt.Errorf("%s: %w", id, err))
				return nil
			default: // the others would fare no better
				return fmt.Errorf("not every id could be asked about: %w", err)
			}
			*f = is
			return nil
		})
	}
	return errors.Join(append(unasked, group.Wait())...)
}

// findings are what is wrong with an id where it was found.
func (k *knowledge) findings(f check.Found, asked *check.Requirement, pinned bool) (all []finding) {
	is := cmp.Or(k.fates[data.FoldID(f.ID)], new(fate))
	add := func(kind, format string, args ...any) {
		all = append(all, finding{Kind: text(kind), Now: text(is.now), Message: fmt.Sprintf(format, args...)})
	}
	instead := func(before string, a hfmodels.Arch, p place) string {
		if m, ok := k.model(a, p); ok && m.ID != is.model.ID {
			return before + m.ID
		}
		return ""
	}
	if is.gone != "" {
		add(map[hub.Kind]string{hub.Disabled: "disabled", hub.Missing: "gone"}[is.gone], "%s; use another one", is.gone)
		return all
	}
	if is.now != "" {
		add("renamed", "the id is %s now; write that", is.now)
	}
	if g := hfmodels.Gating(is.model.Gated); g == hfmodels.GatedAuto || g == hfmodels.GatedManual {
		add("gated", "accept its terms on the Hub (%s), and load it with a token%s", g,
			instead("; without: ", append(is.archs, 0)[0], place{role: hfmodels.Open}))
	}
	want, ok := hfmodels.ArchOfClass(f.Class) // what the code around the id expects
	by := f.Class
	if !ok {
		want, _ = hfmodels.ParseArch(f.ModelType)
		by = "model_type"
	}
	if want != 0 && len(is.archs) > 0 && !slices.ContainsFunc(is.archs, func(a hfmodels.Arch) bool { return loads(f.Class, want, a) }) {
		add("architecture", "%s expects %s, and this model is of %s%s", by, want, is.archs[0], instead("; use ", want, place{}))
	}
	if r, i := asked, append(is.archs, 0)[0].Info(); r != nil && i.Since != "" && r.Below(i.Since) {
		add("version", "%s needs transformers >= %s, and %s:%d asks for %s", i.Arch, i.Since, r.Path, r.Line, r.Spec)
	}
	if i := append(is.archs, 0)[0].Info(); strings.HasPrefix(f.Class, "ORTModel") {
		for e, s := range i.Engines() {
			if e == hfmodels.OptimumONNX && s.Known && !s.Supported {
				add("engine", "%s runs it with %s, which does not run %s (%s)", f.Class, e, i.Arch, s.Version)
			}
		}
	}
	if pinned && f.Unpinned {
		revision := "a revision"
		if is.model.Revision != "" {
			revision = fmt.Sprintf("revision=%q, which we know", is.model.Revision)
		}
		add("unpinned", "it is loaded as it is that day; add %s", revision)
	}
	return all
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
