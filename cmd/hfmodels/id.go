package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
)

// filled is a place that a checkpoint fills, in JSON.
type filled struct {
	Arch   hfmodels.Arch `json:"arch"`
	Place  string        `json:"place"`
	Reason string        `json:"reason"`
}

// rank is where a checkpoint is in the ranking of a task, in JSON.
type rank struct {
	Task   hfmodels.Task `json:"task"`
	Rank   int           `json:"rank"`
	Of     int           `json:"of"`
	Reason string        `json:"reason"`
}

// standing is what show prints of a checkpoint besides the checkpoint.
type standing struct {
	Former    *string  `json:"former"`
	Downloads *int64   `json:"downloads"`
	Likes     *int64   `json:"likes"`
	Places    []filled `json:"places"`
	Rankings  []rank   `json:"rankings"`
	WhyNone   []string `json:"why_none"`
}

// showID shows a checkpoint: the places that it fills, or why it fills none.
func showID(opts *options, r registry, c *checkpoint) error {
	s, m := standing{Former: known(c.former), Places: []filled{}, Rankings: []rank{}, WhyNone: []string{}}, c.model
	if c.Downloads >= 0 {
		s.Downloads = &c.Downloads
	}
	if c.Likes >= 0 {
		s.Likes = &c.Likes
	}
	m.Reason = ""
	take := func(in hfmodels.Model) {
		if m.Reason == "" { // a row of the table knows more of the tasks
			m.Reason, m.Tasks, m.Chat, m.Base = in.Reason, in.Tasks, in.Chat, in.Base
		}
	}
	for a := range hfmodels.Archs() {
		for in := range r.models(a) {
			if !strings.EqualFold(in.ID, m.ID) {
				continue
			}
			for p, in := range r.places(a) {
				if strings.EqualFold(in.ID, m.ID) {
					s.Places = append(s.Places, filled{a, p.String(), in.Reason})
					take(in)
				}
			}
		}
	}
	for t := range hfmodels.Tasks() {
		at, n := rank{Task: t}, 0
		for in := range r.ranked(t) {
			if n++; at.Rank == 0 && strings.EqualFold(in.ID, m.ID) {
				at.Rank, at.Reason = n, in.Reason
				take(in)
			}
		}
		if at.Of = n; at.Rank > 0 {
			s.Rankings = append(s.Rankings, at)
		}
	}
	if len(s.Places) == 0 {
		for _, a := range c.archs {
			why, err := r.whyNone(a, m.ID)
			if err != nil {
				return err
			}
			s.WhyNone = append(s.WhyNone, why)
		}
		if m.Reason == "" {
			m.Reason = strings.Join(s.WhyNone, "; ")
		}
	}
	out := ofModel(m.Arch, m, s)
	out.human = func(on screen) { checkpointLines(on, m, s.lines(m.Arch)...) }
	return opts.print(out)
}

// lines tell people where a checkpoint stands.
func (s standing) lines(arch hfmodels.Arch) []string {
	figure := func(n *int64) string {
		if n == nil {
			return unknown
		}
		return choose.Count(*n)
	}
	lines := []string{fmt.Sprintf("architecture %s, downloads %s, likes %s", arch, figure(s.Downloads), figure(s.Likes))}
	if s.Former != nil {
		lines = append(lines, "renamed from "+*s.Former)
	}
	for _, p := range s.Places {
		lines = append(lines, fmt.Sprintf("the %s checkpoint of %s: %s", p.Place, p.Arch, p.Reason))
	}
	for _, why := range s.WhyNone {
		lines = append(lines, "fills no place: "+why)
	}
	for _, r := range s.Rankings {
		lines = append(lines, fmt.Sprintf("%d of %d for %s: %s", r.Rank, r.Of, r.Task, r.Reason))
	}
	return lines
}

// whyNone says why a candidate fills no place of an architecture.
func (r registry) whyNone(a hfmodels.Arch, id string) (string, error) {
	decision, err := r.why(a)
	if err != nil {
		return "", err
	}
	for _, no := range decision.Rejected {
		if no.ID == id {
			return fmt.Sprintf("turned away from %s by the rule %s: %s", a, no.Rule, no.Why), nil
		}
	}
	for _, places := range []map[string]data.Place{decision.Roles, decision.Tasks} {
		for _, name := range slices.Sorted(maps.Keys(places)) {
			for _, u := range places[name].RunnersUp {
				if u.ID == id {
					return fmt.Sprintf("a runner-up of %s, the %s checkpoint of %s; lost at %s: %s", places[name].ID, name, a, u.Tier, u.Why), nil
				}
			}
		}
	}
	if m, ok := r.model(a, place{}); ok {
		return fmt.Sprintf("a fit candidate of %s, behind its default %s", a, m.ID), nil
	}
	return fmt.Sprintf("%s has no default checkpoint: %s", a, r.info(a).Why), nil
}
