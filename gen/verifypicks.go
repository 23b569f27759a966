package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

// fatal reports whether no question can be answered: nothing may be asked, or
// not like this.
func fatal(err error) bool {
	return errors.Is(err, hub.Offline) || errors.Is(err, hub.BadToken) || errors.Is(err, hub.BadRequest)
}

// patience is how many questions in a row may go without an answer before no
// more are asked.
const patience = 5

// asker asks once about each model.
type asker struct {
	client  *hub.Client
	answers map[question]answered
	silent  int   // questions in a row without an answer
	given   error // why no more is asked, or nil
}

type question struct{ id, revision string }

type answered struct {
	model    data.Model
	err      error
	revision revisionState
}

func (h *asker) ask(ctx context.Context, m data.Pick) answered {
	q := question{m.ID, m.Revision}
	if got, ok := h.answers[q]; ok {
		return got
	}
	got := answered{err: h.given, revision: revisionState{Pinned: m.Revision, State: unknown, Why: "the Hub gave no answer about the model"}}
	if h.given == nil {
		got.model, _, got.err = h.client.Detail(ctx, m.ID)
		switch {
		case got.err == nil:
			h.silent = 0
			got.revision = h.revision(ctx, &got.model, m.Revision)
		case errors.Is(got.err, hub.Unavailable):
			h.silent++
		}
		if errors.Is(got.err, hub.RateLimited) || h.silent == patience {
			h.given = fmt.Errorf("not asked any more after: %w", got.err)
		}
	}
	h.answers[q] = got
	return got
}

// revision finds out where a pinned revision stands.
func (h *asker) revision(ctx context.Context, m *data.Model, pinned string) revisionState {
	s := revisionState{Pinned: pinned, Head: m.Revision, State: unknown}
	switch {
	case pinned == "":
		s.Why = "the row pins no revision"
		return s
	case m.Revision == "":
		s.Why = "the Hub does not say which revision is the head"
		return s
	case m.Revision == pinned:
		s.State, s.Behind = atHead, new(int)
		return s
	}
	n, err := h.client.Behind(ctx, m.ID, pinned)
	if err == nil {
		s.State, s.Behind = isBehind, &n
		return s
	}
	// It may be a commit that main lost, or of a history that is not shown.
	s.Why = fmt.Sprintf("how far behind is unknown: %v", err)
	there := h.client.HasRevision(ctx, m.ID, pinned)
	switch {
	case there == nil:
		s.State = isBehind
	case errors.Is(there, hub.NoRevision):
		s.State, s.Why = isGone, "the Hub has no such revision any more"
	default:
		s.Why = fmt.Sprintf("whether it is there is unknown: %v", there)
	}
	return s
}

// judge compares what the Hub says of a pick with its row.
func judge(state *data.State, a *data.ArchPicks, m data.Pick, got answered) verdict {
	v := verdict{Arch: a.Arch, ID: m.ID, Places: places(a, m.ID), Outcome: fails, Problems: []string{}, Revision: got.revision}
	bad := func(format string, args ...any) { v.Problems = append(v.Problems, fmt.Sprintf(format, args...)) }
	switch {
	case errors.Is(got.err, hub.Missing):
		bad("gone: the Hub has no such model, or it is private")
		return v
	case errors.Is(got.err, hub.Disabled):
		bad("disabled by the Hub")
		return v
	case got.err != nil:
		v.Outcome, v.Unasked = unknown, got.err.Error()
		return v
	}
	c := got.model
	var want []string
	for _, t := range []string{a.Arch, a.Host} {
		if arch := state.Catalog.Arch(t); arch != nil {
			want = append(want, state.Catalog.Proving(arch)...)
		}
	}
	if !slices.Contains(want, c.ModelType) {
		bad("no longer proven: its config.model_type is %s", cmp.Or(c.ModelType, "not given"))
	}
	if !strings.EqualFold(c.ID, m.ID) {
		bad("renamed to %s", c.ID)
	}
	if c.Private {
		bad("private")
	}
	if c.Disabled {
		bad("disabled by the Hub")
	}
	if m.Gated != "" && c.Gated != "" && m.Gated != c.Gated {
		bad("gated: %s, and the table says %s", c.Gated, m.Gated)
	}
	if m.Parameters > 0 && c.Parameters > 0 && m.Parameters != c.Parameters {
		bad("%s, and the table says %s", numbers(c.Parameters, m.Parameters, "parameters", choose.Count), choose.Count(m.Parameters))
	}
	if m.Bytes > 0 && c.Bytes > 0 && m.Bytes != c.Bytes {
		bytes := func(n int64) string { return humanize.Bytes(uint64(n)) }
		bad("%s, and the table says %s", numbers(c.Bytes, m.Bytes, "of weights", bytes), bytes(m.Bytes))
	}
	if got.revision.State == isGone {
		bad("its pinned revision %s is gone", m.Revision)
	}
	if len(v.Problems) == 0 {
		v.Outcome = holds
	}
	return v
}

// numbers shows a number, and in full where it would look like the other one.
func numbers(n, other int64, unit string, show func(int64) string) string {
	if show(n) == show(other) {
		return fmt.Sprintf("%s %s (%d, not %d)", show(n), unit, n, other)
	}
	return show(n) + " " + unit
}

func places(a *data.ArchPicks, id string) []string {
	out := []string{}
	for _, role := range data.Roles() {
		if a.Roles[role].ID == id {
			out = append(out, role)
		}
	}
	for _, task := range slices.Sorted(maps.Keys(a.Tasks)) {
		if a.Tasks[task].ID == id {
			out = append(out, task)
		}
	}
	return out
}
