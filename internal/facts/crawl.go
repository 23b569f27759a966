// Package facts asks the Hub about architectures and makes the facts that the
// project keeps: which requests, which candidates, and what stays when an
// answer does not come.
package facts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

const (
	inFlight = 2 // requests at a time
	// After so many questions in a row without an answer, each tried several
	// times, the Hub is taken to be away.
	maxSilence = 6
)

// A Crawl asks the Hub about architectures.
type Crawl struct {
	Hub  *hub.Client
	Data *data.State
	Day  string // to which the answers belong
	// AllowEmpty believes a Hub that lists nothing where there was something.
	AllowEmpty bool
	// Progress hears of each question that is done with, of a round of them.
	Progress func(done, total int)

	mu         sync.Mutex
	models     map[string]data.Model // that the Hub showed, by id
	popularity data.Popularity
	unusable   map[string]bool // ids of rows that could not be used
	lists      map[hub.Query]listing
	answers    map[string]*data.Documented // to questions about one model, by the id asked for
	aliases    data.Aliases
	known      data.Repositories // before the crawl
	left       data.Repositories // as Meet returns them
	documents  map[string]bool   // ids of what the architectures document
	failed     map[string]error  // by model type
	sweepError error             // if set, what a sweep would have shown is unknown
	pages      int               // of lists, read so far
}

// listing is what the last page of a list says about the whole list.
type listing struct{ complete, empty bool }

// Result is what a crawl learned: of the state the facts, counters, ids, aliases
// and repositories. Architectures in Failed keep the facts they had.
type Result struct {
	data.State
	Failed map[string]error
}

// Run asks about these architectures. An error means that nothing is to be
// kept of the run: the Hub does not answer any more, its quota is used up for
// too long, it refuses the token, or it does not understand the questions.
func (c *Crawl) Run(ctx context.Context, archs []string) (*Result, error) {
	c.models, c.popularity = make(map[string]data.Model), make(data.Popularity)
	c.failed, c.unusable, c.lists = make(map[string]error), make(map[string]bool), make(map[hub.Query]listing)
	c.answers, c.aliases, c.known = make(map[string]*data.Documented), make(data.Aliases), c.Data.Known()
	lists, sweeping := c.ownLists(archs), len(archs) >= sweepFrom
	if sweeping {
		lists = c.sweeps(archs)
	}
	if err := c.askLists(ctx, lists); err != nil {
		return nil, err
	}
	// A list may show models that would have been asked for by name, which
	// leaves room for more lists.
	for types := c.leastSeen(archs); sweeping && len(types) > 0; {
		n := min(len(types), c.budget(archs))
		if n <= 0 {
			break
		}
		if err := c.askLists(ctx, c.ownLists(types[:n])); err != nil {
			return nil, err
		}
		types = types[n:]
	}
	listed := maps.Clone(c.models)
	named := c.toAskByName(archs)
	if sweeping {
		maps.Copy(named, c.formerNames())
	}
	if err := Ask(ctx, c.details(named), c.Progress); err != nil {
		return nil, err
	}
	r := c.result(archs)
	c.dropUnneeded(r, listed)
	r.IDs = idsOf(r.Facts, listed)
	if len(archs) < len(c.Data.Catalog.Archs) { // else the lists show all that there is
		c.keepUnseen(r.IDs)
	}
	return r, nil
}

// A Question is one request, or a few that belong together.
type Question struct {
	Ask  func(context.Context) error
	Fail func(error) // hears of the error where there is no other attempt
}

// askLists asks for lists, and then by name for the rows of them that could not
// be used: a row is seldom damaged twice.
func (c *Crawl) askLists(ctx context.Context, lists []Question) error {
	if err := Ask(ctx, lists, c.Progress); err != nil {
		return err
	}
	rows := make(map[string][]string)
	for _, id := range slices.Sorted(maps.Keys(c.unusable)) {
		if c.unseen(id) && len(rows) < maxUnusable { // else it is whole in another list
			rows[id] = nil
		}
	}
	return Ask(ctx, c.details(rows), c.Progress)
}

