package facts

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

func TestCandidate(t *testing.T) {
	m := &hub.Model{
		ID: "google-bert/bert-base-uncased", SHA: "86b5e0934494bd15c9632b12f734a8a67f723594", ModelType: "bert",
		Architectures: []string{"BertForMaskedLM"}, Library: "transformers", Pipeline: "fill-mask", Gated: hub.Ungated,
		Downloads: 5, Likes: 2, Created: time.Date(2022, 3, 2, 23, 29, 4, 0, time.UTC),
		Tags:        []string{"transformers", "safetensors", "PyTorch", "bert", "en", "license:apache-2.0", "dataset:wikipedia", "base_model:a/b", "base_model:finetune:a/b", "nlp"},
		Safetensors: hub.SafetensorsInfo{Total: 3, ByDType: map[string]int64{"F32": 1, "BF16": 2}, Bytes: -1},
	}
	got, counters := Candidate(m)
	want := data.Model{
		ID: m.ID, Author: "google-bert", Revision: m.SHA, ModelType: "bert", Architectures: []string{"BertForMaskedLM"},
		Library: "transformers", Pipeline: "fill-mask", Parameters: 3, DTypes: map[string]int64{"F32": 1, "BF16": 2}, Bytes: 8,
		Formats: []string{"pytorch", "safetensors"}, License: "apache-2.0", Gated: "no",
		Bases: []data.Base{{ID: "a/b", Relation: "finetune"}}, Languages: []string{"en"}, Datasets: []string{"wikipedia"},
		Tags: []string{"transformers"}, Created: "2022-03-02",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if counters != (data.Counters{Downloads: 5, Likes: 2}) {
		t.Errorf("counters %+v", counters)
	}
}

// What the Hub did not say stays unknown.
func TestCandidateUnknown(t *testing.T) {
	got, counters := Candidate(&hub.Model{ID: "a/b", Downloads: -1, Likes: -1, Safetensors: hub.SafetensorsInfo{Total: -1, Bytes: -1}})
	if want := (data.Model{ID: "a/b", Author: "a"}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if counters != (data.Counters{Downloads: -1, Likes: -1}) {
		t.Errorf("counters %+v", counters)
	}
}

func TestWeightBytes(t *testing.T) {
	for _, tt := range []struct {
		split map[string]int64
		want  int64
	}{
		{map[string]int64{"F32": 10, "I8": 4}, 44},
		{map[string]int64{"F4": 10}, 5},
		{map[string]int64{"F32": 10, "NEW": 1}, 0}, // a dtype that is not known makes the sum unknown
		{nil, 0},
	} {
		if got := weightBytes(tt.split); got != tt.want {
			t.Errorf("weightBytes(%v) = %d, want %d", tt.split, got, tt.want)
		}
	}
}

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
