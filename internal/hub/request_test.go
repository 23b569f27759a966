package hub

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hfmodels/hfmodels/internal/data"
)

const (
	notFound  = `{"error":"Invalid username or password."}` // 41 bytes, as recorded
	badToken  = `{"error":"Invalid credentials in Authorization header"}`
	zod       = `{"error":"✖ Invalid option: expected one of \"author\"|\"baseModels\"|\"cardData\""}`
	anonLimit = `{"error":"We had to rate limit your IP (192.0.2.1). To continue using our service, create a HF account or login to your existing account, and make sure you pass a HF_TOKEN if you're using the API."}`
)

// TestRefusals pins what each answer of the Hub means, and which of them are asked
// for again.
func TestRefusals(t *testing.T) {
	took := map[string]time.Duration{
		"again: 503 with a wish": 20 * time.Second, "again: stall": 10 * time.Second, "again: stall in the body": 10 * time.Second, "again: trickle": 100 * time.Second,
	}
	big := `{"id":"a/b","x":"` + strings.Repeat("x", maxDetailBody) + `"}`
	for _, tc := range []struct {
		name  string
		token string
		reply http.HandlerFunc
		kind  Kind
		says  string // in the error
	}{
		{"anonymous, missing or private", "", reply(401, notFound), Missing, "Invalid username or password."},
		{"with a token, missing", testToken, reply(404, `{"error":"Repository not found"}`, "X-Error-Code: RepoNotFound"), Missing, "Repository not found"},
		{"gone", "", reply(410, `{"error":"Gone"}`, "X-Error-Message: Gone"), Missing, "410 Gone"},
		{"anonymous, missing, in a header", "", reply(401, ``, "X-Error-Message: Invalid username or password."), Missing, "401"},
		{"a page that the Hub does not have", "", reply(404, ``, "X-Error-Message: Sorry, we can't find the page you are looking for."), BadRequest, "HF_ENDPOINT"},
		{"bad token", testToken, reply(401, badToken), BadToken, "HF_TOKEN"},
		{"bad token, in a header", testToken, reply(401, ``, "X-Error-Message: Invalid credentials in Authorization header"), BadToken, "Invalid credentials"},
		{"a 401 to a token is about the token", testToken, reply(401, notFound), BadToken, "HF_TOKEN"},
		{"gated", "", reply(401, `{"error":"Access to model X is restricted."}`, "X-Error-Code: GatedRepo"), Forbidden, "accept its terms"},
		{"disabled", "", reply(403, `{"error":"Access to this resource is disabled."}`), Disabled, "disabled"},
		{"forbidden", "", reply(403, `{"error":"Forbidden"}`, "X-Error-Message: Forbidden"), Forbidden, "HF_TOKEN"},
		{"our query is wrong", "", reply(400, zod), BadRequest, "✖ Invalid option"},
		{"a status of its own", "", reply(418, `{"error":"teapot"}`, "X-Error-Message: teapot"), Malformed, "418"},
		{"a 404 that is not the Hub's", "", html(404), Unavailable, "does not come from a Hub: text/html"},
		{"a 401 that is not the Hub's", testToken, html(401), Unavailable, "does not come from a Hub"},
		{"a proxy's 404 in JSON", "", reply(404, `{"errors":[{"message":"The path is not supported."}]}`), Unavailable, "does not come from a Hub: The path is not supported. ("},
		{"a gateway's 404 in JSON", testToken, reply(404, `{"error":"Repository not found"}`), Unavailable, "does not come from a Hub"},
		{"a proxy's 410 in JSON", "", reply(410, `{"error":"Gone"}`), Unavailable, "does not come from a Hub"},
		{"a proxy's login", "", reply(401, `{"errors":[{"message":"Invalid username or password."}]}`), Unavailable, "does not come from a Hub"},
		{"a proxy's login, with a token", testToken, reply(401, `{"error":"Unauthorized"}`), Unavailable, "does not come from a Hub"},
		{"a proxy's rule", "", reply(403, `{"error":"This site is disabled by policy"}`), Unavailable, "does not come from a Hub"},
		{"a proxy that wants a password", "", reply(407, ``), Unavailable, "407"},
		{"a 204", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, Unavailable, "it is empty"},
		{"list of errors", "", reply(404, `{"error":["one","two"]}`, "X-Error-Code: RepoNotFound"), Missing, "one; two"},
		{"described error", "", reply(404, `{"error":"one","error_description":"two"}`, "X-Error-Code: RepoNotFound"), Missing, "one; two"},
		{"errors", "", reply(404, `{"errors":[{"message":"one"},{"message":7},"x"]}`, "X-Error-Code: RepoNotFound"), Missing, ": one ("},
		{"error with 200", "", reply(200, `{"error":"Internal Error"}`), Malformed, "an error in place of an answer: Internal Error"},
		{"an array for a detail", "", reply(200, `[]`), Malformed, "want an object, got []"},
		{"a detail from a mirror that ignores expand", "", reply(200, `{"_id":"a","id":"a/b","private":false,"tags":["bert"]}`), Unavailable, "lacks what was asked for"},
		{"a login page for programs", "", reply(200, `{"status":"login required"}`), Unavailable, "or is not a Hub"},
		{"a detail without an id", "", reply(200, `{"sha":null}`), Malformed, "id: want a repository id, got nothing"},
		{"a detail with wrong gating", "", reply(200, `{"id":"a/b","gated":1}`), Malformed, `gated: want false, "auto" or "manual", got 1`},
		{"a list: our query is wrong", "", reply(400, zod), BadRequest, "✖ Invalid option"},
		{"a list: no Hub at this endpoint", "", reply(404, `{"error":"not found"}`, "X-Error-Message: not found"), BadRequest, "HF_ENDPOINT"},
		{"a list: a Hub that is not public", "", reply(401, notFound), Forbidden, "HF_TOKEN"},
		{"a list: an object", "", reply(200, `{}`), Malformed, "want an array, got {}"},
		{"too large", "", reply(200, big), Malformed, "too large"},
		{"too large once unpacked", "", gzipped(big, len(big)), Malformed, "too large"},
		{"a large error", "", reply(404, `{"error":"`+big+`"}`, "X-Error-Code: RepoNotFound"), Missing, "404"},
		{"control characters", "", reply(404, `{"error":"a\u001b[31m\r\nb\u0000c\u202e"}`, "X-Error-Code: RepoNotFound"), Missing, "a [31m b c ("},
		{"a long message", "", reply(404, `{"error":"`+strings.Repeat("long ", 2000)+`"}`, "X-Error-Code: RepoNotFound"), Missing, "…"},
		{"again: 408", "", reply(408, ``), Unavailable, "408"},
		{"again: 500", "", html(500), Unavailable, "500"},
		{"again: 504", "", html(504), Unavailable, "504 Gateway Timeout"},
		{"again: 503 with a wish", "", reply(503, ``, "Retry-After: 20"), Unavailable, "503"},
		{"again: no answer", "", drop, Unavailable, "EOF"},
		{"again: half a body", "", cut(model(1, "")), Unavailable, "unexpected EOF"},
		{"again: half a gzip body", "", gzipped(model(1, ""), 20), Unavailable, "unexpected EOF"},
		{"again: half, and no trace", "", reply(200, model(1, "")[:20]), Unavailable, "not JSON, or not all of it"},
		{"again: nothing", "", reply(200, ""), Unavailable, "not JSON"},
		{"again: not UTF-8", "", reply(200, "{\"id\":\"a\xff\"}"), Unavailable, "not UTF-8"},
		{"again: HTML with 200", "", html(200), Unavailable, "want JSON, got text/html"},
		{"again: HTML called JSON", "", reply(200, "<html>"), Unavailable, "not JSON"},
		{"again: no type", "", reply(200, model(1, ""), "Content-Type: "), Unavailable, "want JSON"},
		{"again: stall", "", stall(""), Unavailable, "stalled"},
		{"again: stall in the body", "", stall(`{"id":`), Unavailable, "stalled"},
		{"again: trickle", "", trickle, Unavailable, "stalled"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tries := 1
			if strings.HasPrefix(tc.name, "again") {
				tries = 3
				passes(t, tc.reply, took[tc.name])
			}
			hub := play(tc.reply)
			bubble(t, Options{Token: tc.token, Tries: 3}, hub, func(t *testing.T, c *Client) {
				var err error
				if strings.HasPrefix(tc.name, "a list") {
					_, err = read(t.Context(), c, Query{})
				} else {
					_, _, err = c.Detail(t.Context(), "org/name")
				}
				var e *Error
				if !errors.As(err, &e) || e.Kind != tc.kind || !errors.Is(err, tc.kind) {
					t.Fatalf("got %v, want %v", err, tc.kind)
				}
				if text := err.Error(); !strings.Contains(text, tc.says) || !data.IsLine(text, 700) {
					t.Errorf("error %q (%d bytes), want one printable line with %q", text, len(text), tc.says)
				}
				if len(hub.asked()) != tries || (c.Stats().Waited == 0) != (tries == 1) || c.Stats().Bytes > maxDetailBody+1 {
					t.Errorf("asked %d times, read %d bytes", len(hub.asked()), c.Stats().Bytes)
				}
			})
		})
	}
}

