package live

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
)

func mustResolve(t testing.TB, r *Resolver, q Query) Answer {
	t.Helper()
	a, err := r.Resolve(t.Context(), q)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	return a
}

// The compiled picks of today.
var bertID, gpt2ID = defaultID(hfmodels.Bert), defaultID(hfmodels.Gpt2)

func defaultID(arch hfmodels.Arch) string {
	m, _ := arch.Default()
	return m.ID
}

// runnerUp is what would be bert's default next, for n 0, or after that.
func runnerUp(n int) string {
	return committed().Picks.Of("bert").Roles["default"].RunnersUp[n].ID
}

// inside is the first architecture that lives inside another one.
func inside(t *testing.T) (arch, host hfmodels.Arch) {
	t.Helper()
	for arch := range hfmodels.Archs() {
		if _, ok := arch.Default(); ok && arch.Info().Host != 0 {
			return arch, arch.Info().Host
		}
	}
	t.Fatal("no architecture lives inside another one")
	return 0, 0
}

// asRegistry makes a directory the registry: what was compiled in, with a
// policy and facts of the architectures alone, as if of a day long ago.
func asRegistry(t *testing.T, policy string, archs ...string) {
	t.Helper()
	state := *committed()
	lock := *state.Lock
	lock.Synced = "2020-01-01"
	dir := t.TempDir()
	write := func(name string, text []byte, err error) {
		t.Helper()
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := state.Catalog.Encode()
	write("catalog.json", text, err)
	text, err = state.Popularity.Encode()
	write("popularity.json", text, err)
	text, err = lock.Encode()
	write("lock.json", text, err)
	write("policy.yaml", []byte(policy), nil)
	for _, arch := range archs {
		text, err = state.Facts[arch].Encode()
		write(data.FactsPath(arch), text, err)
	}
	t.Setenv("HF_REGISTRY_PATH", dir)
}

func wantAnswer(t testing.TB, a Answer, id string, source Source, reason Reason) {
	t.Helper()
	if a.Model.ID != id || a.Source != source {
		t.Errorf("got %s from %s (%v), want %s from %s", a.Model.ID, a.Source, a.Why, id, source)
	}
	if reason == 0 && a.Why != nil || reason != 0 && !errors.Is(a.Why, reason) {
		t.Errorf("why: %v, want %v", a.Why, reason)
	}
	if a.AsOf.IsZero() || a.Age() < 0 || a.Source == Hub && a.Age() > time.Minute {
		t.Errorf("as of %s, %s old", a.AsOf, a.Age())
	}
}

// Each variable alone, with an empty cache, a fresh one, and one of ten days.
func TestEnvironment(t *testing.T) {
	type want struct {
		requests int64
		source   Source
		why      Reason
	}
	tests := []struct {
		name, value       string
		empty, fresh, old want
	}{
		{"HF_HUB_ETAG_TIMEOUT", "5", want{1, Hub, 0}, want{0, Cache, Fresh}, want{1, Hub, 0}},
		{"HF_HUB_OFFLINE", "1", want{0, Compiled, SwitchedOff}, want{0, Cache, Fresh}, want{0, Cache, SwitchedOff}},
		{"TRANSFORMERS_OFFLINE", "yes", want{0, Compiled, SwitchedOff}, want{0, Cache, Fresh}, want{0, Cache, SwitchedOff}},
		{"HF_API_DISABLED", "true", want{0, Compiled, SwitchedOff}, want{0, Cache, Fresh}, want{0, Cache, SwitchedOff}},
		{"HF_API_DISABLED", "0", want{1, Hub, 0}, want{0, Cache, Fresh}, want{1, Hub, 0}},
		{"USE_STATIC_REGISTRY", "on", want{0, Compiled, SwitchedOff}, want{0, Compiled, SwitchedOff}, want{0, Compiled, SwitchedOff}},
		{"FORCE_API_CALLS", "1", want{1, Hub, 0}, want{1, Hub, 0}, want{1, Hub, 0}},
		{"MAX_REGISTRY_AGE_DAYS", "30", want{1, Hub, 0}, want{0, Cache, Fresh}, want{0, Cache, Fresh}},
		{"MAX_REGISTRY_AGE_DAYS", "0", want{1, Hub, 0}, want{1, Hub, 0}, want{1, Hub, 0}},
		{"MAX_REGISTRY_AGE_DAYS", "soon", want{0, Compiled, Misconfigured}, want{0, Compiled, Misconfigured}, want{0, Compiled, Misconfigured}},
		{"HF_ENDPOINT", "huggingface.co", want{0, Compiled, Misconfigured}, want{0, Compiled, Misconfigured}, want{0, Compiled, Misconfigured}},
		{"HF_TOKEN", "hf bad", want{0, Compiled, Misconfigured}, want{0, Compiled, Misconfigured}, want{0, Compiled, Misconfigured}},
	}
	for _, test := range tests {
		for state, want := range map[string]want{"empty": test.empty, "fresh": test.fresh, "old": test.old} {
			t.Run(test.name+"="+test.value+" "+state, func(t *testing.T) {
				h := newHub(t, unchanged)
				id := bertID
				if state == "old" { // and yet younger than the facts, whatever their day
					asRegistry(t, "schema: 1\n", "bert")
					if want.source == Compiled {
						want.source = Registry
					}
				}
				var first Resolver
				if state != "empty" {
					id = mustResolve(t, &first, defaultOf(hfmodels.Bert)).Model.ID
					h.requests.Store(0)
				}
				if state == "old" {
					l := first.load("bert")
					l.Time = l.Time.Add(-10 * 24 * time.Hour)
					first.save("bert", l)
				}
				t.Setenv(test.name, test.value)
				a := mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert))
				wantAnswer(t, a, id, want.source, want.why)
				h.wantRequests(t, want.requests)
			})
		}
	}
}

