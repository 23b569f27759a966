package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/live"
)

// showLive shows what the Hub answers now, or why something else has to.
func showLive(opts *options, name string, at place) error {
	arch, _, err := registry{}.find(name)
	if err != nil {
		return err
	}
	var resolver live.Resolver
	text, err := opts.policyText()
	if text != nil {
		resolver.Policy, err = live.ParsePolicy(opts.policy, text)
	}
	if err != nil {
		return err
	}
	a, err := resolver.Resolve(opts.cmd.Context(), live.Query{Arch: arch, Role: at.role, Task: at.task})
	if err != nil {
		return err
	}
	asOf, from := unknown, map[string]any{"source": a.Source, "as_of": nil, "age_seconds": nil, "why": nil}
	if !a.AsOf.IsZero() {
		asOf = a.AsOf.UTC().Format(time.RFC3339)
		from["as_of"], from["age_seconds"] = asOf, int64(a.Age().Seconds())
	}
	if a.Why != nil {
		from["why"] = a.Why.Error() // why the answer comes from this source
	}
	out := ofModel(a.Model.Arch, a.Model, from)
	out.header = append(out.header, "source", "as_of")
	out.rows[0] = append(out.rows[0], string(a.Source), asOf)
	out.human = func(on screen) {
		on.model(a.Model, fmt.Sprintf("the %s checkpoint of %s: %s", at, arch, a.Model.Reason), provenance(a))
	}
	return opts.print(out)
}

// provenance says in a line where a live answer comes from, how old it is, and
// why there is no better one.
func provenance(a live.Answer) string {
	from := "from the " + map[live.Source]string{
		live.Hub: "Hub", live.Cache: "cache", live.Registry: "registry of HF_REGISTRY_PATH", live.Compiled: "compiled table",
	}[a.Source]
	if a.AsOf.IsZero() {
		from += ", of unknown age"
	} else if a.Source != live.Hub || a.Age() > time.Minute {
		from += ", as of " + humanize.Time(a.AsOf)
	}
	if a.Why != nil {
		from += ": " + a.Why.Error()
	}
	return from
}

// showLiveID asks the Hub about one checkpoint, and adds the places that it
// fills. Where the Hub does not answer, what is known of it is shown; noArch is
// the error for a name that is neither.
func showLiveID(opts *options, r registry, id string, noArch error) error {
	known, unknown := r.checkpoint(id, noArch)
	o, err := hub.FromEnv()
	if err != nil {
		return err
	}
	o.Tries, o.MaxWait = 1, -1
	client, err := hub.New(o)
	if err != nil {
		return err
	}
	m, counters, err := client.Detail(opts.cmd.Context(), id)
	switch {
	case err == nil:
	case known == nil && !data.IsOwned(id):
		return unknown
	case known == nil || hub.Is(err, hub.Missing, hub.Disabled):
		return fmt.Errorf("%.100q: %w", id, err)
	default:
		opts.note("the Hub could not be asked, so this is what the tables know: %v", err)
		return showID(opts, r, known, map[string]any{"source": live.Compiled, "why": err.Error()})
	}
	arch, err := hfmodels.ParseArch(m.ModelType)
	if err != nil {
		return fmt.Errorf("%s is on the Hub, but its config names %s, and not an architecture of transformers %s",
			m.ID, cmp.Or(m.ModelType, "no model type"), hfmodels.TransformersVersion)
	}
	c := &checkpoint{model: table.Row(arch, m.ID, &m, []string{m.Pipeline}), Counters: counters}
	if !strings.EqualFold(m.ID, id) {
		c.former = id
	}
	if now, err := r.checkpoint(m.ID, nil); err == nil && now != nil {
		c.archs = now.archs
	}
	return showID(opts, r, c, map[string]any{"source": live.Hub, "why": nil})
}
