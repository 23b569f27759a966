package hub

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// Sizes are of the body after decompression. A page of 1,000 models with their
// config takes 1 to 4 MB, a detail 10 kB.
const (
	maxListBody   = 64 << 20
	maxDetailBody = 4 << 20
	maxErrorBody  = 64 << 10

	maxRedirects = 5
)

// errStalled is the error of an answer that does not come, or not on.
var errStalled = errors.New("the answer stalled: HF_HUB_ETAG_TIMEOUT says how many seconds to wait")

// answer is a 200 with JSON of the right root, from the Hub or the cache.
type answer struct {
	root gjson.Result
	head
	kept bool // in the cache
}

// head is what the cache keeps besides the body.
type head struct {
	Time time.Time `json:"time"`
	Link []string  `json:"link,omitempty"` // Link headers
}

// get asks for u, a list or a detail.
func (c *Client) get(ctx context.Context, u *url.URL, list bool) (answer, error) {
	if c.opts.Offline != "" {
		return answer{}, &Error{Kind: Offline, Message: c.opts.Offline, URL: c.short(u)}
	}
	if a := c.load(u, list); time.Since(a.Time) < c.opts.CacheMaxAge {
		c.cached.Add(1)
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
		return answer{}, fmt.Errorf("hub: GET %s: %w", c.short(u), cause)
	}
	return a, err
}

// retry asks until there is an answer, or an error that another attempt would
// not mend. Between attempts it waits as long as the Hub says, or else for 1, 2,
// 4... seconds, half of that more or less, so that programs that failed
// together do not come back together.
func (c *Client) retry(ctx context.Context, u *url.URL, list bool, token string) (answer, error) {
	step := time.Second
	for try := 1; ; try++ {
		a, err := c.attempt(ctx, u, list, token)
		var e *Error
		if !errors.As(err, &e) || !e.retry || try >= c.opts.Tries || e.unreachable && try > 1 {
			return a, err
		}
		d := e.Wait
		if d == 0 {
			d = step/2 + rand.N(step)
			step = min(2*step, time.Minute)
		}
		if !c.affords(d) {
			return a, err
		}
		if e.Kind == RateLimited && e.Wait > 0 {
			continue // it holds for all requests, so the pacer waits it out
		}
		if err := c.sleep(ctx, d, "to try again after: "+cmp.Or(e.Message, statusText(e.Status))); err != nil {
			return a, err
		}
	}
}

// attempt asks once, following redirects.
func (c *Client) attempt(ctx context.Context, u *url.URL, list bool, token string) (answer, error) {
	at := u
	for range maxRedirects + 1 {
		res, body, err := c.exchange(ctx, at, list, token)
		if err != nil {
			return answer{}, err
		}
		switch res.StatusCode {
		case http.StatusOK:
			root, err := parse(body)
			if !isJSON(res.Header) {
				err = fmt.Errorf("want JSON, got %s", cmp.Or(res.Header.Get("Content-Type"), "no Content-Type"))
			}
			if err != nil { // such as a login page, or a proxy's notice: it may be gone in a moment
				return answer{}, c.broken(Unavailable, at, res.StatusCode, err)
			}
			if err := checkRoot(root, list); err != nil {
				return answer{}, c.broken(Malformed, at, res.StatusCode, err)
			}
			return answer{root: root, head: head{time.Now().UTC(), res.Header.Values("Link")}}, nil
		case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
			to, err := c.follow(at, res.Header.Get("Location"))
			if err != nil {
				return answer{}, c.broken(Unavailable, u, res.StatusCode, fmt.Errorf("a redirect: %w", err))
			}
			at = to
		default:
			return answer{}, c.refusal(at, res, body, list, token)
		}
	}
	return answer{}, c.broken(Unavailable, u, http.StatusTemporaryRedirect, fmt.Errorf("more than %d redirects", maxRedirects))
}

func isJSON(h http.Header) bool {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && t == "application/json"
}

