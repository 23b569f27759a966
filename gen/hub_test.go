package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

type row = map[string]any

// testHub replays a few recorded models as the Hub answers, and misbehaves as
// its faults say.
type testHub struct {
	*httptest.Server
	mu       sync.Mutex
	rows     []row // most downloaded first
	renamed  map[string]string
	former   map[string]bool   // revisions that some model had before, and still has
	faults   map[string]string // by name; see serve
	requests int
	victim   *os.Process // killed at request number killAt
	killAt   int
}

func newTestHub(t testing.TB) *testHub {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "hub.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := &testHub{renamed: map[string]string{"bert-base-uncased": "google-bert/bert-base-uncased"}, former: map[string]bool{}, faults: map[string]string{}}
	for rows := json.NewDecoder(f); rows.More(); {
		var r row
		if err := rows.Decode(&r); err != nil {
			t.Fatal(err)
		}
		h.rows = append(h.rows, r)
	}
	h.sort()
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	return h
}

func (h *testHub) sort() {
	downloads := func(r row) float64 { n, _ := r["downloads"].(float64); return n }
	slices.SortStableFunc(h.rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(downloads(b), downloads(a)), strings.Compare(a["id"].(string), b["id"].(string)))
	})
}

func (h *testHub) find(id string) row {
	i := slices.IndexFunc(h.rows, func(r row) bool { return r["id"] == id })
	if i < 0 {
		return nil
	}
	return h.rows[i]
}

// change does one thing to the world: gone ID, gate ID, rename OLD NEW,
// retype ID TYPE, commit ID SHA, rewrite ID SHA, recreate FROM ID (another
// repository, with the contents of FROM, gets the name ID), noise.
func (h *testHub) change(args ...string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if args[0] == "noise" {
		for i, r := range h.rows {
			if n, ok := r["downloads"].(float64); ok {
				r["downloads"] = math.Floor(n * float64(90+i*7%21) / 100)
			}
		}
		h.sort()
		return nil
	}
	r := h.find(args[1])
	if r == nil {
		return fmt.Errorf("the test's Hub has no %s", args[1])
	}
	switch args[0] {
	case "gone":
		h.rows = slices.DeleteFunc(h.rows, func(r row) bool { return r["id"] == args[1] })
	case "gate":
		r["gated"] = "manual"
	case "rename":
		h.renamed[args[1]] = args[2]
		r["id"] = args[2]
		r["author"], _, _ = strings.Cut(args[2], "/")
	case "commit":
		h.former[r["sha"].(string)] = true
		r["sha"] = args[2]
	case "rewrite":
		clear(h.former)
		r["sha"] = args[2]
	case "recreate":
		r = maps.Clone(r)
		r["id"], r["_id"], r["createdAt"] = args[2], "ffffffffffffffffffffffff", "2026-08-27T00:00:00.000Z"
		r["author"], _, _ = strings.Cut(args[2], "/")
		h.rows = append(slices.DeleteFunc(h.rows, func(r row) bool { return r["id"] == args[2] }), r)
		h.sort()
	case "retype":
		r["config"] = row{"model_type": args[2]}
		r["tags"] = []any{"transformers", args[2]}
	default:
		return fmt.Errorf("unknown change %s", args[0])
	}
	return nil
}

// one reports whether this request is among every n-th, where n is the fault's
// value.
func (h *testHub) one(fault string) bool {
	n, _ := strconv.Atoi(h.faults[fault])
	return n > 0 && h.requests%n == n-1
}

func (h *testHub) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests++
	if h.victim != nil && h.requests >= h.killAt {
		_ = h.victim.Kill()
		h.victim = nil
	}
	left, window := 499, 300
	if quota, _ := strconv.Atoi(h.faults["quota"]); quota > 0 {
		left, window = max(0, quota-h.requests), 3600
	}
	w.Header().Set("RateLimit", fmt.Sprintf(`"api";r=%d;t=%d`, left, window))
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	q := r.URL.Query()
	switch {
	case left == 0:
		h.answer(w, http.StatusTooManyRequests, row{"error": "We had to rate limit your IP"}, false)
	case strings.HasPrefix(r.Header.Get("Authorization"), "Bearer hf_bad"):
		h.answer(w, http.StatusUnauthorized, row{"error": "Invalid credentials in Authorization header"}, false)
	case h.faults["badrequest"] != "":
		h.answer(w, http.StatusBadRequest, row{"error": "✖ Invalid option"}, false)
	case h.one("fail"):
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusServiceUnavailable)
	case h.one("drop"):
		panic(http.ErrAbortHandler)
	case h.faults["object"] != "" && q.Get("filter") == h.faults["object"]:
		h.answer(w, http.StatusOK, row{"models": []row{}}, false)
	case r.URL.Path == "/api/models":
		h.list(w, r)
	default:
		id, revision, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/api/models/"), "/revision/")
		switch found := h.find(id); {
		case found != nil && revision != "" && !h.former[revision]:
			w.Header().Set("X-Error-Code", "RevisionNotFound")
			h.answer(w, http.StatusNotFound, row{"error": "Invalid rev id: " + revision}, false)
		case found != nil:
			h.answer(w, http.StatusOK, found, true)
		case h.renamed[id] != "":
			w.Header().Set("Location", "/api/models/"+h.renamed[id])
			w.WriteHeader(http.StatusTemporaryRedirect)
		default:
			h.answer(w, http.StatusUnauthorized, row{"error": "Invalid username or password."}, false)
		}
	}
}

func (h *testHub) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var out []row
	for _, m := range h.rows {
		tags, _ := m["tags"].([]any)
		author, _, _ := strings.Cut(m["id"].(string), "/")
		ok := (q.Get("author") == "" || author == q.Get("author")) &&
			(q.Get("pipeline_tag") == "" || m["pipeline_tag"] == q.Get("pipeline_tag"))
		for _, f := range q["filter"] {
			ok = ok && slices.ContainsFunc(tags, func(t any) bool { return t == f }) && h.faults["empty"] != f
		}
		if ok {
			out = append(out, m)
		}
	}
	limit, _ := strconv.Atoi(q.Get("limit"))
	start, _ := strconv.Atoi(q.Get("cursor"))
	limit = min(limit, 30) // pages are small, so that some lists have several
	page := slices.Clone(out[min(start, len(out)):min(start+limit, len(out))])
	if start+limit < len(out) {
		q.Set("cursor", strconv.Itoa(start+limit))
		w.Header().Set("Link", fmt.Sprintf("<%s/api/models?%s>; rel=\"next\"", h.URL, q.Encode()))
	}
	if h.one("garble") && len(page) > 0 {
		page[0] = row{"id": page[0]["id"], "gated": 1, "config": []int{}, "downloads": "many"}
	}
	if page == nil {
		page = []row{}
	}
	h.answer(w, http.StatusOK, page, true)
}

func (h *testHub) answer(w http.ResponseWriter, status int, v any, cuttable bool) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if cuttable && h.one("truncate") {
		body = body[:len(body)/2]
	}
	_, _ = w.Write(body)
}