// passes wants what follows a bad answer, after that took its time and a wait of 0.5
// to 1.5 s.
func passes(t *testing.T, bad http.HandlerFunc, took time.Duration) {
	t.Helper()
	hub := play(bad, reply(200, model(1, "")))
	bubble(t, Options{}, hub, func(t *testing.T, c *Client) {
		start := time.Now()
		m, _, err := c.Detail(t.Context(), "org/model-1")
		if d := time.Since(start); err != nil || m.ID != "org/model-1" || len(hub.asked()) != 2 || d < took+500*time.Millisecond || d > took+1500*time.Millisecond {
			t.Errorf("got %q, %v in %d requests and %s, want 2 in about %s", m.ID, err, len(hub.asked()), d, took+time.Second)
		}
	})
}

func TestForbiddenIsAskedOnceMoreWithoutToken(t *testing.T) {
	for name, tc := range map[string]struct {
		anonymous http.HandlerFunc
		id        string
		err       string
	}{
		"public":  {reply(200, model(1, "")), "org/model-1", "<nil>"},
		"private": {reply(401, notFound), "", "hub: " + string(Forbidden) + ": token lacks scope ("},
	} {
		t.Run(name, func(t *testing.T) {
			hub := play(reply(403, `{"error":"token lacks scope"}`, "X-Error-Message: token lacks scope"), tc.anonymous)
			bubble(t, Options{Token: testToken}, hub, func(t *testing.T, c *Client) {
				m, _, err := c.Detail(t.Context(), "org/model-1")
				if m.ID != tc.id || !strings.HasPrefix(fmt.Sprint(err), tc.err) {
					t.Errorf("got %q, %v, want %q, %s", m.ID, err, tc.id, tc.err)
				}
				if len(hub.asked()) != 2 || hub.asked()[0].Header.Get("Authorization") == "" || hub.asked()[1].Header.Get("Authorization") != "" {
					t.Errorf("asked %d times", len(hub.asked()))
				}
			})
		})
	}
}

