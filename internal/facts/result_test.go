package facts

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

// old is what was known before: a/pick is the pick, a/other is not.
func old(day string) *Crawl {
	arch := data.Arch{ModelType: "bert"}
	return &Crawl{
		Day: day,
		Data: &data.State{
			Catalog: &data.Catalog{Archs: []data.Arch{arch}},
			Policy:  &data.Policy{},
			Picks: &data.Picks{Archs: []data.ArchPicks{
				{Arch: "bert", Picks: []data.Pick{{ID: "a/pick"}}},
			}},
			Facts: map[string]*data.Facts{"bert": {Arch: "bert", Checked: "2026-08-22", Candidates: []data.Model{
				{ID: "a/other", ModelType: "bert"},
				{ID: "a/pick", ModelType: "bert", Revision: "1"},
			}}},
			Popularity: data.Popularity{"a/other": {Downloads: 7}, "a/pick": {Downloads: 8}},
		},
		models: map[string]data.Model{}, popularity: data.Popularity{}, unusable: map[string]bool{}, lists: map[hub.Query]listing{},
		answers: map[string]*data.Documented{}, aliases: data.Aliases{}, failed: map[string]error{},
	}
}

func (c *Crawl) saw(id, modelType string) {
	c.models[id] = data.Model{ID: id, ModelType: modelType, Revision: "2"}
}

