package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

const (
	// rows is the length of the list that the Hub is asked for, some 500 kB.
	rows = 200
	// pause is how long this process waits after a failed request, unless the
	// Hub asks for more.
	pause = time.Minute
)

// list is what the Hub says of a model type: the most downloaded models that
// have it as a tag.
type list struct {
	Time     time.Time       `json:"time"`
	Models   []data.Model    `json:"models"`
	Counters data.Popularity `json:"counters"`
}

// report is the best list of a model type, nil if there is none, and why it is
// not the Hub's present one. After until the Hub is asked again.
type report struct {
	list   *list
	source Source // of the list
	why    error
	until  time.Time
	picks  sync.Map // what the rules make of it: of *data.ArchPicks by architecture
}

// ask returns what the Hub says of a model type, or said last.
func (r *Resolver) ask(ctx context.Context, subject string) *report {
	if known := r.recall(subject); known != nil {
		return known
	}
	if r.settings.off != nil { // nothing to wait for
		ctx = context.WithoutCancel(ctx)
	}
	if ctx.Err() == nil {
		// The request serves all who wait for it, so it goes on when the ctx of
		// the caller who started it ends.
		flight := r.flights.DoChan(subject, func() (any, error) {
			return r.find(context.WithoutCancel(ctx), subject), nil
		})
		select {
		case result := <-flight:
			return result.Val.(*report)
		case <-ctx.Done():
		}
	}
	found := r.cached(subject)
	if found.why == nil {
		found.why = fmt.Errorf("%w: %w", Unreachable, context.Cause(ctx))
	}
	return found
}

// recall returns the report in memory, nil if there is none or its time is over.
func (r *Resolver) recall(subject string) *report {
	if known, ok := r.reports.Load(subject); ok && time.Now().Before(known.(*report).until) {
		return known.(*report)
	}
	return nil
}

// cached is the report from the cache. It has no reason where the Hub is to be
// asked.
func (r *Resolver) cached(subject string) *report {
	found := &report{list: r.readCache(subject), source: Cache}
	if l := found.list; l != nil && !r.settings.force && time.Since(l.Time) < r.settings.maxAge {
		found.why, found.until = Fresh, l.Time.Add(r.settings.maxAge)
	}
	return found
}

// find reads the cache and then asks the Hub. It runs once at a time for a
// model type.
func (r *Resolver) find(ctx context.Context, subject string) *report {
	if known := r.recall(subject); known != nil { // another flight has just landed
		return known
	}
	found := r.cached(subject)
	switch failed := r.recall(""); {
	case found.why != nil:
	case r.settings.off != nil:
		found.why, found.until = r.settings.off, time.Now().Add(pause)
	case failed != nil:
		found.why, found.until = failed.why, failed.until
	default:
		got, err := r.request(ctx, subject)
		if err == nil {
			r.writeCache(subject, got)
			found = &report{list: got, source: Hub, until: got.Time.Add(r.settings.maxAge)}
			break
		}
		reason, all := reasonOf(err)
		wait := pause
		if e := (*hub.Error)(nil); errors.As(err, &e) {
			wait = max(wait, e.Wait)
		}
		found.until = time.Now().Add(wait)
		found.why = fmt.Errorf("%w: %w; not asked again before %s", reason, err, found.until.Format(time.TimeOnly))
		if all {
			r.reports.Store("", found)
		}
	}
	r.reports.Store(subject, found)
	return found
}

var errSlow = errors.New("no whole answer within HF_HUB_ETAG_TIMEOUT")

// request sends the one request.
func (r *Resolver) request(ctx context.Context, subject string) (*list, error) {
	state, err := r.registry()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.settings.timeout, errSlow)
	defer cancel()
	l := new(list)
	for page, err := range r.client.List(ctx, hub.Query{Filter: subject, Limit: rows}) {
		if err != nil {
			return nil, err
		}
		l.Models, l.Counters = page.Models, page.Popularity
	}
	// The tag is a hint only, and config.model_type is the proof. If models were
	// known, a list without any is a fault of a mirror, or a lie.
	own := slices.ContainsFunc(l.Models, func(m data.Model) bool { return m.ModelType == subject })
	if before := state.Facts[subject]; !own && before != nil && len(before.Candidates) > 0 {
		return nil, &hub.Error{Kind: hub.Malformed, Message: fmt.Sprintf(
			"none of its %d models has config.model_type %s, and %d were known", len(l.Models), subject, len(before.Candidates))}
	}
	l.Time = time.Now().UTC()
	return l, nil
}
