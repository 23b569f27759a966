package live

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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
		"HF_HUB_DOWNLOAD_TIMEOUT", "HF_ASSETS_CACHE",
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

// rowOf is the row that is read as m. What is unknown is left out.
func rowOf(m *data.Model, n data.Counters) row {
	known := func(r row) row {
		maps.DeleteFunc(r, func(_ string, v any) bool { return reflect.ValueOf(v).IsZero() })
		return r
	}
	tags := slices.Concat(m.Formats, m.Languages, m.Tags)
	for _, b := range m.Bases {
		tags = append(tags, strings.ReplaceAll("base_model:"+b.Relation+":"+b.ID, "::", ":"))
	}
	if m.License != "" {
		tags = append(tags, "license:"+m.License)
	}
	config := known(row{"model_type": m.ModelType, "architectures": m.Architectures})
	if m.RemoteCode {
		config["auto_map"] = row{"AutoModel": "modeling.Model"}
	}
	if m.Quantized != "" {
		config["quantization_config"] = row{"quant_method": m.Quantized}
	}
	out := known(row{
		"id": m.ID, "author": m.Author, "sha": m.Revision, "library_name": m.Library, "pipeline_tag": m.Pipeline, "gated": m.Gated,
		"config": config, "tags": tags, "safetensors": known(row{"total": m.Parameters, "totalFileSize": m.Bytes}),
	})
	out["private"], out["disabled"] = m.Private, m.Disabled
	if m.Created != "" {
		out["createdAt"] = m.Created + "T00:00:00.000Z"
	}
	if m.Gated == "no" {
		out["gated"] = false
	}
	if n.Downloads >= 0 {
		out["downloads"] = n.Downloads
	}
	if n.Likes >= 0 {
		out["likes"] = n.Likes
	}
	return out
}

// writeRows answers with rows. There are more, which nobody asks for.
func writeRows(w http.ResponseWriter, rows []row) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Link", `</api/models?cursor=x>; rel="next"`)
	_ = json.NewEncoder(w).Encode(append([]row{}, rows...))
}

// backdate makes the cache say that the Hub gave its answers at a time.
func backdate(t *testing.T, at time.Time) {
	t.Helper()
	files, globErr := filepath.Glob(filepath.Join(cacheDir(), "*.gz"))
	file, err := os.ReadFile(strings.Join(files, "")) // the only one
	if globErr != nil || err != nil {
		t.Fatal(files, globErr, err)
	}
	z, zErr := gzip.NewReader(bytes.NewReader(file))
	text, err := io.ReadAll(z)
	_, body, _ := bytes.Cut(text, []byte("\n"))
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	fmt.Fprintf(w, `{"time":%q}`+"\n%s", at.Format(time.RFC3339Nano), body)
	if err := errors.Join(zErr, err, w.Close(), os.WriteFile(files[0], b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
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
	listed := make(map[string]bool) // the recording has a few models under two spellings, the Hub has not
	for _, m := range slices.Backward(slices.Collect(f.Models())) {
		if listed[strings.ToLower(m.ID)] {
			continue
		}
		listed[strings.ToLower(m.ID)] = true
		n, ok := state.Popularity[m.ID]
		if !ok {
			n = data.Counters{Downloads: -1, Likes: -1}
		}
		rows = append(rows, rowOf(m, n))
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
	writeRows(w, known(q.Get("filter")))
}

func defaultOf(a hfmodels.Arch) Query { return Query{Arch: a} }