// gzipped sends the first n bytes of the compressed body.
func gzipped(body string, n int) http.HandlerFunc {
	b := pack(body)
	return reply(200, string(b[:min(n, len(b))]), "Content-Encoding: gzip")
}

// TestNoNetwork wants it said soon where nothing has ever answered, and later
// only after all tries.
func TestNoNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := play(reply(200, model(1, ""), "Connection: close"))
		c := newClient(t, hub, Options{})
		dial := c.transport.DialTLSContext
		none := func(_ context.Context, _, addr string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}}
		}
		c.transport.DialTLSContext = none
		ask := func(wantErr bool, least, most time.Duration) {
			t.Helper()
			start := time.Now()
			_, _, err := c.Detail(t.Context(), "org/model-1")
			if d := time.Since(start); (err != nil) != wantErr || d < least || d > most {
				t.Errorf("%v after %s, want %s to %s", err, d, least, most)
			}
			if wantErr && (!errors.Is(err, Unavailable) || !strings.Contains(err.Error(), "no such host") || !strings.Contains(err.Error(), "HF_ENDPOINT")) {
				t.Errorf("got %v", err)
			}
		}
		ask(true, 500*time.Millisecond, 1500*time.Millisecond)
		c.transport.DialTLSContext = dial
		ask(false, 0, 0)
		c.transport.DialTLSContext = none
		ask(true, 15*time.Second, 47*time.Second)
		if n := c.Stats().Requests; n != 1 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

