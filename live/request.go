package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// report is the best list of a model type, that is of the most downloaded models
// that have it as a tag, nil if there is none, and why it is not the Hub's
// present one. After until the Hub is asked again.
type report struct {
	list   *hub.Page
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
	if r.off != nil { // nothing to wait for
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

// The cache is that of package hub, which each program can do without: if it
// cannot be written, the only loss is another request later.

// cacheDir is in the assets of Hugging Face's own tools if the user has set a
// place for those, and otherwise in the user's cache directory; "" if there is
// none.
func cacheDir() string {
	dir, err := hub.Dir("HF_ASSETS_CACHE"), error(nil)
	if dir == "" && hub.Env("HF_HOME") != "" {
		dir = filepath.Join(hub.Home(), "assets")
	}
	if dir == "" {
		dir, err = os.UserCacheDir()
	}
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "hfmodels", "live")
}

// cached is the report from the cache, which has no list if the registry is
// newer. It has no reason where the Hub is to be asked.
func (r *Resolver) cached(subject string) *report {
	found := &report{source: Cache}
	if r.client == nil {
		return found
	}
	l, ok := r.client.Kept(hub.Query{Filter: subject, Limit: rows})
	if !ok {
		return found // before the registry is read, which takes longer than all else
	}
	if state, err := r.registry(); err != nil || l.Time.Before(factsTime(state, subject)) {
		return found
	}
	if found.list = &l; !r.force && time.Since(l.Time) < r.maxAge {
		found.why, found.until = Fresh, l.Time.Add(r.maxAge)
	}
	return found
}

// query is the one request. If models were known, a list without any is neither
// believed nor kept. The tag is a hint only, and config.model_type is the proof.
func query(state *data.State, subject string) hub.Query {
	q := hub.Query{Filter: subject, Limit: rows}
	if before := state.Facts[subject]; before != nil && len(before.Candidates) > 0 {
		q.Own = subject
	}
	return q
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
	case r.off != nil:
		found.why, found.until = r.off, time.Now().Add(pause)
	case failed != nil:
		found.why, found.until = failed.why, failed.until
	default:
		got, err := r.request(ctx, subject)
		if err == nil {
			found = &report{list: got, source: Hub, until: got.Time.Add(r.maxAge)}
			break
		}
		reason, all := reasonOf(err)
		wait := pause
		if e := (*hub.Error)(nil); errors.As(err, &e) {
			wait = max(wait, e.Wait)
		}
		found.until = time.Now().Add(wait)
		found.why = fmt.Errorf("%w: %w; this program asks again after %s", reason, err, found.until.Format(time.TimeOnly))
		if all {
			r.reports.Store("", found)
		}
	}
	r.reports.Store(subject, found)
	return found
}

var errSlow = errors.New("no whole answer within HF_HUB_ETAG_TIMEOUT")

// request sends the one request.
func (r *Resolver) request(ctx context.Context, subject string) (l *hub.Page, err error) {
	state, err := r.registry()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.timeout, errSlow)
	defer cancel()
	for page, err := range r.client.List(ctx, query(state, subject)) {
		if err != nil {
			return nil, err
		}
		l = &page
	}
	return l, nil
}
