package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/hfmodels/hfmodels/live"
)

func showLive(opts *options, name string, at place) error {
	arch, _, err := registry{}.find(name)
	if err != nil {
		return err
	}
	var resolver live.Resolver
	if text, err := opts.policyText(); err != nil {
		return err
	} else if text != nil {
		if resolver.Policy, err = live.ParsePolicy(opts.policy, text); err != nil {
			return err
		}
	}
	a, err := resolver.Resolve(opts.cmd.Context(), live.Query{Arch: arch, Role: at.role, Task: at.task})
	if err != nil {
		return err
	}
	from := source{Source: string(a.Source)}
	if !a.AsOf.IsZero() {
		from.AsOf, from.AgeSeconds = new(a.AsOf.UTC().Format(time.RFC3339)), new(int64(a.Age().Seconds()))
	}
	if a.Why != nil {
		from.Why = new(a.Why.Error())
	}
	out := ofModel(a.Model.Arch, a.Model, from)
	out.header = append(out.header, "source", "as_of")
	out.rows[0] = append(out.rows[0], from.Source, *cmp.Or(from.AsOf, new(unknown)))
	out.human = func(on screen) {
		checkpointLines(on, a.Model, fmt.Sprintf("the %s checkpoint of %s: %s", at, arch, a.Model.Reason), provenance(a))
	}
	return opts.print(out)
}

// source is where a live answer comes from, as JSON shows it.
type source struct {
	Source     string  `json:"source"`
	AsOf       *string `json:"as_of"`
	AgeSeconds *int64  `json:"age_seconds"`
	Why        *string `json:"why"` // no better source
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
