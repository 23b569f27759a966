package live

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
)

// testHub answers lists, and counts them.
type testHub struct {
	*httptest.Server
	requests atomic.Int64
}

// newHub starts a Hub and makes it, and an empty cache, those of the test.
func newHub(t testing.TB, answer http.HandlerFunc) *testHub {
	t.Helper()
	h := new(testHub)
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.requests.Add(1)
		answer(w, r)
	}))
	t.Cleanup(h.Close)
	for _, name := range []string{
		"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE",
		"HF_API_DISABLED", "USE_STATIC_REGISTRY", "FORCE_API_CALLS", "MAX_REGISTRY_AGE_DAYS", "HF_REGISTRY_PATH", "HF_HUB_ETAG_TIMEOUT",
		"HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_ASSETS_CACHE",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("HF_ENDPOINT", h.URL)
	return h
}

func (h *testHub) wantRequests(t *testing.T, want int64) {
	t.Helper()
	if got := h.requests.Load(); got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
}

// row is a model as the Hub lists it.
type row map[string]any

// rowOf is the row that the Hub would list for c.
func rowOf(c *data.Model, n data.Counters) row {
	config := row{}
	put := func(m row, key, v string) {
		if v != "" {
			m[key] = v
		}
	}
	put(config, "model_type", c.ModelType)
	if c.Architectures != nil {
		config["architectures"] = c.Architectures
	}
	if c.RemoteCode {
		config["auto_map"] = row{"AutoModel": "modeling.Model"}
	}
	if c.Quantized != "" {
		config["quantization_config"] = row{"quant_method": c.Quantized}
	}
	tags := []string{}
	tags = append(append(append(tags, c.Formats...), c.Languages...), c.Tags...)
	for _, d := range c.Datasets {
		tags = append(tags, "dataset:"+d)
	}
	for _, b := range c.Bases {
		if b.Relation != "" {
			tags = append(tags, "base_model:"+b.Relation+":"+b.ID)
		} else {
			tags = append(tags, "base_model:"+b.ID)
		}
	}
	if c.License != "" {
		tags = append(tags, "license:"+c.License)
	}
	m := row{"id": c.ID, "author": c.Author, "config": config, "tags": tags, "private": c.Private, "disabled": c.Disabled}
	put(m, "sha", c.Revision)
	put(m, "library_name", c.Library)
	put(m, "pipeline_tag", c.Pipeline)
	if c.Created != "" {
		m["createdAt"] = c.Created + "T00:00:00.000Z"
	}
	switch c.Gated {
	case "no":
		m["gated"] = false
	case "auto", "manual":
		m["gated"] = c.Gated
	}
	weights := row{}
	if c.Parameters > 0 {
		weights["total"] = c.Parameters
	}
	if c.DTypes != nil {
		weights["parameters"] = c.DTypes
	}
	if c.Bytes > 0 {
		weights["totalFileSize"] = c.Bytes
	}
	if len(weights) > 0 {
		m["safetensors"] = weights
	}
	if n.Downloads >= 0 {
		m["downloads"] = n.Downloads
	}
	if n.Likes >= 0 {
		m["likes"] = n.Likes
	}
	return m
}

func writeRows(w http.ResponseWriter, more bool, rows []row) {
	w.Header().Set("Content-Type", "application/json")
	if more {
		w.Header().Set("Link", `</api/models?cursor=x>; rel="next"`)
	}
	if rows == nil {
		rows = []row{}
	}
	_ = json.NewEncoder(w).Encode(rows)
}

func committed() *data.State {
	state, err := embedded()
	if err != nil {
		panic(err)
	}
	return state
}

// known are the rows that a Hub has that says what the compiled facts say.
func known(modelType string) []row {
	state := committed()
	var rows []row
	f := state.Facts[modelType]
	if f == nil {
		return nil
	}
	candidates := slices.Clone(f.Candidates)
	if f.Documented != nil && f.Documented.Model != nil {
		// The recording has a few models under two spellings, the Hub has not.
		doc := f.Documented.Model
		candidates = slices.DeleteFunc(candidates, func(c data.Model) bool { return strings.EqualFold(c.ID, doc.ID) })
		candidates = append(candidates, *doc)
	}
	for i := range candidates {
		c := &candidates[i]
		n, ok := state.Popularity[c.ID]
		if !ok {
			n = data.Counters{Downloads: -1, Likes: -1}
		}
		rows = append(rows, rowOf(c, n))
	}
	return rows
}

// unchanged is a Hub that says what the compiled facts say.
func unchanged(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.URL.Path != "/api/models" || q.Get("sort") != "downloads" || q.Get("limit") != strconv.Itoa(rows) {
		http.Error(w, "not the request that was to be made: "+r.URL.String(), http.StatusTeapot)
		return
	}
	writeRows(w, false, known(q.Get("filter")))
}

func defaultOf(a hfmodels.Arch) Query { return Query{Arch: a} }
