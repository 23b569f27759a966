package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/docs/schemas"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

func files(t testing.TB, state *data.State) (*Report, map[string][]byte) {
	t.Helper()
	r := New(state)
	f, err := r.Files("the mark")
	if err != nil {
		t.Fatal(err)
	}
	return r, f
}

// embedded is the JSON that a page holds.
func embedded(t testing.TB, page []byte) []byte {
	t.Helper()
	_, after, ok := bytes.Cut(page, []byte(`<script type="application/json" id="report">`))
	if !ok {
		t.Fatal("the page holds no report")
	}
	before, _, _ := bytes.Cut(after, []byte("</script>"))
	return before
}

func TestCommitted(t *testing.T) {
	state, err := data.Load(registrydata.All)
	if err != nil {
		t.Fatal(err)
	}
	_, f := files(t, state)
	if _, again := files(t, state); !maps.EqualFunc(f, again, bytes.Equal) {
		t.Error("the same state gives other bytes")
	}
	if want := []string{"index.html", "report.json", "report.md"}; !slices.Equal(slices.Sorted(maps.Keys(f)), want) {
		t.Errorf("the files are %v", slices.Sorted(maps.Keys(f)))
	}
	if n := len(f["index.html"]); n >= 2_200_000 {
		t.Errorf("the page has %d bytes", n)
	}
	if err := schemas.Validate("report", f["report.json"]); err != nil {
		t.Error(err)
	}
	// The page holds what the JSON file does.
	var page, file any
	if err := json.Unmarshal(embedded(t, f["index.html"]), &page); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(f["report.json"], &file); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(page, file) {
		t.Error("the page and report.json differ")
	}
}

// small is a state of five architectures: text is in middle, which is in whole,
// and other is apart.
func small(recorded string, doc *data.Documented) *data.State {
	state := &data.State{
		Catalog: &data.Catalog{
			Transformers: "5.0.0",
			Archs: []data.Arch{
				{ModelType: "Text", ConfigClass: "TextConfig", Module: "whole", Family: "encoder", AliasOf: "text"},
				{ModelType: "middle", ConfigClass: "MiddleConfig", Module: "whole", Family: "encoder", Parents: []string{"whole"}},
				{ModelType: "other", ConfigClass: "OtherConfig", Module: "other", Family: "encoder"},
				{ModelType: "text", ConfigClass: "TextConfig", Module: "whole", Family: "encoder", Documented: "a/doc", Parents: []string{"middle"}},
				{ModelType: "whole", ConfigClass: "WholeConfig", Module: "whole", Family: "multimodal", Parents: []string{"middle"}},
			},
		},
		Facts: map[string]*data.Facts{"text": {Arch: "text", Checked: "2026-01-02", Documented: doc}},
		Picks: &data.Picks{Archs: []data.ArchPicks{
			{Arch: "Text", Status: data.None},
			{Arch: "middle", Status: data.None},
			{Arch: "other", Status: data.Proven, Roles: map[string]data.Place{"default": {ID: "o/o"}}, Picks: []data.Pick{{ID: "o/o"}}},
			{Arch: "text", Status: data.Unproven, Why: "why"},
			{Arch: "whole", Status: data.None},
		}},
		Aliases: data.Aliases{},
		Policy:  &data.Policy{},
		Lock:    &data.Lock{Schema: 1, Transformers: "5.0.0", Endpoint: "https://hub.example/", Synced: "2026-01-02", Recorded: recorded},
	}
	state.Join(state.Picks)
	return state
}

