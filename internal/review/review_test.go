package review

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/docs/schemas"
	"github.com/hfmodels/hfmodels/internal/data"
)

func state(t *testing.T, policy string, archs ...data.ArchPicks) *data.State {
	t.Helper()
	p, err := data.ParsePolicy("policy.yaml", []byte("schema: 1\n"+policy))
	if err != nil {
		t.Fatal(err)
	}
	s := &data.State{Picks: &data.Picks{Archs: archs}, Policy: p, Catalog: &data.Catalog{Transformers: "5.1.0"}}
	byType := func(a, b data.ArchPicks) int { return strings.Compare(a.Arch, b.Arch) }
	slices.SortFunc(archs, byType)
	for _, a := range archs {
		s.Catalog.Archs = append(s.Catalog.Archs, data.Arch{ModelType: a.Arch, ConfigClass: a.Arch + "Config"})
	}
	s.Join(s.Picks)
	return s
}

// arch is an architecture whose default, if it has one, fills the tasks too.
func arch(name, def string, tasks ...string) data.ArchPicks {
	a := data.ArchPicks{Arch: name, Status: data.Proven, Roles: map[string]data.Place{}, Tasks: map[string]data.Place{}}
	if def == "" {
		a.Status, a.Why = data.Unproven, "nothing confirms it"
		return a
	}
	a.Roles["default"] = data.Place{ID: def, Tier: "authority", Reason: "documented"}
	a.Picks = append(a.Picks, data.Pick{ID: def, Model: &data.Model{ID: def, Revision: strings.Repeat("1", 40), Parameters: 110e6, License: "mit", Gated: "no"}})
	for _, task := range tasks {
		a.Tasks[task] = data.Place{ID: def, Tier: "task", Reason: "the default"}
	}
	return a
}

func with(a data.ArchPicks, change func(*data.Model)) data.ArchPicks {
	change(a.Picks[0].Model)
	return a
}

// compare checks the JSON against its schema on the way.
func compare(t *testing.T, old, now *data.State) *Diff {
	t.Helper()
	d := Compare(old, now)
	d.Since, d.Commit = "main", strings.Repeat("0", 40)
	doc, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := schemas.Validate("diff", doc); err != nil {
		t.Errorf("%v\n%s", err, doc)
	}
	return d
}

func TestNoDecisionChanged(t *testing.T) {
	same := func() *data.State { return state(t, "", arch("bert", "a/b", "fill-mask")) }
	if d := compare(t, same(), same()); !d.Empty() || d.Markdown() != "" {
		t.Errorf("a state differs from itself: %+v", d)
	}
	// A new revision, or a fact that became known, is only counted.
	now := state(t, "", with(arch("bert", "a/b", "fill-mask"), func(m *data.Model) { m.Revision, m.Bytes = strings.Repeat("2", 40), 9 }))
	d := compare(t, same(), now)
	if !d.Empty() || d.Revisions != 1 || d.Learned != 1 || d.Markdown() != "" {
		t.Errorf("a moved revision gave %+v", d)
	}
}

