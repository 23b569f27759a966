package facts

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Only models that can have had a name without an account are asked for by it,
// the most used first, and each until its former name is known.
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
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"} {
		add("root", name, firstDay, 1)
	}
	got := slices.Sorted(maps.Keys(c.formerNames()))
	if want := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "undated", "used"}; !slices.Equal(got, want) {
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
