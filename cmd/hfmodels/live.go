package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/review"
	"github.com/hfmodels/hfmodels/internal/usage"
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
	if none := (*live.NoAnswerError)(nil); errors.As(err, &none) && none.Err != nil && !errors.Is(err, live.Unfit) {
		return usage.Partialf("%w", err)
	}
	if err != nil {
		return err
	}
	from := members{"source": a.Source, "as_of": nil, "age_seconds": nil, "why": nil}
	if !a.AsOf.IsZero() {
		from["as_of"], from["age_seconds"] = a.AsOf.UTC().Format(time.RFC3339), int64(a.Age().Seconds())
	}
	if a.Why != nil {
		from["why"] = a.Why.Error() // why the answer comes from this source
	}
	out := ofModel(a.Model.Arch, a.Model, from)
	out.human = func(on screen) {
		on.model(a.Model, fmt.Sprintf("the %s checkpoint of %s: %s", at, arch, a.Model.Reason), provenance(a))
	}
	return opts.print(out)
}

// provenance says in a line where a live answer comes from, how old it is, and
// why there is no better one.
func provenance(a live.Answer) string {
	from := "source: " + string(a.Source)
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

// recreated says that a name leads to another repository than the one that is known
// by it, and that the policy does not accept; "" where it does not.
func (r registry) recreated(id string, m *data.Model) (string, error) {
	state, err := r.evidence(id)
	if err != nil {
		return "", err
	}
	was := state.Known()[data.FoldID(id)]
	if !was.Differs(m.Identity()) || state.Accepts(m.ID, m.Repository) {
		return "", nil
	}
	return fmt.Sprintf("is another repository now (%s) than the one that is known by this name (%s): do not load it before you know why", m.Identity(), was), nil
}

// showLiveID asks the Hub about one checkpoint, and adds the places that it
// fills. Where the Hub does not answer, or has it no more, what is known of it is
// shown; noArch is the error for a name that is neither.
func showLiveID(opts *options, r registry, id string, noArch error) error {
	c, unknown := r.checkpoint(id, noArch)
	var m data.Model
	var counters data.Counters
	client, err := hub.Open(func(o *hub.Options) { o.Tries, o.MaxWait = 1, -1 })
	if err == nil {
		m, counters, err = client.Detail(opts.cmd.Context(), id)
	}
	no, gone := fmt.Errorf("%s: %w", usage.Quote(id), err), hub.Is(err, hub.Missing, hub.Disabled)
	switch {
	case err == nil:
	case c == nil && gone && data.IsOwned(id):
		return no
	case c == nil && gone:
		return unknown
	case c == nil:
		return usage.Partialf("%w; the Hub could not be asked: %w", unknown, err)
	default:
		from := members{"source": live.Compiled, "why": err.Error()}
		if hub.Dir("HF_REGISTRY_PATH") != "" {
			from["source"] = live.Registry
		}
		if gone {
			return cmp.Or(showID(opts, r, c, []string{"the Hub has it no more, and this is what was known"}, from), no)
		}
		opts.note("the Hub could not be asked, so this is what the tables know: %v", err)
		return showID(opts, r, c, nil, from)
	}
	if c == nil {
		c, _ = r.checkpoint(m.ID, nil) // known by its present name, perhaps
	}
	if another, err := r.recreated(id, &m); err != nil || another != "" {
		return cmp.Or(err, fmt.Errorf("%s %s", m.ID, another))
	}
	arch, err := hfmodels.ParseArch(m.ModelType)
	if c == nil && err != nil {
		return fmt.Errorf("%s is on the Hub, but its config names %s, which is not an architecture of transformers %s",
			m.ID, cmp.Or(m.ModelType, "no model type"), hfmodels.TransformersVersion)
	}
	c = cmp.Or(c, &checkpoint{Model: m, known: m.ID})
	before := c.Model
	before.ID = m.ID // a new name is said below
	changed := review.Contradictions(&before, &m)
	if before.ModelType != "" && before.ModelType != m.ModelType {
		changed = append(changed, "no longer proven: its config.model_type is "+cmp.Or(m.ModelType, "not given"))
	}
	said := "from the Hub, now"
	if len(changed) > 0 {
		said += ", which contradicts what places and ranks rest on: " + strings.Join(changed, "; ")
	}
	c.Model, c.Counters, c.arch, c.former = m, counters, cmp.Or(arch, c.arch), ""
	if !data.SameID(m.ID, id) {
		c.former = id
	}
	err = showID(opts, r, c, []string{said}, members{"source": live.Hub, "why": nil, "changed": changed})
	if m.Disabled {
		err = cmp.Or(err, fmt.Errorf("%s: %w", m.ID, hub.Disabled))
	}
	return err
}
