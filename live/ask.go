package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

const (
	// rows of a list, the most downloaded first: some 500 kB.
	rows = 200
	// pause is for how long a request that failed is not sent again.
	pause = time.Minute
)

// list is what the Hub said of a model type.
type list struct {
	Time time.Time `json:"-"`
	// Complete says that the Hub has no more than these.
	Complete   bool            `json:"complete"`
	Candidates []data.Model    `json:"candidates"`
	Popularity data.Popularity `json:"popularity"`
}

// word is the best list that is to be had of a model type, nil if there is
// none, and why it is not the Hub's present one.
type word struct {
	list   *list
	source Source
	why    error
}

// state is a word that stands until the time given.
type state struct {
	word
	until time.Time
}

// held is a failure that is not to be tried again for a while.
type held struct {
	Reason Reason    `json:"reason"`
	Until  time.Time `json:"until"`
	Token  bool      `json:"token"` // that one was sent
	Text   string    `json:"text"`
	err    error     // in the process that met it
}

func (h *held) why() error {
	if h.err == nil {
		return &SourceError{h.Reason, h.Until, errors.New(h.Text)}
	}
	return &SourceError{h.Reason, h.Until, h.err}
}

// word finds what the Hub says, or last said, of a model type.
func (r *Resolver) word(ctx context.Context, subject string) word {
	switch {
	case r.settings.static:
		return word{why: &SourceError{Reason: SwitchedOff, Err: r.settings.off}}
	case r.settings.err != nil:
		return word{why: &SourceError{Reason: Misconfigured, Err: r.settings.err}}
	}
	if w, ok := r.remembered(subject); ok {
		return w
	}
	if ctx.Err() != nil {
		return r.givenUp(ctx, subject)
	}
	// The request serves all who wait for it, so the end of one caller's
	// patience does not end it.
	done := r.flights.DoChan(subject, func() (any, error) {
		return r.find(context.WithoutCancel(ctx), subject), nil
	})
	select {
	case result := <-done:
		return result.Val.(word)
	case <-ctx.Done():
		return r.givenUp(ctx, subject)
	}
}

func (r *Resolver) givenUp(ctx context.Context, subject string) word {
	l := r.load(subject)
	if r.fresh(l) {
		return word{l, Cache, &SourceError{Reason: Fresh}}
	}
	return word{l, Cache, &SourceError{Reason: Unreachable, Err: context.Cause(ctx)}}
}

func (r *Resolver) remembered(subject string) (word, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.asked[subject]
	if s == nil || !time.Now().Before(s.until) {
		return word{}, false
	}
	return s.word, true
}

func (r *Resolver) remember(subject string, w word, until time.Time) word {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[subject] = &state{w, until}
	return w
}

func (r *Resolver) fresh(l *list) bool {
	return l != nil && !r.settings.force && time.Since(l.Time) < r.settings.maxAge
}

// find looks into the cache and then asks. It runs once at a time for a model
// type.
func (r *Resolver) find(ctx context.Context, subject string) word {
	if w, ok := r.remembered(subject); ok { // another flight has just landed
		return w
	}
	l := r.load(subject)
	switch {
	case r.fresh(l):
		return r.remember(subject, word{l, Cache, &SourceError{Reason: Fresh}}, l.Time.Add(r.settings.maxAge))
	case r.settings.off != nil:
		return r.remember(subject, word{l, Cache, &SourceError{Reason: SwitchedOff, Err: r.settings.off}}, time.Now().Add(pause))
	}
	if h := r.holding(subject); h != nil {
		return r.remember(subject, word{l, Cache, h.why()}, h.Until)
	}
	asked, err := r.ask(ctx, subject)
	if err != nil {
		h := r.giveRest(subject, err)
		return r.remember(subject, word{l, Cache, h.why()}, h.Until)
	}
	r.save(subject, asked)
	return r.remember(subject, word{asked, Hub, nil}, asked.Time.Add(r.settings.maxAge))
}

var (
	errSlow  = errors.New("no whole answer in the time that HF_HUB_ETAG_TIMEOUT gives")
	errEmpty = errors.New("the list shows none")
)

// ask sends the one request.
func (r *Resolver) ask(ctx context.Context, subject string) (*list, error) {
	state, err := r.registry()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.settings.hub.Timeout, errSlow)
	defer cancel()
	l := new(list)
	own := 0
	for page, err := range r.client.List(ctx, hub.Query{Filter: subject, Limit: rows}) {
		if err != nil {
			return nil, err
		}
		l.Complete = !page.More && len(page.Unusable) == 0
		l.Candidates, l.Popularity = page.Models, page.Popularity
		for _, m := range page.Models {
			if m.ModelType == subject {
				own++
			}
		}
	}
	l.Time = time.Now().UTC()
	// The tag is only a hint, the model type in the config is the proof. Where
	// models were known, a list without any is a mirror's fault or a lie.
	if known := state.Facts[subject]; own == 0 && known != nil && len(known.Candidates) > 0 {
		return nil, fmt.Errorf("%w whose config.model_type is %s among %d rows, and %d were known", errEmpty, subject, len(l.Candidates), len(known.Candidates))
	}
	return l, nil
}

// giveRest holds back requests after one that failed: all of them if the Hub
// is down, refuses or is out of quota, else those for this model type.
func (r *Resolver) giveRest(subject string, err error) *held {
	reason, wide := reasonOf(err)
	if errors.Is(err, errEmpty) {
		reason, wide = Unusable, false
	}
	h := &held{Reason: reason, Token: r.settings.hub.Token != "", Text: err.Error(), err: err, Until: time.Now().Add(pause)}
	if e := (*hub.Error)(nil); errors.As(err, &e) && e.Wait > pause {
		h.Until = time.Now().Add(e.Wait)
	}
	if wide {
		subject = ""
		r.mu.Lock()
		r.hold = h
		r.mu.Unlock()
	}
	if reason != Refused { // another token may do, and a refusal comes at once
		r.saveHold(subject, h)
	}
	return h
}

// holding returns the failure for which a request has to wait, nil if none.
func (r *Resolver) holding(subject string) *held {
	r.mu.Lock()
	h := r.hold
	r.mu.Unlock()
	if h.active() {
		return h
	}
	for _, of := range []string{"", subject} {
		// With a token the Hub may answer where it did not without.
		if h := r.loadHold(of); h.active() && h.Token == (r.settings.hub.Token != "") {
			return h
		}
	}
	return nil
}

// active takes a failure that lasts longer than any does for a broken clock.
func (h *held) active() bool {
	return h != nil && time.Now().Before(h.Until) && time.Until(h.Until) < 2*time.Hour
}
