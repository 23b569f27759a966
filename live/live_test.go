package live

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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
	"github.com/hfmodels/hfmodels/registrydata"
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

// runnerUp would be bert's default next.
func runnerUp() string {
	return committed().Picks.Of("bert").Roles["default"].RunnersUp[0].ID
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
	dir := t.TempDir()
	write := func(name string, text []byte, err error) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("policy.yaml", []byte(policy), nil)
	for _, name := range []string{"catalog.json", "popularity.json"} {
		text, err := fs.ReadFile(registrydata.All, name)
		write(name, text, err)
	}
	for _, arch := range archs {
		f := *committed().Facts[arch]
		f.Checked = "2020-01-01"
		text, err := data.Encode(f.Path(), f)
		write(data.FactsPath(arch), text, err)
	}
	t.Setenv("HF_REGISTRY_PATH", dir)
}

func wantAnswer(t testing.TB, a Answer, id string, source Source, reason Reason) {
	t.Helper()
	if a.Model.ID != id || a.Source != source {
		t.Errorf("got %s from %s (%v), want %s from %s", a.Model.ID, a.Source, a.Why, id, source)
	}
	if reason == "" && a.Why != nil || reason != "" && !errors.Is(a.Why, reason) {
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
		{"HF_HUB_ETAG_TIMEOUT", "5", want{1, Hub, ""}, want{0, Cache, Fresh}, want{1, Hub, ""}},
		{"HF_HUB_OFFLINE", "1", want{0, Compiled, SwitchedOff}, want{0, Cache, Fresh}, want{0, Cache, SwitchedOff}},
		{"TRANSFORMERS_OFFLINE", "yes", want{0, Compiled, SwitchedOff}, want{0, Cache, Fresh}, want{0, Cache, SwitchedOff}},
		{"HF_API_DISABLED", "true", want{0, Compiled, SwitchedOff}, want{0, Cache, Fresh}, want{0, Cache, SwitchedOff}},
		{"HF_API_DISABLED", "0", want{1, Hub, ""}, want{0, Cache, Fresh}, want{1, Hub, ""}},
		{"USE_STATIC_REGISTRY", "on", want{0, Compiled, SwitchedOff}, want{0, Compiled, SwitchedOff}, want{0, Compiled, SwitchedOff}},
		{"FORCE_API_CALLS", "1", want{1, Hub, ""}, want{1, Hub, ""}, want{1, Hub, ""}},
		{"MAX_REGISTRY_AGE_DAYS", "30", want{1, Hub, ""}, want{0, Cache, Fresh}, want{0, Cache, Fresh}},
		{"MAX_REGISTRY_AGE_DAYS", "0", want{1, Hub, ""}, want{1, Hub, ""}, want{1, Hub, ""}},
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
				if state != "empty" {
					id = mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)).Model.ID
					h.requests.Store(0)
				}
				if state == "old" {
					backdate(t, time.Now().Add(-10*24*time.Hour))
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
	t.Setenv("HOME", t.TempDir())
	dir, _ := os.UserCacheDir()
	for _, test := range []struct{ assets, home, want string }{
		{"/a", "/h", "/a/hfmodels/live"},
		{"", "/h", "/h/assets/hfmodels/live"},
		{"", "", dir + "/hfmodels/live"},
	} {
		t.Setenv("HF_ASSETS_CACHE", test.assets)
		t.Setenv("HF_HOME", test.home)
		if got := filepath.ToSlash(cacheDir()); got != filepath.ToSlash(test.want) {
			t.Errorf("%+v: %s", test, got)
		}
	}
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

// Whatever a Hub does instead of answering costs a Resolver one request, and no
// answer.
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
		all    bool // other architectures are not asked for either
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
		{"hanging up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Unreachable, true, false},
		{"rate limited", header("RateLimit", `"api";r=0;t=200`, 429, `{"error":"slow down"}`), RateLimited, true, false},
		{"refusing", header("X-Error-Message", "Invalid credentials in Authorization header", 401, ``), Refused, true, false},
		{"failing", header("X-A", "b", 503, `{"error":"later"}`), Unreachable, false, false},
		{"garbled", header("X-A", "b", 200, `[{"id":"a/b"`), Unusable, false, false},
		{"empty", header("X-A", "b", 200, `[]`), Unusable, false, false},
		{"wrong types", func(w http.ResponseWriter, _ *http.Request) {
			rows := known("bert")
			for _, m := range rows {
				m["config"].(row)["model_type"] = "gpt2"
			}
			writeRows(w, rows)
		}, Unusable, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHub(t, test.answer)
			t.Setenv("HF_TOKEN", "hf_secret")
			if test.slow {
				t.Setenv("HF_HUB_ETAG_TIMEOUT", "0.2")
			}
			r := new(Resolver)
			for range 2 {
				a := mustResolve(t, r, defaultOf(hfmodels.Bert))
				wantAnswer(t, a, bertID, Compiled, test.reason)
				if strings.Contains(a.Why.Error(), "hf_secret") {
					t.Errorf("why tells the token: %v", a.Why)
				}
			}
			wait := pause
			if test.reason == RateLimited {
				wait = 200 * time.Second // the Hub says for how long
			}
			if left := time.Until(r.recall("bert").until); left > wait+2*time.Second || left < wait-30*time.Second {
				t.Errorf("asks again in %s, want %s", left, wait)
			}
			h.wantRequests(t, 1)

			mustResolve(t, r, defaultOf(hfmodels.Gpt2))
			if test.all {
				h.wantRequests(t, 1)
			} else {
				h.wantRequests(t, 2)
			}
		})
	}
}

