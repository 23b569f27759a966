package data

import (
	"cmp"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path"
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
	Started string `json:"started"` // RFC 3339, UTC
	// SourceSHA256 is the digest of the result file that was imported.
	SourceSHA256 string            `json:"source_sha256"`
	Machine      Machine           `json:"machine"`
	Versions     map[string]string `json:"versions"` // python, torch, transformers, …
	Rows         []Measurement     `json:"rows"`     // sorted by architecture, level, model
}

// Machine is where a run was made.
type Machine struct {
	System       string `json:"system"`
	Architecture string `json:"architecture"`
	Cores        int    `json:"cores"`
	MemoryBytes  int64  `json:"memory_bytes,omitempty"` // 0 unknown
	Device       string `json:"device,omitempty"`
}

// The levels that run a model.
const (
	LevelTiny = "tiny" // built small, with random weights
	LevelHub  = "hub"  // the checkpoint itself
)

// Measurement is what became of one architecture at one level. Figures that
// are unknown are 0.
type Measurement struct {
	Arch    string `json:"arch"`
	Level   string `json:"level"`
	Outcome string `json:"outcome"`          // passed or failed
	Reason  string `json:"reason,omitempty"` // of a failure
	// Model and Revision are the checkpoint that was loaded, at LevelHub.
	Model                string  `json:"model,omitempty"`
	Revision             string  `json:"revision,omitempty"`
	Parameters           int64   `json:"parameters,omitempty"`
	LoadSeconds          float64 `json:"load_seconds,omitempty"`
	FirstForwardSeconds  float64 `json:"first_forward_seconds,omitempty"`
	SteadyForwardSeconds float64 `json:"steady_forward_seconds,omitempty"`
	PeakMemoryBytes      int64   `json:"peak_memory_bytes,omitempty"` // of the process
}

// Day is the day on which the run was started.
func (r *Run) Day() string { return r.Started[:len("2006-01-02")] }

// Path is where the run is kept, under data.
func (r *Run) Path() string {
	return fmt.Sprintf("measurements/%s-%.12s.json", r.Day(), r.SourceSHA256)
}

// Encode returns the canonical bytes of the run's file.
func (r *Run) Encode() ([]byte, error) { return canonical(r, 2) }

// Of returns what was measured of an architecture, the newest first, each with
// the run it is from.
func (m Measurements) Of(arch string) iter.Seq2[*Run, *Measurement] {
	return func(yield func(*Run, *Measurement) bool) {
		for i := range m {
			for j := range m[i].Rows {
				if m[i].Rows[j].Arch == arch && !yield(&m[i], &m[i].Rows[j]) {
					return
				}
			}
		}
	}
}

// Failure says why a checkpoint failed when it was last run at its revision.
// It is empty if that run passed, or if there was none.
func (m Measurements) Failure(id, revision string) string {
	for i := range m {
		for _, row := range m[i].Rows {
			if row.Level != LevelHub || row.Model != id || row.Revision != revision || revision == "" {
				continue
			}
			if row.Outcome == "passed" {
				return ""
			}
			return fmt.Sprintf("failed on %s with transformers %s: %s", m[i].Day(), m[i].Versions["transformers"], row.Reason)
		}
	}
	return ""
}

// Add returns the measurements with another run. Where a machine measured the
// same thing twice with the same versions, only the last row is kept, and a
// run without rows is dropped.
func (m Measurements) Add(r Run) Measurements {
	type place struct{ source, arch, level, model, revision string }
	all := slices.DeleteFunc(slices.Clone(m), func(other Run) bool { return other.SourceSHA256 == r.SourceSHA256 })
	all = append(all, r)
	all.sort()
	seen := make(map[place]bool)
	for i := range all {
		source := all[i].source()
		all[i].Rows = slices.DeleteFunc(slices.Clone(all[i].Rows), func(row Measurement) bool {
			p := place{source, row.Arch, row.Level, row.Model, row.Revision}
			if seen[p] {
				return true
			}
			seen[p] = true
			return false
		})
	}
	return slices.DeleteFunc(all, func(r Run) bool { return len(r.Rows) == 0 })
}

// source identifies a machine with its versions.
func (r *Run) source() string {
	var b strings.Builder
	fmt.Fprint(&b, r.Machine)
	for _, name := range slices.Sorted(maps.Keys(r.Versions)) {
		fmt.Fprintf(&b, " %s=%s", name, r.Versions[name])
	}
	return b.String()
}

func (m Measurements) sort() {
	slices.SortFunc(m, func(a, b Run) int {
		return cmp.Or(strings.Compare(b.Started, a.Started), strings.Compare(a.SourceSHA256, b.SourceSHA256))
	})
}

// LoadMeasurements reads measurements/.
func LoadMeasurements(fsys fs.FS) (Measurements, error) {
	paths, err := fs.Glob(fsys, "measurements/*.json")
	if err != nil {
		return nil, err
	}
	var m Measurements
	for _, p := range paths {
		var r Run
		if err := load(fsys, p, &r); err != nil {
			return nil, err
		}
		if err := r.validate(); err != nil {
			return nil, fmt.Errorf("registry data: %s: %w", p, err)
		}
		if r.Path() != p {
			return nil, fmt.Errorf("registry data: %s: belongs in %s, by its day and digest", p, path.Base(r.Path()))
		}
		m = append(m, r)
	}
	m.sort()
	return m, nil
}