// follow maps a link of an answer, a Location or a Link, onto the endpoint. A
// link to another host is an error, since the token would go with it. A mirror
// below a path may pass on what the Hub wrote: an address of
// https://huggingface.co, or a path without the mirror's own. So the part from
// /api/models on is taken, and asked of the endpoint.
func (c *Client) follow(from *url.URL, link string) (*url.URL, error) {
	to, err := from.Parse(link)
	if err != nil || link == "" {
		return nil, errors.New("it is not a URL")
	}
	const models = "/api/models"
	public, _ := url.Parse(DefaultEndpoint)
	_, rest, ours := strings.Cut(to.Path, models)
	at := c.base.JoinPath(models, rest)
	// Renames and wrong letter case are answered with or without the query.
	at.RawQuery = cmp.Or(to.RawQuery, from.RawQuery)
	if !ours || !sameOrigin(to, c.base) && !sameOrigin(to, public) || *at == *from {
		return nil, fmt.Errorf("it leads from %s to %s://%s%s, and is not followed", c.base, to.Scheme, to.Host, to.Path)
	}
	return at, nil
}

// sameOrigin reports whether scheme, host and port are the same, so that what
// may be sent to one may be sent to the other.
func sameOrigin(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		return cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	return a.User == nil && a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// exchange sends one request and reads the whole response, whose body it
// returns beside it.
func (c *Client) exchange(ctx context.Context, u *url.URL, list bool, token string) (*http.Response, []byte, error) {
	if err := c.pause(ctx, u); err != nil {
		return nil, nil, err
	}
	patience, limit := c.opts.Timeout, int64(maxDetailBody)
	if list {
		limit = maxListBody
	}
	alive, done := context.WithTimeoutCause(ctx, 10*patience, errStalled)
	defer done()
	alive, stop := context.WithCancelCause(alive)
	defer stop(nil)
	idle := time.AfterFunc(patience, func() { stop(errStalled) })
	defer idle.Stop()

	req, err := http.NewRequestWithContext(alive, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, c.broken(Malformed, u, 0, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "hfmodels; go/"+strings.TrimPrefix(runtime.Version(), "go"))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	// The transport alone follows no redirect, so it cannot take the token to
	// another host, as http.Client does for subdomains.
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, nil, c.failure(ctx, alive, u, 0, err)
	}
	defer res.Body.Close()
	c.requests.Add(1)
	c.heed(res)
	if res.StatusCode != http.StatusOK {
		limit = maxErrorBody
	}
	body, err := io.ReadAll(io.LimitReader(&progressReader{res.Body, idle, patience}, limit+1))
	c.bytes.Add(int64(len(body)))
	switch {
	case res.StatusCode != http.StatusOK:
		// The status says enough; a body that breaks off only costs the words.
	case err != nil:
		return nil, nil, c.failure(ctx, alive, u, res.StatusCode, err)
	case int64(len(body)) > limit:
		return nil, nil, c.broken(Malformed, u, res.StatusCode, errors.New("the answer is too large"))
	}
	return res, body, nil
}

// progressReader gives a body time as long as it goes on coming.
type progressReader struct {
	io.Reader
	idle     *time.Timer
	patience time.Duration
}

func (r *progressReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.idle.Reset(r.patience)
	}
	return n, err
}

// failure says why an exchange broke off.
func (c *Client) failure(ctx, alive context.Context, u *url.URL, status int, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	// A dead HTTP/2 connection would be taken again by the next attempt.
	c.transport.CloseIdleConnections()
	untrusted := errors.As(err, new(*tls.CertificateVerificationError))
	if untrusted {
		err = fmt.Errorf("%w: if a proxy signs with an authority of its own, name that one's file in SSL_CERT_FILE", err)
	}
	e := c.broken(Unavailable, u, status, cmp.Or(context.Cause(alive), err))
	e.retry = !untrusted
	// Without a network the first request should not take half a minute to say
	// so; a network that fails later gets all its tries.
	op := (*net.OpError)(nil)
	e.unreachable = c.requests.Load() == 0 && errors.As(err, &op) && op.Op == "dial"
	return e
}
