package facts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

// What gets no answer is asked once more, what is about all questions ends
// the run, and so does a Hub that is silent.
func TestAsk(t *testing.T) {
	silent, broken := error(hub.Unavailable), error(hub.Malformed)
	for name, tc := range map[string]struct {
		answers [][]error // of each question, the last from then on
		want    error
		failed  []int
		asked   int
	}{
		"all answered":        {[][]error{{nil}, {nil}}, nil, nil, 2},
		"silent once":         {[][]error{{silent, nil}, {nil}}, nil, nil, 3},
		"silent twice":        {[][]error{{nil}, {silent}}, nil, []int{1}, 3},
		"broken":              {[][]error{{broken}, {nil}}, nil, []int{0}, 2},
		"a bad token":         {[][]error{{hub.BadToken}}, hub.BadToken, nil, 1},
		"out of quota, later": {[][]error{{nil}, {silent, hub.RateLimited}}, hub.RateLimited, nil, 3},
		"silent for good":     {slices.Repeat([][]error{{silent}}, maxSilence), hub.Unavailable, nil, maxSilence},
	} {
		asked, done := make(chan int, 100), 0
		var failed []int
		var questions []Question
		for i, answers := range tc.answers {
			questions = append(questions, Question{Ask: func(context.Context) error {
				asked <- i
				err := answers[0]
				answers = answers[min(1, len(answers)-1):]
				return err
			}, Fail: func(error) { failed = append(failed, i) }})
		}
		err := Ask(t.Context(), questions, func(n, _ int) { done = n })
		if !errors.Is(err, tc.want) || !slices.Equal(failed, tc.failed) || len(asked) != tc.asked || err == nil && done != len(questions) {
			t.Errorf("%s: %v, failed %v, asked %d times, %d done", name, err, failed, len(asked), done)
		}
	}
}

// An answer that is on its way when another question ends the run is not thrown
// away.
func TestAskKeepsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := make(chan struct{})
		fail := func(error) {}
		err := Ask(t.Context(), []Question{
			{Fail: fail, Ask: func(ctx context.Context) error {
				<-refused
				synctest.Wait()
				if ctx.Err() != nil {
					t.Error("the first question was cut short")
				}
				return nil
			}},
			{Fail: fail, Ask: func(context.Context) error { defer close(refused); return hub.RateLimited }},
		}, func(int, int) {})
		if !errors.Is(err, hub.RateLimited) {
			t.Error(err)
		}
	})
}

// What an answer leaves out of a repository's identity stays as it was known.
func TestIdentityStays(t *testing.T) {
	was := data.Identity{Repository: "a1", Created: "2022-03-02"}
	c := &Crawl{known: data.Repositories{"me/a": was}, models: make(map[string]data.Model), popularity: make(data.Popularity)}
	for _, tt := range []struct{ shown, want data.Identity }{
		{data.Identity{}, was},
		{data.Identity{Repository: "a1"}, was},
		{data.Identity{Repository: "b2"}, data.Identity{Repository: "b2"}}, // another one, of an unknown day
	} {
		if m := c.show(data.Model{ID: "Me/a", Repository: tt.shown.Repository, Created: tt.shown.Created}, data.Counters{}); m.Identity() != tt.want {
			t.Errorf("%v becomes %v, want %v", tt.shown, m.Identity(), tt.want)
		}
	}
}

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
	ids := idsOf(facts, listed)
	if want := (data.IDs{"bert": {"a/kept", "b/doc", "z/seen"}}); !reflect.DeepEqual(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
	// A run about some architectures asks for shorter lists.
	c := &Crawl{Data: &data.State{IDs: data.IDs{"bert": {"A/Kept", "a/gone", "c/longer-list", "z/seen"}, "vit": {"d/other"}}}}
	c.answers = map[string]*data.Documented{"a/gone": {Outcome: data.Missing}}
	c.keepUnseen(ids)
	if want := (data.IDs{"bert": {"a/kept", "b/doc", "c/longer-list", "z/seen"}}); !reflect.DeepEqual(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
}
