package facts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

const (
	inFlight = 2 // requests at a time
	// After so many questions in a row without an answer, each tried several
	// times, the Hub is taken to be away.
	silence = 6
)

// A Crawl asks the Hub about architectures.
type Crawl struct {
	Hub  *hub.Client
	Data *data.State
	Day  string // to which the answers belong
	// AllowEmpty believes a Hub that lists nothing where there was something.
	AllowEmpty bool
	// Progress, if set, hears of each finished request of about total.
	Progress func(done, total int, what string)

	mu         sync.Mutex
	rows       map[string]data.Model // all seen, by id
	lower      map[string]string     // ids, by their lower case
	counters   data.Popularity
	odd        map[string]bool // ids of rows that came garbled
	complete   map[string]bool // types listed to the end
	empty      map[string]bool // types whose list showed none of them
	documented map[string]*data.Documented
	aliases    data.Aliases
	failed     map[string]error // by type
	blind      error            // of a sweep: what it would have shown is unknown
	quiet      int              // questions in a row without an answer
	spent      int              // requests of the plan, without second attempts
	done       int
	total      int
}

// Result is what a crawl learned. Architectures in Failed keep the facts they
// had.
type Result struct {
	Facts      map[string]*data.Facts
	Popularity data.Popularity
	Aliases    data.Aliases
	Failed     map[string]error
}

// Run asks about these architectures. An error means that nothing is to be
// kept of the run: the Hub does not answer any more, its quota is used up for
// too long, it refuses the token, or it does not understand the questions.
func (c *Crawl) Run(ctx context.Context, archs []string) (*Result, error) {
	c.rows, c.lower = make(map[string]data.Model), make(map[string]string)
	c.counters, c.odd = make(data.Popularity), make(map[string]bool)
	c.complete, c.documented = make(map[string]bool), make(map[string]*data.Documented)
	c.empty = make(map[string]bool)
	c.aliases, c.failed = make(data.Aliases), make(map[string]error)

	if len(archs) < sweepFrom {
		if err := c.askWhole(ctx, c.lists(archs)); err != nil {
			return nil, err
		}
	} else {
		if err := c.askWhole(ctx, c.sweeps(archs)); err != nil {
			return nil, err
		}
		for want := c.wanted(archs); len(want) > 0; {
			n := min(len(want), c.left(archs))
			if n <= 0 {
				break
			}
			if err := c.askWhole(ctx, c.lists(want[:n])); err != nil {
				return nil, err
			}
			want = want[n:]
		}
	}
	needed := c.unseen(archs)
	if err := c.ask(ctx, c.details(sortedKeys(needed), needed)); err != nil {
		return nil, err
	}
	return c.result(archs), nil
}

// A question is one request, or the few pages of one list. What fails once is
// asked again after the others; what fails then is told to fail.
type question struct {
	what string
	ask  func(context.Context) error
	fail func(error) // called with c.mu held
}

// askWhole asks for lists, and then by name for the rows of them that came
// garbled: a single row is seldom garbled twice. These are outside the plan, so
// that it does not depend on them.
func (c *Crawl) askWhole(ctx context.Context, qs []question) error {
	if err := c.ask(ctx, qs); err != nil {
		return err
	}
	spent := c.spent
	err := c.ask(ctx, c.details(c.garbled(), nil))
	c.spent = spent
	return err
}

