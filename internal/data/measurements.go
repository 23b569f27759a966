package data

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Measurements are how checkpoints answered when the generated tests last ran
// them. It is measurements.json, empty before the first run.
type Measurements struct {
	Schema int           `json:"schema"`
	Rows   []Measurement `json:"rows" form:"sorted"` // by architecture and model
}

// Measurement is how a checkpoint answered for its task.
type Measurement struct {
	Arch         string `json:"arch" form:"model type!"`
	Model        string `json:"model" form:"id with an owner!"`
	Revision     string `json:"revision" form:"commit!"`
	Started      string `json:"started" form:"time such as 2026-11-25T16:00:00Z!"` // the run
	Transformers string `json:"transformers" form:"line!"`                         // its version
	Outcome      string `json:"outcome" form:"passed|failed!"`
	Reason       string `json:"reason,omitempty" form:"line"` // of a failure
}

// Day is the day on which the run was started.
func (m *Measurement) Day() string { return m.Started[:len("2006-01-02")] }

// Of yields how the checkpoints of an architecture answered.
func (m *Measurements) Of(arch string) iter.Seq[*Measurement] {
	return func(yield func(*Measurement) bool) {
		for i := range m.Rows {
			if m.Rows[i].Arch == arch && !yield(&m.Rows[i]) {
				return
			}
		}
	}
}

// Failure says why a checkpoint failed when it was last run, if that was at this
// revision. It is empty if that run passed, or if there was none.
func (m *Measurements) Failure(id, revision string) string {
	var last Measurement
	for _, row := range m.Rows {
		if row.Model == id && row.Revision == revision && row.Started > last.Started {
			last = row
		}
	}
	if last.Outcome != "failed" {
		return ""
	}
	return fmt.Sprintf("failed on %s with transformers %s: %s", last.Day(), last.Transformers, last.Reason)
}

// Add adds what another run showed. Of what is known of a checkpoint already,
// the later run stays.
func (m *Measurements) Add(other *Measurements) {
	all := slices.Concat(m.Rows, other.Rows)
	slices.SortStableFunc(all, func(a, b Measurement) int {
		return cmp.Or(strings.Compare(a.key(), b.key()), strings.Compare(b.Started, a.Started))
	})
	m.Schema, m.Rows = Schema, slices.CompactFunc(all, func(a, b Measurement) bool { return a.key() == b.key() })
}

// ParseResults reads how checkpoints did in a result file of the generated
// tests; its schema is docs/schemas/results.schema.json. What was skipped, what
// the Hub did not hand over, and the levels that load no checkpoint are left out
// and counted.
func ParseResults(file []byte, cat *Catalog) (m *Measurements, leftOut int, err error) {
	var run struct {
		Schema   int               `json:"schema"`
		Started  string            `json:"started"`
		Versions map[string]string `json:"versions"`
		Results  *[]struct {
			Arch       string `json:"architecture"`
			Level      string `json:"level"`
			OutOfReach bool   `json:"out_of_reach"`
			Measurement
		} `json:"results"`
	}
	if err := json.Unmarshal(file, &run); err != nil {
		return nil, 0, fmt.Errorf("not a result file of the tests, such as pytest --hfmodels-results FILE writes: %w", err)
	}
	switch {
	case run.Results == nil || run.Schema < 1:
		return nil, 0, errors.New("not a result file: it has no results or no schema; write one with: pytest --hfmodels-results FILE")
	case run.Schema > Schema:
		return nil, 0, fmt.Errorf("has schema %d, and this program knows %d: update hfmodels", run.Schema, Schema)
	}
	m = &Measurements{Schema: Schema}
	for i, result := range *run.Results {
		if cat.Arch(result.Arch) == nil {
			return nil, 0, fmt.Errorf("results[%d]: %q is not an architecture of transformers %s", i, result.Arch, cat.Transformers)
		}
		if result.Outcome == "skipped" || result.OutOfReach || result.Level != "hub" {
			leftOut++
			continue
		}
		row := result.Measurement
		row.Arch, row.Started, row.Transformers = result.Arch, run.Started, run.Versions["transformers"]
		row.Reason = OneLine(row.Reason, 300) // its beginning says what failed
		m.Rows = append(m.Rows, row)
	}
	slices.SortFunc(m.Rows, func(a, b Measurement) int { return strings.Compare(a.key(), b.key()) })
	return m, leftOut, check("", m)
}
