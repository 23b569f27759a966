package hub

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The Hub grants so many requests per fixed window, shared by all that come
// from one address, and says on every response how many are left (r) and for
// how many seconds (t):
//
//	RateLimit: "api";r=497;t=168
//
// The client runs at full speed while there are some left and then sits the
// window out, so that it is never the one that is refused.

const (
	// reserve is what is left to others at the same address.
	reserve = 20
	// longestWindow bounds what a single answer can ask to wait.
	longestWindow = time.Hour
)

// heed takes note of what a response says of the quota: for how long no request
// may start.
func (c *Client) heed(res *http.Response) {
	keep := reserve
	if c.opts.MaxWait < 0 {
		keep = 0
	}
	d := usedUp(res.Header, keep)
	if res.StatusCode == http.StatusTooManyRequests {
		d = waitAfter429(res.Header)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if until := time.Now().Add(d); until.After(c.until) {
		c.until = until
	}
}

// pause waits until the request of u may start.
func (c *Client) pause(ctx context.Context, u *url.URL) error {
	select {
	case c.gate <- struct{}{}:
		defer func() { <-c.gate }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		c.mu.Lock()
		d := time.Until(c.until)
		c.mu.Unlock()
		if d <= 0 {
			return context.Cause(ctx)
		}
		if !c.affords(d) {
			message := fmt.Sprintf("the quota is used up for another %s, longer than may be waited", d.Round(time.Second))
			return &Error{Kind: RateLimited, URL: c.short(u), Wait: d, Message: message}
		}
		if err := c.sleep(ctx, d, "the Hub's rate limit"); err != nil {
			return err
		}
	}
}

// affords reports whether waiting for d fits into what is left of MaxWait.
func (c *Client) affords(d time.Duration) bool { return c.Stats().Waited+d <= c.opts.MaxWait }

// sleep waits for d, and counts and reports the wait.
func (c *Client) sleep(ctx context.Context, d time.Duration, why string) error {
	c.waited.Add(int64(d))
	if c.opts.Waiting != nil {
		c.opts.Waiting(d, why)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// waitAfter429 is how long a 429 asks to wait, 0 if it does not say. RateLimit
// comes on every response: only with nothing left is it the reason.
func waitAfter429(h http.Header) time.Duration { return cmp.Or(usedUp(h, 0), retryAfter(h)) }

// retryAfter reads Retry-After, a number of seconds or a date. 0 means that
// there is none.
func retryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	seconds, err := strconv.Atoi(v)
	if err != nil {
		t, err := http.ParseTime(v)
		if err != nil {
			return 0
		}
		seconds = int(time.Until(t) / time.Second)
	}
	return windowOf(seconds)
}

var limitForm = regexp.MustCompile(`;\s*r\s*=\s*(\d+)\s*;\s*t\s*=\s*(\d+)`)

// usedUp is for how long the last of the windows goes on that have no more than
// so many requests left; 0 if none has.
func usedUp(h http.Header, keep int) (wait time.Duration) {
	for _, m := range limitForm.FindAllStringSubmatch(strings.Join(h.Values("RateLimit"), ","), -1) {
		left, err := strconv.Atoi(m[1])
		seconds, _ := strconv.Atoi(m[2]) // the largest number if it is too large
		if err == nil && left <= keep {
			wait = max(wait, windowOf(seconds))
		}
	}
	return wait
}

// windowOf is a number of seconds as a wait, with a second more for clocks that
// differ.
func windowOf(seconds int) time.Duration {
	return min(time.Duration(min(max(seconds, 0), 1<<20))*time.Second, longestWindow) + time.Second
}
