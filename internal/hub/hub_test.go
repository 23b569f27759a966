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

// newClient makes a client all of whose connections lead to h: real HTTP over
// pipes, so that a test can run in a synctest bubble, where waiting takes no
// time. TLS is left out: a connection to port 443 counts as encrypted.
func newClient(t *testing.T, h http.Handler, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h}
	c.transport.Proxy = nil
	c.transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		l := make(listener, 1)
		l <- far
		close(l)
		go srv.Serve(l)
		return near, nil
	}
	c.transport.DialTLSContext = c.transport.DialContext
	t.Cleanup(func() { srv.Close() })
	t.Cleanup(c.transport.CloseIdleConnections)
	return c
}

// listener accepts the connections in it.
type listener chan net.Conn

func (l listener) Accept() (net.Conn, error) {
	if c, ok := <-l; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (listener) Close() error   { return nil }
func (listener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

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
		f(t, newClient(t, h, o))
	})
}

// model is a row of a list, or a detail.
func model(n int, more string) string {
	return fmt.Sprintf(`{"_id":"%024x","id":"org/model-%d","disabled":false%s}`, n, n, more)
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
