package review

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
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

// said is all that a comparison found, a line for each.
func said(d *Diff) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	id := func(m *data.Model) string { return cmp.Or(m, new(data.Model)).ID }
	for _, c := range slices.Concat(d.Defaults, d.Places) {
		add("%s %s %s>%s %s: %s", c.Place, c.Change, id(c.Old), id(c.New), c.Rule, c.Why)
	}
	for _, c := range d.Tasks {
		add("task %s %s %s>%s %s: %s", c.Place, c.Change, id(c.Old), id(c.New), c.Rule, c.Why)
	}
	for _, r := range d.Rankings {
		add("ranking %s %v %v", r.Task, r.Came, r.Left)
	}
	for name, list := range map[string][]Standing{"proven": d.Proven, "disproven": d.Disproven, "status": d.Statuses} {
		for _, s := range list {
			add("%s %s: %s>%s", name, s.Arch, s.Old, s.New)
		}
	}
	for name, list := range map[string][]Arch{"added": d.Added, "removed": d.Removed} {
		for _, a := range list {
			add("%s %s", name, a.Arch)
		}
	}
	for name, list := range map[string][]Rename{"renamed": d.Renamed, "moved": d.Moved} {
		for _, r := range list {
			add("%s %s>%s", name, r.Old, r.New)
		}
	}
	for _, x := range d.Terms {
		add("terms of %s for %v: %s %s>%s", x.ID, x.Archs, x.Field, x.Old, x.New)
	}
	for _, e := range d.Engines {
		add("engine %s %s>%s %v %v", e.Engine, e.Old, e.New, e.Gained, e.Lost)
	}
	slices.Sort(lines)
	if d.Revisions+d.Learned > 0 {
		add("(%d revisions, %d learned)", d.Revisions, d.Learned)
	}
	return lines
}

