package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/review"
)

// patience is how many questions in a row may go without an answer before no
// more are asked.
const patience = 5

// questions asks the Hub once about each model.
type questions struct {
	client  *hub.Client
	answers map[question]answer
	silence int   // questions in a row without an answer
	end     error // why no more are asked, or nil
}

type question struct{ id, revision string }

type answer struct {
	model    data.Model
	err      error
	revision revision
}

// revision says where the pinned revision is in the history of the repository.
type revision struct {
	Pinned string `json:"pinned,omitempty"` // "" where the row pins none
	Head   string `json:"head,omitempty"`
	State  string `json:"state"`            // head, behind, gone or unknown
	Behind *int   `json:"behind,omitempty"` // commits; nil is unknown
	Why    string `json:"why,omitempty"`    // what is unknown, and why
}

const (
	head   = "head"
	behind = "behind"
	gone   = "gone"
)

func (q *questions) ask(ctx context.Context, pick data.Pick) answer {
	about := question{pick.ID, pick.Revision}
	if got, ok := q.answers[about]; ok {
		return got
	}
	got := answer{err: q.end, revision: revision{Pinned: pick.Revision, State: unknown, Why: "the Hub gave no answer about the model"}}
	if q.end == nil {
		got.model, _, got.err = q.client.Detail(ctx, pick.ID)
		switch {
		case got.err == nil:
			q.silence = 0
			got.revision = q.revision(ctx, &got.model, pick.Revision)
		case errors.Is(got.err, hub.Unavailable):
			q.silence++
		}
		if errors.Is(got.err, hub.RateLimited) || q.silence == patience {
			q.end = fmt.Errorf("not asked any more after: %w", got.err)
		}
	}
	q.answers[about] = got
	return got
}

func (q *questions) revision(ctx context.Context, m *data.Model, pinned string) revision {
	r := revision{Pinned: pinned, Head: m.Revision, State: unknown}
	switch {
	case pinned == "":
		r.Why = "the row pins no revision"
		return r
	case m.Revision == "":
		r.Why = "the Hub does not say which revision is the head"
		return r
	case m.Revision == pinned:
		r.State, r.Behind = head, new(int)
		return r
	}
	r.State = behind
	switch n, err := q.client.Behind(ctx, m.ID, pinned); {
	case errors.Is(err, hub.NoRevision):
		r.State, r.Why = gone, "the Hub no longer has this revision"
	case err != nil:
		r.State, r.Why = unknown, fmt.Sprintf("whether it still exists is unknown: %v", err)
	case n < 0:
		r.Why = "how far behind is unknown"
	default:
		r.Behind = &n
	}
	return r
}

// judge compares a pick with what the Hub says of it.
func judge(catalog *data.Catalog, a *data.ArchPicks, pick data.Pick, got answer) verdict {
	v := verdict{Arch: a.Arch, Places: []string{}, ID: pick.ID, Outcome: fails, Problems: []string{}, Revision: got.revision}
	for _, place := range pick.Places {
		v.Places = append(v.Places, cmp.Or(place.Role, place.Task))
	}
	problem := func(format string, args ...any) { v.Problems = append(v.Problems, fmt.Sprintf(format, args...)) }
	switch {
	case errors.Is(got.err, hub.Missing):
		problem("gone: the Hub has no such model, or it is private")
		return v
	case errors.Is(got.err, hub.Disabled):
		problem("disabled by the Hub")
		return v
	case got.err != nil:
		v.Outcome, v.Unasked = unknown, got.err.Error()
		return v
	}
	var proving []string
	for _, modelType := range []string{a.Arch, a.Host} {
		if arch := catalog.Arch(modelType); arch != nil {
			proving = append(proving, catalog.Proving(arch)...)
		}
	}
	if t := got.model.ModelType; !slices.Contains(proving, t) {
		problem("no longer proven: its config.model_type is %s", cmp.Or(t, "not given"))
	}
	if got.model.Private {
		problem("private")
	}
	if got.model.Disabled {
		problem("disabled by the Hub")
	}
	for _, f := range review.Facts(pick.Model, &got.model) {
		switch {
		case f.Field == "id" && strings.EqualFold(f.Old, f.New): // the Hub finds an id in any case
		case f.Field == "id":
			problem("renamed to %s", f.New)
		case f.Field != "revision" && f.New != "" && !f.Learned():
			problem("%s", f)
		}
	}
	if got.revision.State == gone {
		problem("its pinned revision %s is gone", pick.Revision)
	}
	if len(v.Problems) == 0 {
		v.Outcome = holds
	}
	return v
}