func TestResult(t *testing.T) {
	listed := func(l listing) func(*Crawl) { return func(c *Crawl) { c.lists[ownList("bert")] = l } }
	whole := listed(listing{complete: true})
	answered := func(outcome string) func(*Crawl) {
		return func(c *Crawl) { c.answers["a/pick"] = &data.Documented{Outcome: outcome} }
	}
	const none = "the Hub lists none, and 2 were known: accept that with --allow-shrink"
	for _, tt := range []struct {
		name string
		seen string // ids and types
		also []func(*Crawl)
		want string // candidates as id type revision seen; or the failure
	}{
		{"both seen", "a/other bert, a/pick bert", nil, "[a/other bert 2 ][a/pick bert 2 ]"},
		{"one not shown, and the list has more", "a/pick bert", nil, "[a/other bert  2026-08-22][a/pick bert 2 ]"},
		{"not shown for too long", "a/pick bert", []func(*Crawl){func(c *Crawl) { c.Day = "2027-08-29" }}, "[a/pick bert 2 ]"},
		{"not in a complete list", "a/pick bert", []func(*Crawl){whole}, "[a/pick bert 2 ]"},
		{"garbled in a complete list", "a/pick bert", []func(*Crawl){whole, func(c *Crawl) { c.unusable["a/other"] = true }}, "[a/other bert  2026-08-22][a/pick bert 2 ]"},
		{"another type now", "a/other bert, a/pick gpt2", nil, "[a/other bert 2 ][a/pick gpt2 2 ]"},
		{"renamed", "a/other bert, b/pick bert", []func(*Crawl){answered(data.Found), func(c *Crawl) { c.aliases["a/pick"] = "b/pick" }}, "[a/other bert 2 ][b/pick bert 2 ]"},
		{"renamed before", "b/other bert, a/pick bert", []func(*Crawl){func(c *Crawl) { c.Data.Aliases = data.Aliases{"a/other": "b/other"} }}, "[a/pick bert 2 ][b/other bert 2 ]"},
		{"gone", "a/other bert", []func(*Crawl){answered(data.Missing)}, "[a/other bert 2 ] lost map[a/pick:missing]"},
		{"not answered", "a/other bert", []func(*Crawl){answered(data.Unreachable)}, "[a/other bert 2 ][a/pick bert 1 2026-08-22]"},
		{"not answered, and not in a complete list", "a/other bert", []func(*Crawl){whole, answered(data.Unreachable)}, "[a/other bert 2 ][a/pick bert 1 2026-08-22]"},
		{"nothing listed", "", nil, none},
		{"an empty list beside a found name", "a/pick bert", []func(*Crawl){listed(listing{empty: true})}, none},
		{"nothing listed, and believed", "", []func(*Crawl){listed(listing{true, true}), func(c *Crawl) { c.AllowEmpty = true }}, ""},
		{"a sweep failed", "a/pick bert", []func(*Crawl){noSweep}, "no sweep"},
		{"a sweep failed, and its own list did not", "a/pick bert", []func(*Crawl){noSweep, whole}, "[a/pick bert 2 ]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := old("2026-08-29")
			for model := range strings.SplitSeq(tt.seen, ", ") {
				if id, modelType, ok := strings.Cut(model, " "); ok {
					c.saw(id, modelType)
				}
			}
			for _, f := range tt.also {
				f(c)
			}
			r := c.result([]string{"bert"})
			got := ""
			if err := r.Failed["bert"]; err != nil {
				got = err.Error()
			} else {
				for _, m := range r.Facts["bert"].Candidates {
					got += fmt.Sprintf("[%s %s %s %s]", m.ID, m.ModelType, m.Revision, m.Seen)
					if m.Seen != "" && c.popularity[m.ID] != c.Data.Popularity[m.ID] {
						t.Errorf("%s, which nothing showed, has counters %v", m.ID, c.popularity[m.ID])
					}
				}
				if lost := r.Facts["bert"].Lost; len(lost) > 0 {
					got += fmt.Sprint(" lost ", lost)
				}
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// What another architecture documents answers for that one, however little it
// is used. It stays where the run asks about its own type alone, too.
func TestKeepsWhatOthersDocument(t *testing.T) {
	guest := &data.Documented{Asked: "z/doc", Outcome: data.Found, Model: &data.Model{ID: "z/doc", ModelType: "bert"}}
	for _, asked := range []bool{true, false} {
		c := old("2026-08-29")
		c.Data.Catalog.Archs = append(c.Data.Catalog.Archs, data.Arch{ModelType: "guest", Documented: "z/doc"})
		if asked {
			c.answers["z/doc"] = guest
		} else {
			c.Data.Facts["guest"] = &data.Facts{Arch: "guest", Documented: guest}
		}
		for i := range 2 * keepPopular {
			c.saw(fmt.Sprintf("a/%03d", i), "bert")
		}
		c.saw("z/doc", "bert")
		c.saw("z/other", "bert")
		got := make(map[string]bool)
		for _, m := range c.result([]string{"bert"}).Facts["bert"].Candidates {
			got[m.ID] = true
		}
		if !got["z/doc"] || got["z/other"] {
			t.Errorf("asked %t: keeps z/doc: %t, z/other: %t", asked, got["z/doc"], got["z/other"])
		}
	}
}

func noSweep(c *Crawl) { c.sweepError = errors.New("no sweep") }

// A documented checkpoint that could not be asked for stays as it was known.
func TestDocumentedWithoutAnswer(t *testing.T) {
	c := old("2026-08-29")
	arch := &c.Data.Catalog.Archs[0]
	arch.Documented = "a/doc"
	for _, asked := range []string{"a/doc", "a/doc-before"} {
		before := &data.Documented{Asked: asked, Outcome: data.Found, Model: &data.Model{ID: asked}}
		c.Data.Facts["bert"].Documented = before
		for outcome, want := range map[string]bool{data.Unreachable: asked == "a/doc", data.Missing: false} {
			c.answers["a/doc"] = &data.Documented{Asked: "a/doc", Outcome: outcome}
			if got := c.documented(arch); (got == before) != want {
				t.Errorf("%s after %s: %+v", outcome, asked, got)
			}
		}
	}
}

// What only the previous picks needed goes with them: the next refresh would
// not ask for it.
func TestDropUnneeded(t *testing.T) {
	c := old("2026-08-29")
	c.Data.Catalog.Archs[0].ConfigClass = "BertConfig"
	c.Data.Picks.Archs[0].Roles = map[string]data.Place{data.RoleDefault: {ID: "a/other", Tier: "id", Reason: "first by name"}}
	for _, id := range []string{"a/other", "a/pick", "a/named"} {
		c.saw(id, "bert")
		c.popularity[id] = data.Counters{Downloads: 10}
	}
	listed := map[string]data.Model{"a/pick": c.models["a/pick"]}
	r := c.result([]string{"bert"})
	if n := len(r.Facts["bert"].Candidates); n != 3 {
		t.Fatalf("%d candidates, want 3", n)
	}
	// A pin that cannot be carried out costs no answer of the Hub.
	c.Data.Policy.Pins = []data.Pin{{Arch: "bert", Role: data.RoleDefault, ID: "a/none", Reason: "because"}}
	if c.dropUnneeded(r, listed); len(r.Facts["bert"].Candidates) != 3 {
		t.Errorf("with such a pin: %+v", r.Facts["bert"].Candidates)
	}
	c.Data.Policy.Pins = nil
	c.dropUnneeded(r, listed)
	// a/other stays the default; a/named is not a pick any more, and no list shows it.
	got := ""
	for _, m := range r.Facts["bert"].Candidates {
		got += m.ID + " "
	}
	if got != "a/other a/pick " {
		t.Errorf("candidates %s", got)
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