func TestBadCertificateIsNotRetried(t *testing.T) {
	srv := httptest.NewUnstartedServer(reply(200, model(1, "")))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	c, err := New(Options{Endpoint: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = c.Detail(t.Context(), "org/model-1")
	if bad := (*tls.CertificateVerificationError)(nil); !errors.Is(err, Unavailable) || !errors.As(err, &bad) || !strings.Contains(err.Error(), "SSL_CERT_FILE") || c.Stats().Waited != 0 {
		t.Errorf("got %v after waiting %s", err, c.Stats().Waited)
	}

	t.Setenv("HOME", t.TempDir())
	t.Setenv("SSL_CERT_FILE", " ~/ca.pem\n")
	ours := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	for _, tc := range [][2]string{{"", "no such file"}, {"x", "no certificate"}, {string(ours), ""}} {
		text, want := tc[0], tc[1]
		if text != "" {
			if err := os.WriteFile(filepath.Join(os.Getenv("HOME"), "ca.pem"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := New(Options{Endpoint: srv.URL})
		if err == nil {
			_, _, err = c.Detail(t.Context(), "org/model-1")
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestCancel(t *testing.T) {
	why := errors.New("interrupted")
	for name, h := range map[string]http.HandlerFunc{
		"in a stall":       stall(""),
		"in a body":        stall(`{"id":`),
		"between attempts": html(503),
		"in the window":    reply(429, anonLimit, `RateLimit: "api";r=0;t=200`),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Options{}, h, func(t *testing.T, c *Client) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(3*time.Second, func() { cancel(why) })
				start := time.Now()
				_, _, err := c.Detail(ctx, "org/name")
				var e *Error
				if d := time.Since(start); !errors.Is(err, why) || errors.As(err, &e) || d != 3*time.Second {
					t.Errorf("after %s: %v, want the cause at once", d, err)
				}
			})
		})
	}
}

// TestTokenIsNeverRepeated has the other side repeat the token wherever it can.
func TestTokenIsNeverRepeated(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"message":  reply(404, `{"error":"no `+testToken+`"}`, "X-Request-Id: "+testToken),
		"header":   reply(400, ``, "X-Error-Message: "+testToken),
		"location": reply(307, ``, "Location: https://"+testToken+".example/"),
		"path": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/"+testToken, http.StatusTemporaryRedirect)
		},
		"type":        reply(200, `{}`, "Content-Type: "+testToken),
		"wrong value": reply(200, `{"id":"a b`+testToken+`"}`),
		"a warning":   reply(200, `{"id":"a/b","downloads":"`+testToken+`"}`),
		"a link":      reply(200, `[]`, "Link: <https://huggingface.co/api/models?t="+testToken+`>; rel="next"`),
		"a bad link":  reply(200, `[]`, "Link: <https://x.example/"+testToken+`>; rel="next"`),
		"the id":      reply(200, `{"id":"a/`+testToken+`"}`),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var told []string
			o := Options{Token: testToken, Tries: 2, CacheMaxAge: time.Hour, CacheDir: dir}
			o.Warn = func(where, problem string) { told = append(told, where, problem) }
			o.Waiting = func(_ time.Duration, why string) { told = append(told, why) }
			bubble(t, o, h, func(t *testing.T, c *Client) {
				_, _, err := c.Detail(t.Context(), "a/b")
				told = append(told, fmt.Sprint(err), fmt.Sprintf("%+v", err))
				if e := (*Error)(nil); errors.As(err, &e) {
					told = append(told, e.URL, e.Message)
				}
				_, err = read(t.Context(), c, Query{Pages: 3})
				told = append(told, fmt.Sprint(err))
				if all := strings.Join(told, "\n"); strings.Contains(all, testToken) {
					t.Errorf("the token is in:\n%s", all)
				}
			})
			if files := contents(t, dir); strings.Contains(files, testToken) {
				t.Errorf("the token is in the cache:\n%s", files)
			}
		})
	}
}

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