// When its time is over, the next request replaces what a Resolver knows: a
// failure, and an answer that is not true any more.
func TestLater(t *testing.T) {
	down, gone := true, false
	h := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		rows := known("bert")
		for _, row := range rows {
			if row["id"] == bertID {
				row["disabled"] = gone
			}
		}
		writeRows(w, rows)
	})
	t.Setenv("FORCE_API_CALLS", "1")
	var r Resolver
	wantAnswer(t, mustResolve(t, &r, defaultOf(hfmodels.Bert)), bertID, Compiled, Unreachable)
	down = false
	r.recall("bert").until = time.Now()
	wantAnswer(t, mustResolve(t, &r, defaultOf(hfmodels.Bert)), bertID, Hub, "")
	gone = true
	// One who came too late for the flight finds what it brought.
	if found := r.find(t.Context(), "bert"); found.source != Hub {
		t.Errorf("%+v", found)
	}
	h.wantRequests(t, 2)
	r.recall("bert").until = time.Now()
	if a := mustResolve(t, &r, defaultOf(hfmodels.Bert)); a.Model.ID == bertID || a.Source != Hub {
		t.Errorf("the answer before still counts: %+v", a)
	}
	h.wantRequests(t, 3)
}

// A stale cache answers where the Hub does not, and one that is older than the
// compiled facts never does.
func TestStale(t *testing.T) {
	h := newHub(t, unchanged)
	mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert))
	h.Config.Handler = http.NotFoundHandler()
	for _, test := range []struct {
		time   time.Time
		source Source
	}{
		{factsTime(committed(), "bert").Add(time.Second), Cache},
		{factsTime(committed(), "bert").Add(-time.Second), Compiled},
	} {
		backdate(t, test.time)
		t.Setenv("MAX_REGISTRY_AGE_DAYS", "0")
		a := mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert))
		wantAnswer(t, a, bertID, test.source, Unreachable)
		if a.Source == Cache && !a.AsOf.Equal(test.time) {
			t.Errorf("as of %s, want %s", a.AsOf, test.time)
		}
	}
}

// However many ask at once, one request is sent, and what is known costs nothing.
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
	ctx := t.Context()
	if n := testing.AllocsPerRun(10, func() { _, _ = r.Resolve(ctx, defaultOf(host)) }); n > 0 {
		t.Errorf("an answer that is known takes %v allocations", n)
	}
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
	wantAnswer(t, mustResolve(t, &r, defaultOf(hfmodels.Bert)), bertID, Hub, "")
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
	t.Setenv("HF_HUB_OFFLINE", "1")
	if a, err = new(Resolver).Resolve(ctx, defaultOf(hfmodels.Gpt2)); err != nil || !errors.Is(a.Why, SwitchedOff) {
		t.Errorf("%v, %v: the Hub was not asked, so it is not to blame", a, err)
	}
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

