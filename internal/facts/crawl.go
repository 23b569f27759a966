package facts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/registrydata"
)

// The Hub counts requests, and lets an anonymous address make 500 in five
// minutes. A full refresh has to fit that: it sweeps the popular end of the
// Hub, of each task, and of the accounts that matter most, and lists one by one
// only the architectures of which the sweeps showed least.
const (
	fullBudget = 480 // requests of a full refresh
	details    = 100 // of these kept back for single models
	sweepPages = 3   // the Hub gives up on pages past some thousands of rows
	sweepFrom  = 60  // architectures from which sweeping pays
	ownerFrom  = 3   // documented checkpoints from which an account is swept
	enough     = 40  // candidates of which the sweeps show the most popular end
	inFlight   = 2   // requests at a time
)

// A Crawl asks the Hub about architectures.
type Crawl struct {
	Hub  *hub.Client
	Data *registrydata.Data
	Day  string // to which the answers belong
	// Exhaustive lists every architecture, whatever it costs.
	Exhaustive bool
	// AllowEmpty believes a Hub that lists nothing where there was something.
	AllowEmpty bool
	// Progress, if set, hears of each finished request of about total.
	Progress func(done, total int, what string)

	mu         sync.Mutex
	archs      map[string]*registrydata.Arch
	rows       map[string]registrydata.Candidate // all seen, by id
	lower      map[string]string                 // ids, by their lower case
	counters   registrydata.Popularity
	complete   map[string]bool // types listed to the end
	documented map[string]*registrydata.Documented
	failed     map[string]error
	done       int
	total      int
}

// Result is what a crawl learned. Architectures in Failed keep the facts they
// had.
type Result struct {
	Facts      map[string]*registrydata.Facts
	Popularity registrydata.Popularity
	Failed     map[string]error
}

// Run asks about these architectures. An error means that nothing is to be
// kept of the run: the Hub does not answer at all, refuses the token, or does
// not understand the questions.
func (c *Crawl) Run(ctx context.Context, archs []string) (*Result, error) {
	c.archs = make(map[string]*registrydata.Arch)
	for i := range c.Data.Catalog.Archs {
		c.archs[c.Data.Catalog.Archs[i].ModelType] = &c.Data.Catalog.Archs[i]
	}
	c.rows, c.lower = make(map[string]registrydata.Candidate), make(map[string]string)
	c.counters, c.complete = make(registrydata.Popularity), make(map[string]bool)
	c.documented, c.failed = make(map[string]*registrydata.Documented), make(map[string]error)

	var sweeps []hub.Query
	if len(archs) >= sweepFrom {
		sweeps = c.sweeps(archs)
	}
	c.total = len(sweeps) + len(archs)
	if err := c.each(ctx, len(sweeps), func(ctx context.Context, i int) error {
		return c.sweep(ctx, sweeps[i])
	}); err != nil {
		return nil, err
	}
	lists := c.lists(archs, c.done)
	c.total = c.done + len(lists)
	if err := c.each(ctx, len(lists), func(ctx context.Context, i int) error {
		return c.list(ctx, lists[i])
	}); err != nil {
		return nil, err
	}
	ids := c.unseen(archs)
	c.total = c.done + len(ids)
	if err := c.each(ctx, len(ids), func(ctx context.Context, i int) error {
		return c.detail(ctx, ids[i])
	}); err != nil {
		return nil, err
	}
	return c.result(archs), nil
}

// each runs n jobs, a few at a time. Only an error that speaks of the whole
// run ends it.
func (c *Crawl) each(ctx context.Context, n int, job func(context.Context, int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(inFlight)
	for i := range n {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return job(ctx, i)
		})
	}
	return g.Wait()
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

