package archtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/docs/schemas"
)

func TestResults(t *testing.T) {
	if *resultsFile != "" {
		t.Skip("the results of this run are being written")
	}
	path := filepath.Join(t.TempDir(), "results.json")
	*resultsFile = path
	defer func() {
		*resultsFile = ""
		written.file.Close()
		written.file, written.end, written.any = nil, 0, false
	}()
	row := rowOf(hfmodels.Bert)
	for i, r := range []struct {
		level    string
		failures []string
		skip     string
		want     result
	}{
		{"contract", nil, "", result{Outcome: "passed"}},
		{"contract", []string{"family: x", "host: y"}, "", result{Outcome: "failed", Reason: "family: x\nhost: y"}},
		{"live", nil, "opt-in", result{Outcome: "skipped", Reason: "opt-in", Model: row.Picks[0].ID, Revision: row.Picks[0].Revision}},
	} {
		if err := record(row, r.level, 1500*time.Millisecond, r.failures, r.skip); err != nil {
			t.Fatal(err)
		}
		// The file is whole after each.
		var got struct {
			document
			Results []result `json:"results"`
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%v in:\n%s", err, data)
		}
		if err := schemas.Validate("results", data); err != nil {
			t.Error(err)
		}
		want := r.want
		want.Architecture, want.Family, want.Level, want.Seconds = "bert", "encoder", r.level, 1.5
		if len(got.Results) != i+1 || got.Results[i] != want {
			t.Errorf("got %+v, want a last one of %+v", got.Results, want)
		}
		if got.Schema != 1 || got.Versions["transformers"] != hfmodels.TransformersVersion || got.Machine.Cores == 0 {
			t.Errorf("got the head %+v", got.document)
		}
	}
}

// TestMachine has one machine called the same in Go and Python.
func TestMachine(t *testing.T) {
	system, architecture := machine(runtime.GOOS, runtime.GOARCH)
	if system == runtime.GOOS {
		t.Skipf("what Python says on %s/%s is unknown", runtime.GOOS, runtime.GOARCH)
	}
	out, err := exec.Command("python3", "-I", "-c", "import platform; print(platform.system(), platform.machine())").Output()
	if err != nil {
		t.Skip("no python3: ", err)
	}
	if got, want := system+" "+architecture, strings.TrimSpace(string(out)); got != want {
		t.Errorf("got %s, Python says %s", got, want)
	}
}
