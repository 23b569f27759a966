package hub

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const testToken = "hf_secretsecretsecretsecretsecret"

// network answers for the hosts of a test: real HTTP over pipes, so that a
// test can run in a synctest bubble, where waiting takes no time. A host is a
// name with its port. TLS is left out: a connection to port 443 counts as
// encrypted.
type network map[string]http.Handler

// client makes a client that sees only n.
func (n network) client(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	dial := map[string]func() net.Conn{}
	for host, h := range n {
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		srv := &http.Server{Handler: h}
		go srv.Serve(l)
		t.Cleanup(func() { srv.Close() })
		dial[host] = l.dial
	}
	c.transport.Proxy = nil
	c.transport.DialContext = func(_ context.Context, _, addr string) (net.Conn, error) {
		if d := dial[addr]; d != nil {
			return d(), nil
		}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}}
	}
	c.transport.DialTLSContext = c.transport.DialContext
	t.Cleanup(c.transport.CloseIdleConnections)
	return c
}

type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipes) dial() net.Conn {
	a, b := net.Pipe()
	select {
	case l.conns <- b:
	case <-l.closed:
		a.Close()
	}
	return a
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// script plays its replies one by one, and the last one from then on.
type script struct {
	replies []http.HandlerFunc

	mu   sync.Mutex
	seen []*http.Request
}

func play(replies ...http.HandlerFunc) *script { return &script{replies: replies} }

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.seen = append(s.seen, r)
	reply := s.replies[min(len(s.seen), len(s.replies))-1]
	s.mu.Unlock()
	reply(w, r)
}

// asked is the requests so far.
func (s *script) asked() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// reply sends status and body, with header lines "Name: value".
func reply(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("X-Request-Id", "Root=1-6a5c-42")
		for _, h := range header {
			k, v, _ := strings.Cut(h, ": ")
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func html(status int) http.HandlerFunc {
	return reply(status, "<html><body><h1>504 Gateway Time-out</h1></body></html>", "Content-Type: text/html")
}

// drop closes the connection without an answer.
func drop(w http.ResponseWriter, _ *http.Request) {
	if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
		c.Close()
	}
}

// cut announces the whole body, sends half of it, and hangs up.
func cut(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		io.WriteString(w, body[:len(body)/2])
		w.(http.Flusher).Flush()
		drop(w, r)
	}
}

// stall sends so much of a good answer, then nothing until the client leaves.
func stall(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if body != "" {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, body)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}
}

// trickle sends spaces for ever, fast enough not to stall.
func trickle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	for r.Context().Err() == nil {
		io.WriteString(w, " ")
		w.(http.Flusher).Flush()
		select {
		case <-time.After(time.Second):
		case <-r.Context().Done():
		}
	}
}

// bubble runs f with a client of the public Hub, answered by h, in fake time.
func bubble(t *testing.T, o Options, h http.Handler, f func(t *testing.T, c *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f(t, network{"huggingface.co:443": h}.client(t, o))
	})
}

// model is a row of a list, or a detail.
func model(n int, more string) string {
	return fmt.Sprintf(`{"_id":"%024x","id":"org/model-%d"%s}`, n, n, more)
}

func models(from, to int) string {
	var rows []string
	for n := from; n < to; n++ {
		rows = append(rows, model(n, `,"config":{"model_type":"bert"}`))
	}
	return "[" + strings.Join(rows, ",") + "]"
}

func nextPage(cursor string) string {
	return `Link: <https://huggingface.co/api/models?cursor=` + cursor + `>; rel="next"`
}
