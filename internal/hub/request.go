package hub

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Sizes are of the body after decompression. A page of 1,000 models with their
// config takes 1 to 4 MB, a detail 10 kB.
const (
	maxListBody   = 64 << 20
	maxDetailBody = 4 << 20
	maxErrorBody  = 64 << 10

	maxRedirects = 5
)

var errTooLarge = errors.New("the answer is too large")

// stalled is an answer that does not come, or not on. It says so as the errors
// of package net do.
type stalled struct{}

func (stalled) Error() string {
	return "the answer stalled: see HF_HUB_DOWNLOAD_TIMEOUT and HF_HUB_ETAG_TIMEOUT"
}

func (stalled) Timeout() bool { return true }

// response is one exchange, read to its end.
type response struct {
	url    *url.URL
	status int
	header http.Header
	body   []byte
}

// answer is a 200 with JSON of the right root, from the Hub or the cache.
type answer struct {
	url  *url.URL // the one that gave it, after redirects
	link []string // Link headers
	body []byte
	time time.Time // when the Hub said so
}

// get asks for u, a list or a detail.
func (c *Client) get(ctx context.Context, u *url.URL, list bool) (answer, error) {
	if c.opts.Offline {
		return answer{}, &Error{Kind: Offline, URL: c.redact(u.String())}
	}
	if a, ok := c.load(u, list); ok {
		c.count(Stats{Cached: 1})
		return a, nil
	}
	a, err := c.retry(ctx, u, list, c.opts.Token)
	if c.opts.Token != "" && errors.Is(err, Forbidden) {
		// A fine-grained token can see less than no token.
		anon, anonErr := c.retry(ctx, u, list, "")
		if anonErr == nil || ctx.Err() != nil {
			a, err = anon, anonErr
		}
	}
	if cause := context.Cause(ctx); cause != nil && err != nil {
		return answer{}, fmt.Errorf("hub: GET %s: %w", c.redact(shortURL(u)), cause)
	}
	if err == nil {
		c.store(u, a)
	}
	return a, err
}

// schedule says how long to wait before the next attempt, or that there is
// none: it is the backoff.BackOff of one request.
type schedule struct {
	*backoff.ExponentialBackOff
	client *Client
	ctx    context.Context
	failed error // the last attempt's
	waits  int
}

func (s *schedule) NextBackOff() time.Duration {
	var e *Error
	if !errors.As(s.failed, &e) || !e.retry {
		return backoff.Stop
	}
	if s.waits++; e.unreachable && s.waits > 1 {
		return backoff.Stop
	}
	d := e.Wait
	if d == 0 {
		d = s.ExponentialBackOff.NextBackOff()
	}
	if !s.client.affords(s.ctx, d) {
		return backoff.Stop
	}
	if e.Kind == RateLimited && e.Wait > 0 {
		return 0 // it holds for all requests, so the pacer waits it out
	}
	return d
}

func (c *Client) retry(ctx context.Context, u *url.URL, list bool, token string) (answer, error) {
	s := &schedule{ExponentialBackOff: backoff.NewExponentialBackOff(), client: c, ctx: ctx}
	s.InitialInterval, s.Multiplier, s.MaxInterval = time.Second, 2, time.Minute
	return backoff.Retry(ctx, func() (answer, error) {
		a, err := c.attempt(ctx, u, list, token)
		s.failed = err
		return a, err
	},
		backoff.WithBackOff(s),
		backoff.WithMaxTries(uint(max(c.opts.Tries, 1))),
		backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, d time.Duration) {
			if e := (*Error)(nil); d > 0 && errors.As(err, &e) {
				c.spend(d, "to try again after: "+e.what())
			}
		}))
}

// attempt asks once, following redirects.
func (c *Client) attempt(ctx context.Context, u *url.URL, list bool, token string) (answer, error) {
	at := u
	for range maxRedirects + 1 {
		r, err := c.exchange(ctx, at, list, token)
		if err != nil {
			return answer{}, err
		}
		switch r.status {
		case http.StatusOK:
			if err := c.checkAnswer(r, list); err != nil {
				return answer{}, err
			}
			return answer{url: at, link: r.header.Values("Link"), body: r.body, time: time.Now().UTC()}, nil
		case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
			if at, err = c.follow(at, r.header.Get("Location")); err != nil {
				return answer{}, c.unusable(u, r.status, err)
			}
		default:
			return answer{}, c.refused(r, list, token, time.Now())
		}
	}
	return answer{}, c.unusable(u, http.StatusTemporaryRedirect, fmt.Errorf("more than %d redirects", maxRedirects))
}

