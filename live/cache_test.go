package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
)

// A file that is not whole counts as not there, and is replaced.
func TestCorruptCache(t *testing.T) {
	tests := map[string]func(good []byte) []byte{
		"empty":      func([]byte) []byte { return nil },
		"cut":        func(b []byte) []byte { return b[:len(b)/2] },
		"header cut": func(b []byte) []byte { return b[:20] },
		"flipped":    func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
		"longer":     func(b []byte) []byte { return append(b, "}"...) },
		"of another type": func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"subject":"bert"`), []byte(`"subject":"gpt2"`), 1)
		},
		"of another Hub": func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"endpoint":"http`), []byte(`"endpoint":"ftp`), 1)
		},
		"of a later version": func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"version":1`), []byte(`"version":99`), 1)
		},
		"from the future": func(b []byte) []byte {
			year := fmt.Sprint(time.Now().UTC().Year())
			return bytes.Replace(b, []byte(`"time":"`+year), []byte(`"time":"9999`), 1)
		},
		"binary": func([]byte) []byte { return bytes.Repeat([]byte{0, 255, '\n'}, 1000) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, unchanged)
			var r Resolver
			mustResolve(t, &r, defaultOf(hfmodels.Bert))
			path := r.path("bert", ".json")
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			bad := spoil(bytes.Clone(good))
			if bytes.Equal(good, bad) {
				t.Fatal("nothing was spoiled")
			}
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), bertID, Hub, 0)
			wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), bertID, Cache, Fresh)
			h.wantRequests(t, 2)
		})
	}
}

// Where there is no place for a cache, the Hub still answers.
func TestNoCache(t *testing.T) {
	h := newHub(t, unchanged)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HF_ASSETS_CACHE", file)
	for range 2 {
		wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), bertID, Hub, 0)
	}
	h.wantRequests(t, 2)
}

// Two processes write one file while this one reads it: it is whole each time.
func TestProcesses(t *testing.T) {
	if who := os.Getenv("LIVE_TEST_WRITER"); who != "" {
		var r Resolver
		r.start.Do(r.configure)
		end := time.Now().Add(500 * time.Millisecond)
		for n := 1; time.Now().Before(end); n = n%200 + 1 {
			l := &list{Time: time.Now(), Candidates: make([]data.Model, n)}
			for i := range l.Candidates {
				l.Candidates[i].ID = who
			}
			r.save("bert", l)
		}
		return
	}
	newHub(t, unchanged)
	var r Resolver
	mustResolve(t, &r, defaultOf(hfmodels.Bert))
	done := make(chan error, 2)
	for _, who := range []string{"a/a", "b/b"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestProcesses$")
		cmd.Env = append(os.Environ(), "LIVE_TEST_WRITER="+who)
		go func() {
			out, err := cmd.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w\n%s", err, out)
			}
			done <- err
		}()
	}
	seen := make(map[string]int)
	for running := 2; running > 0; {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			running--
		default:
		}
		l := r.load("bert")
		if l == nil {
			t.Fatal("the file is not whole")
		}
		first := l.Candidates[0].ID
		for _, c := range l.Candidates {
			if c.ID != first && (first == "a/a" || first == "b/b") {
				t.Fatalf("a file of %s holds %s", first, c.ID)
			}
		}
		seen[first]++
	}
	if seen["a/a"] == 0 || seen["b/b"] == 0 {
		t.Errorf("the writers did not both come to word: %v", seen)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(r.path("bert", "")), "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// FuzzCache reads any file in the place of the cache: whole as it stands, or as
// the body below a header that vouches for it. No file ends a program, and an
// answer from it is one that the rules allow.
func FuzzCache(f *testing.F) {
	newHub(f, unchanged)
	f.Setenv("HF_HUB_OFFLINE", "1")
	var r Resolver
	r.start.Do(r.configure)
	good, err := json.Marshal(&list{Complete: true, Candidates: committed().Facts["gpt2"].Candidates[:3], Popularity: data.Popularity{}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(good), true)
	f.Add(`{"complete":true,"candidates":[{"id":"a/b","model_type":"gpt2","parameters":-5,"created":"never"}],"popularity":null}`, true)
	f.Add(`{"candidates":[{"id":"openai-community/gpt2"},{"id":"openai-community/gpt2"}],"popularity":{"a":{"downloads":-9223372036854775808}}}`, true)
	f.Add(`null`, true)
	f.Add("{}\n{}", false)
	f.Fuzz(func(t *testing.T, text string, vouched bool) {
		path := r.path("gpt2", ".json")
		file := []byte(text)
		if vouched {
			head, err := json.Marshal(header{cacheVersion, r.settings.hub.Endpoint, "gpt2", time.Now().UTC(), sum(file)})
			if err != nil {
				t.Fatal(err)
			}
			file = append(append(head, '\n'), file...)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file, 0o600); err != nil {
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