// The environment decides where the cache lies.
func TestCachePlace(t *testing.T) {
	newHub(t, unchanged)
	t.Setenv("HOME", t.TempDir())
	env := func(m map[string]string) func(string) string { return func(name string) string { return m[name] } }
	dir, _ := os.UserCacheDir()
	for want, m := range map[string]map[string]string{
		"/a/hfmodels/live":        {"HF_ASSETS_CACHE": "/a", "HF_HOME": "/h"},
		"/h/assets/hfmodels/live": {"HF_HOME": "/h"},
		dir + "/hfmodels/live":    {},
	} {
		if got := filepath.ToSlash(cacheDir(env(m))); got != filepath.ToSlash(want) {
			t.Errorf("%v: %s, want %s", m, got, want)
		}
	}
}

// What a Hub may do instead of answering costs one request, in this process
// and in the next, and no answer.
func TestFailures(t *testing.T) {
	header := func(name, value string, status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set(name, value)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		reason Reason
		wide   bool // other architectures are not asked for either
		slow   bool
	}{
		{"slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, Unreachable, true, true},
		{"trickling", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte(" "))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(50 * time.Millisecond)
			}
		}, Unreachable, true, true},
		{"stalling", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, Unreachable, true, true},
		{"hanging up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Unreachable, true, false},
		{"rate limited", header("RateLimit", `"api";r=0;t=200`, 429, `{"error":"slow down"}`), RateLimited, true, false},
		{"failing", header("X-A", "b", 503, `{"error":"later"}`), Unreachable, false, false},
		{"garbled", header("X-A", "b", 200, `[{"id":"a/b"`), Unusable, false, false},
		{"an object", header("X-A", "b", 200, `{"models":[]}`), Unusable, false, false},
		{"a login page", header("Content-Type", "text/html", 200, `<html>`), Unusable, false, false},
		{"empty", header("X-A", "b", 200, `[]`), Unusable, false, false},
		{"odd rows", header("X-A", "b", 200, `[{"id":7},{"id":"../x"},[],null,{"id":"a/b","config":{"model_type":"be rt"}}]`), Unusable, false, false},
		{"wrong types", func(w http.ResponseWriter, _ *http.Request) {
			rows := known("bert")
			for _, m := range rows {
				m["config"].(row)["model_type"] = "gpt2"
			}
			writeRows(w, false, rows)
		}, Unusable, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHub(t, test.answer)
			if test.slow {
				t.Setenv("HF_HUB_ETAG_TIMEOUT", "0.2")
			}
			r := new(Resolver)
			for range 2 {
				a := mustResolve(t, r, defaultOf(hfmodels.Bert))
				wantAnswer(t, a, bertID, Compiled, test.reason)
				wait := pause / 2
				if test.reason == RateLimited {
					wait = 150 * time.Second // the Hub says for how long
				}
				if e := (*SourceError)(nil); !errors.As(a.Why, &e) || time.Until(e.Until) < wait {
					t.Errorf("not told when the Hub is asked again: %v", a.Why)
				}
			}
			a := mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert))
			wantAnswer(t, a, bertID, Compiled, test.reason)
			t.Setenv("FORCE_API_CALLS", "1")
			mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert))
			h.wantRequests(t, 1)

			mustResolve(t, r, defaultOf(hfmodels.Gpt2))
			if test.wide {
				h.wantRequests(t, 1)
			} else {
				h.wantRequests(t, 2)
			}
		})
	}
}