// Ask asks all questions, a few at a time. What gets no answer is asked again
// after the others. Only an error that is about the whole run is returned, and
// then some of the questions were not asked.
func Ask(ctx context.Context, questions []Question, progress func(done, total int)) error {
	var mu sync.Mutex
	done, total := 0, len(questions)
	silence := 0 // questions in a row without an answer
	for _, last := range []bool{false, true} {
		var again []Question
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(inFlight)
		for _, q := range questions {
			g.Go(func() error {
				if cause := context.Cause(gctx); cause != nil {
					return cause
				}
				// Not with gctx: an answer that is on its way when another
				// question ends the run is worth keeping.
				err := q.Ask(ctx)
				if cause := context.Cause(ctx); cause != nil {
					return cause
				}
				mu.Lock()
				defer mu.Unlock()
				silent := errors.Is(err, hub.Unavailable)
				if silence++; !silent {
					silence = 0
				}
				switch {
				case fatal(err):
					return err
				case silence >= maxSilence:
					return fmt.Errorf("the Hub stopped answering: %w", err)
				case silent && !last:
					again = append(again, q)
					return nil
				case err != nil:
					q.Fail(err)
				}
				done++
				progress(done, total)
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		questions = again
	}
	return nil
}

// fatal errors are about no single architecture, and would come again.
func fatal(err error) bool {
	return hub.Is(err, hub.BadRequest, hub.BadToken, hub.RateLimited, hub.Offline)
}

// list asks for the first pages of a list.
func (c *Crawl) list(q hub.Query, fail func(error)) Question {
	return Question{Fail: fail, Ask: func(ctx context.Context) error {
		for page, err := range c.Hub.List(ctx, q) {
			if err != nil {
				return err
			}
			c.mu.Lock()
			c.pages++
			c.lists[q] = listing{complete: !page.More, empty: len(page.Models) == 0}
			for _, m := range page.Models {
				c.show(m, page.Popularity[m.ID])
			}
			for _, id := range page.Unusable {
				c.unusable[id] = true
			}
			c.mu.Unlock()
		}
		return nil
	}}
}

// details asks for models by their ids. The map says which architectures cannot
// do without one.
func (c *Crawl) details(ids map[string][]string) []Question {
	var questions []Question
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		questions = append(questions, Question{Ask: func(ctx context.Context) error {
			m, counters, err := c.Hub.Detail(ctx, id)
			answer := &data.Documented{Asked: id}
			c.mu.Lock()
			defer c.mu.Unlock()
			switch {
			case err == nil:
				m = c.show(m, counters)
				answer.Outcome, answer.Model = data.Found, &m
				if m.ID != id && !c.known[data.FoldID(id)].Differs(m.Identity()) { // else it is not a rename
					c.aliases[id] = m.ID
				}
			case errors.Is(err, hub.Missing):
				answer.Outcome = data.Missing
			case errors.Is(err, hub.Disabled):
				answer.Outcome = data.Disabled
			case errors.Is(err, hub.Unavailable), fatal(err):
				return err
			default: // an answer that cannot be used will be the same tomorrow
				answer.Outcome = data.Unreachable
			}
			c.answers[id] = answer
			return nil
		}, Fail: func(err error) {
			for _, arch := range ids[id] {
				c.failed[arch] = err
			}
		}})
	}
	return questions
}

// show takes in a model, with those of its tags that some rule reads. What an
// answer leaves out of the identity stays as it was known, so that the next
// repository of that name is compared with it.
func (c *Crawl) show(m data.Model, counters data.Counters) data.Model {
	if was := c.known[data.FoldID(m.ID)]; !was.Differs(m.Identity()) {
		m.Repository, m.Created = cmp.Or(m.Repository, was.Repository), cmp.Or(m.Created, was.Created)
	}
	m.Tags = slices.DeleteFunc(m.Tags, func(tag string) bool { return !choose.ReadsTag(tag) })
	c.models[m.ID], c.popularity[m.ID] = m, counters
	return m
}
