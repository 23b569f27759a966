package archtest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/hfmodels/hfmodels"
)

var resultsFile = flag.String("hfmodels.results", "", "write the outcomes of the generated tests to `file`, as JSON")

// schema is the version of the document, one with that of the Python tests.
const schema = 1

type result struct {
	Architecture string  `json:"architecture"`
	Family       string  `json:"family"`
	Level        string  `json:"level"`
	Outcome      string  `json:"outcome"` // passed, failed or skipped
	Reason       string  `json:"reason,omitempty"`
	Seconds      float64 `json:"seconds"`
	Model        string  `json:"model,omitempty"`
	Revision     string  `json:"revision,omitempty"`
}

// document is all of the results file but the results.
type document struct {
	Schema   int               `json:"schema"`
	Started  string            `json:"started"`
	Versions map[string]string `json:"versions"`
	Machine  struct {
		System       string `json:"system"`
		Architecture string `json:"architecture"`
		Cores        int    `json:"cores"`
	} `json:"machine"`
}

// written is the state of the results file: the document is complete after
// each result, so that a run that is killed leaves what it had.
var written struct {
	sync.Mutex
	file *os.File
	end  int64 // where the next result goes
	any  bool
}

// record writes what became of a level, if results are asked for.
func record(row Row, level string, took time.Duration, failures []string, skip string) error {
	if *resultsFile == "" {
		return nil
	}
	r := result{
		Architecture: row.ModelType,
		Family:       string(row.Family),
		Level:        level,
		Outcome:      "passed",
		Seconds:      took.Seconds(),
	}
	switch {
	case skip != "":
		r.Outcome, r.Reason = "skipped", skip
	case len(failures) > 0:
		r.Outcome, r.Reason = "failed", strings.Join(failures, "\n")
	}
	if level == "live" && len(row.Picks) > 0 {
		r.Model, r.Revision = row.Picks[0].ID, row.Picks[0].Revision
	}
	return add(r)
}

func add(r result) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	written.Lock()
	defer written.Unlock()
	if written.file == nil {
		if err := open(); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if written.any {
		b.WriteByte(',')
	}
	b.WriteString("\n  ")
	b.Write(line)
	end := written.end + int64(b.Len())
	b.WriteString(tail)
	if _, err := written.file.WriteAt(b.Bytes(), written.end); err != nil {
		return err
	}
	written.end, written.any = end, true
	return nil
}

const tail = "\n ]\n}\n"

// machine names a machine as the Python tests do, which have it from Python's
// platform module: the results of both are read together.
func machine(goos, goarch string) (system, architecture string) {
	switch goos + "/" + goarch {
	case "linux/amd64":
		return "Linux", "x86_64"
	case "linux/arm64":
		return "Linux", "aarch64"
	case "darwin/amd64":
		return "Darwin", "x86_64"
	case "darwin/arm64":
		return "Darwin", "arm64"
	case "windows/amd64":
		return "Windows", "AMD64"
	case "windows/arm64":
		return "Windows", "ARM64"
	}
	return goos, goarch
}

func open() error {
	d := document{Schema: schema, Started: time.Now().UTC().Format(time.RFC3339)}
	d.Versions = map[string]string{
		"go":           strings.TrimPrefix(runtime.Version(), "go"),
		"transformers": hfmodels.TransformersVersion,
		"facts":        hfmodels.FactsDate,
	}
	d.Machine.System, d.Machine.Architecture = machine(runtime.GOOS, runtime.GOARCH)
	d.Machine.Cores = runtime.NumCPU()
	head, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return err
	}
	head = append(bytes.TrimSuffix(head, []byte("\n}")), ",\n \"results\": ["...)
	f, err := os.Create(*resultsFile)
	if err != nil {
		return err
	}
	if _, err := f.Write(head); err != nil {
		return err
	}
	written.file, written.end = f, int64(len(head))
	return nil
}
