package hub

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// contents is all that the files under dir hold.
func contents(t *testing.T, dir string) (all string) {
	t.Helper()
	for _, f := range files(t, dir) {
		file, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all += unpack(file)
	}
	return all
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A list that was cut short goes on where it stopped.
func TestResume(t *testing.T) {
	hub := play(reply(200, models(0, 2), nextPage("one")), html(500), reply(200, models(2, 3)))
	bubble(t, Options{CacheMaxAge: time.Hour, CacheDir: t.TempDir(), Tries: 1}, hub, func(t *testing.T, c *Client) {
		if _, err := read(t.Context(), c, Query{Pages: 9}); !errors.Is(err, Unavailable) {
			t.Fatal(err)
		}
		pages, err := read(t.Context(), c, Query{Pages: 9})
		if err != nil || strings.Join(ids(pages), " ") != "0 1 2" || len(hub.asked()) != 3 || c.Stats().Cached != 1 {
			t.Errorf("%v, %v in %d requests", ids(pages), err, len(hub.asked()))
		}
	})
}

// Offline, what is kept is at hand however old it is. A list without a model of the
// type that it has to have is not kept.
func TestKept(t *testing.T) {
	bubble(t, Options{CacheDir: t.TempDir()}, play(reply(200, models(0, 2))), func(t *testing.T, c *Client) {
		if _, err := read(t.Context(), c, Query{Own: "gpt2"}); !errors.Is(err, Malformed) || !strings.Contains(err.Error(), "none of its 2 models has config.model_type gpt2") {
			t.Error(err)
		}
		if p, ok := c.Kept(Query{}); ok {
			t.Errorf("kept %+v", p)
		}
		start := time.Now()
		if _, err := read(t.Context(), c, Query{Own: "bert"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1000 * time.Hour)
		if p, ok := c.Kept(Query{Own: "bert"}); !ok || len(p.Models) != 2 || !p.Time.Equal(start) {
			t.Errorf("kept %t, %+v", ok, p)
		}
		if p, ok := c.Kept(Query{Own: "gpt2"}); ok {
			t.Errorf("kept %+v", p)
		}
	})
}

func TestCache(t *testing.T) {
	for _, tc := range []struct {
		name   string
		opts   func(*Options)
		file   func([]byte) []byte
		cached bool
	}{
		{"as it was", nil, nil, true},
		{"too old", func(o *Options) { o.CacheMaxAge = 30 * time.Second }, nil, false},
		{"switched off", func(o *Options) { o.CacheDir = "" }, nil, false},
		{"with another token state", func(o *Options) { o.Token = testToken }, nil, false},
		{"of another endpoint", func(o *Options) { o.Endpoint = "http://huggingface.co:443" }, nil, false},
		{"cut", nil, func(b []byte) []byte { return b[:len(b)-8] }, false},
		{"flipped", nil, func(b []byte) []byte { b[len(b)/2] ^= 4; return b }, false},
		{"foreign", nil, func([]byte) []byte { return pack("<html>\n") }, false},
		{"of another question", nil, func([]byte) []byte { return pack(`{"time":"2000-01-01T00:00:00Z"}` + "\n[]") }, false},
		{"from the future", nil, func(b []byte) []byte { return pack(strings.Replace(unpack(b), `"time":"2000`, `"time":"2100`, 1)) }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := Options{CacheMaxAge: time.Hour, CacheDir: t.TempDir()}
			hub := play(reply(307, "", "Location: /api/models/org/model-1"), reply(200, model(1, "")))
			bubble(t, o, hub, func(t *testing.T, c *Client) {
				ask := func(c *Client) {
					t.Helper()
					if m, _, err := c.Detail(t.Context(), "old-name"); err != nil || m.ID != "org/model-1" {
						t.Fatalf("got %q, %v, want the canonical id", m.ID, err)
					}
				}
				ask(c)
				stored := files(t, o.CacheDir)
				if len(stored) != 1 {
					t.Fatalf("%d files", len(stored))
				}
				if info, err := os.Stat(stored[0]); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("others can read %s: %v, %v", stored[0], info.Mode(), err)
				}
				o := o
				if tc.opts != nil {
					tc.opts(&o)
				}
				if tc.file != nil {
					b, err := os.ReadFile(stored[0])
					if err := cmp.Or(err, os.WriteFile(stored[0], tc.file(b), 0o600)); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Minute)
				c = newClient(t, hub, o)
				ask(c)
				if got := len(hub.asked()) == 2; got != tc.cached {
					t.Errorf("%d requests, want cached %t", len(hub.asked()), tc.cached)
				}
				asked := len(hub.asked())
				if ask(c); o.CacheDir != "" && len(hub.asked()) != asked {
					t.Error("the bad entry was not replaced")
				}
			})
		})
	}
}

func pack(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return b.Bytes()
}

func unpack(file []byte) string {
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		panic(err)
	}
	text, _ := io.ReadAll(z)
	return string(text)
}
