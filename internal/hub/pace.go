package hub

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The Hub grants so many requests per fixed window, shared by all that come
// from one address, and says on every response how many are left (r) and for
// how many seconds (t):
//
//	RateLimit: "api";r=497;t=168
//	RateLimit-Policy: "fixed window";"api";q=500;w=300
//
// The client runs at full speed while there are some left and then sits the
// window out, so that it is never the one that is refused.

const (
	// reserve is what is left to others at the same address. A small quota
	// keeps the 25th part of itself.
	reserve = 20
	// longestWindow bounds what a single answer can ask to wait.
	longestWindow = time.Hour
)

// pacer holds back all requests of a client while the quota is used up.
type pacer struct {
	gate  chan struct{} // held by the one request that sleeps, so that a wait counts once
	mu    sync.Mutex
	until time.Time
}

func newPacer() pacer { return pacer{gate: make(chan struct{}, 1)} }

func (p *pacer) hold(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.until) {
		p.until = until
	}
}

func (p *pacer) left() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.until)
}

// heed takes note of what a response says of the quota.
func (c *Client) heed(r *response, now time.Time) {
	if r.status == http.StatusTooManyRequests {
		if d := waitAfter429(r.header, now); d > 0 {
			c.pace.hold(now.Add(d))
		}
		return
	}
	quota := map[string]int{}
	for _, p := range parseLimits(r.header, "RateLimit-Policy") {
		if q, ok := p.values["q"]; ok {
			quota[p.name] = q
		}
	}
	for _, l := range parseLimits(r.header, "RateLimit") {
		keep := reserve
		if q, ok := quota[l.name]; ok {
			keep = min(keep, max(1, q/25))
		}
		if c.opts.MaxWait < 0 {
			keep = 0
		}
		if l.values["r"] <= keep {
			c.pace.hold(now.Add(l.window()))
		}
	}
}

// pause waits until the request of u may start.
func (c *Client) pause(ctx context.Context, u *url.URL) error {
	select {
	case c.pace.gate <- struct{}{}:
		defer func() { <-c.pace.gate }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		d := c.pace.left()
		if d <= 0 {
			return context.Cause(ctx)
		}
		if !c.affords(ctx, d) {
			return &Error{Kind: RateLimited, URL: c.redact(u.String()), Wait: d, Message: fmt.Sprintf("the quota is used up for another %s, longer than may be waited", d.Round(time.Second))}
		}
		c.spend(d, "the Hub's rate limit")
		t := time.NewTimer(d)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		}
	}
}

// affords reports whether waiting for d fits into what is left of the waiting
// budget, and of ctx.
func (c *Client) affords(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return false
	}
	return c.Stats().Waited+d <= c.opts.MaxWait
}

func (c *Client) spend(d time.Duration, why string) {
	c.count(Stats{Waited: d})
	if c.opts.Waiting != nil {
		c.opts.Waiting(d, why)
	}
}

// waitAfter429 is how long a 429 asks to wait, 0 if it does not say. RateLimit
// comes on every response: only with nothing left is it the reason.
func waitAfter429(h http.Header, now time.Time) (wait time.Duration) {
	for _, l := range parseLimits(h, "RateLimit") {
		if l.values["r"] == 0 {
			wait = max(wait, l.window())
		}
	}
	if wait > 0 {
		return wait
	}
	return retryAfter(h, now)
}

// retryAfter reads Retry-After, a number of seconds or a date, and adds a
// second for clocks that differ. 0 means that there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if s, err := strconv.Atoi(v); err == nil {
		return afterSeconds(s)
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(max(t.Sub(now), 0), longestWindow) + time.Second
	}
	return 0
}

// limit is one item of a RateLimit or RateLimit-Policy header.
type limit struct {
	name   string
	values map[string]int
}

// window is the time to the end of the window, and a second.
func (l limit) window() time.Duration { return afterSeconds(l.values["t"]) }

func afterSeconds(s int) time.Duration {
	return min(time.Duration(min(max(s, 0), 1<<20))*time.Second, longestWindow) + time.Second
}

// parseLimits reads the items of a header, "a";k=1, "b";k=2. An item without
// r and t, or without q, says nothing and is left out.
func parseLimits(h http.Header, header string) (all []limit) {
	for item := range strings.SplitSeq(strings.Join(h.Values(header), ","), ",") {
		l := limit{values: map[string]int{}}
		for part := range strings.SplitSeq(item, ";") {
			k, v, ok := strings.Cut(part, "=")
			k, v = strings.TrimSpace(k), strings.TrimSpace(v)
			if !ok { // a policy has two names, the bucket's comes last
				l.name = k
			} else if n, err := strconv.Atoi(v); err == nil && n >= 0 {
				l.values[k] = n
			}
		}
		_, r := l.values["r"]
		_, t := l.values["t"]
		_, q := l.values["q"]
		if r && t || q {
			all = append(all, l)
		}
	}
	return all
}
