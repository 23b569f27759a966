package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/live"
)

// A list as the Hub sends it, with the compiled pick; the figures are made up.
const list = `[{"id":%q,"sha":"0123456789012345678901234567890123456789",
"config":{"architectures":["BertForMaskedLM"],"model_type":"bert"},"gated":false,"private":false,"downloads":57000000,"likes":2300,
"library_name":"transformers","pipeline_tag":"fill-mask","tags":["transformers","pytorch","safetensors","bert","fill-mask","en","license:apache-2.0"]}]`

func TestResolve(t *testing.T) {
	pick, ok := hfmodels.Bert.Default()
	if !ok {
		t.Fatal("bert has no default")
	}
	hubServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, list, pick.ID)
	}))
	defer hubServer.Close()
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("HF_ENDPOINT", hubServer.URL)
	for _, name := range []string{"HF_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_API_DISABLED", "USE_STATIC_REGISTRY", "HF_REGISTRY_PATH"} {
		t.Setenv(name, "")
	}
	for _, test := range []struct{ offline, source, more string }{
		{"", "hub", ""},
		{"", "cache", ""},
		{"1", "compiled", "the Hub was not asked"},
	} {
		if test.offline != "" {
			if err := os.RemoveAll(os.Getenv("HF_HOME")); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("HF_HUB_OFFLINE", test.offline)
		hub = new(live.Resolver) // so that nothing is known from the case before
		var out bytes.Buffer
		if err := resolve(t.Context(), &out, "BERT"); err != nil {
			t.Fatal(err)
		}
		want := pick.ID + " (source: " + test.source + ")\n"
		if got := out.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, test.more) {
			t.Errorf("got %q, want %q", got, want+test.more)
		}
	}
}
