package data

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Every committed file is in the form that the programs write.
func TestCommittedStateIsCanonical(t *testing.T) {
	d, err := Load(os.DirFS("../../registrydata"))
	if err != nil {
		t.Fatal(err)
	}
	held := d.Synced()
	maps.Copy(held, map[string]any{"catalog.json": d.Catalog, "lock.json": d.Lock, "releases.json": &d.Releases, "engines.json": &d.Engines, "measurements.json": &d.Measurements})
	for name, v := range held {
		want, err := Encode(name, v)
		have, readErr := os.ReadFile(filepath.Join("../../registrydata", name))
		if err != nil || readErr != nil || string(have) != string(want) {
			t.Errorf("%s is not canonical: %v, %v", name, err, readErr)
		}
	}
	digest, err := d.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if digest != d.Lock.FactsSHA256 {
		t.Errorf("lock.json has the digest of another state, and not %s: a refresh was interrupted, or a file edited by hand", digest)
	}
	for modelType := range d.IDs {
		if d.Catalog.Arch(modelType) == nil {
			t.Errorf("ids.json has %s, and the catalog does not", modelType)
		}
	}
}

func TestCanonical(t *testing.T) {
	got, err := canonical(map[string]any{"b": []any{map[string]int{"y": 1, "x": 2}}, "a": "<&>", "c": []int{}}, 2)
	if want := "{\n \"a\":\"<&>\",\n \"b\":[\n  {\"x\":2,\"y\":1}\n ],\n \"c\":[]\n}\n"; err != nil || string(got) != want {
		t.Errorf("got\n%s\nwant\n%s; %v", got, want, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	good := func() fstest.MapFS {
		return fstest.MapFS{
			"catalog.json": {Data: []byte(`{"schema":1,"archs":[{"model_type":"bert"}]}`)},
			"policy.yaml":  {Data: []byte("schema: 1\n")},
		}
	}
	dropped := good() // by transformers since the last choice
	dropped["picks.json"] = &fstest.MapFile{Data: []byte(`{"schema":1,"archs":[{"arch":"dropped","status":"proven"}]}`)}
	for _, fsys := range []fstest.MapFS{good(), dropped} {
		if _, err := Load(fsys); err != nil {
			t.Fatal(err)
		}
	}
	candidates := func(rows string) string {
		return `{"schema":1,"arch":"bert","checked":"2026-08-22","candidates":[` + rows + `]}`
	}
	archs := func(rows, more string) string { return `{"schema":1,"archs":[` + rows + `]` + more + `}` }
	bert := func(fields string) string { return archs(`{"model_type":"bert",`+fields+`}`, "") }
	for _, tt := range []struct{ name, file, data, want string }{
		{"a newer schema", "lock.json", `{"schema":2}`, "lock.json has schema 2, and this program knows 1"},
		{"a field that would be lost", "lock.json", `{"schema":1,"endpont":""}`, `unknown field "endpont"`},
		{"half a file", "lock.json", "{\"schema\":1,\n", "lock.json"},
		{"two values", "lock.json", `{"schema":1} {}`, "lock.json"},
		{"facts under another name", "facts/gpt2.json", candidates(``), "belongs in facts/bert.json"},
		{"one candidate twice", "facts/bert.json", candidates(`{"id":"a/b"},{"id":"a/b"}`), `"a/b" comes after "a/b"`},
		{"a negative size", "facts/bert.json", candidates(`{"id":"a/b","bytes":-1}`), "a/b: bytes: -1 is too small"},
		{"no architecture", "catalog.json", `{"schema":1}`, "no architectures"},
		{"unsorted architectures", "catalog.json", archs(`{"model_type":"b"},{"model_type":"a"}`, ""), "comes after"},
		{"one architecture twice", "catalog.json", archs(`{"model_type":"a"},{"model_type":"a"}`, ""), `"a" comes after "a"`},
		{"one decision twice", "picks.json", archs(`{"arch":"a","status":"none"},{"arch":"a","status":"none"}`, ""), `"a" comes after "a"`},
		{"an empty file", "picks.json", "", "picks.json: is empty; restore it"},
		{"half a value", "picks.json", `{"schema":1,`, "picks.json: is cut off; restore it"},
		{"another kind", "picks.json", "{\n\"schema\":1,\"archs\":\"x\"}", "picks.json: line 2: archs: a JSON string is not wanted here"},
		{"a list", "lock.json", "[]", "lock.json: line 1: the whole: a JSON array is not wanted here"},
		{"an id that leads elsewhere", "facts/bert.json", candidates(`{"id":"../../etc/passwd"}`), `id: "../../etc/passwd" is not a valid repository id`},
		{"half a revision", "facts/bert.json", candidates(`{"id":"a/b","revision":"86b5e09"}`), `revision: "86b5e09" is not`},
		{"an unknown gating", "facts/bert.json", candidates(`{"id":"a/b","gated":"perhaps"}`), `gated: "perhaps"`},
		{"an unknown format", "facts/bert.json", candidates(`{"id":"a/b","formats":["zip"]}`), `formats[0]: "zip" is not one of safetensors, pytorch`},
		{"a class that ends a string", "facts/bert.json", candidates(`{"id":"a/b","architectures":["A\"B"]}`), `architectures[0]: "A\"B" is not a valid class`},
		{"the answer's id", "facts/bert.json", `{"schema":1,"arch":"bert","documented":{"model":{"id":"a b"}},"candidates":[]}`, `a b: id: "a b"`},
		{"a model type of other letters", "catalog.json", archs(`{"model_type":"bеrt"}`, ""), `model_type: "b`},
		{"a model type that ends a comment", "catalog.json", archs(`{"model_type":"bert*/"}`, ""), `model_type: "bert*/"`},
		{"a long model type", "catalog.json", archs(`{"model_type":"`+strings.Repeat("b", 65)+`"}`, ""), `model_type: "`},
		{"two model types of one name", "catalog.json", archs(`{"model_type":"BE-RT"},{"model_type":"bert"}`, ""), `"BE-RT" and "bert" have the same`},
		{"a config class", "catalog.json", bert(`"config_class":"Bert/Config"`), `bert: config_class: "Bert/Config" is not a valid class`},
		{"a task", "catalog.json", bert(`"tasks":["N/A"]`), `tasks[0]: "N/A"`},
		{"a parent", "catalog.json", bert(`"parents":["clop"]`), `"clop" is not in the catalogue`},
		{"a version", "catalog.json", `{"schema":1,"transformers":"5\nx","archs":[{"model_type":"bert"}]}`, `transformers: "5\nx" is not a valid version`},
		{"a lock without a digest", "lock.json", `{"schema":1,"transformers":"5.23.0","synced":"2026-08-22","endpoint":"x"}`, `lock.json: no facts_sha256`},
		{"a lock of no day", "lock.json", `{"schema":1,"transformers":"5.23.0","synced":"yesterday","endpoint":"x","facts_sha256":"` + strings.Repeat("a", 64) + `"}`, `synced: "yesterday"`},
		{"a control character", "picks.json", "{\"schema\":1,\n\"archs\":[{\"arch\":\"a\",\"status\":\"none\",\"why\":\"a\\u001b[31m\"}]}", `a: why: "a\x1b[31m" is not a valid line of printable text`},
		{"one that turns the direction", "picks.json", archs(`{"arch":"a","status":"none","why":"`+"\u202e"+`"}`, ""), `why: "\u202e" is not`},
		{"a line break", "picks.json", archs(`{"arch":"a","status":"none","why":"a\nb"}`, ""), `why: "a\nb" is not`},
		{"no policy", "policy.yaml", "", "policy.yaml"},
		{"half a policy", "policy.yaml", "schema: 1\nden", "policy.yaml: does not end with a line break"},
		{"null", "aliases.json", "null", "aliases.json: holds null"}, // which decodes to a nil map
		{"null for rows", "picks.json", "null", "picks.json: holds null"},
		{"no schema", "lock.json", `{}`, "lock.json: schema is not 1; restore it, as with: git checkout -- registrydata/lock.json"},
		{"an empty former id", "aliases.json", `{"":"a/b"}`, `"" is not a valid repository id`},
		{"ids of no type", "ids.json", `{"":["a/b"]}`, `"" is not a valid model type`},
		{"an id of another form", "ids.json", `{"bert":["a b"]}`, `bert[0]: "a b"`},
		{"ids in disorder", "ids.json", `{"bert":["b/b","a/b"]}`, `"a/b" comes after "b/b"`},
		{"counters below zero", "popularity.json", `{"a/b":{"downloads":-2,"likes":1}}`, "a/b: downloads: -2 is too small"},
		{"half the recipes", "recipes.json", `{"schema":1,"archs":[`, "recipes.json: is cut off"},
		{"a recipe of nothing", "recipes.json", archs(`{}`, ""), `"" comes after ""`},
		{"a recipe with one", "recipes.json", archs(`{"model_type":"a","x":{"y":["\u001b[31m"]}}`, ""), `"\x1b[31m" is not`},
		{"a recipe twice", "recipes.json", archs(`{"model_type":"a"},{"model_type":"a"}`, ""), `"a" comes after "a"`},
		{"a lost pick", "facts/bert.json", `{"schema":1,"arch":"bert","checked":"2026-08-22","lost":{"a/b":"mislaid"},"candidates":[]}`, `lost: a/b: "mislaid"`},
		{"facts of no day", "facts/bert.json", `{"schema":1,"arch":"bert","candidates":[]}`, `facts/bert.json: no checked`},
		{"a pick that is not there", "picks.json", archs(`{"arch":"a","status":"proven","roles":{"open":{"id":"a/b"}}}`, ""), `"a/b" fills the place open`},
		{"a pick without facts", "picks.json", archs(`{"arch":"bert","status":"proven"}`, ""), "facts/bert.json: file does not exist; restore it"},
		{"a ranked id", "picks.json", archs(``, `,"rankings":[{"task":"fill-mask","models":[{"id":"a b","arch":"a"}]}]`), `id: "a b"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fsys := good()
			fsys[tt.file] = &fstest.MapFile{Data: []byte(tt.data)}
			if _, err := Load(fsys); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to say %q", err, tt.want)
			}
		})
	}
}

func TestAliases(t *testing.T) {
	a := Aliases{"v1": "v2"}
	a.Add(Aliases{"v2": "v3", "x": "y"})
	a.Add(Aliases{"v3": "v4"})
	for old, want := range map[string]string{"v1": "v4", "v2": "v4", "v3": "v4", "x": "y"} {
		if a[old] != want {
			t.Errorf("%s leads to %s, want %s", old, a[old], want)
		}
	}
	a.Add(Aliases{"v4": "v1"})         // back to the first name
	a.Add(Aliases{"b": "c", "c": "b"}) // which cannot be
	a.Add(Aliases{"o": "p", "n": "o"}) // in one refresh
	want := Aliases{"v2": "v1", "v3": "v1", "v4": "v1", "x": "y", "b": "c", "n": "p", "o": "p"}
	if !maps.Equal(a, want) {
		t.Errorf("%v, want %v", a, want)
	}
	for modelType, want := range map[string]string{"a": "y", "b": "x"} { // what the facts say of y
		s := &State{Aliases: a, Catalog: &Catalog{Archs: []Arch{{ModelType: "a"}}}}
		s.Facts = map[string]*Facts{"a": {Candidates: []Model{{ID: "y", ModelType: modelType}}}}
		p := &Picks{Archs: []ArchPicks{{Arch: "a", Roles: map[string]Place{"default": {ID: "x"}}, Picks: []Pick{{ID: "x"}}}}}
		s.Follow(p)
		if got := p.Archs[0]; got.Roles["default"].ID != want || got.Picks[0].ID != want {
			t.Errorf("where y is of type %s, x becomes %+v, want %s", modelType, got, want)
		}
	}
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	a := filepath.Join(dir, "a")
	if err := os.WriteFile(a, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ other, want string }{
		{filepath.Join("a", "b"), "old"}, // of two files none is replaced if one cannot be written
		{"b", "new"},
	} {
		err := Replace(map[string][]byte{a: []byte("new"), filepath.Join(dir, tt.other): []byte("new")}, 0o600)
		if got, readErr := os.ReadFile(a); readErr != nil || string(got) != tt.want || (err == nil) != (tt.want == "new") {
			t.Errorf("%s: a holds %q, want %q (%v, %v)", tt.other, got, tt.want, err, readErr)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("left on disk: %v (%v)", left, err)
	}
	if info, err := os.Stat(a); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v (%v)", info, err)
	}
}

var bertOnly = &Catalog{Transformers: "5.23.0", Archs: []Arch{{ModelType: "bert"}}}

const commit = "0123456789012345678901234567890123456789"

// ran is a run on the day, of a checkpoint at a revision.
func ran(day, revision, outcome string) *Measurements {
	return &Measurements{Rows: []Measurement{{
		Arch: "bert", Model: "a/b", Revision: revision, Started: day + "T10:00:00Z", Transformers: "5.23.0", Outcome: outcome, Reason: "no weights",
	}}}
}

func TestMeasurementsOfAModel(t *testing.T) {
	other := strings.Repeat("f", 40)
	failed := "failed on 2026-11-02 with transformers 5.23.0: no weights"
	for _, test := range []struct {
		runs []*Measurements
		why  string
	}{
		{nil, ""},
		{[]*Measurements{ran("2026-11-02", commit, "failed")}, failed},
		{[]*Measurements{ran("2026-11-02", other, "failed")}, ""},
		{[]*Measurements{ran("2026-11-01", commit, "passed"), ran("2026-11-02", commit, "failed")}, failed},
		{[]*Measurements{ran("2026-11-02", commit, "failed"), ran("2026-11-01", commit, "passed")}, failed},
		{[]*Measurements{ran("2026-11-01", commit, "failed"), ran("2026-11-02", commit, "passed")}, ""},
	} {
		var m Measurements
		for _, run := range test.runs {
			m.Add(run)
		}
		if why := m.Failure("a/b", commit); why != test.why {
			t.Errorf("%v: got %q, want %q", m, why, test.why)
		}
		if n := len(slices.Collect(m.Of("bert"))); n != min(1, len(test.runs)) {
			t.Errorf("%v: %d rows of bert, want the last run only", m, n)
		}
	}
}

// Whatever is accepted can be saved, and comes back as it was.
func FuzzParseResults(f *testing.F) {
	f.Add([]byte(`{"schema":1,"started":"2026-11-20T10:00:00Z","versions":{"transformers":"5.23.0"},
		"results":[{"architecture":"bert","level":"hub","outcome":"failed","reason":"a\u202eb\nc","model":"a/b","revision":"` + commit + `"}]}`))
	f.Add([]byte(`{"schema":1,"results":[{"architecture":"bert","level":"tiny","outcome":"passed"}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, _, err := ParseResults(data, bertOnly)
		if err != nil {
			return
		}
		text, err := Encode("measurements.json", m)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Read[Measurements](fstest.MapFS{"measurements.json": {Data: text}}, "measurements.json")
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		again, err := Encode("measurements.json", back)
		if err != nil || string(again) != string(text) {
			t.Errorf("came back otherwise: %v\n%s\n%s", err, text, again)
		}
	})
}

// The order in which releases are read does not matter; later ones than the
// catalog's count for nothing; a type that came back is known since then.
func TestReleases(t *testing.T) {
	known := func(version string, types ...string) Release {
		k := Release{Version: version, Date: "2026-01-02", Added: map[string]string{}}
		for _, t := range types {
			k.Added[t] = "Config"
		}
		return k
	}
	r := NewReleases([]Release{known("5.10.0", "a", "b", "d"), known("4.9.0", "a", "b", "c"), known("5.9.1", "a"), known("6.0.0", "e")})
	if want := (Release{"5.10.0", "2026-01-02", map[string]string{"b": "Config", "d": "Config"}, nil}); !reflect.DeepEqual(r.Releases[2], want) {
		t.Errorf("got %+v, want %+v", r.Releases[2], want)
	}
	if again := NewReleases(r.All()); !reflect.DeepEqual(again, r) {
		t.Errorf("read again: %+v, want %+v", again, r)
	}
	want := map[string]Span{
		"a": {"4.9.0", "", "Config"}, "b": {"5.10.0", "", "Config"}, "c": {"4.9.0", "4.9.0", "Config"}, "d": {"5.10.0", "", "Config"},
	}
	for _, upTo := range []string{"5.10.0", "5.10.0.post1", "5.11.0rc1", "5.11.0.dev0"} {
		if got := r.Spans(upTo); !reflect.DeepEqual(got, want) {
			t.Errorf("up to %s: got %v, want %v", upTo, got, want)
		}
	}
	if _, err := Encode("releases.json", NewReleases([]Release{known("5.0.0", "a\x1b")})); err == nil {
		t.Error("a model type that is not one was encoded")
	}
}

func TestSuccessor(t *testing.T) {
	c := &Catalog{Archs: []Arch{
		{ModelType: "one", ConfigClass: "One"},
		{ModelType: "One", ConfigClass: "One", AliasOf: "one"},
		{ModelType: "two", ConfigClass: "Two"},
		{ModelType: "too", ConfigClass: "Two"},
	}}
	for class, want := range map[string]string{"One": "one", "Two": "", "None": ""} {
		if got := (Span{Class: class}).Successor(c); got != want {
			t.Errorf("%s: got %q, want %q", class, got, want)
		}
	}
}

func TestEnginesOf(t *testing.T) {
	rows := func(keys ...string) map[string][]string {
		m := map[string][]string{"other": {"x.py"}}
		for _, k := range keys {
			m[k] = []string{k + ".py"}
		}
		return m
	}
	e := &Engines{Engines: []Engine{
		{Name: "vllm", Version: "1", ByClass: true, Rows: rows("A", "AForB")},
		{Name: "llama.cpp", Version: "2", ByClass: true, Whole: true, Rows: rows("AForB")},
		{Name: "mlx", Package: "p", Version: "3", Whole: true, Rows: rows()},
		{Name: "mlx", Package: "q", Version: "4", Whole: true, Rows: rows("a")},
		{Name: "transformers.js", Version: "5", Rows: rows()},
	}}
	want := map[string]string{"vllm": "1", "llama.cpp": "2", "mlx": "p 3, q 4", "transformers.js": "5"}
	if got := e.Versions(); !reflect.DeepEqual(got, want) {
		t.Errorf("versions: got %v, want %v", got, want)
	}
	auto := []AutoClass{{"AutoModel", []string{"A"}}, {"AutoModelForB", []string{"AForB", "AForB"}}}
	picks := func(of Status) *ArchPicks {
		return &ArchPicks{Status: of, Picks: []Pick{{Model: &Model{Architectures: []string{"AForB"}}}}}
	}
	for _, tt := range []struct {
		arch  Arch
		picks *ArchPicks
		want  map[string][]string
	}{
		{Arch{ModelType: "a", AutoClass: auto}, nil, map[string][]string{"vllm": {"AForB", "A"}, "llama.cpp": {"AForB"}, "mlx": {"a.py"}}},
		{Arch{ModelType: "b"}, nil, map[string][]string{"llama.cpp": nil, "mlx": nil}},
		// Its own checkpoints may name a class that transformers does not know, and those of what hosts it another's.
		{Arch{ModelType: "b"}, picks(Proven), map[string][]string{"vllm": {"AForB"}, "llama.cpp": {"AForB"}, "mlx": nil}},
		{Arch{ModelType: "b"}, picks(Hosted), map[string][]string{"llama.cpp": nil, "mlx": nil}},
		// The text part of a composite may be run, and a part within it.
		{Arch{ModelType: "c", Components: map[string]string{"text_config": "b"}}, nil, map[string][]string{"mlx": nil}},
		{Arch{ModelType: "c", Part: true}, nil, map[string][]string{"mlx": nil}},
	} {
		if got := e.Of(&tt.arch, tt.picks); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.arch.ModelType, got, tt.want)
		}
	}
}