// The Hub's list changes the answer, as far as it goes.
func TestNews(t *testing.T) {
	tiny, _ := hfmodels.Bert.Pick(hfmodels.Tiny)
	disable := func(m row) []row { m["disabled"] = true; return nil }
	tests := []struct {
		name   string
		role   hfmodels.Role
		pick   string
		news   func(pick row) []row // and more rows
		alone  bool                 // the list has no other rows
		want   string               // "" is any but the pick
		source Source
	}{
		{"disabled", hfmodels.Default, bertID, disable, false, "", Hub},
		// The others are as popular as they were.
		{"disabled, in a short list", hfmodels.Default, bertID, disable, true, runnerUp(), Compiled},
		{"created again", hfmodels.Default, bertID, func(m row) []row { m["createdAt"] = "2026-11-20T00:00:00.000Z"; return nil }, false, "", Hub},
		{"twice in the list", hfmodels.Default, bertID, func(m row) []row { return []row{maps.Clone(m)} }, false, bertID, Hub},
		// The facts of the documented checkpoint are compiled in apart from the
		// candidates, and are replaced as well.
		{"of another type", hfmodels.Default, bertID, func(m row) []row { m["config"] = row{"model_type": "gpt2"}; return nil }, false, "", Hub},
		// One request does not tell why the model is not there, and newcomers do
		// not push it out.
		{"not in the list", hfmodels.Tiny, tiny.ID, func(m row) (stubs []row) {
			m["id"] = "acme/other"
			for i := range 20 {
				stubs = append(stubs, row{
					"id": fmt.Sprint("hf-internal-testing/new", i), "config": row{"model_type": "bert"},
					"tags": []string{"transformers"}, "downloads": 1e7,
				})
			}
			return stubs
		}, false, tiny.ID, Compiled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			newHub(t, func(w http.ResponseWriter, _ *http.Request) {
				rows, more := known("bert"), []row(nil)
				for _, m := range rows {
					if m["id"] == test.pick {
						if more = test.news(m); test.alone {
							rows = []row{m}
						}
					}
				}
				writeRows(w, append(rows, more...))
			})
			a := mustResolve(t, new(Resolver), Query{Arch: hfmodels.Bert, Role: test.role})
			if a.Source != test.source || test.want == "" && a.Model.ID == test.pick || test.want != "" && a.Model.ID != test.want {
				t.Errorf("%+v", a)
			}
			if test.source == Compiled {
				if !errors.Is(a.Why, Unlisted) || a.AsOf.Format(time.DateOnly) != committed().Facts["bert"].Checked {
					t.Errorf("as of %s, %v", a.AsOf, a.Why)
				}
			}
		})
	}
}