func TestVerdict(t *testing.T) {
	found := func(id, declares string) *data.Documented {
		return &data.Documented{Asked: "a/doc", Outcome: data.Found, Model: &data.Model{ID: id, ModelType: declares}}
	}
	switched := found("a/doc", "text")
	switched.Model.Disabled = true
	for _, tt := range []struct {
		name     string
		recorded string
		doc      *data.Documented
		deny     string
		want     Verdict
	}{
		{"its own", "", found("a/doc", "text"), "", "confirmed"},
		{"an alias", "", found("a/doc", "Text"), "", "confirmed"},
		{"renamed", "", found("b/doc", "text"), "", "renamed"},
		{"two levels above", "", found("a/doc", "whole"), "", "contained"},
		{"another", "", found("a/doc", "other"), "", "other-architecture"},
		{"another, recorded", "2026-01-01", found("a/doc", "other"), "", "other-architecture"},
		{"a type of another library", "", found("a/doc", "chat"), "", "foreign-type"},
		{"missing", "", &data.Documented{Asked: "a/doc", Outcome: data.Missing}, "", "missing"},
		{"missing in a recording", "2026-01-01", &data.Documented{Asked: "a/doc", Outcome: data.Missing}, "", "not-recorded"},
		{"disabled", "", &data.Documented{Asked: "a/doc", Outcome: data.Disabled}, "", "disabled"},
		{"found, and disabled", "", switched, "", "disabled"},
		{"no type", "", found("a/doc", ""), "", "undeclared"},
		{"unreachable", "", &data.Documented{Asked: "a/doc", Outcome: data.Unreachable}, "", "unanswered"},
		{"not asked", "", nil, "", "unanswered"},
		{"another one asked", "", &data.Documented{Asked: "a/before", Outcome: data.Missing}, "", "unanswered"},
		{"denied", "", found("a/doc", "text"), "a/doc", "denied"},
		{"denied, and not recorded", "2026-01-01", &data.Documented{Asked: "a/doc", Outcome: data.Missing}, "a/doc", "denied"},
		{"denied, and another", "", found("a/doc", "other"), "a/doc", "other-architecture"},
	} {
		state := small(tt.recorded, tt.doc)
		if tt.deny != "" {
			state.Policy.Deny = []data.Denial{{ID: tt.deny, Reason: "a placeholder"}}
		}
		r, f := files(t, state)
		got := r.Archs[3].Documented
		if got.Verdict != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got.Verdict, tt.want)
		}
		disproved, unconfirmed := 0, 0
		switch tt.want {
		case "other-architecture", "foreign-type", "missing", "disabled", "denied":
			disproved = 1
		case "not-recorded", "undeclared", "unanswered":
			unconfirmed = 1
		}
		if len(r.Disproved) != disproved || len(r.Unconfirmed) != unconfirmed {
			t.Errorf("%s: %d rows are disproved and %d unconfirmed", tt.name, len(r.Disproved), len(r.Unconfirmed))
		}
		if err := schemas.Validate("report", f["report.json"]); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestUnknown(t *testing.T) {
	r, f := files(t, small("", nil))
	if got, err := json.Marshal(r.Archs[2].Models); err != nil || string(got) != `[{"id":"o/o"}]` {
		t.Errorf("what is unknown is not absent: %s, %v", got, err)
	}
	if r.Hub != "https://hub.example" {
		t.Errorf("links lead to %s", r.Hub)
	}
	if !bytes.Contains(f["report.md"], []byte("| `text` | encoder | why |")) {
		t.Errorf("got\n%s", f["report.md"])
	}
}

