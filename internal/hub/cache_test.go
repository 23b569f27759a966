package hub

import (
	"errors"
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
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
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

func TestCache(t *testing.T) {
	for _, tc := range []struct {
		name   string
		spoil  func(t *testing.T, file string, o *Options)
		cached bool
	}{
		{"as it was", func(*testing.T, string, *Options) {}, true},
		{"too old", func(_ *testing.T, _ string, o *Options) { o.CacheMaxAge = 30 * time.Second }, false},
		{"switched off", func(_ *testing.T, _ string, o *Options) { o.CacheDir = "" }, false},
		{"with another token state", func(_ *testing.T, _ string, o *Options) { o.Token = testToken }, false},
		{"of another endpoint", func(_ *testing.T, _ string, o *Options) { o.Endpoint = "http://huggingface.co:443" }, false},
		{"cut", rewrite(func(s string) string { return s[:len(s)-3] }), false},
		{"empty", rewrite(func(string) string { return "" }), false},
		{"foreign", rewrite(func(string) string { return "<html>\n" }), false},
		{"from the future", rewrite(func(s string) string { return strings.Replace(s, `"time":"2000`, `"time":"2100`, 1) }), false},
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
				tc.spoil(t, stored[0], &o)
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

func rewrite(f func(string) string) func(*testing.T, string, *Options) {
	return func(t *testing.T, file string, _ *Options) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(f(string(b))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