// A token that is refused is not sent again by this process; another one is, by
// the next.
func TestToken(t *testing.T) {
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hf_good" {
			w.Header().Set("X-Error-Message", "Invalid credentials in Authorization header")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		unchanged(w, r)
	})
	t.Setenv("HF_TOKEN", "hf_old")
	r := new(Resolver)
	for _, arch := range []hfmodels.Arch{hfmodels.Bert, hfmodels.Bert, hfmodels.Gpt2} {
		if a := mustResolve(t, r, defaultOf(arch)); a.Source != Compiled || !errors.Is(a.Why, Refused) || strings.Contains(a.Why.Error(), "hf_old") {
			t.Errorf("%s: %s, %v", arch, a.Source, a.Why)
		}
	}
	h.wantRequests(t, 1)
	t.Setenv("HF_TOKEN", "hf_good")
	wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), bertID, Hub, 0)
	h.wantRequests(t, 2)
	err := filepath.WalkDir(os.Getenv("HF_HOME"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "hf_good") || strings.Contains(string(text), "hf_old") {
			t.Errorf("%s holds a token", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// What failed without a token may work with one.
func TestTokenAfterFailure(t *testing.T) {
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("RateLimit", `"api";r=0;t=200`)
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		unchanged(w, r)
	})
	for range 2 {
		wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), bertID, Compiled, RateLimited)
	}
	h.wantRequests(t, 1)
	t.Setenv("HF_TOKEN", "hf_good")
	wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), bertID, Hub, 0)
	h.wantRequests(t, 2)
}

// A pause that a broken clock or a broken file made endless is none.
func TestEndlessPause(t *testing.T) {
	for name, pause := range map[string]*held{
		"of years":         {Reason: Unreachable, Until: time.Now().AddDate(10, 0, 0)},
		"of no known kind": {Reason: 99, Until: time.Now().Add(time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, unchanged)
			var r Resolver
			r.start.Do(r.configure)
			r.saveHold("bert", pause)
			wantAnswer(t, mustResolve(t, &r, defaultOf(hfmodels.Bert)), bertID, Hub, 0)
			h.wantRequests(t, 1)
		})
	}
}

func TestDead(t *testing.T) {
	h := newHub(t, unchanged)
	h.Close()
	a := mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert))
	wantAnswer(t, a, bertID, Compiled, Unreachable)
	if !strings.Contains(a.Why.Error(), "refused") {
		t.Errorf("the cause is lost: %v", a.Why)
	}
}

// A pause ends, and the request then made replaces what failed.
func TestRecovery(t *testing.T) {
	down := true
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		unchanged(w, r)
	})
	r := new(Resolver)
	wantAnswer(t, mustResolve(t, r, defaultOf(hfmodels.Bert)), bertID, Compiled, Unreachable)
	down = false
	r.asked["bert"].until = time.Now()
	r.saveHold("bert", &held{Reason: Unreachable, Until: time.Now()})
	wantAnswer(t, mustResolve(t, r, defaultOf(hfmodels.Bert)), bertID, Hub, 0)
	h.wantRequests(t, 2)
}

// A stale cache answers where the Hub does not, and one that is older than the
// compiled facts never does.
func TestStale(t *testing.T) {
	h := newHub(t, unchanged)
	first := new(Resolver)
	mustResolve(t, first, defaultOf(hfmodels.Bert))
	l := first.load("bert")
	h.Config.Handler = http.NotFoundHandler()
	for _, test := range []struct {
		time   time.Time
		source Source
	}{
		{dayTime(hfmodels.FactsDate).Add(time.Second), Cache},
		{dayTime(hfmodels.FactsDate).Add(-time.Second), Compiled},
	} {
		l.Time = test.time
		first.save("bert", l)
		t.Setenv("MAX_REGISTRY_AGE_DAYS", "0")
		a := mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert))
		wantAnswer(t, a, bertID, test.source, Unreachable)
		if a.Source == Cache && !a.AsOf.Equal(test.time) {
			t.Errorf("as of %s, want %s", a.AsOf, test.time)
		}
	}
}

