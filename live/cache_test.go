package live

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
)

// A file that is not whole counts as missing, and is replaced. A file of
// another Hub or model type lies elsewhere.
func TestCorruptCache(t *testing.T) {
	tests := map[string]func(good []byte) []byte{
		"empty":           func([]byte) []byte { return nil },
		"cut":             func(b []byte) []byte { return b[:len(b)/2] },
		"header cut":      func(b []byte) []byte { return b[:5] },
		"checksum cut":    func(b []byte) []byte { return b[:len(b)-8] },
		"flipped":         func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
		"longer":          func(b []byte) []byte { return append(b, "}"...) },
		"not compressed":  func([]byte) []byte { return []byte(`{"time":"2026-01-01T00:00:00Z","models":[]}`) },
		"not JSON":        func([]byte) []byte { return compress("<html>") },
		"of another form": func([]byte) []byte { return compress(`{"time":"` + time.Now().Format(time.RFC3339) + `","models":{}}`) },
		"from the future": func([]byte) []byte { return compress(`{"time":"9999-01-01T00:00:00Z","models":[]}`) },
		"binary":          func([]byte) []byte { return bytes.Repeat([]byte{0, 255, '\n'}, 1000) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, unchanged)
			var r Resolver
			mustResolve(t, &r, defaultOf(hfmodels.Bert))
			path := r.path("bert")
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, spoil(good), 0o600); err != nil {
				t.Fatal(err)
			}
			wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), bertID, Hub, "")
			wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), bertID, Cache, Fresh)
			h.wantRequests(t, 2)

			t.Setenv("HF_ENDPOINT", "http://127.0.0.1:1")
			wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), bertID, Compiled, Unreachable)
		})
	}
}

func compress(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}

// Without a place for the cache, the Hub still answers.
func TestNoCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	readOnly := filepath.Join(t.TempDir(), "read-only")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Mkdir(readOnly, 0o500)); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, readOnly} {
		h := newHub(t, unchanged)
		t.Setenv("HF_ASSETS_CACHE", dir)
		wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), bertID, Hub, "")
		h.wantRequests(t, 1)
	}
}

// FuzzCache reads any text in the place of the cached list. None ends the
// program, and an answer from it is one that the rules allow.
func FuzzCache(f *testing.F) {
	newHub(f, unchanged)
	f.Setenv("HF_HUB_OFFLINE", "1")
	var r Resolver
	r.start.Do(r.configure)
	good, err := json.Marshal(&list{Time: time.Now(), Models: committed().Facts["gpt2"].Candidates[:3], Counters: data.Popularity{}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(good))
	const now = `{"time":"2100-01-01T00:00:00Z",`
	f.Add(now + `"models":[{"id":"a/b","model_type":"gpt2","parameters":-5,"created":"never"}],"counters":null}`)
	f.Add(now + `"models":[{"id":"openai-community/gpt2"},{"id":"openai-community/gpt2"}],` +
		`"counters":{"a":{"downloads":-9223372036854775808}}}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.Replace(text, "2100-01-01T00:00:00Z", time.Now().UTC().Format(time.RFC3339), 1)
		if err := os.MkdirAll(filepath.Dir(r.path("gpt2")), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(r.path("gpt2"), compress(text), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := new(Resolver).Resolve(t.Context(), defaultOf(hfmodels.Gpt2))
		if err != nil {
			t.Fatal(err) // the table has one
		}
		if a.Model.ID == "" || a.Model.Arch != hfmodels.Gpt2 || a.Source != Cache && a.Source != Compiled || a.Why == nil {
			t.Errorf("%+v", a)
		}
	})
}
