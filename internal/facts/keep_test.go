package facts

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

func TestKeep(t *testing.T) {
	var list []data.Model
	pop := make(data.Popularity)
	add := func(c data.Model, downloads int64) {
		list, pop[c.ID] = append(list, c), data.Counters{Downloads: downloads}
	}
	for i := range 60 {
		add(data.Model{ID: fmt.Sprintf("user/model-%02d", i), Author: "user"}, int64(1000-i))
	}
	add(data.Model{ID: "owner/old", Author: "owner"}, 1)
	add(data.Model{ID: "someone/pinned", Author: "someone"}, 0)
	add(data.Model{ID: "someone/translator", Author: "someone", Pipeline: "translation"}, 0)
	add(data.Model{ID: "someone/unheard-of", Author: "someone"}, 0)
	add(data.Model{ID: "x-internal-testing/stub", Author: "x-internal-testing"}, 1)
	arch := &data.Arch{ModelType: "t5", Documented: "owner/new", Tasks: []string{"translation"}}

	got := Keep(list, arch, map[string]bool{"someone/pinned": true}, &data.Policy{}, pop)
	has := make(map[string]bool)
	for _, c := range got {
		has[c.ID] = true
	}
	for id, want := range map[string]bool{
		"user/model-00": true, "user/model-39": true, // the popular end
		"user/model-40":           false,
		"owner/old":               true, // of the account that the documentation names
		"someone/pinned":          true,
		"someone/translator":      true, // the best of a task
		"someone/unheard-of":      false,
		"x-internal-testing/stub": true,
	} {
		if has[id] != want {
			t.Errorf("%s kept: %t, want %t", id, has[id], want)
		}
	}
	slices.Reverse(list)
	if again := Keep(list, arch, map[string]bool{"someone/pinned": true}, &data.Policy{}, pop); !reflect.DeepEqual(got, again) {
		t.Error("the order of the input changes the result")
	}
}