func TestOneRequest(t *testing.T) {
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(50 * time.Millisecond)
		unchanged(w, r)
	})
	part, host := inside(t)
	var r Resolver
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			arch := host
			if i%2 == 0 {
				arch = part
			}
			a, err := r.Resolve(t.Context(), Query{Arch: arch})
			if err != nil || a.Source != Hub {
				t.Errorf("%s: %v, %v", arch, a, err)
			}
		})
	}
	wg.Wait()
	h.wantRequests(t, 1)
}

// A caller who does not wait gets what is at hand; the request goes on for the
// others.
func TestImpatience(t *testing.T) {
	release := make(chan struct{})
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		<-release
		unchanged(w, r)
	})
	var r Resolver
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	a, err := r.Resolve(ctx, defaultOf(hfmodels.Bert))
	if err != nil {
		t.Fatal(err)
	}
	wantAnswer(t, a, bertID, Compiled, Unreachable)
	if !errors.Is(a.Why, context.DeadlineExceeded) {
		t.Errorf("why: %v", a.Why)
	}
	close(release)
	wantAnswer(t, mustResolve(t, &r, defaultOf(hfmodels.Bert)), bertID, Hub, 0)
	h.wantRequests(t, 1)

	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	a, err = r.Resolve(ctx, defaultOf(hfmodels.Gpt2))
	if err != nil || !errors.Is(a.Why, context.Canceled) {
		t.Errorf("%v, %v", a, err)
	}
	// A fresh cache needs no patience.
	a, err = new(Resolver).Resolve(ctx, defaultOf(hfmodels.Bert))
	if err != nil {
		t.Fatal(err)
	}
	wantAnswer(t, a, bertID, Cache, Fresh)
	time.Sleep(100 * time.Millisecond) // for what should not be under way
	h.wantRequests(t, 1)
}

// A stub is the architecture's own, also where that lives inside another.
func TestTinyOfHosted(t *testing.T) {
	var asked []string
	newHub(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query().Get("filter"))
		unchanged(w, r)
	})
	part, host := inside(t)
	var r Resolver
	for _, role := range []hfmodels.Role{hfmodels.Default, hfmodels.Tiny} {
		_, _ = r.Resolve(t.Context(), Query{Arch: part, Role: role})
	}
	if !slices.Equal(asked, []string{host.String(), part.String()}) {
		t.Errorf("asked for %q", asked)
	}
}

// What the Hub says later counts in the same Resolver too.
func TestNewWord(t *testing.T) {
	gone := false
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		rows := known("bert")
		for _, row := range rows {
			if row["id"] == bertID {
				row["disabled"] = gone
			}
		}
		writeRows(w, false, rows)
	})
	t.Setenv("FORCE_API_CALLS", "1")
	var r Resolver
	wantAnswer(t, mustResolve(t, &r, defaultOf(hfmodels.Bert)), bertID, Hub, 0)
	// One who came too late for the flight finds what it brought.
	if w := r.find(t.Context(), "bert"); w.source != Hub {
		t.Errorf("%+v", w)
	}
	h.wantRequests(t, 1)
	gone = true
	r.asked["bert"].until = time.Now()
	if a := mustResolve(t, &r, defaultOf(hfmodels.Bert)); a.Model.ID == bertID || a.Source != Hub {
		t.Errorf("the word before still counts: %+v", a)
	}
	h.wantRequests(t, 2)
}

// What a list does not show stays if the list may go on, or if a decision rests
// on it.
func TestMerge(t *testing.T) {
	state := committed()
	shown, hidden := state.Facts["bert"].Candidates[0], state.Facts["bert"].Candidates[1]
	has := func(part *data.State, id string) bool {
		return slices.ContainsFunc(part.Facts["bert"].Candidates, func(c data.Model) bool { return c.ID == id })
	}
	for _, complete := range []bool{false, true} {
		part := related(state, "bert")
		facts := *part.Facts["bert"]
		i := slices.IndexFunc(facts.Candidates, func(c data.Model) bool { return c.ID == bertID })
		if i < 0 {
			t.Fatalf("%s is not among the facts any more", bertID)
		}
		pick := facts.Candidates[i]
		facts.Candidates = []data.Model{shown, hidden, pick}
		part.Facts["bert"] = &facts
		merge(part, "bert", &list{Time: time.Now(), Complete: complete, Candidates: []data.Model{shown}})
		if !has(part, shown.ID) || !has(part, bertID) || has(part, hidden.ID) == complete {
			t.Errorf("complete %v: %s %v, %s %v, %s %v", complete, shown.ID, has(part, shown.ID), hidden.ID, has(part, hidden.ID), bertID, has(part, bertID))
		}
	}
}