// ask asks all questions, a few at a time. Only what speaks of the whole run
// is an error.
func (c *Crawl) ask(ctx context.Context, qs []question) error {
	c.mu.Lock()
	c.total = c.done + len(qs)
	c.mu.Unlock()
	for second := range 2 {
		var again []question
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(inFlight)
		for _, q := range qs {
			g.Go(func() error {
				if err := context.Cause(gctx); err != nil {
					return err
				}
				err := q.ask(gctx)
				c.mu.Lock()
				defer c.mu.Unlock()
				switch {
				case fatal(err):
					return err
				case errors.Is(err, hub.Unavailable):
					if c.quiet++; c.quiet >= silence {
						return fmt.Errorf("the Hub stopped answering: %w", err)
					}
				default:
					c.quiet = 0
				}
				switch {
				case err == nil:
				case second == 0 && errors.Is(err, hub.Unavailable):
					again = append(again, q)
					return nil
				default:
					q.fail(err)
				}
				c.done++
				if c.Progress != nil {
					c.Progress(c.done, max(c.total, c.done), q.what)
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		qs = again
	}
	return nil
}

// fatal errors say nothing of one architecture, and would come again.
func fatal(err error) bool {
	for _, kind := range []hub.Kind{hub.BadRequest, hub.BadToken, hub.RateLimited, hub.Offline} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// sweep is the popular end of a list that shows many architectures.
func (c *Crawl) sweep(q hub.Query) question {
	what := q.Author + q.Pipeline + strings.Join(q.Filters, " ")
	return question{what: what, ask: func(ctx context.Context) error {
		for page, err := range c.Hub.List(ctx, q) {
			if errors.Is(err, hub.TooDeep) {
				return nil
			}
			if err != nil {
				return err
			}
			c.see(page)
		}
		return nil
	}, fail: func(err error) { c.blind = fmt.Errorf("%s: %w", what, err) }}
}

// lists asks for the candidates of each architecture. The tag is only a hint:
// cards carry free tags, so what counts is the model type in the config.
func (c *Crawl) lists(archs []string) []question {
	var qs []question
	for _, arch := range archs {
		q := hub.Query{Filters: []string{arch}, MaxPages: 1}
		qs = append(qs, question{what: arch, ask: func(ctx context.Context) error {
			for page, err := range c.Hub.List(ctx, q) {
				if errors.Is(err, hub.TooDeep) {
					return nil
				}
				if err != nil {
					return err
				}
				c.see(page)
				c.mu.Lock()
				c.complete[arch] = !page.More
				c.empty[arch] = len(page.Models) == 0
				c.mu.Unlock()
			}
			return nil
		}, fail: func(err error) { c.failed[arch] = err }})
	}
	return qs
}

// details asks for models by name. needed says which architectures cannot do
// without one.
func (c *Crawl) details(ids []string, needed map[string][]string) []question {
	var qs []question
	for _, id := range ids {
		qs = append(qs, question{what: id, ask: func(ctx context.Context) error {
			m, err := c.Hub.Detail(ctx, id)
			doc := &data.Documented{Asked: id}
			switch {
			case err == nil:
				c.see(hub.Page{Models: []hub.Model{m}})
				row, _ := Candidate(&m)
				doc.Outcome, doc.Model = data.Found, &row
			case errors.Is(err, hub.Missing):
				doc.Outcome = data.Missing
			case errors.Is(err, hub.Disabled):
				doc.Outcome = data.Disabled
			default:
				return err
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.spent++
			c.documented[id] = doc
			if doc.Model != nil && doc.Model.ID != id {
				c.spent++ // the redirect
				c.aliases[id] = doc.Model.ID
			}
			return nil
		}, fail: func(err error) {
			// An answer that cannot be used will be the same tomorrow; one that
			// did not come leaves the architecture as it was.
			if !errors.Is(err, hub.Unavailable) {
				c.documented[id] = &data.Documented{Asked: id, Outcome: data.Unreachable}
				return
			}
			for _, t := range needed[id] {
				c.failed[t] = err
			}
		}})
	}
	return qs
}

// see takes in the models of a page, and notes the rows that came garbled: the
// same row may stand whole in another list.
func (c *Crawl) see(page hub.Page) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if page.Number > 0 {
		c.spent++
	}
	for i := range page.Models {
		row, counters := Candidate(&page.Models[i])
		c.rows[row.ID], c.counters[row.ID], c.lower[strings.ToLower(row.ID)] = row, counters, row.ID
	}
	for _, id := range page.Odd {
		c.odd[id] = true
	}
}
