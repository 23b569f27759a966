package data

import (
	"reflect"
	"testing"
)

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
	for _, tt := range []struct {
		arch Arch
		want map[string][]string
	}{
		{Arch{ModelType: "a", AutoClass: auto}, map[string][]string{"vllm": {"AForB", "A"}, "llama.cpp": {"AForB"}, "mlx": {"a.py"}}},
		{Arch{ModelType: "b"}, map[string][]string{"llama.cpp": nil, "mlx": nil}},
		// The text part of a composite may be run.
		{Arch{ModelType: "c", Components: map[string]string{"text_config": "b"}}, map[string][]string{"mlx": nil}},
	} {
		if got := e.Of(&tt.arch); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.arch.ModelType, got, tt.want)
		}
	}
}
