package data

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
)

// Measurements are what the generated tests measured, the newest run first.
// Each run is a file of measurements/.
type Measurements []Run

// Run is what one run of the tests measured, on one machine with one set of
// versions.
type Run struct {
	Schema  int    `json:"schema"`
	Started string `json:"started" form:"time such as 2026-11-25T16:00:00Z!"`
	// SourceSHA256 is the digest of the result file that was imported.
	SourceSHA256 string            `json:"source_sha256" form:"digest!"`
	Machine      Machine           `json:"machine"`
	Versions     map[string]string `json:"versions" form:"line!,line"` // python, torch, transformers, …
	Rows         []Measurement     `json:"rows" form:"sorted"`         // by architecture, level, model
}

// Machine is where a run was made.
type Machine struct {
	System       string `json:"system" form:"line"`
	Architecture string `json:"architecture" form:"line"`
	Cores        int    `json:"cores"`
	MemoryBytes  int64  `json:"memory_bytes,omitempty"` // 0 unknown
	Device       string `json:"device,omitempty" form:"line"`
}

// The levels that run a model.
const (
	LevelTiny = "tiny" // built small, with random weights
	LevelHub  = "hub"  // the checkpoint itself
)

// Measurement is what became of one architecture at one level. Figures that
// are unknown are 0.
type Measurement struct {
	Arch    string `json:"arch" form:"model type!"`
	Level   string `json:"level" form:"tiny|hub!"`
	Outcome string `json:"outcome" form:"passed|failed!"` // passed or failed
	Reason  string `json:"reason,omitempty" form:"line"`  // of a failure
	// Model and Revision are the checkpoint that was loaded, at LevelHub.
	Model                string  `json:"model,omitempty" form:"id with an owner"`
	Revision             string  `json:"revision,omitempty" form:"commit"`
	Parameters           int64   `json:"parameters,omitempty"`
	LoadSeconds          float64 `json:"load_seconds,omitempty"`
	FirstForwardSeconds  float64 `json:"first_forward_seconds,omitempty"`
	SteadyForwardSeconds float64 `json:"steady_forward_seconds,omitempty"`
	PeakMemoryBytes      int64   `json:"peak_memory_bytes,omitempty"` // of the process
}

// Day is the day on which the run was started.
func (r *Run) Day() string { return r.Started[:len("2006-01-02")] }

// Path is where the run is kept, under registrydata.
func (r *Run) Path() string {
	return fmt.Sprintf("measurements/%s-%.12s.json", r.Day(), r.SourceSHA256)
}

// Of yields what was measured of an architecture, or of all for "", the newest
// first, each with the run it is from.
func (m Measurements) Of(arch string) iter.Seq2[*Run, *Measurement] {
	return func(yield func(*Run, *Measurement) bool) {
		for i := range m {
			for j := range m[i].Rows {
				if row := &m[i].Rows[j]; (arch == "" || row.Arch == arch) && !yield(&m[i], row) {
					return
				}
			}
		}
	}
}

// Failure says why a checkpoint failed when it was last run at its revision.
// It is empty if that run passed, or if there was none.
func (m Measurements) Failure(id, revision string) string {
	for r, row := range m.Of("") {
		if row.Level == LevelHub && row.Model == id && row.Revision == revision && revision != "" {
			if row.Outcome == "passed" {
				return ""
			}
			return fmt.Sprintf("failed on %s with transformers %s: %s", r.Day(), r.Versions["transformers"], row.Reason)
		}
	}
	return ""
}

// Add returns the measurements with another run. Where a machine measured the
// same thing twice with the same versions, only the last row is kept, and a
// run without rows is dropped.
func (m Measurements) Add(r Run) Measurements {
	all := slices.DeleteFunc(slices.Clone(m), func(other Run) bool { return other.SourceSHA256 == r.SourceSHA256 })
	all = append(all, r).sorted()
	seen := make(map[string]bool)
	for i, run := range all {
		all[i].Rows = slices.DeleteFunc(slices.Clone(run.Rows), func(row Measurement) bool {
			what := fmt.Sprint(run.Machine, run.Versions, row.Arch, row.Level, row.Model, row.Revision) // maps print sorted
			again := seen[what]
			seen[what] = true
			return again
		})
	}
	return slices.DeleteFunc(all, func(r Run) bool { return len(r.Rows) == 0 })
}

func (m Measurements) sorted() Measurements {
	slices.SortFunc(m, func(a, b Run) int {
		return cmp.Or(strings.Compare(b.Started, a.Started), strings.Compare(a.SourceSHA256, b.SourceSHA256))
	})
	return m
}

// LoadMeasurements reads measurements/.
func LoadMeasurements(fsys fs.FS) (Measurements, error) {
	runs, err := readAll[Run](fsys, "measurements/*.json")
	return Measurements(runs).sorted(), err
}

// ParseResults reads what a result file of the generated tests measured; its
// schema is docs/schemas/results.schema.json. Rows that were skipped, that the
// Hub did not hand over, or that are of a level that runs no model, measured
// nothing: they are left out and counted.
func ParseResults(file []byte, cat *Catalog, digest string) (r Run, leftOut int, err error) {
	var results struct {
		Run
		Results *[]struct {
			Arch       string `json:"architecture"`
			OutOfReach bool   `json:"out_of_reach"`
			Measurement
		} `json:"results"`
	}
	if err := json.Unmarshal(file, &results); err != nil {
		return r, 0, fmt.Errorf("not a result file of the tests, such as pytest --hfmodels-results FILE writes: %w", err)
	}
	r = results.Run
	switch {
	case results.Results == nil || r.Schema < 1:
		return r, 0, errors.New("not a result file: it has no results or no schema; write one with: pytest --hfmodels-results FILE")
	case r.Schema > Schema:
		return r, 0, fmt.Errorf("has schema %d, and this program knows %d: update hfmodels", r.Schema, Schema)
	}
	r.SourceSHA256, r.Rows = digest, []Measurement{}
	for i, row := range *results.Results {
		if cat.Arch(row.Arch) == nil {
			return r, 0, fmt.Errorf("results[%d]: %q is not an architecture of transformers %s", i, row.Arch, cat.Transformers)
		}
		if row.Outcome == "skipped" || row.OutOfReach || row.Level != LevelTiny && row.Level != LevelHub {
			leftOut++
			continue
		}
		m := row.Measurement
		m.Arch, m.Reason = row.Arch, OneLine(m.Reason, 300) // its beginning says what failed
		r.Rows = append(r.Rows, m)
	}
	slices.SortFunc(r.Rows, func(a, b Measurement) int { return strings.Compare(a.key(), b.key()) })
	return r, leftOut, check("", &r)
}

// validate checks what the forms of the texts do not say.
func (r *Run) validate() error {
	if r.Versions["transformers"] == "" {
		return errors.New("versions: that of transformers is missing")
	}
	return nil
}