// TestHostile has text that would leave its place if it were not escaped.
func TestHostile(t *testing.T) {
	const hostile = "</script><img src=x onerror=alert(1)>\"'`|<!--\u202e\u2028\n# x"
	state := small("", &data.Documented{Asked: hostile, Outcome: data.Found, Model: &data.Model{ID: hostile, ModelType: hostile}})
	state.Catalog.Archs[3].Documented = hostile
	state.Picks.Archs[3].Why = hostile
	state.Lock.Transformers = hostile
	state.Policy.Deny = []data.Denial{{ID: hostile, Reason: hostile}}
	state.Picks.Archs[2].Picks[0].License = hostile
	state.Aliases = data.Aliases{hostile: hostile}
	r, f := files(t, state)
	var back Report
	if err := json.Unmarshal(embedded(t, f["index.html"]), &back); err != nil {
		t.Fatal(err)
	}
	if back.Archs[3].Why != hostile || back.Former[hostile] != hostile || r.Archs[2].Models[0].License != hostile {
		t.Error("the text is another")
	}
	for name, content := range f {
		if name == "report.md" { // in code it is text
			content = regexp.MustCompile("`[^`]*`").ReplaceAll(content, nil)
		}
		if name != "report.json" && bytes.Contains(content, []byte("<img")) {
			t.Errorf("%s has an image", name)
		}
		if name == "report.md" && bytes.Contains(content, []byte("\n# x")) {
			t.Errorf("report.md has a heading of the text's own:\n%s", content)
		}
	}
}

// TestPolicy has the page allow its own script and style, and nothing else.
func TestPolicy(t *testing.T) {
	_, f := files(t, small("", nil))
	page := string(f["index.html"])
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(page)
	if policy == nil {
		t.Fatal("no policy")
	}
	if !strings.HasPrefix(policy[1], "default-src 'none'; ") || strings.Contains(policy[1], "http") || strings.Contains(policy[1], "unsafe") {
		t.Errorf("it allows %s", policy[1])
	}
	own := regexp.MustCompile(`(?s)<(?:script|style)>(.*?)</(?:script|style)>`).FindAllStringSubmatch(page, -1)
	if n := strings.Count(policy[1], "'sha256-"); n != 2 || len(own) != 2 {
		t.Errorf("it allows %d of %d scripts and styles", n, len(own))
	}
	for _, e := range own {
		if !strings.Contains(policy[1], digest(e[1])) {
			t.Errorf("it does not allow what begins %.60q", e[1])
		}
	}
	for _, from := range regexp.MustCompile(`(?i)\b(?:src|srcset|action|data|poster|background)="[^"]*"|@import|url\(`).FindAllString(page, -1) {
		t.Errorf("it loads %s", from)
	}
}

func TestMarkdown(t *testing.T) {
	state := small("2026-01-01", &data.Documented{Asked: "a/doc", Outcome: data.Found, Model: &data.Model{ID: "b/doc", ModelType: "other"}})
	state.Catalog.Tasks = []data.Task{{Name: "fill-mask"}, {Name: "text-to-image", Library: "diffusers"}}
	state.Picks.Rankings = []data.Ranking{{Task: "fill-mask", Models: []data.Ranked{
		{ID: "a/first", Arch: "text", Reason: "its head", Model: &data.Model{ID: "a/first", License: "mit"}},
		{ID: "a/second", Arch: "text", Model: &data.Model{ID: "a/second"}},
	}}}
	r, f := files(t, state)
	if got := r.Tasks[0].Ranking; len(got) != 2 || got[0].ID != "a/first" || got[0].License != "mit" || got[0].Reason != "its head" {
		t.Errorf("the ranking is %+v", got)
	}
	const want = `<!-- the mark -->
# Which checkpoint to use for which architecture

Made from transformers 5.0.0 and a recorded Hub of 2026-01-01. Of 5 architectures 1 have a proven default, 0 live inside a host that answers for them, 1 are documented but not proven, and nothing is known of 3.

## The first answer to each task

| task | checkpoint | architecture | of |
|---|---|---|---|
| fill-mask | ` + "`a/first` | `text`" + ` | 2 |
| text-to-image | none; see diffusers |  | 0 |

## Wrong in the documentation (1)

The checkpoint that transformers 5.0.0 documents is not one of the architecture.

### Another architecture (1)

Its config declares another architecture, which does not contain this one.

| architecture | documented | declares | checked | use instead |
|---|---|---|---|---|
| ` + "`text` | `a/doc`, now `b/doc`" + ` | other | 2026-01-02 |  |

## Not confirmed (0)
`
	if got := string(f["report.md"]); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
