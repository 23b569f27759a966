package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/check"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

// knowledge is what check knows of ids.
type knowledge struct {
	registry
	ids map[string]*checkpoint // in lower case
}

// has reports whether the tables know an id, also as one that was.
func (k *knowledge) has(id string) bool { return k.ids[data.FoldID(id)] != nil }

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
	var unasked []error
	for _, id := range slices.Sorted(maps.Keys(surely)) {
		m, _, err := client.Detail(opts.cmd.Context(), id)
		is := new(checkpoint)
		switch {
		case err == nil && m.Disabled, hub.Is(err, hub.Disabled):
			is.lost = hub.Disabled
		case err == nil:
			is.add("", &m)
			if is.another, err = k.recreated(id, &m); err != nil {
				return err
			}
			if data.SameID(m.ID, id) {
				break
			}
			is.former = id
			if was := k.ids[data.FoldID(id)]; was == nil || was.former == "" {
				opts.note("the tables lack a rename: %s is %s now", id, m.ID)
			}
		case hub.Is(err, hub.Missing):
			if surely[id] {
				is.lost = hub.Missing
			}
		case hub.Is(err, hub.Forbidden, hub.Malformed): // this one only
			unasked = append(unasked, fmt.Errorf("%s: %w", id, err))
			continue
		default: // the others would fare no better
			return errors.Join(append(unasked, fmt.Errorf("not every id could be asked about: %w", err))...)
		}
		k.ids[data.FoldID(id)] = is
	}
	return errors.Join(unasked...)
}

// findings are what is wrong with an id where it was found.
func (k *knowledge) findings(f check.Found, asked *check.Requirement, pinned bool) (all []finding) {
	is := cmp.Or(k.ids[data.FoldID(f.ID)], new(checkpoint))
	now := ""
	if is.former != "" {
		now = is.ID
	}
	add := func(kind, format string, args ...any) {
		all = append(all, finding{Kind: text(kind), Now: text(now), Message: fmt.Sprintf(format, args...)})
	}
	instead := func(before string, a hfmodels.Arch, p place) string {
		if m, ok := k.model(a, p); ok && m.ID != is.ID {
			return before + m.ID
		}
		return ""
	}
	if is.lost != "" {
		add(map[hub.Kind]string{hub.Disabled: "disabled", hub.Missing: "gone"}[is.lost], "%s; use another one", is.lost)
		return all
	}
	if is.another != "" {
		add("recreated", "%s %s", is.ID, is.another)
		return all
	}
	if now != "" {
		add("renamed", "the id is %s now; write that", now)
	}
	arch := append(is.archs, 0)[0]
	if g := hfmodels.Gating(is.Gated); g == hfmodels.GatedAuto || g == hfmodels.GatedManual {
		open := instead("; without: ", arch, place{role: hfmodels.Open})
		add("gated", "accept its terms on the Hub (%s), and load it with a token%s", g, open)
	}
	want, ok := hfmodels.ArchOfClass(f.Class) // what the code around the id expects
	by := f.Class
	if !ok {
		want, _ = hfmodels.ParseArch(f.ModelType)
		by = "model_type"
	}
	if want != 0 && arch != 0 && !slices.ContainsFunc(is.archs, func(a hfmodels.Arch) bool { return loads(f.Class, want, a) }) {
		add("architecture", "%s expects %s, and this model is of %s%s", by, want, arch, instead("; use ", want, place{}))
	}
	i := arch.Info()
	if asked != nil && i.Since != "" && asked.Below(i.Since) {
		add("version", "%s needs transformers >= %s, and %s:%d asks for %s", arch, i.Since, asked.Path, asked.Line, asked.Spec)
	}
	if strings.HasPrefix(f.Class, "ORTModel") {
		for e, s := range i.Engines() {
			if e == hfmodels.OptimumONNX && s.Known && !s.Supported {
				add("engine", "%s runs it with %s, which does not run %s (%s)", f.Class, e, arch, s.Version)
			}
		}
	}
	if pinned && f.Unpinned {
		revision := "a revision"
		if is.Revision != "" {
			revision = fmt.Sprintf("revision=%q, which we know", is.Revision)
		}
		add("unpinned", "what is loaded may change any day; add %s", revision)
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
