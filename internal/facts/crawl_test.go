package facts

import (
	"context"
	"errors"
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
