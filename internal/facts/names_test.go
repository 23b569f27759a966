package facts

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Of the most used models, those are asked for by a name without an account that
// can have had one and of which it is not known.
func TestFormerNames(t *testing.T) {
	c := &Crawl{
		Data: &data.State{
			Aliases: data.Aliases{"known": "root/known"},
			Policy: &data.Policy{Organizations: data.Organizations{"official": {
				{Name: "root", Root: true}, {Name: "other"},
			}}},
		},
		models:     make(map[string]data.Model),
		popularity: make(data.Popularity),
	}
	add := func(author, name, created string, downloads int64) {
		id := author + "/" + name
		c.models[id] = data.Model{ID: id, Author: author, Created: created}
		c.popularity[id] = data.Counters{Downloads: downloads}
	}
	add("root", "known", firstDay, 9)
	add("root", "later", "2022-03-03", 9)
	add("other", "old", firstDay, 9)
	add("root", "used", firstDay, 8)
	add("root", "undated", "", 7)
	for i := range 2 * formerNames {
		add("root", fmt.Sprintf("x%02d", i), firstDay, 1)
	}
	got := slices.Sorted(maps.Keys(c.formerNames()))
	want := []string{"undated", "used"}
	for i := range formerNames - 3 {
		want = append(want, fmt.Sprintf("x%02d", i))
	}
	if !slices.Equal(got, want) {
		t.Errorf("asked for %q, want %q", got, want)
	}
}

// All candidates have a place in ids.json, whether the facts keep them or not.
func TestIDs(t *testing.T) {
	facts := map[string]*data.Facts{
		"bert": {Candidates: []data.Model{{ID: "a/kept"}}, Documented: &data.Documented{Asked: "a/doc", Model: &data.Model{ID: "b/doc"}}},
		"t5":   {},
	}
	listed := map[string]data.Model{
		"a/kept": {ModelType: "bert"}, "z/seen": {ModelType: "bert"}, "a/other": {ModelType: "no_such_type"}, "a/none": {},
	}
	if got, want := idsOf(facts, listed), (data.IDs{"bert": {"a/kept", "b/doc", "z/seen"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
