package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/docs/schemas"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

// What was measured stands in every form of explain.
func TestExplainShowsWhatWasMeasured(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HF_REGISTRY_PATH", dir)
	t.Setenv("AI_AGENT", "")
	t.Setenv("AGENT", "")
	r := data.Run{
		Schema: 1, Started: "2026-11-25T10:00:00Z", SourceSHA256: strings.Repeat("ab", 32),
		Machine:  data.Machine{System: "Linux", Architecture: "x86_64", Cores: 2},
		Versions: map[string]string{"transformers": "5.23.0", "torch": "2.15.0"},
		Rows: []data.Measurement{
			{
				Arch: "bert", Level: data.LevelHub, Outcome: "failed", Reason: "hub: no weights",
				Model: "a/b", Revision: strings.Repeat("0123", 10),
			},
			{
				Arch: "bert", Level: data.LevelTiny, Outcome: "passed", Parameters: 680032,
				LoadSeconds: 0.12345, FirstForwardSeconds: 0.02, SteadyForwardSeconds: 0.01, PeakMemoryBytes: 500e6,
			},
		},
	}
	text, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	picks, err := data.LoadPicks(registrydata.FS)
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := picks.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{r.Path(): text, "picks.json": chosen} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for format, want := range map[string][]string{
		"human": {
			"\nMeasured\n", "a/b at 012301230123: failed: hub: no weights", "built small, with random weights: passed",
			"load 0.123 s, first forward 0.02 s, steady 0.01 s, peak memory 500 MB, 680K parameters",
			"2026-11-25, transformers 5.23.0, torch 2.15.0, Linux x86_64, 2 cores",
		},
		"agent": {"bert\tmeasured\ta/b\thub\ta/b at 012301230123: failed"},
		"json":  {`"load_seconds": 0.12345`, `"outcome": "failed"`},
	} {
		var out, notes bytes.Buffer
		if status := run([]string{"explain", "bert", "--format", format}, &out, &notes); status != exitDone {
			t.Fatalf("%s: status %d: %s", format, status, notes.String())
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: no %q in\n%s", format, w, out.String())
			}
		}
		if format == "json" {
			if err := schemas.Validate("hfmodels-explain", out.Bytes()); err != nil {
				t.Error(err)
			}
		}
	}
}
