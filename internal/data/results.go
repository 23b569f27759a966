package data

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// results is the file that the generated tests write: its schema is
// docs/schemas/results.schema.json.
type results struct {
	Schema   int               `json:"schema"`
	Started  string            `json:"started"`
	Versions map[string]string `json:"versions"`
	Machine  Machine           `json:"machine"`
	Results  *[]struct {
		Arch       string `json:"architecture"`
		OutOfReach bool   `json:"out_of_reach"`
		Measurement
	} `json:"results"`
}

// ParseResults reads what a result file of the generated tests measured. What
// was skipped, what the Hub did not hand over, and levels that run no model,
// measured nothing: they are left out and counted.
func ParseResults(data []byte, cat *Catalog, digest string) (r Run, leftOut int, err error) {
	var f results
	if err := json.Unmarshal(data, &f); err != nil {
		return r, 0, fmt.Errorf("not a result file of the tests, such as pytest --hfmodels-results FILE writes: %w", err)
	}
	switch {
	case f.Results == nil || f.Schema < 1:
		return r, 0, fmt.Errorf("not a result file: it has no results or no schema; write one with: pytest --hfmodels-results FILE")
	case f.Schema > Schema:
		return r, 0, fmt.Errorf("has schema %d, and this program knows %d: update hfmodels", f.Schema, Schema)
	}
	r = Run{Schema: Schema, Started: f.Started, SourceSHA256: digest, Machine: f.Machine, Versions: f.Versions, Rows: []Measurement{}}
	known := make(map[string]bool, len(cat.Archs))
	for _, a := range cat.Archs {
		known[a.ModelType] = true
	}
	for i, row := range *f.Results {
		if !known[row.Arch] {
			return r, 0, fmt.Errorf("results[%d]: %q is no architecture of transformers %s", i, row.Arch, cat.Transformers)
		}
		if row.Outcome == "skipped" || row.OutOfReach || row.Level != LevelTiny && row.Level != LevelHub {
			leftOut++
			continue
		}
		m := row.Measurement
		m.Arch, m.Reason = row.Arch, shorten(m.Reason)
		r.Rows = append(r.Rows, m)
	}
	slices.SortFunc(r.Rows, compareRows)
	if err := r.validate(); err != nil {
		return r, 0, err
	}
	return r, leftOut, nil
}

func compareRows(a, b Measurement) int {
	return cmp.Or(strings.Compare(a.Arch, b.Arch), strings.Compare(a.Level, b.Level), strings.Compare(a.Model, b.Model))
}

// Limits of a result file. It comes from another machine, and its texts end
// up in terminals and pages.
const (
	maxReason = 300
	maxWord   = 200
	maxFigure = 1 << 53 // what JSON readers agree on
)

func (r *Run) validate() error {
	if _, err := time.Parse(time.RFC3339, r.Started); err != nil || !strings.HasSuffix(r.Started, "Z") {
		return fmt.Errorf("started %q is not a time such as 2026-11-25T16:00:00Z", r.Started)
	}
	if !IsDigest(r.SourceSHA256) {
		return fmt.Errorf("source_sha256 %q is not 64 hex digits", r.SourceSHA256)
	}
	words := []string{r.Machine.System, r.Machine.Architecture, r.Machine.Device}
	for name, version := range r.Versions {
		words = append(words, name, version)
	}
	for _, w := range words {
		if w != "" && !IsLine(w, maxWord) {
			return fmt.Errorf("machine or versions: %q is not a short printable text", w)
		}
	}
	if r.Versions["transformers"] == "" {
		return errors.New("versions: that of transformers is missing")
	}
	if r.Machine.Cores < 0 || r.Machine.MemoryBytes < 0 {
		return errors.New("machine: a figure is negative")
	}
	for i, row := range r.Rows {
		if err := row.validate(); err != nil {
			return fmt.Errorf("%s at level %s: %w", row.Arch, row.Level, err)
		}
		if i > 0 && compareRows(r.Rows[i-1], row) >= 0 {
			return fmt.Errorf("%s at level %s is there twice, or the rows are not sorted", row.Arch, row.Level)
		}
	}
	return nil
}

func (m *Measurement) validate() error {
	switch {
	case m.Level != LevelTiny && m.Level != LevelHub:
		return fmt.Errorf("level %q runs no model", m.Level)
	case m.Outcome != "passed" && m.Outcome != "failed":
		return fmt.Errorf("outcome %q is neither passed nor failed", m.Outcome)
	case m.Reason != "" && !IsLine(m.Reason, maxReason+len("…")):
		return errors.New("the reason is not printable, or too long")
	case m.Model != "" && !IsOwned(m.Model):
		return fmt.Errorf("model %q is not organisation/name", m.Model)
	case m.Revision != "" && !IsCommit(m.Revision):
		return fmt.Errorf("revision %q is not 40 hex digits", m.Revision)
	}
	for _, n := range []float64{float64(m.Parameters), float64(m.PeakMemoryBytes), m.LoadSeconds, m.FirstForwardSeconds, m.SteadyForwardSeconds} {
		if n < 0 || n > maxFigure {
			return errors.New("a figure is negative or too large")
		}
	}
	return nil
}

// shorten makes the message of a failure one short line. Its beginning says
// what failed.
func shorten(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	if len(s) <= maxReason {
		return s
	}
	return strings.ToValidUTF8(s[:maxReason], "") + "…"
}
