package data

import (
	"strings"
	"testing"
	"testing/fstest"
)

var bertOnly = &Catalog{Transformers: "5.23.0", Archs: []Arch{{ModelType: "bert"}}}

const commit = "0123456789012345678901234567890123456789"

// run is a run of the day with one row at level hub.
func run(day, outcome string) Run {
	digest := strings.Repeat(day[len(day)-1:], 64)
	return Run{
		Schema: 1, Started: day + "T10:00:00Z", SourceSHA256: digest, Versions: map[string]string{"transformers": "5.23.0"},
		Rows: []Measurement{{Arch: "bert", Level: LevelHub, Outcome: outcome, Reason: "hub: no weights", Model: "a/b", Revision: commit}},
	}
}

func TestMeasurementsOfAModel(t *testing.T) {
	elsewhere := run("2026-11-03", "passed")
	elsewhere.Machine.Cores = 64
	m := Measurements{}.Add(run("2026-11-01", "failed")).Add(run("2026-11-02", "passed")).Add(elsewhere)
	if len(m) != 2 {
		t.Fatalf("%d runs, want the newer one of each machine: %+v", len(m), m)
	}
	if why := m.Failure("a/b", commit); why != "" {
		t.Errorf("it failed: %s; but it passed when it was last run", why)
	}
	m = m.Add(run("2026-11-04", "failed"))
	if why, want := m.Failure("a/b", commit), "failed on 2026-11-04 with transformers 5.23.0: hub: no weights"; why != want {
		t.Errorf("got %q, want %q", why, want)
	}
	// Another revision, and an unknown one, were not measured.
	for _, revision := range []string{strings.Repeat("f", 40), ""} {
		if why := m.Failure("a/b", revision); why != "" {
			t.Errorf("revision %q: %q", revision, why)
		}
	}
	n := 0
	for r, row := range m.Of("bert") {
		if n++; n == 1 && (r.Day() != "2026-11-04" || row.Outcome != "failed") {
			t.Errorf("the first is of %s, want the newest", r.Day())
		}
	}
	if n != 2 {
		t.Errorf("%d measurements of bert, want 2", n)
	}
}

// Whatever is accepted can be saved, and comes back as it was.
func FuzzParseResults(f *testing.F) {
	f.Add([]byte(`{"schema":1,"started":"2026-11-20T10:00:00Z","machine":{"cores":2},"versions":{"transformers":"5.23.0"},
		"results":[{"architecture":"bert","level":"hub","outcome":"failed","reason":"a\u202eb\nc","model":"a/b","peak_memory_bytes":1}]}`))
	f.Add([]byte(`{"schema":1,"results":[{"architecture":"bert","level":"tiny","load_seconds":1e308}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, _, err := ParseResults(data, bertOnly, strings.Repeat("0", 64))
		if err != nil {
			return
		}
		text, err := Encode(r.Path(), &r)
		if err != nil {
			t.Fatal(err)
		}
		fsys := fstest.MapFS{r.Path(): {Data: text}}
		back, err := LoadMeasurements(fsys)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		again, err := Encode(r.Path(), &back[0])
		if err != nil || string(again) != string(text) {
			t.Errorf("came back otherwise: %v\n%s\n%s", err, text, again)
		}
	})
}
