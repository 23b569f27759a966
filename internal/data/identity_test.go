package data

import (
	"fmt"
	"slices"
	"testing"
)

// What the Hub shows by a known name is the known repository, or another one,
// which is then on record until it is accepted or the known one is back.
func TestIdentity(t *testing.T) {
	const day, other = "2022-03-02", "2026-11-20"
	row := func(id, repository, created string) Model {
		return Model{ID: id, Repository: repository, Created: created}
	}
	for _, tt := range []struct {
		name   string
		facts  []Model
		record Repositories
		accept string // for a/b
		shown  []Model
		left   []string
		want   string
	}{
		{"the same", []Model{row("a/b", "1", day)}, nil, "", []Model{row("a/b", "1", day)}, nil, "map[]"},
		{"facts without identity", []Model{row("a/b", "", "")}, nil, "", []Model{row("a/b", "2", other)}, nil, "map[]"},
		{"facts of the day alone", []Model{row("a/b", "", day)}, nil, "", []Model{row("a/b", "2", day)}, nil, "map[]"},
		{"another day", []Model{row("a/b", "", day)}, nil, "", []Model{row("a/b", "2", other)}, nil, "map[a/b:unknown _id, created 2022-03-02]"},
		{"another _id", []Model{row("a/b", "1", day)}, nil, "", []Model{row("a/b", "2", day)}, nil, "map[a/b:1, created 2022-03-02]"},
		{"nothing shown", []Model{row("a/b", "1", day)}, nil, "", []Model{row("a/b", "", "")}, nil, "map[]"},
		{"in another letter case", []Model{row("A/b", "1", day)}, nil, "", []Model{row("a/B", "2", other)}, nil, "map[a/b:1, created 2022-03-02]"},
		{"a recording with two spellings", []Model{row("A/b", "1", day)}, nil, "", []Model{row("A/b", "1", day), row("a/B", "2", other)}, nil, "map[]"},
		{"a former name", []Model{row("new/b", "1", day)}, nil, "", []Model{row("new/b", "1", day), row("Old/b", "2", other)}, nil, "map[old/b:1, created 2022-03-02]"},
		{"gone", []Model{row("a/b", "1", day)}, nil, "", nil, []string{"a/b", "a/unknown"}, "map[a/b:1, created 2022-03-02]"},
		{"gone, and then another", nil, Repositories{"a/b": {"1", day}}, "", []Model{row("a/b", "2", other)}, nil, "map[a/b:1, created 2022-03-02]"},
		{"still another", []Model{row("a/b", "2", other)}, Repositories{"a/b": {"1", day}}, "", []Model{row("a/b", "2", other)}, nil, "map[a/b:1, created 2022-03-02]"},
		{"back again", []Model{row("a/b", "2", other)}, Repositories{"a/b": {"1", day}}, "", []Model{row("a/b", "1", day)}, nil, "map[]"},
		{"accepted", []Model{row("a/b", "2", other)}, Repositories{"a/b": {"1", day}}, "2", []Model{row("a/b", "2", other)}, nil, "map[]"},
		{"two spellings known", []Model{row("A/b", "1", day), row("a/b", "2", day), row("A/b", "1", day)}, nil, "", []Model{row("a/b", "2", day)}, nil, "map[]"},
		{"another one accepted", []Model{row("a/b", "2", other)}, Repositories{"a/b": {"1", day}}, "3", []Model{row("a/b", "2", other)}, nil, "map[a/b:1, created 2022-03-02]"},
	} {
		s := &State{Facts: map[string]*Facts{"t": {Candidates: tt.facts}}, Repositories: tt.record, Aliases: Aliases{"old/B": "new/b"}, Policy: &Policy{}}
		if tt.accept != "" {
			s.Policy.Accept = []Acceptance{{ID: "A/B", Repository: tt.accept}}
		}
		if got := fmt.Sprint(map[string]Identity(s.Meet(slices.Values(tt.shown), tt.left...))); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