// Where only the pick is left, and another repository has its name, there is no
// answer.
func TestCreatedAnew(t *testing.T) {
	newHub(t, func(w http.ResponseWriter, _ *http.Request) {
		only := *committed().Facts["bert"].Answer()
		only.Created = "2026-11-20"
		writeRows(w, []row{rowOf(&only, data.Counters{})})
	})
	p, err := ParsePolicy("mine.yaml", []byte("schema: 1\npins: [{arch: bert, role: default, id: "+bertID+", reason: ours}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	var no *NoAnswerError
	if a, err := (&Resolver{Policy: p}).Resolve(t.Context(), defaultOf(hfmodels.Bert)); !errors.As(err, &no) || !strings.Contains(err.Error(), "another repository was created as "+bertID) {
		t.Errorf("%+v, %v", a, err)
	}
}

// An architecture without a known checkpoint has one once the Hub lists it: of
// two, the more popular one.
func TestFirstCheckpoint(t *testing.T) {
	newHub(t, func(w http.ResponseWriter, _ *http.Request) {
		var rows []row
		for id, downloads := range map[string]int{"aaaa/bert-1b": 50, "acme/bert-1b": 50000} {
			rows = append(rows, row{
				"id": id, "sha": strings.Repeat("a", 40), "config": row{"model_type": "bert"}, "gated": false,
				"tags": []string{"transformers", "safetensors"}, "library_name": "transformers", "downloads": downloads,
			})
		}
		writeRows(w, rows)
	})
	asRegistry(t, "schema: 1\n")
	a := mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert))
	wantAnswer(t, a, "acme/bert-1b", Hub, "")
	if a.Model.Revision != strings.Repeat("a", 40) || a.Model.Parameters != 0 || a.Model.Gating != hfmodels.Ungated {
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
	// Where neither the Hub's answer nor the table has a model, that is said once.
	newHub(t, unchanged)
	t.Setenv("HF_REGISTRY_PATH", "")
	for a := range hfmodels.Archs() {
		if i := a.Info(); i.Status == hfmodels.Unproven && i.Host == 0 {
			_, err := new(Resolver).Resolve(t.Context(), defaultOf(a))
			if text := fmt.Sprint(err); !errors.Is(err, Unfit) || strings.Count(text, "live: no ") != 1 || strings.Count(text, i.Why) != 1 {
				t.Errorf("%v", err)
			}
			break
		}
	}
}

// A Hub that says what the compiled facts say changes no answer. Every sixteenth
// architecture is enough to be quick.
func TestSameRules(t *testing.T) {
	h := newHub(t, unchanged)
	var r Resolver
	subjects := make(map[string]bool)
	for arch := range hfmodels.Archs() {
		if arch%16 != 1 {
			continue
		}
		for _, pick := range committed().Picks.Of(arch.String()).Picks {
			for _, place := range pick.Places {
				q := Query{Arch: arch}
				q.Role, _ = hfmodels.ParseRole(place.Role)
				q.Task, _ = hfmodels.ParseTask(place.Task)
				subject, want := arch, hfmodels.Model{}
				if want, _ = arch.Pick(q.Role); q.Task != 0 {
					want, _ = arch.DefaultFor(q.Task)
				}
				if host := arch.Info().Host; host != 0 && place.Role != "tiny" {
					subject = host
				}
				subjects[subject.String()] = true
				a, err := r.Resolve(t.Context(), q)
				got := a.Model
				switch {
				case err != nil:
					t.Errorf("%s: %v", q, err)
				case place.Challenger != nil: // a second refresh may replace it
				case got.ID != want.ID:
					t.Errorf("%s: %s from %s (%v), want %s", q, got.ID, a.Source, a.Why, want.ID)
				case a.Source == Hub && (got.Revision != want.Revision || got.Parameters != want.Parameters || got.License != want.License):
					t.Errorf("%s:\n%+v, want\n%+v", q, got, want)
				}
			}
		}
	}
	h.wantRequests(t, int64(len(subjects)))
}

// The part of the registry that a decision is made from decides as the whole,
// and changes nothing of it. Every sixteenth architecture is enough to be quick.
func TestSubset(t *testing.T) {
	state, err := data.Load(registrydata.All)
	if err != nil {
		t.Fatal(err)
	}
	day := state.Lock.Synced
	whole, err := choose.Choose(state, day)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range whole.Archs {
		twin := slices.ContainsFunc(state.Catalog.Archs, func(a data.Arch) bool { return a.AliasOf == want.Arch })
		if i%16 != 0 && !twin {
			continue
		}
		got, err := choosePart(subset(state, want.Arch), day)
		if err != nil || !reflect.DeepEqual(*got.Of(want.Arch), want) {
			t.Errorf("%s: %v\n%+v, want\n%+v", want.Arch, err, got.Of(want.Arch), want)
		}
	}
	if again, err := data.Load(registrydata.All); err != nil || !reflect.DeepEqual(state.Picks, again.Picks) {
		t.Errorf("the decisions changed the registry: %v", err)
	}
}

func TestRegistryPath(t *testing.T) {
	h := newHub(t, unchanged)
	dir := t.TempDir()
	t.Setenv("HF_REGISTRY_PATH", dir)
	t.Setenv("HF_HUB_OFFLINE", "1")
	_, err := new(Resolver).Resolve(t.Context(), defaultOf(hfmodels.Bert))
	if err == nil || !strings.Contains(err.Error(), "HF_REGISTRY_PATH="+dir) {
		t.Errorf("a registry that is not there: %v", err)
	}
	second := runnerUp()
	asRegistry(t, pinned(second), "bert")
	a := mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert))
	wantAnswer(t, a, second, Registry, SwitchedOff)
	if _, err := new(Resolver).Resolve(t.Context(), defaultOf(hfmodels.Gpt2)); err == nil {
		t.Error("this registry has no gpt2, and the compiled one must not answer for it")
	}
	h.wantRequests(t, 0)
	t.Setenv("HF_HUB_OFFLINE", "")
	wantAnswer(t, mustResolve(t, new(Resolver), defaultOf(hfmodels.Bert)), second, Hub, "")
	h.wantRequests(t, 1)
}

// pinned is a policy that pins bert's default.
func pinned(id string) string {
	return "schema: 1\npins:\n  - {arch: bert, role: default, id: " + id + ", reason: case matters}\n"
}

func TestPolicy(t *testing.T) {
	newHub(t, unchanged)
	second := runnerUp()
	other := "  - {arch: gpt2, role: default, id: " + gpt2ID + ", reason: another architecture}\n"
	own, err := ParsePolicy("own.yaml", []byte(pinned(second)+other))
	if err != nil {
		t.Fatal(err)
	}
	wantAnswer(t, mustResolve(t, &Resolver{Policy: own}, defaultOf(hfmodels.Bert)), second, Hub, "")
	t.Setenv("USE_STATIC_REGISTRY", "1")
	wantAnswer(t, mustResolve(t, &Resolver{Policy: own}, defaultOf(hfmodels.Bert)), second, Compiled, SwitchedOff)

	own, err = ParsePolicy("own.yaml", []byte(pinned(gpt2ID)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = (&Resolver{Policy: own}).Resolve(t.Context(), defaultOf(hfmodels.Bert))
	if err == nil || !strings.Contains(err.Error(), "own.yaml:3") {
		t.Errorf("a pin that cannot be: %v", err)
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