func (c *Crawl) sweeps(archs []string) []hub.Query {
	qs := []hub.Query{{MaxPages: sweepPages}, {Filters: []string{"transformers"}, MaxPages: sweepPages}}
	for _, t := range c.Data.Catalog.Tasks {
		qs = append(qs, hub.Query{Pipeline: t.Name, MaxPages: sweepPages})
	}
	owners := make(map[string]int)
	for _, t := range archs {
		if owner, _, ok := strings.Cut(c.archs[t].Documented, "/"); ok {
			owners[owner]++
		}
	}
	for _, owner := range slices.Sorted(maps.Keys(owners)) {
		if owners[owner] >= ownerFrom {
			qs = append(qs, hub.Query{Author: owner, MaxPages: sweepPages})
		}
	}
	for _, o := range c.Data.Policy.Organizations.Testing {
		qs = append(qs, hub.Query{Author: o.Name, MaxPages: 1})
	}
	return qs
}

func (c *Crawl) sweep(ctx context.Context, q hub.Query) error {
	for page, err := range c.Hub.List(ctx, q) {
		if errors.Is(err, hub.TooDeep) {
			return nil
		}
		if err != nil {
			return err
		}
		c.see(page.Models)
		c.step(q.Author + q.Pipeline + strings.Join(q.Filters, " "))
	}
	return nil
}

func (c *Crawl) see(models []hub.Model) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range models {
		row, counters := Candidate(&models[i])
		c.rows[row.ID], c.counters[row.ID], c.lower[strings.ToLower(row.ID)] = row, counters, row.ID
	}
}

func (c *Crawl) step(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	if c.Progress != nil {
		c.Progress(c.done, max(c.total, c.done), what)
	}
}

// lists says which architectures are asked for one by one: those of which the
// sweeps showed least, as far as the budget goes. A part of others that no
// sweep showed is left to its host.
func (c *Crawl) lists(archs []string, spent int) []string {
	if spent == 0 || c.Exhaustive {
		return archs
	}
	seen := make(map[string]int)
	for _, row := range c.rows {
		seen[row.ModelType]++
	}
	out := slices.DeleteFunc(slices.Clone(archs), func(t string) bool {
		return seen[t] >= enough || c.archs[t].Part && seen[t] == 0
	})
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(seen[a], seen[b]), strings.Compare(a, b))
	})
	return out[:min(len(out), max(0, fullBudget-details-spent))]
}

// list asks for the candidates of one architecture. The tag is only a hint:
// cards carry free tags, so what counts is the model type in the config.
func (c *Crawl) list(ctx context.Context, arch string) error {
	defer c.step(arch)
	for page, err := range c.Hub.List(ctx, hub.Query{Filters: []string{arch}, MaxPages: 1}) {
		if fatal(err) {
			return err
		}
		c.mu.Lock()
		if err != nil {
			c.failed[arch] = err
		} else {
			c.complete[arch] = !page.More && page.Dropped == 0
		}
		c.mu.Unlock()
		c.see(page.Models)
	}
	return nil
}

// unseen are the models that have to be asked for by name: documented ones and
// picks that no list showed.
func (c *Crawl) unseen(archs []string) []string {
	want := make(map[string]bool)
	asked := make(map[string]bool)
	for _, t := range archs {
		asked[t] = true
		want[c.archs[t].Documented] = true
	}
	if c.Data.Picks != nil {
		for _, a := range c.Data.Picks.Archs {
			for _, m := range a.Models {
				if asked[a.Arch] {
					want[m.ID] = true
				}
			}
		}
	}
	for _, p := range c.Data.Policy.Pins {
		if asked[p.Arch] {
			want[p.ID] = true
		}
	}
	delete(want, "")
	for id := range want {
		if c.lower[strings.ToLower(id)] == id {
			delete(want, id)
		}
	}
	return slices.Sorted(maps.Keys(want))
}