func TestCompare(t *testing.T) {
	of := func(archs ...data.ArchPicks) *data.State { return state(t, "", archs...) }
	as := func(status data.Status, a data.ArchPicks) data.ArchPicks {
		a.Status = status
		return a
	}
	rejected := func(a data.ArchPicks, id, rule, why string) data.ArchPicks {
		a.Rejected = []data.Rejection{{ID: id, Rule: rule, Why: why}}
		if p := a.Roles["default"]; p.ID != "" {
			p.Replaced = &a.Rejected[0]
			a.Roles["default"] = p
		}
		return a
	}
	ranked := func(a data.ArchPicks, ids ...string) *data.State {
		s := of(a)
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
	is := func(m data.Model) *data.State {
		m.ID = "a/b"
		set := func(pick *data.Model) { *pick = m }
		return of(with(arch("bert", "a/b"), set), with(arch("part", "a/b"), set))
	}
	known := data.Model{Gated: "no", License: "mit", Parameters: 110e6}
	class := func(s *data.State, arch, class string) *data.State {
		s.Catalog.Arch(arch).ConfigClass = class
		return s
	}
	alias := of(arch("alias", ""), arch("stays", "s/s"))
	alias.Catalog.Arch("alias").AliasOf = "stays"
	moved := of(arch("bert", "new/b"))
	moved.Aliases = data.Aliases{"a/b": "new/b"}
	moved.Facts = map[string]*data.Facts{"bert": {Candidates: []data.Model{{ID: "new/b", ModelType: "bert"}}}}
	run := func(s *data.State, version string, engines []string, archs ...string) *data.State {
		for _, name := range engines {
			e := data.Engine{Name: name, Version: version, Rows: map[string][]string{}}
			for _, a := range archs {
				e.Rows[a] = []string{"x.py"}
			}
			s.Engines.Engines = append(s.Engines.Engines, e)
		}
		return s
	}
	bert, other, none := arch("bert", "a/b"), arch("bert", "c/d"), arch("bert", "")
	between := ranked(bert, "c/d", "e/f", "a/b")
	between.Picks.Rankings[1].Models[1].Tier = "head"
	for _, test := range []struct {
		name     string
		old, now *data.State
		want     []string
	}{
		{"nothing", of(bert), of(bert), nil},
		{
			"a new revision, and a fact that became known", of(bert), of(with(arch("bert", "a/b"), func(m *data.Model) { m.Revision, m.Bytes = strings.Repeat("2", 40), 9 })),
			[]string{"(1 revisions, 1 learned)"},
		},
		{"another model", of(bert), of(other), []string{"default changed a/b>c/d authority: documented"}},
		{
			"another model, for a reason", of(bert), of(rejected(arch("bert", "c/d"), "a/b", "unproven", "another type")),
			[]string{"default changed a/b>c/d unproven: another type"},
		},
		{"a task gained", of(bert), of(arch("bert", "a/b", "fill-mask")), []string{"fill-mask gained >a/b task: the default"}},
		{
			"a task lost", of(arch("bert", "a/b", "fill-mask")), of(bert),
			[]string{"fill-mask lost a/b> nothing left: no candidate fits this place any more"},
		},
		{"a default gained", of(none), of(bert), []string{"default gained >a/b authority: documented", "proven bert: unproven>proven"}},
		{
			"a default lost", of(bert), of(rejected(none, "a/b", "withdrawn", "private")),
			[]string{"default lost a/b> withdrawn: private", "disproven bert: proven>unproven"},
		},
		{
			"a default lost without a trace", of(bert), of(none),
			[]string{"default lost a/b> nothing left: nothing confirms it", "disproven bert: proven>unproven"},
		},
		{"hosted", of(bert), of(as(data.Hosted, bert)), []string{"disproven bert: proven>hosted"}},
		{"no longer hosted", of(as(data.Hosted, bert)), of(bert), []string{"proven bert: hosted>proven"}},
		{"another status", of(as(data.None, none)), of(none), []string{"status bert: none>unproven"}},

		{
			"answered by a host, because a rule removed the old one", of(bert), of(as(data.Hosted, rejected(arch("bert", "c/d"), "a/b", "head", "its class"))),
			[]string{"default changed a/b>c/d head: its class", "disproven bert: proven>hosted"},
		},

		// A task's ranking is a decision of its own: its first answer is what people
		// notice, and its rows are what limits find.
		{
			"a ranking in another order", ranked(bert, "a/b", "c/d"), ranked(bert, "c/d", "a/b"),
			[]string{"task fill-mask changed a/b>c/d popularity: its head"},
		},
		{
			"a first answer that lost to a row between", ranked(bert, "a/b", "c/d", "e/f"), between,
			[]string{"task fill-mask changed a/b>c/d head: its head"},
		},
		{"rows of a ranking", ranked(bert, "a/b", "c/d"), ranked(bert, "a/b", "e/f"), []string{"ranking fill-mask [e/f] [c/d]"}},
		{
			"a first answer rejected", ranked(other, "a/b", "c/d"), ranked(rejected(arch("bert", "c/d"), "a/b", "denied", "broken"), "c/d"),
			[]string{"ranking fill-mask [] [a/b]", "task fill-mask changed a/b>c/d denied: broken"},
		},
		{
			"a first answer that left", ranked(bert, "a/b", "c/d"), ranked(bert, "c/d"),
			[]string{"ranking fill-mask [] [a/b]", "task fill-mask changed a/b>c/d ranking: no longer in the ranking"},
		},
		{
			"a ranking gained", ranked(bert), ranked(bert, "a/b"),
			[]string{"ranking fill-mask [a/b] []", "task fill-mask gained >a/b popularity: its head"},
		},
		{
			"a ranking lost", ranked(bert, "a/b"), ranked(bert),
			[]string{"ranking fill-mask [] [a/b]", "task fill-mask lost a/b> nothing left: no longer in the ranking"},
		},

		// A rename is told from a removal and an addition where the catalogs say so,
		// and not where two types only look alike.
		{
			"an architecture renamed", class(of(arch("old", "a/b")), "old", "OldConfig"), class(of(arch("new", "a/b")), "new", "OldConfig"),
			[]string{"renamed old>new"},
		},
		{"an alias that is gone", alias, of(arch("stays", "s/s")), []string{"renamed alias>stays"}},
		{
			"two of the same class", class(of(arch("two", "t/t")), "two", "TwoConfig"),
			class(class(of(arch("two_a", "t/t"), arch("two_b", "t/t")), "two_a", "TwoConfig"), "two_b", "TwoConfig"),
			[]string{"added two_a", "added two_b", "removed two"},
		},
		{
			"a type that looks alike", class(of(arch("similar", "x/x")), "similar", "SimilarConfig"), of(arch("similar2", "x/x")),
			[]string{"added similar2", "removed similar"},
		},
		{
			"an architecture that went into another", class(of(arch("old", "a/b"), arch("stays", "s/s")), "old", "StaysConfig"),
			class(of(arch("stays", "s/s")), "stays", "StaysConfig"),
			[]string{"renamed old>stays"},
		},
		{"a model renamed", of(bert), moved, []string{"moved a/b>new/b"}},

		// Other terms of a pick need a person. What was unknown before is only learned,
		// but that a model is gated needs one also then.
		{
			"other terms", is(known), is(data.Model{Gated: "manual", Parameters: 7e9}),
			[]string{
				"terms of a/b for [bert part]: gated no>manual", "terms of a/b for [bert part]: license mit>",
				"terms of a/b for [bert part]: parameters 110000000>7000000000",
			},
		},
		{
			"gated, and unknown before", is(data.Model{}), is(data.Model{Gated: "manual", Parameters: 5}),
			[]string{"terms of a/b for [bert part]: gated >manual", "(0 revisions, 1 learned)"},
		},
		{"all of it learned", is(data.Model{}), is(known), []string{"(0 revisions, 3 learned)"}},

		// An engine that was not read before gained nothing, nor did an architecture that is new.
		{
			"engines", run(of(arch("a", ""), arch("b", ""), arch("c", "")), "1", []string{"mlx"}, "a", "c"),
			run(of(arch("a", ""), arch("b", ""), arch("c", ""), arch("d", "")), "2", []string{"mlx", "onnx"}, "b", "c", "d"),
			[]string{"added d", "engine mlx 1>2 [b] [a]"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := compare(t, test.old, test.now)
			if got := said(d); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			counted := len(test.want) == 0 || strings.HasPrefix(test.want[0], "(")
			if d.Empty() != counted || d.Empty() != (d.Markdown() == "") {
				t.Errorf("Empty is %t, and the text is %s", d.Empty(), d.Markdown())
			}
		})
	}
}

// What declines a default can be pasted into the policy, once it has a reason: a pin
// of the old one where that is still fit.
func TestDecline(t *testing.T) {
	unfit := arch("bert", "c/d")
	unfit.Rejected = []data.Rejection{{ID: "a/b", Rule: "unproven", Why: "another type"}}
	for want, test := range map[string][2]data.ArchPicks{
		`pins: - {arch: bert, role: default, id: a/b, reason: ""}`: {arch("bert", "a/b"), arch("bert", "c/d")},
		`deny: - {id: c/d, reason: ""}`:                            {arch("bert", "a/b"), unfit},
		`deny: - {id: a/b, reason: ""}`:                            {arch("bert", ""), arch("bert", "a/b")},
	} {
		row := compare(t, state(t, "", test[0]), state(t, "", test[1])).Defaults[0].declinable()
		_, got, _ := strings.Cut(row[len(row)-1], "<br>decline it under ")
		if got = strings.ReplaceAll(got, "`", ""); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		pasted := "schema: 1\n" + strings.Replace(got, ": ", ":\n  ", 1) + "\n"
		if _, err := data.ParsePolicy("p", []byte(pasted)); err == nil || !strings.Contains(err.Error(), "no reason") {
			t.Errorf("%s: %v", pasted, err)
		}
		if _, err := data.ParsePolicy("p", []byte(strings.Replace(pasted, `""`, "why", 1))); err != nil {
			t.Errorf("%s: %v", pasted, err)
		}
	}
}

func TestTermsInWords(t *testing.T) {
	if got, want := terms(&data.Model{License: "apache-2.0, mit", Gated: "no"}), "unknown size, apache-2.0 and mit, open"; got != want {
		t.Errorf("got %q, want %q", got, want)
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
	sibling := arch("sibling", "a/c")
	sibling.Roles["default"] = data.Place{ID: "a/c", Tier: "authority", Reason: "used far more", Replaced: &data.Rejection{ID: "a/b", Rule: "authority", Why: "from a too"}}
	old := state(t, "", arch("bert", "a/b", "fill-mask"), arch("gone", "a/b"), arch("lost", "a/b"), arch("sibling", "a/b"))
	old.Engines.Engines = []data.Engine{{Name: "mlx", Version: "1", Rows: map[string][]string{"lost": {"x.py"}}}}
	now := state(t, "deny:\n  - {id: x/y, reason: broken}\n", changed, arch("lost", ""), arch("new", "n/n"), sibling)
	now.Engines.Engines = []data.Engine{{Name: "mlx", Version: "2", Rows: map[string][]string{"bert": {"x.py"}}}}
	d := compare(t, old, now)
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