// The Hub's present word changes the answer.
func TestNews(t *testing.T) {
	rows := map[string]func(rows []row) ([]row, bool){
		"bert": func(rows []row) ([]row, bool) {
			for _, row := range rows {
				if row["id"] == bertID {
					row["disabled"] = true
				}
			}
			return rows, false
		},
		// A list that ends before the pick.
		"gpt2": func(rows []row) ([]row, bool) {
			var some []row
			for _, row := range rows {
				if row["id"] != gpt2ID {
					some = append(some, row)
				}
			}
			return some, true
		},
	}
	newHub(t, func(w http.ResponseWriter, r *http.Request) {
		of := r.URL.Query().Get("filter")
		list, more := rows[of](known(of))
		writeRows(w, more, list)
	})
	var r Resolver
	if a := mustResolve(t, &r, defaultOf(hfmodels.Bert)); a.Model.ID == bertID || a.Source != Hub || a.Model.Arch != hfmodels.Bert {
		t.Errorf("the disabled model stays: %+v", a)
	}
	a := mustResolve(t, &r, defaultOf(hfmodels.Gpt2))
	wantAnswer(t, a, gpt2ID, Compiled, Unlisted)
	if a.AsOf.Format(time.DateOnly) != committed().Facts["gpt2"].Checked {
		t.Errorf("as of %s", a.AsOf)
	}
}

// An architecture that nobody had published a checkpoint of has one once the
// Hub shows it.
func TestFirstCheckpoint(t *testing.T) {
	newHub(t, func(w http.ResponseWriter, _ *http.Request) {
		writeRows(w, false, []row{{"id": "acme/bert-1b", "author": "acme", "sha": strings.Repeat("a", 40), "config": row{"model_type": "bert"}, "gated": false, "tags": []string{"transformers", "safetensors"}, "library_name": "transformers", "downloads": 5000}})
	})
	asRegistry(t, "schema: 1\n")
	a := mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert))
	wantAnswer(t, a, "acme/bert-1b", Hub, 0)
	if a.Model.Revision != strings.Repeat("a", 40) || a.Model.Parameters.Known() || a.Model.Gating != hfmodels.Ungated {
		t.Errorf("%+v", a.Model)
	}
}