func (c *Crawl) detail(ctx context.Context, id string) error {
	defer c.step(id)
	m, err := c.Hub.Detail(ctx, id)
	doc := &registrydata.Documented{Asked: id}
	switch {
	case err == nil:
		c.see([]hub.Model{m})
		row, _ := Candidate(&m)
		doc.Outcome, doc.Model = registrydata.Found, &row
	case errors.Is(err, hub.Missing):
		doc.Outcome = registrydata.Missing
	case errors.Is(err, hub.Disabled):
		doc.Outcome = registrydata.Disabled
	case fatal(err):
		return err
	default:
		doc.Outcome = registrydata.Unreachable
		c.mu.Lock()
		defer c.mu.Unlock()
		for t, a := range c.archs {
			if a.Documented == id {
				c.failed[t] = err
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.documented[id] = doc
	return nil
}

// result makes the facts of each architecture from what was seen.
func (c *Crawl) result(archs []string) *Result {
	r := &Result{Facts: make(map[string]*registrydata.Facts), Popularity: make(registrydata.Popularity), Failed: c.failed}
	byType := make(map[string][]registrydata.Candidate)
	for _, id := range slices.Sorted(maps.Keys(c.rows)) {
		row := c.rows[id]
		byType[row.ModelType] = append(byType[row.ModelType], row)
	}
	for _, t := range archs {
		if c.failed[t] != nil {
			continue
		}
		arch, old := c.archs[t], c.Data.Facts[t]
		list := byType[t]
		if old != nil {
			if len(list) == 0 && len(old.Candidates) > 0 && !c.AllowEmpty {
				c.failed[t] = fmt.Errorf("the Hub lists none, and %d were known: accept that with --allow-shrink", len(old.Candidates))
				continue
			}
			list = c.remember(t, list, old)
		}
		f := &registrydata.Facts{Schema: registrydata.Schema, Arch: t, Checked: c.Day, Truncated: !c.complete[t]}
		f.Documented = c.documentedOf(arch)
		f.Candidates = Keep(list, arch, c.must(arch), c.Data.Policy, c.counters)
		if f.Candidates == nil {
			f.Candidates = []registrydata.Candidate{}
		}
		r.Facts[t] = f
		for _, row := range f.Candidates {
			r.Popularity[row.ID] = c.counters[row.ID]
		}
		if f.Documented != nil && f.Documented.Model != nil {
			id := f.Documented.Model.ID
			r.Popularity[id] = c.counters[id]
		}
	}
	return r
}

// remember adds the candidates known before that no list showed, unless the
// list was complete or the Hub was asked for them by name.
func (c *Crawl) remember(t string, list []registrydata.Candidate, old *registrydata.Facts) []registrydata.Candidate {
	if c.complete[t] {
		return list
	}
	for _, row := range old.Candidates {
		if _, seen := c.rows[row.ID]; seen || c.documented[row.ID] != nil {
			continue
		}
		list = append(list, row)
		if counters, ok := c.Data.Popularity[row.ID]; ok {
			c.counters[row.ID] = counters
		}
	}
	return list
}

func (c *Crawl) documentedOf(arch *registrydata.Arch) *registrydata.Documented {
	if arch.Documented == "" {
		return nil
	}
	if d := c.documented[arch.Documented]; d != nil {
		return d
	}
	row, seen := c.rows[c.lower[strings.ToLower(arch.Documented)]]
	if !seen {
		return nil
	}
	return &registrydata.Documented{Asked: arch.Documented, Outcome: registrydata.Found, Model: &row}
}

// must are the ids that an architecture keeps in any case.
func (c *Crawl) must(arch *registrydata.Arch) map[string]bool {
	must := make(map[string]bool)
	if d := c.documentedOf(arch); d != nil && d.Model != nil {
		must[d.Model.ID] = true
	}
	for _, p := range c.Data.Policy.Pins {
		if p.Arch == arch.ModelType {
			must[p.ID] = true
		}
	}
	if c.Data.Picks != nil {
		for _, a := range c.Data.Picks.Archs {
			if a.Arch == arch.ModelType {
				for _, m := range a.Models {
					must[m.ID] = true
				}
			}
		}
	}
	return must
}
