package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestRefusedForTheRate wants a 429 to be waited out as it asks.
func TestRefusedForTheRate(t *testing.T) {
	const up = "Sat, 01 Jan 2000 00:00:09 GMT" // the bubble's clock starts at midnight
	for name, tc := range map[string]struct {
		limited http.HandlerFunc
		seconds time.Duration // 0 is about one
	}{
		"the window is used up":            {reply(429, anonLimit, `RateLimit: "api";r=0;t=1`), 2},
		"as HTML":                          {reply(429, `<!doctype html>`, "Content-Type: text/html", `RateLimit: "api";r=0;t=30`), 31},
		"two windows":                      {reply(429, anonLimit, `RateLimit: "api";r=0;t=5, "day" ; r=0 ; t=40`), 41},
		"not the window's doing":           {reply(429, anonLimit, `RateLimit: "api";r=7;t=200`, "Retry-After: 7"), 8},
		"a date":                           {reply(429, anonLimit, "Retry-After: "+up), 10},
		"a date gone by":                   {reply(429, anonLimit, "Retry-After: Fri, 31 Dec 1999 00:00:00 GMT"), 1},
		"the window before Retry-After":    {reply(429, anonLimit, `RateLimit: "api";r=0;t=20`, "Retry-After: 3"), 21},
		"without a word":                   {reply(429, `<h1>429</h1>`, "Content-Type: text/html"), 0},
		"with words that make no sense":    {reply(429, ``, `RateLimit: "api";r=x;t=-1`, "Retry-After: soon"), 0},
		"nothing left, and no time is set": {reply(429, ``, `RateLimit: "api";r=0`), 0},
	} {
		t.Run(name, func(t *testing.T) {
			hub := play(tc.limited, reply(200, model(1, "")))
			var told time.Duration
			o := Options{Waiting: func(d time.Duration, why string) {
				if !strings.Contains(why, "rate limit") && !strings.Contains(why, "429") {
					t.Errorf("waiting for %q", why)
				}
				told += d
			}}
			bubble(t, o, hub, func(t *testing.T, c *Client) {
				start := time.Now()
				if _, _, err := c.Detail(t.Context(), "org/model-1"); err != nil {
					t.Fatal(err)
				}
				d, least, most := time.Since(start), tc.seconds*time.Second, tc.seconds*time.Second
				if tc.seconds == 0 {
					least, most = 500*time.Millisecond, 1500*time.Millisecond
				}
				if d < least || d > most || told != d || c.Stats().Waited != d {
					t.Errorf("waited %s, told %s, counted %s, want %s to %s", d, told, c.Stats().Waited, least, most)
				}
			})
		})
	}
}

// TestWaitTooLong wants an answer at once where waiting is no use.
func TestWaitTooLong(t *testing.T) {
	for name, tc := range map[string]struct {
		opts     Options
		deadline time.Duration
		header   string
		wait     time.Duration
	}{
		"never waits":     {Options{MaxWait: -1}, 0, `RateLimit: "api";r=0;t=1`, 2 * time.Second},
		"over the budget": {Options{MaxWait: time.Minute}, 0, `RateLimit: "api";r=0;t=60`, 61 * time.Second},
		"absurd":          {Options{}, 0, `RateLimit: "api";r=0;t=999999999999`, time.Hour + time.Second},
		"absurd date":     {Options{}, 0, "Retry-After: Fri, 31 Dec 9999 00:00:00 GMT", time.Hour + time.Second},
		"over ctx":        {Options{}, 10 * time.Second, `RateLimit: "api";r=0;t=60`, 61 * time.Second},
		"over ctx, retry": {Options{}, 10 * time.Second, `Retry-After: 60`, 61 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			hub := play(reply(429, anonLimit, tc.header))
			bubble(t, tc.opts, hub, func(t *testing.T, c *Client) {
				ctx := t.Context()
				if tc.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.deadline)
					defer cancel()
				}
				start := time.Now()
				_, _, err := c.Detail(ctx, "org/name")
				var e *Error
				if !errors.As(err, &e) || e.Kind != RateLimited || e.Wait != tc.wait || e.Status != 429 {
					t.Fatalf("got %v (%+v), want RateLimited for %s", err, e, tc.wait)
				}
				// The next one is not even sent.
				_, _, err = c.Detail(ctx, "org/name")
				if !errors.Is(err, RateLimited) || len(hub.asked()) != 1 || time.Since(start) != 0 {
					t.Errorf("got %v after %s and %d requests", err, time.Since(start), len(hub.asked()))
				}
			})
		})
	}
}

// quota counts requests in fixed windows as the Hub does, and refuses what is
// over.
type quota struct {
	each, window int

	mu      sync.Mutex
	start   time.Time
	used    int
	total   int
	refused int
}

func (q *quota) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if time.Since(q.start) >= time.Duration(q.window)*time.Second {
		q.start, q.used = time.Now(), 0
	}
	q.used++
	q.total++
	t := q.window - int(time.Since(q.start)/time.Second)
	w.Header().Set("RateLimit", fmt.Sprintf(`"api";r=%d;t=%d`, max(0, q.each-q.used), t))
	if q.used > q.each {
		q.refused++
		reply(429, anonLimit)(w, r)
		return
	}
	reply(200, model(1, ""))(w, r)
}

// TestPacing runs a crawl against the Hub's quota: it may never be refused, nor
// wait longer than the windows make it.
func TestPacing(t *testing.T) {
	for _, tc := range []struct {
		name     string
		quota    *quota
		opts     Options
		requests int
		workers  int
		waits    int // windows sat out
	}{
		{"the anonymous quota", &quota{each: 500, window: 300}, Options{}, 1100, 1, 2},
		{"two at a time", &quota{each: 500, window: 300}, Options{}, 1100, 2, 2},
		{"below the quota", &quota{each: 500, window: 300}, Options{}, 479, 2, 0},
		{"a small quota", &quota{each: 60, window: 5}, Options{}, 170, 2, 4},
		{"never waiting uses all of it", &quota{each: 60, window: 300}, Options{MaxWait: -1}, 60, 1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			hub := tc.quota
			bubble(t, tc.opts, hub, func(t *testing.T, c *Client) {
				start := time.Now()
				var wg sync.WaitGroup
				for range tc.workers {
					wg.Go(func() {
						for range tc.requests / tc.workers {
							if _, _, err := c.Detail(t.Context(), "org/model-1"); err != nil {
								t.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				want := time.Duration(tc.waits*(hub.window+1)) * time.Second
				if d := time.Since(start); hub.refused != 0 || d != want || c.Stats().Waited != want {
					t.Errorf("%d of %d refused, took %s, counted %s, want %s", hub.refused, hub.total, d, c.Stats().Waited, want)
				}
			})
		})
	}
}
