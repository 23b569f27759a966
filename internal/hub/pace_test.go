package hub

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A 429 is waited out as it asks, or is the answer at once where that is longer
// than may be waited.
func TestRefusedForTheRate(t *testing.T) {
	const up = "Sat, 01 Jan 2000 00:00:09 GMT" // the bubble's clock starts at midnight
	for name, tc := range map[string]struct {
		limited http.HandlerFunc
		maxWait time.Duration
		seconds time.Duration // that it asks for; 0 is about one
		tooLong bool
	}{
		"the window is used up":            {reply(429, anonLimit, `RateLimit: "api";r=0;t=1`), 0, 2, false},
		"as HTML":                          {reply(429, `<!doctype html>`, "Content-Type: text/html", `RateLimit: "api";r=0;t=30`), 0, 31, false},
		"two windows":                      {reply(429, anonLimit, `RateLimit: "api";r=0;t=5, "day" ; r=0 ; t=40`), 0, 41, false},
		"not the window's doing":           {reply(429, anonLimit, `RateLimit: "api";r=7;t=200`, "Retry-After: 7"), 0, 8, false},
		"a date":                           {reply(429, anonLimit, "Retry-After: "+up), 0, 10, false},
		"a date gone by":                   {reply(429, anonLimit, "Retry-After: Fri, 31 Dec 1999 00:00:00 GMT"), 0, 1, false},
		"the window before Retry-After":    {reply(429, anonLimit, `RateLimit: "api";r=0;t=20`, "Retry-After: 3"), 0, 21, false},
		"without a word":                   {reply(429, `<h1>429</h1>`, "Content-Type: text/html"), 0, 0, false},
		"with words that make no sense":    {reply(429, ``, `RateLimit: "api";r=x;t=-1`, "Retry-After: soon"), 0, 0, false},
		"nothing left, and no time is set": {reply(429, ``, `RateLimit: "api";r=0`), 0, 0, false},
		"never waits":                      {reply(429, anonLimit, `RateLimit: "api";r=0;t=1`), -1, 2, true},
		"over the budget":                  {reply(429, anonLimit, `RateLimit: "api";r=0;t=60`), time.Minute, 61, true},
		"absurd":                           {reply(429, anonLimit, `RateLimit: "api";r=0;t=999999999999`), 0, 3601, true},
		"absurd date":                      {reply(429, anonLimit, "Retry-After: Fri, 31 Dec 9999 00:00:00 GMT"), 0, 3601, true},
	} {
		t.Run(name, func(t *testing.T) {
			hub := play(tc.limited, reply(200, model(1, "")))
			var told time.Duration
			o := Options{MaxWait: tc.maxWait, Waiting: func(d time.Duration, why string) {
				if !strings.Contains(why, "rate limit") && !strings.Contains(why, "429") {
					t.Errorf("waiting for %q", why)
				}
				told += d
			}}
			bubble(t, o, hub, func(t *testing.T, c *Client) {
				start := time.Now()
				_, _, err := c.Detail(t.Context(), "org/model-1")
				least, most := tc.seconds*time.Second, tc.seconds*time.Second
				switch e := (*Error)(nil); {
				case tc.tooLong:
					if !errors.As(err, &e) || e.Kind != RateLimited || e.Wait != most || e.Status != 429 {
						t.Fatalf("got %v (%+v), want RateLimited for %s", err, e, most)
					}
					_, _, err = c.Detail(t.Context(), "org/name") // is not even sent
					if !errors.Is(err, RateLimited) || len(hub.asked()) != 1 {
						t.Errorf("got %v after %d requests", err, len(hub.asked()))
					}
					least, most = 0, 0
				case err != nil:
					t.Fatal(err)
				case tc.seconds == 0:
					least, most = 500*time.Millisecond, 1500*time.Millisecond
				}
				if d := time.Since(start); d < least || d > most || told != d || c.Stats().Waited != d {
					t.Errorf("waited %s, told %s, counted %s, want %s to %s", d, told, c.Stats().Waited, least, most)
				}
			})
		})
	}
}

// TestPacing runs a crawl against a quota that counts requests in fixed windows as
// the Hub does: it may never be refused, nor wait longer than the windows make it.
func TestPacing(t *testing.T) {
	for name, tc := range map[string]struct {
		quota, window int
		opts          Options
		requests      int
		workers       int
		waits         int // windows sat out
	}{
		"the anonymous quota":          {500, 300, Options{}, 1100, 1, 2},
		"two at a time":                {500, 300, Options{}, 1100, 2, 2},
		"below the quota":              {500, 300, Options{}, 479, 2, 0},
		"a small quota":                {60, 5, Options{}, 170, 2, 4},
		"never waiting uses all of it": {60, 300, Options{MaxWait: -1}, 60, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var start time.Time
			used := 0
			hub := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				if time.Since(start) >= time.Duration(tc.window)*time.Second {
					start, used = time.Now(), 0
				}
				used++
				if used > tc.quota {
					t.Errorf("request %d of the window is refused", used)
				}
				left := fmt.Sprintf(`RateLimit: "api";r=%d;t=%d`, max(0, tc.quota-used), tc.window-int(time.Since(start)/time.Second))
				reply(200, model(1, ""), left)(w, r)
			})
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
				want := time.Duration(tc.waits*(tc.window+1)) * time.Second
				if d := time.Since(start); d != want || c.Stats().Waited != want {
					t.Errorf("took %s, counted %s, want %s", d, c.Stats().Waited, want)
				}
			})
		})
	}
}