func TestNoAnswer(t *testing.T) {
	h := newHub(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	asRegistry(t, "schema: 1\n")
	_, err := new(Resolver).Resolve(t.Context(), defaultOf(hfmodels.Bert))
	var no *NoAnswerError
	if !errors.As(err, &no) || no.Query.Arch != hfmodels.Bert || no.Why == "" || !errors.Is(err, Unreachable) {
		t.Errorf("%v", err)
	}
	h.wantRequests(t, 1)
	for _, q := range []Query{{}, {Arch: 60000}, {Arch: hfmodels.Bert, Role: 9}, {Arch: hfmodels.Bert, Task: 63}} {
		if _, err := new(Resolver).Resolve(t.Context(), q); !errors.As(err, &no) {
			t.Errorf("%v: %v", q, err)
		}
	}
}

// A Hub that says what the compiled facts say changes no answer. Every eighth
// architecture is enough to be quick.
func TestSameRules(t *testing.T) {
	h := newHub(t, unchanged)
	var r Resolver
	subjects := make(map[string]bool)
	for arch := range hfmodels.Archs() {
		if arch%8 != 1 {
			continue
		}
		picks := committed().Picks.Of(arch.String())
		var queries []Query
		for _, role := range []hfmodels.Role{hfmodels.Default, hfmodels.Open, hfmodels.Small, hfmodels.Tiny} {
			queries = append(queries, Query{Arch: arch, Role: role})
		}
		for task := range arch.Info().Tasks.All() {
			queries = append(queries, Query{Arch: arch, Task: task})
		}
		for _, q := range queries {
			pick := picks.Roles[q.Role.String()]
			if q.Task != 0 {
				pick = picks.Tasks[q.Task.String()]
			}
			if pick.Challenger != nil {
				continue // a second refresh may replace it
			}
			want, found := compiled(q)
			a, err := r.Resolve(t.Context(), q)
			if !found {
				if no := (*NoAnswerError)(nil); !errors.As(err, &no) {
					t.Errorf("%s: %v, %v; the table has none", q, a, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", q, err)
				continue
			}
			if a.Model.ID != want.ID {
				t.Errorf("%s: %s from %s (%v), want %s", q, a.Model.ID, a.Source, a.Why, want.ID)
			} else if a.Source == Hub && (a.Model.Revision != want.Revision || a.Model.Parameters != want.Parameters || a.Model.License != want.License) {
				t.Errorf("%s:\n%+v, want\n%+v", q, a.Model, want)
			}
		}
		for _, role := range []hfmodels.Role{hfmodels.Default, hfmodels.Tiny} {
			subject, _ := r.subject(Query{Arch: arch, Role: role})
			subjects[subject] = true
		}
	}
	h.wantRequests(t, int64(len(subjects)))
}

// The part of the registry that a decision is made from decides as the whole.
// Every eighth architecture is enough to be quick.
func TestRelated(t *testing.T) {
	state := committed()
	day := state.Lock.Synced
	whole, err := choose.Choose(state, day)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range whole.Archs {
		if i%8 != 0 {
			continue
		}
		got, err := pick(present(state, want.Arch, want.Arch, nil))
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: %v\n%+v, want\n%+v", want.Arch, err, got, want)
		}
	}
}

func TestRegistryPath(t *testing.T) {
	h := newHub(t, unchanged)
	dir := t.TempDir()
	t.Setenv("HF_REGISTRY_PATH", dir)
	t.Setenv("HF_HUB_OFFLINE", "1")
	if _, err := new(Resolver).Resolve(t.Context(), defaultOf(hfmodels.Bert)); err == nil || !strings.Contains(err.Error(), "HF_REGISTRY_PATH="+dir) {
		t.Errorf("a registry that is not there: %v", err)
	}
	second := runnerUp(0)
	asRegistry(t, pinned(second), "bert")
	a := mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert))
	wantAnswer(t, a, second, Registry, SwitchedOff)
	if _, err := new(Resolver).Resolve(t.Context(), defaultOf(hfmodels.Gpt2)); err == nil {
		t.Error("this registry has no gpt2, and the compiled one must not answer for it")
	}
	h.wantRequests(t, 0)
	t.Setenv("HF_HUB_OFFLINE", "")
	wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), second, Hub, 0)
	h.wantRequests(t, 1)
}

// pinned is a policy that pins bert's default.
func pinned(id string) string {
	return "schema: 1\npins:\n  - {arch: bert, role: default, id: " + id + ", reason: case matters}\n"
}

func TestPolicy(t *testing.T) {
	newHub(t, unchanged)
	second := runnerUp(0)
	own, err := data.ParsePolicy("own.yaml", []byte(pinned(second)))
	if err != nil {
		t.Fatal(err)
	}
	wantAnswer(t, mustResolve(t, &Resolver{Policy: own}, defaultOf(hfmodels.Bert)), second, Hub, 0)
	t.Setenv("USE_STATIC_REGISTRY", "1")
	wantAnswer(t, mustResolve(t, &Resolver{Policy: own}, defaultOf(hfmodels.Bert)), second, Compiled, SwitchedOff)

	own, err = data.ParsePolicy("own.yaml", []byte(pinned(gpt2ID)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&Resolver{Policy: own}).Resolve(t.Context(), defaultOf(hfmodels.Bert)); err == nil || !strings.Contains(err.Error(), "own.yaml:3") {
		t.Errorf("a pin that cannot be: %v", err)
	}
}

// An answer that is known costs no allocation.
func TestAllocations(t *testing.T) {
	newHub(t, unchanged)
	var r Resolver
	ctx := t.Context()
	part, _ := inside(t)
	for _, q := range []Query{defaultOf(hfmodels.Bert), {Arch: hfmodels.Bert, Task: hfmodels.FillMask}, defaultOf(part)} {
		mustResolve(t, &r, q)
		if n := testing.AllocsPerRun(100, func() { _, _ = r.Resolve(ctx, q) }); n != 0 {
			t.Errorf("%s: %v allocations", q, n)
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	newHub(b, unchanged)
	var r Resolver
	mustResolve(b, &r, defaultOf(hfmodels.Bert))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Resolve(b.Context(), defaultOf(hfmodels.Bert)); err != nil {
			b.Fatal(err)
		}
	}
}