func TestPlaces(t *testing.T) {
	replaced := arch("bert", "c/d")
	p := replaced.Roles["default"]
	p.Replaced = &data.Rejection{ID: "a/b", Rule: "unproven", Why: "another type"}
	replaced.Roles["default"] = p
	replaced.Rejected = []data.Rejection{*p.Replaced}
	rejected := arch("bert", "")
	rejected.Rejected = []data.Rejection{{ID: "a/b", Rule: "withdrawn", Why: "private"}}
	for _, test := range []struct {
		name     string
		old, now data.ArchPicks
		want     []string
	}{
		{"another model", arch("bert", "a/b"), arch("bert", "c/d"), []string{"default changed authority: documented; pins: - {arch: bert, role: default, id: a/b, reason: \"\"}"}},
		{"another model, for a reason", arch("bert", "a/b"), replaced, []string{"default changed unproven: another type; deny: - {id: c/d, reason: \"\"}"}},
		{"a task gained", arch("bert", "a/b"), arch("bert", "a/b", "fill-mask"), []string{"fill-mask gained task: the default"}},
		{"a task lost", arch("bert", "a/b", "fill-mask"), arch("bert", "a/b"), []string{"fill-mask lost nothing left: no candidate fits this place any more"}},
		{"a default gained", arch("bert", ""), arch("bert", "a/b"), []string{"default gained authority: documented; deny: - {id: a/b, reason: \"\"}"}},
		{"a default lost", arch("bert", "a/b"), rejected, []string{"default lost withdrawn: private"}},
		{"a default lost without a trace", arch("bert", "a/b"), arch("bert", ""), []string{"default lost nothing left: nothing confirms it"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := compare(t, state(t, "", test.old), state(t, "", test.now))
			var got []string
			for _, c := range slices.Concat(d.Defaults, d.Places) {
				text := fmt.Sprintf("%s %s %s: %s", c.Place, c.Change, c.Rule, c.Why)
				if c.Place == "default" && c.New != nil {
					row := c.declinable()
					_, decline, _ := strings.Cut(row[len(row)-1], "<br>decline it under ")
					decline = strings.ReplaceAll(decline, "`", "")
					text += "; " + decline
					pasted := "schema: 1\n" + strings.Replace(decline, ": ", ":\n  ", 1) + "\n"
					if _, err := data.ParsePolicy("p", []byte(pasted)); err == nil || !strings.Contains(err.Error(), "no reason") {
						t.Errorf("%s: %v", pasted, err)
					}
					if _, err := data.ParsePolicy("p", []byte(strings.Replace(pasted, `""`, "why", 1))); err != nil {
						t.Errorf("%s: %v", pasted, err)
					}
				}
				got = append(got, text)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A task's ranking is a decision of its own: its first answer is what people
// notice, and its rows are what limits find.
func TestRankings(t *testing.T) {
	of := func(rejected []data.Rejection, ids ...string) *data.State {
		a := arch("bert", "a/b")
		a.Rejected = rejected
		s := state(t, "", a)
		for _, task := range []string{"", "fill-mask"} { // that of no task has the defaults
			r := data.Ranking{Task: task}
			for _, id := range ids {
				r.Models = append(r.Models, data.Ranked{ID: id, Arch: "bert", Tier: "popularity", Reason: "its head", Model: &data.Model{ID: id}})
			}
			if len(ids) > 0 {
				s.Picks.Rankings = append(s.Picks.Rankings, r)
			}
		}
		return s
	}
	gone := []data.Rejection{{ID: "a/b", Rule: "denied", Why: "broken"}}
	for _, test := range []struct {
		name     string
		old, now *data.State
		tasks    []string
		rows     []string
	}{
		{"the same", of(nil, "a/b", "c/d"), of(nil, "a/b", "c/d"), nil, nil},
		{"another order", of(nil, "a/b", "c/d"), of(nil, "c/d", "a/b"), []string{"fill-mask changed a/b>c/d popularity: its head"}, nil},
		{"rows", of(nil, "a/b", "c/d"), of(nil, "a/b", "e/f"), nil, []string{"fill-mask [e/f] [c/d]"}},
		{"a first answer rejected", of(nil, "a/b", "c/d"), of(gone, "c/d"), []string{"fill-mask changed a/b>c/d denied: broken"}, []string{"fill-mask [] [a/b]"}},
		{"a first answer that left", of(nil, "a/b", "c/d"), of(nil, "c/d"), []string{"fill-mask changed a/b>c/d ranking: no longer in the ranking"}, []string{"fill-mask [] [a/b]"}},
		{"gained", of(nil), of(nil, "a/b"), []string{"fill-mask gained >a/b popularity: its head"}, []string{"fill-mask [a/b] []"}},
		{"lost", of(nil, "a/b"), of(nil), []string{"fill-mask lost a/b> nothing left: no longer in the ranking"}, []string{"fill-mask [] [a/b]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := compare(t, test.old, test.now)
			var tasks, rows []string
			for _, c := range d.Tasks {
				id := func(m *data.Model) string {
					if m == nil {
						return ""
					}
					return m.ID
				}
				tasks = append(tasks, fmt.Sprintf("%s %s %s>%s %s: %s", c.Place, c.Change, id(c.Old), id(c.New), c.Rule, c.Why))
			}
			for _, r := range d.Rankings {
				rows = append(rows, fmt.Sprintf("%s %v %v", r.Task, r.Came, r.Left))
			}
			if !slices.Equal(tasks, test.tasks) || !slices.Equal(rows, test.rows) {
				t.Errorf("got %q, %q; want %q, %q", tasks, rows, test.tasks, test.rows)
			}
			if d.Empty() != (len(test.rows)+len(test.tasks) == 0) {
				t.Errorf("Empty is %v", d.Empty())
			}
		})
	}
}

func TestStatuses(t *testing.T) {
	hosted := arch("bert", "a/b")
	hosted.Status = data.Hosted
	none := arch("bert", "")
	none.Status = data.None
	for _, test := range []struct {
		old, now                    data.ArchPicks
		proven, disproven, statuses int
	}{
		{arch("bert", ""), arch("bert", "a/b"), 1, 0, 0},
		{arch("bert", "a/b"), arch("bert", ""), 0, 1, 0},
		{arch("bert", "a/b"), hosted, 0, 1, 0},
		{hosted, arch("bert", "a/b"), 1, 0, 0},
		{none, hosted, 0, 0, 1},
	} {
		d := compare(t, state(t, "", test.old), state(t, "", test.now))
		if len(d.Proven) != test.proven || len(d.Disproven) != test.disproven || len(d.Statuses) != test.statuses {
			t.Errorf("%s to %s: %+v", test.old.Status, test.now.Status, d)
		}
	}
}

// A rename is told from a removal and an addition where the catalogs say so,
// and not where two types only look alike.
func TestRenamedArchitectures(t *testing.T) {
	was := state(t, "", arch("old", "a/b"), arch("stays", "s/s"), arch("alias", ""), arch("two", "t/t"), arch("similar", "x/x"))
	class := func(s *data.State, arch, class string) {
		s.Catalog.Arch(arch).ConfigClass = class
	}
	class(was, "old", "OldConfig")
	class(was, "two", "TwoConfig")
	was.Catalog.Arch("alias").AliasOf = "stays"
	now := state(t, "", arch("new", "a/b"), arch("stays", "s/s"), arch("two_a", "t/t"), arch("two_b", "t/t"), arch("similar2", "x/x"))
	class(now, "new", "OldConfig")
	class(now, "two_a", "TwoConfig")
	class(now, "two_b", "TwoConfig")
	d := compare(t, was, now)
	var renamed, added, removed []string
	for _, r := range d.Renamed {
		renamed = append(renamed, r.Old+" "+r.New)
	}
	for _, a := range d.Added {
		added = append(added, a.Arch)
	}
	for _, a := range d.Removed {
		removed = append(removed, a.Arch)
	}
	if want := []string{"alias stays", "old new"}; !slices.Equal(renamed, want) {
		t.Errorf("renamed %v, want %v", d.Renamed, want)
	}
	if want := []string{"similar2", "two_a", "two_b"}; !slices.Equal(added, want) {
		t.Errorf("added %v, want %v", added, want)
	}
	if want := []string{"similar", "two"}; !slices.Equal(removed, want) {
		t.Errorf("removed %v, want %v", removed, want)
	}
	if len(d.Defaults) != 0 {
		t.Errorf("a renamed architecture keeps its default, and yet: %+v", d.Defaults)
	}
}

func TestRenamedModel(t *testing.T) {
	now := state(t, "", arch("bert", "new/b"))
	now.Aliases = data.Aliases{"a/b": "new/b"}
	now.Facts = map[string]*data.Facts{"bert": {Candidates: []data.Model{{ID: "new/b", ModelType: "bert"}}}}
	d := compare(t, state(t, "", arch("bert", "a/b")), now)
	if len(d.Defaults) != 0 || len(d.Moved) != 1 || d.Moved[0].New != "new/b" || d.Empty() {
		t.Errorf("got %+v", d)
	}
}

func TestTermsInWords(t *testing.T) {
	if got, want := terms(&data.Model{License: "apache-2.0, mit", Gated: "no"}), "unknown size, apache-2.0 and mit, open"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Other terms of a pick need a person. What was unknown before is only learned,
// but that a model is gated needs one also then.
func TestTerms(t *testing.T) {
	was := data.Model{ID: "a/b", Gated: "no", License: "mit", Parameters: 110e6}
	for _, test := range []struct {
		old, now data.Model
		terms    []string
		learned  int
	}{
		{was, data.Model{ID: "a/b", Gated: "manual", Parameters: 7e9}, []string{"gated no>manual", "license mit>", "parameters 110000000>7000000000"}, 0},
		{data.Model{ID: "a/b"}, data.Model{ID: "a/b", Gated: "manual", Parameters: 5}, []string{"gated >manual"}, 1},
		{data.Model{ID: "a/b"}, was, nil, 3},
	} {
		of := func(m data.Model) *data.State {
			set := func(pick *data.Model) { *pick = m }
			return state(t, "", with(arch("bert", "a/b"), set), with(arch("part", "a/b"), set))
		}
		d := compare(t, of(test.old), of(test.now))
		var got []string
		for _, x := range d.Terms {
			got = append(got, fmt.Sprintf("%s %s>%s", x.Field, x.Old, x.New))
			if !slices.Equal(x.Archs, []string{"bert", "part"}) {
				t.Errorf("picked by %q", x.Archs)
			}
		}
		if !slices.Equal(got, test.terms) || d.Learned != test.learned {
			t.Errorf("got %q and %d learned, want %q and %d", got, d.Learned, test.terms, test.learned)
		}
		if text := d.Markdown(); strings.Contains(text, "gated") != (len(got) > 0) {
			t.Errorf("got\n%s", text)
		}
	}
}

func TestPolicyChanges(t *testing.T) {
	const before = `
pins: [{arch: bert, role: default, id: a/b, reason: r}]
deny: [{organization: x, reason: r}]
organizations: {testing: [{name: one, reason: r}, {name: two, reason: r}], copies: [{name: c, reason: r}]}
prefer: {languages: [de]}
`
	const after = `
pins: [{arch: bert, task: fill-mask, id: a/b, reason: r}]
deny: [{organization: x, reason: better}]
organizations: {testing: [{name: two, reason: r}, {name: one, reason: r}], official: [{name: c, reason: r}]}
prefer: {ungated: true, max_bytes: 5}
`
	d := compare(t, state(t, before), state(t, after))
	var got []string
	for _, c := range d.Policy {
		got = append(got, c.Kind+" "+c.What+" "+c.Change)
	}
	want := []string{
		"denial x changed", "organization c, copies removed", "organization c, official added",
		"organization one, testing changed", "organization two, testing changed",
		"pin bert default removed", "pin bert fill-mask added",
		"preference languages removed", "preference max_bytes added", "preference ungated added",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// An engine that was not read before gained nothing, nor did an architecture that is new.
func TestEngines(t *testing.T) {
	with := func(s *data.State, version string, names []string, archs ...string) *data.State {
		for _, name := range names {
			e := data.Engine{Name: name, Version: version, Rows: map[string][]string{}}
			for _, a := range archs {
				e.Rows[a] = []string{"x.py"}
			}
			s.Engines.Engines = append(s.Engines.Engines, e)
		}
		return s
	}
	old := with(state(t, "", arch("a", ""), arch("b", ""), arch("c", "")), "1", []string{"mlx"}, "a", "c")
	d := compare(t, old, with(state(t, "", arch("a", ""), arch("b", ""), arch("c", ""), arch("d", "")), "2", []string{"mlx", "onnx"}, "b", "c", "d"))
	want := []Engine{{"mlx", Values{"1", "2"}, []string{"b"}, []string{"a"}}}
	if !reflect.DeepEqual(d.Engines, want) {
		t.Errorf("got %+v, want %+v", d.Engines, want)
	}
	if row := "| mlx | 1<br>→ 2 | `b` | `a` |"; !strings.Contains(d.Markdown(), row) {
		t.Errorf("no %s in\n%s", row, d.Markdown())
	}
	if same := compare(t, old, old); len(same.Engines) > 0 || !same.Empty() {
		t.Errorf("the same state: %+v", same.Engines)
	}
}

func TestMarkdown(t *testing.T) {
	changed := arch("bert", "c/d_e")
	p := changed.Roles["default"]
	p.Replaced = &data.Rejection{ID: "a/b", Rule: "unproven", Why: "its config.model_type is <llama> | @x"}
	changed.Roles["default"] = p
	changed.Picks[0].Gated = "auto"
	denied := arch("bert", "c/d")
	denied.Roles["default"] = data.Place{ID: "c/d", Tier: "authority", Reason: "documented", Replaced: &data.Rejection{ID: "x/y", Rule: "denied", Why: "broken"}}
	d := compare(t,
		state(t, "", arch("bert", "a/b", "fill-mask"), arch("gone", "a/b"), arch("lost", "a/b")),
		state(t, "deny:\n  - {id: x/y, reason: broken}\n", changed, arch("lost", ""), arch("new", "n/n")),
	)
	d.Declined = Compare(state(t, "", arch("bert", "x/y")), state(t, "", denied)).Defaults
	want, err := os.ReadFile("testdata/body.md")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Markdown(); got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// GitHub refuses a longer body, and every section still says how much it has.
func TestMarkdownFitsAPullRequest(t *testing.T) {
	var old, now []data.ArchPicks
	for i := range 900 {
		name := fmt.Sprintf("arch%d", i)
		old = append(old, arch(name, "some-organisation/a-model-of-"+name, "fill-mask"))
		now = append(now, arch(name, "another-organisation/a-model-of-"+name, "fill-mask"), arch(name+"_which_is_new", ""))
		old = append(old, arch(name+"_which_is_gone", ""))
	}
	got := compare(t, state(t, "", old...), state(t, "", now...)).Markdown()
	if len(got) > 65_536 {
		t.Errorf("%d bytes", len(got))
	}
	for _, want := range []string{
		"### Defaults changed: 900", "Roles and tasks changed: 900", "Architectures added: 900", "Architectures removed: 900",
		"rows have no room here. List all of them with: `go run ./gen diff main --json`",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}
