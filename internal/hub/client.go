// Package hub asks the Hugging Face Hub about models, through the two
// endpoints that say what a checkpoint is: the list, GET /api/models, and the
// detail, GET /api/models/{id}.
//
// The client keeps to the Hub's rate limit, retries what may pass, and tells
// the failures apart that a caller must treat differently (see [Kind]). Nothing
// of an answer reaches a caller before it has been checked: decode.go turns it
// into a [data.Model], every text of which fits a grammar of package data. The
// token goes to the endpoint's own origin and nowhere else, and into no error,
// message or cache.
package hub

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultEndpoint is the public Hub.
const DefaultEndpoint = "https://huggingface.co"

// Options configures a [Client]. The zero value asks the public Hub without a
// token; [FromEnv] fills it from the variables that Hugging Face's own tools
// read.
type Options struct {
	Endpoint string // a URL without a query; "" is DefaultEndpoint
	Token    string // sent to Endpoint only; "" for none
	Offline  string // why nothing may be sent, as HF_HUB_OFFLINE=1; every call fails with it

	// Timeout is how long the Hub may send nothing before the attempt is given
	// up. Zero is 10 s. An attempt that trickles is given up after ten times that.
	Timeout time.Duration

	// Tries bounds the attempts at one request. Zero is 6; 1 never retries.
	Tries int
	// MaxWait bounds what all requests together may wait, for the rate limit
	// and between attempts. Zero is 20 min; a negative value never waits, and
	// then uses the quota to its end.
	MaxWait time.Duration

	// CacheDir, if set, is a directory that keeps good answers, so that a crawl
	// that was interrupted goes on where it stopped. CacheMaxAge says how old an
	// answer may be.
	CacheDir    string
	CacheMaxAge time.Duration

	// Warn, if set, is told of every row of a list that was left out: the same
	// problem in another row has the same words. Waiting is told of every wait
	// before it starts. Both may be called from several goroutines.
	Warn    func(where, problem string)
	Waiting func(d time.Duration, why string)
}

// Client asks one endpoint. It is safe for concurrent use; the Hub is best
// asked two requests at a time at most.
type Client struct {
	opts      Options // defaults filled in
	base      *url.URL
	transport *http.Transport
	gate      chan struct{} // held by a request while it waits for the rate limit, so that a wait counts once

	requests, bytes, cached, waited atomic.Int64 // as in Stats

	mu    sync.Mutex
	until time.Time // no request starts earlier
}

// Stats is what a client has done so far.
type Stats struct {
	Requests int           // answered, counting redirects and attempts
	Bytes    int64         // of answers, uncompressed
	Cached   int           // answers that came from the cache instead
	Waited   time.Duration // for the rate limit and between attempts, summed over concurrent requests
}

// New makes a client. An unusable endpoint, token or SSL_CERT_FILE is an error,
// which does not repeat the token.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(cmp.Or(o.Endpoint, DefaultEndpoint), "/"))
	if err != nil || base.User != nil || base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "" ||
		base.RawQuery != "" || base.Fragment != "" || base.ForceQuery {
		// The endpoint is not repeated, since it may hold a password.
		return nil, fmt.Errorf("hub: the endpoint is not an http or https URL such as %s, "+
			"without a user name, password, query or fragment: check HF_ENDPOINT", DefaultEndpoint)
	}
	base.Host, base.Path = strings.ToLower(base.Host), cmp.Or(base.Path, "/")
	if strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\'' }) {
		return nil, errors.New("hub: the token holds a character that no token has, such as a space, a line break or a quote: check HF_TOKEN or the token file")
	}
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.Tries = cmp.Or(o.Tries, 6)
	o.MaxWait = cmp.Or(o.MaxWait, 20*time.Minute)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if path := Dir("SSL_CERT_FILE"); path != "" && o.Offline == "" {
		pool, err := authorities(path)
		if err != nil {
			return nil, fmt.Errorf("hub: SSL_CERT_FILE: %w", err)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	return &Client{opts: o, base: base, transport: transport, gate: make(chan struct{}, 1)}, nil
}

// authorities are those of the system and of a file. Go reads SSL_CERT_FILE itself,
// but neither on macOS nor on Windows, and passes over a file that is not there.
func authorities(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err == nil && !pool.AppendCertsFromPEM(text) {
		err = fmt.Errorf("%s holds no certificate in the form of PEM", path)
	}
	return pool, err
}

// Open makes a client as the environment says, but for the changes.
func Open(changes ...func(*Options)) (*Client, error) {
	o, err := FromEnv()
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		change(&o)
	}
	return New(o)
}

// Stats says what the client has done so far.
func (c *Client) Stats() Stats {
	return Stats{int(c.requests.Load()), c.bytes.Load(), int(c.cached.Load()), time.Duration(c.waited.Load())}
}