// follow is where a redirect leads. Renames and wrong letter case are answered
// with a path, with or without the query, so a missing query is put back.
func (c *Client) follow(at *url.URL, location string) (*url.URL, error) {
	if location == "" {
		return nil, errors.New("a redirect to nowhere")
	}
	to, err := at.Parse(location)
	if err != nil {
		return nil, errors.New("a redirect to something that is not a URL")
	}
	if !sameOrigin(to, c.base) {
		return nil, fmt.Errorf("a redirect away from %s, to %s://%s, is not followed", c.base, to.Scheme, to.Host)
	}
	if to.RawQuery == "" {
		to.RawQuery = at.RawQuery
	}
	to.Host, to.Fragment, to.RawFragment = c.base.Host, "", ""
	return to, nil
}

// sameOrigin reports whether scheme, host and port are the same, so that what
// may be sent to one may be sent to the other.
func sameOrigin(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		return cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	return a.User == nil && a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// exchange sends one request and reads the whole response.
func (c *Client) exchange(ctx context.Context, u *url.URL, list bool, token string) (*response, error) {
	if err := c.pause(ctx, u); err != nil {
		return nil, err
	}
	patience, most := c.opts.DetailTimeout, int64(maxDetailBody)
	if list {
		patience, most = c.opts.Timeout, maxListBody
	}
	alive, done := context.WithTimeoutCause(ctx, 10*patience, stalled{})
	defer done()
	alive, stop := context.WithCancelCause(alive)
	defer stop(nil)
	idle := time.AfterFunc(patience, func() { stop(stalled{}) })
	defer idle.Stop()

	// The transport sends a request again on its own where the server has closed
	// a kept connection; each counts.
	traced := httptrace.WithClientTrace(alive, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { c.count(Stats{Requests: 1}) },
	})
	req, err := http.NewRequestWithContext(traced, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, c.unusable(u, 0, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	// The transport alone follows no redirect, so it cannot take the token to
	// another host, as http.Client does for subdomains.
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, c.lost(ctx, alive, u, 0, err)
	}
	defer res.Body.Close()
	c.reached.Store(true)
	r := &response{url: u, status: res.StatusCode, header: res.Header}
	c.heed(r, time.Now())
	if r.status != http.StatusOK {
		// The status says enough; a body that breaks off only costs the words.
		r.body, _ = io.ReadAll(io.LimitReader(&reading{res.Body, idle, patience}, maxErrorBody))
		c.count(Stats{Bytes: int64(len(r.body))})
		return r, nil
	}
	if res.ContentLength > most {
		return nil, c.unusable(u, r.status, errTooLarge)
	}
	r.body, err = io.ReadAll(io.LimitReader(&reading{res.Body, idle, patience}, most+1))
	c.count(Stats{Bytes: int64(len(r.body))})
	if err != nil {
		return nil, c.lost(ctx, alive, u, r.status, err)
	}
	if int64(len(r.body)) > most {
		return nil, c.unusable(u, r.status, errTooLarge)
	}
	return r, nil
}

// lost says why an exchange broke off.
func (c *Client) lost(ctx, alive context.Context, u *url.URL, status int, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if cause := context.Cause(alive); cause != nil {
		err = cause
	}
	// A dead HTTP/2 connection would be taken again by the next attempt.
	c.transport.CloseIdleConnections()
	e := c.broken(u, status, err)
	if bad := (*tls.CertificateVerificationError)(nil); errors.As(err, &bad) {
		e.retry = false
	}
	// Without a network the first request should not take half a minute to say
	// so; a network that fails later gets all its tries.
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" {
		e.unreachable = !c.reached.Load()
	}
	return e
}

// reading gives a body time as long as it goes on coming.
type reading struct {
	io.Reader
	idle     *time.Timer
	patience time.Duration
}

func (r *reading) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.idle.Reset(r.patience)
	}
	return n, err
}

// checkAnswer refuses a 200 that does not hold the JSON that was asked for.
func (c *Client) checkAnswer(r *response, list bool) error {
	if !isJSON(r.header) {
		// A login page, or a proxy's notice: it may be gone in a moment.
		return c.broken(r.url, r.status, fmt.Errorf("want JSON, got %s", cmp.Or(r.header.Get("Content-Type"), "no Content-Type")))
	}
	if err := checkJSON(r.body); err != nil {
		return c.broken(r.url, r.status, err)
	}
	if err := checkRoot(r.body, list); err != nil {
		return c.unusable(r.url, r.status, err)
	}
	return nil
}

func isJSON(h http.Header) bool {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && t == "application/json"
}
