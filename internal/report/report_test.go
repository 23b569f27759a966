package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/docs/schemas"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

// committed is the state of the checkout.
func committed(t testing.TB) Input {
	t.Helper()
	state, err := data.Load(registrydata.All)
	if err != nil {
		t.Fatal(err)
	}
	recipes, err := data.LoadRecipes(registrydata.FS)
	if err != nil {
		t.Fatal(err)
	}
	return Input{state, recipes, History{Missing: "There is one only."}}
}

func files(t testing.TB, in Input) (*Report, map[string][]byte) {
	t.Helper()
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
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
	in := committed(t)
	r, f := files(t, in)
	if want := []string{"disproved.html", "index.html", "report.json", "report.md"}; !slices.Equal(slices.Sorted(maps.Keys(f)), want) {
		t.Errorf("the files are %v", slices.Sorted(maps.Keys(f)))
	}
	if n := len(f["index.html"]); n >= 4_000*len(r.Archs) {
		t.Errorf("the page has %d bytes", n)
	} else {
		t.Logf("the page has %d bytes", n)
	}
	if err := schemas.Validate("report", f["report.json"]); err != nil {
		t.Error(err)
	}
	// The page holds what the JSON file does, and both all architectures.
	var page, file any
	if err := json.Unmarshal(embedded(t, f["index.html"]), &page); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(f["report.json"], &file); err != nil {
		t.Fatal(err)
	}
	if a, b := mustJSON(t, page), mustJSON(t, file); a != b {
		t.Error("the page and report.json differ")
	}
	var got, want []string
	for _, a := range r.Archs {
		got = append(got, a.Arch)
	}
	for _, a := range in.Data.Catalog.Archs {
		want = append(want, a.ModelType)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d architectures of %d", len(got), len(want))
	}
	if n := r.Counts.All(); n != len(want) {
		t.Errorf("the counts sum to %d of %d", n, len(want))
	}
	for _, name := range []string{"index.html", "report.md"} {
		if !bytes.Contains(f[name], []byte(r.madeFrom())) {
			t.Errorf("%s does not say what it is made from", name)
		}
	}
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDeterministic(t *testing.T) {
	_, once := files(t, committed(t))
	_, again := files(t, committed(t))
	if !maps.EqualFunc(once, again, bytes.Equal) {
		t.Error("the same state gives other bytes")
	}
}

// TestGoNames compares with the constants that the tables have.
func TestGoNames(t *testing.T) {
	r, _ := files(t, committed(t))
	src, err := os.ReadFile("../../archs_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Archs {
		if !regexp.MustCompile(`(?m)^\t` + a.Go + `$| ` + a.Go + `$|^\t` + a.Go + `\b`).Match(src) {
			t.Errorf("%s: no constant %s", a.Arch, a.Go)
		}
	}
}

func TestHardware(t *testing.T) {
	var want []Profile
	for h := hfmodels.CPUSmall; h.MaxBytes() > 0; h++ {
		want = append(want, Profile{h.String(), h.MaxBytes()})
	}
	slices.SortFunc(want, func(a, b Profile) int { return int(a.Bytes/1e6 - b.Bytes/1e6) })
	if !slices.Equal(hardware, want) {
		t.Errorf("got %v, want %v", hardware, want)
	}
}

// small is a state of three architectures: text lives inside whole, and other
// is apart.
func small(recorded string, doc *data.Documented) Input {
	return Input{
		Data: &data.State{
			Catalog: &data.Catalog{
				Transformers: "5.0.0",
				Tasks:        []data.Task{{Name: "fill-mask", AutoClasses: []string{"AutoModelForMaskedLM"}}},
				Archs: []data.Arch{
					{ModelType: "Text", ConfigClass: "TextConfig", Module: "whole", Family: "encoder", AliasOf: "text"},
					{ModelType: "middle", ConfigClass: "MiddleConfig", Module: "whole", Family: "encoder", Parents: []string{"whole"}},
					{ModelType: "other", ConfigClass: "OtherConfig", Module: "other", Family: "encoder"},
					{ModelType: "text", ConfigClass: "TextConfig", Module: "whole", Family: "encoder", Documented: "a/doc", Parents: []string{"middle"}},
					{ModelType: "whole", ConfigClass: "WholeConfig", Module: "whole", Family: "multimodal"},
				},
			},
			Facts: map[string]*data.Facts{"text": {Arch: "text", Checked: "2026-01-02", Documented: doc}},
			Picks: &data.Picks{Archs: []data.ArchPicks{
				{Arch: "Text", Status: data.None},
				{Arch: "middle", Status: data.None},
				{Arch: "other", Status: data.Proven, Roles: map[string]data.Place{"default": {ID: "o/o"}}, Models: []data.Pick{{ID: "o/o"}}},
				{Arch: "text", Status: data.Unproven, Why: "why"},
				{Arch: "whole", Status: data.None},
			}},
			Policy: &data.Policy{},
			Lock:   &data.Lock{Schema: 1, Transformers: "5.0.0", Endpoint: "https://hub.example/", Synced: "2026-01-02", Recorded: recorded},
		},
		Recipes: &data.Recipes{},
	}
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
		{"its own", "", found("a/doc", "text"), "", Confirmed},
		{"an alias", "", found("a/doc", "Text"), "", Confirmed},
		{"renamed", "", found("b/doc", "text"), "", Renamed},
		{"two levels above", "", found("a/doc", "whole"), "", Contained},
		{"another", "", found("a/doc", "other"), "", OtherArch},
		{"another, recorded", "2026-01-01", found("a/doc", "other"), "", OtherArch},
		{"a type of another library", "", found("a/doc", "chat"), "", ForeignType},
		{"missing", "", &data.Documented{Asked: "a/doc", Outcome: data.Missing}, "", Gone},
		{"missing in a recording", "2026-01-01", &data.Documented{Asked: "a/doc", Outcome: data.Missing}, "", NotRecorded},
		{"disabled", "", &data.Documented{Asked: "a/doc", Outcome: data.Disabled}, "", SwitchedOff},
		{"found, and disabled", "", switched, "", SwitchedOff},
		{"no type", "", found("a/doc", ""), "", Undeclared},
		{"unreachable", "", &data.Documented{Asked: "a/doc", Outcome: data.Unreachable}, "", Unanswered},
		{"not asked", "", nil, "", Unanswered},
		{"another one asked", "", &data.Documented{Asked: "a/before", Outcome: data.Missing}, "", Unanswered},
		{"denied", "", found("a/doc", "text"), "a/doc", Denied},
		{"denied, and not recorded", "2026-01-01", &data.Documented{Asked: "a/doc", Outcome: data.Missing}, "a/doc", Denied},
		{"denied, and another", "", found("a/doc", "other"), "a/doc", OtherArch},
	} {
		in := small(tt.recorded, tt.doc)
		if tt.deny != "" {
			in.Data.Policy.Deny = []data.Denial{{ID: tt.deny, Reason: "a placeholder"}}
		}
		r, f := files(t, in)
		got := r.Archs[3].Documented
		if got.Verdict != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got.Verdict, tt.want)
		}
		disproved, unconfirmed := 0, 0
		switch tt.want {
		case OtherArch, ForeignType, Gone, SwitchedOff, Denied:
			disproved = 1
		case NotRecorded, Undeclared, Unanswered:
			unconfirmed = 1
		}
		if len(r.Disproved) != disproved || len(r.Unconfirmed) != unconfirmed {
			t.Errorf("%s: %d rows are disproved and %d unconfirmed", tt.name, len(r.Disproved), len(r.Unconfirmed))
		}
		// Every verdict that is listed has its words.
		if n := len(groups(r.Disproved)) + len(groups(r.Unconfirmed)); n != disproved+unconfirmed {
			t.Errorf("%s: it stands in %d groups", tt.name, n)
		}
		// The facts decide, and the schema knows all of them.
		if err := schemas.Validate("report", f["report.json"]); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestUnknown(t *testing.T) {
	r, f := files(t, small("", nil))
	m := r.Archs[2].Models[0]
	if m.Parameters != 0 || m.Downloads != nil || m.Created != "" {
		t.Errorf("something is known of %+v", m)
	}
	if got := mustJSON(t, m); got != `{"id":"o/o"}` {
		t.Errorf("what is unknown is not absent: %s", got)
	}
	if r.Hub != "https://hub.example" {
		t.Errorf("links lead to %s", r.Hub)
	}
	for _, c := range r.charts() {
		switch c.ID {
		case "created", "licences", "gating":
			if c.Missing == "" {
				t.Errorf("%s is drawn of nothing", c.ID)
			}
		case "sizes":
			if b := c.Rows[0]; b.Parts[0].N != 0 || b.Parts[2].N != 1 {
				t.Errorf("an unknown size fits: %+v", b)
			}
		}
	}
	if !bytes.Contains(f["report.md"], []byte("| `text` | encoder | why |")) {
		t.Errorf("got\n%s", f["report.md"])
	}
}

func TestAutoClass(t *testing.T) {
	in := committed(t)
	// One model each, so that what is picked today does not matter.
	for i := range in.Data.Picks.Archs {
		a := &in.Data.Picks.Archs[i]
		one := func(tier, head string, tasks ...string) {
			p := data.Place{ID: "a/b", Tier: tier}
			a.Roles = map[string]data.Place{"default": p}
			a.Tasks = map[string]data.Place{"question-answering": p}
			a.Models = []data.Pick{{ID: "a/b", Head: head, Tasks: tasks}}
		}
		switch a.Arch {
		case "bert":
			one("", "", "fill-mask")
		case "gpt2":
			one("", "GPT2LMHeadModel")
		case "t5":
			one("", "T5ForConditionalGeneration")
		case "whisper":
			one("", "WhisperForConditionalGeneration")
		case "clip_text_model":
			a.Status, a.Host = data.Hosted, "clip"
			one("host", "", "zero-shot-image-classification")
		}
	}
	r, _ := files(t, in)
	of := func(arch, role, task string) string {
		i := slices.IndexFunc(r.Archs, func(a Arch) bool { return a.Arch == arch })
		if task != "" {
			return r.Archs[i].ByTask[task].AutoClass
		}
		return r.Archs[i].Roles[role].AutoClass
	}
	for _, tt := range []struct{ arch, role, task, want string }{
		{"bert", "default", "", "AutoModelForMaskedLM"},
		{"bert", "", "question-answering", "AutoModelForQuestionAnswering"},
		{"gpt2", "default", "", "AutoModelForCausalLM"},
		{"t5", "default", "", "AutoModelForSeq2SeqLM"},
		{"whisper", "default", "", "AutoModelForSpeechSeq2Seq"},
		{"clip_text_model", "default", "", "AutoModelForZeroShotImageClassification"}, // the host's
	} {
		if got := of(tt.arch, tt.role, tt.task); got != tt.want {
			t.Errorf("%s as %s%s is loaded with %s, want %s", tt.arch, tt.role, tt.task, got, tt.want)
		}
	}
}

// TestHostile has text that would leave its place if it were not escaped.
func TestHostile(t *testing.T) {
	const hostile = "</script><img src=x onerror=alert(1)>\"'`|<!--\u202e\u2028\n# x"
	in := small("", &data.Documented{Asked: hostile, Outcome: data.Found, Model: &data.Model{ID: hostile, ModelType: hostile}})
	in.Data.Catalog.Archs[3].Documented = hostile
	in.Data.Picks.Archs[3].Why = hostile
	in.Data.Lock.Transformers = hostile
	in.Data.Policy.Deny = []data.Denial{{ID: hostile, Reason: hostile}}
	in.Data.Picks.Archs[2].Models[0].License = hostile
	in.Data.Aliases = data.Aliases{hostile: hostile}
	r, f := files(t, in)
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

// TestPolicy has each page allow its own scripts and style, and nothing else.
func TestPolicy(t *testing.T) {
	_, f := files(t, small("", nil))
	for name, scripts := range map[string]int{"index.html": 2, "disproved.html": 1} {
		page := string(f[name])
		policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(page)
		if policy == nil {
			t.Fatalf("%s has no policy", name)
		}
		if !strings.HasPrefix(policy[1], "default-src 'none'; ") || strings.Contains(policy[1], "http") || strings.Contains(policy[1], "unsafe") {
			t.Errorf("%s allows %s", name, policy[1])
		}
		if n := strings.Count(policy[1], "'sha256-"); n != scripts+1 {
			t.Errorf("%s allows %d scripts and styles", name, n)
		}
		for _, e := range regexp.MustCompile(`(?s)<(?:script|style)>(.*?)</(?:script|style)>`).FindAllStringSubmatch(page, -1) {
			if !strings.Contains(policy[1], digest([]byte(e[1]))) {
				t.Errorf("%s does not allow what begins %.60q", name, e[1])
			}
		}
		for _, from := range regexp.MustCompile(`(?i)\b(?:src|srcset|action|data|poster|background)="[^"]*"|@import|url\(`).FindAllString(page, -1) {
			t.Errorf("%s loads %s", name, from)
		}
	}
}

func TestMarkdown(t *testing.T) {
	in := small("2026-01-01", &data.Documented{Asked: "a/doc", Outcome: data.Found, Model: &data.Model{ID: "a/doc", ModelType: "other"}})
	_, f := files(t, in)
	want := `<!-- the mark -->
# Which checkpoint stands for which architecture

Made from transformers 5.0.0 and a recorded Hub of 2026-01-01.

Of 5 architectures 1 have a proven default, 0 are answered by a host, 1 are documented only, and of 3 nothing is known.

## Coverage by family

| family | architectures | proven | hosted | unproven | none |
|---|---:|---:|---:|---:|---:|
| encoder | 4 | 1 | 0 | 1 | 2 |
| multimodal | 1 | 0 | 0 | 0 | 1 |

## Documentation rows that are disproved (1)

What transformers 5.0.0 documents, what was asked, and what was answered.

### Declares another architecture (1)

The checkpoint's own config declares another model type of transformers, one that neither contains the documented architecture nor answers for it.

| documented | for | answer | checked | instead |
|---|---|---|---|---|
| ` + "`a/doc` | `text`" + ` | found; model\_type is other | 2026-01-02 |  |

## Documentation rows that are not confirmed (0)
`
	if got := string(f["report.md"]); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMeasurements(t *testing.T) {
	in := small("", nil)
	in.Data.Measurements = data.Measurements{
		{Started: "2026-02-01T00:00:00Z", Versions: map[string]string{}, Rows: []data.Measurement{{Arch: "other", Level: "hub", Outcome: "passed", Model: "o/o"}}},
		{Started: "2026-01-01T00:00:00Z", Versions: map[string]string{"torch": "2"}, Rows: []data.Measurement{{Arch: "other", Level: "tiny", Outcome: "failed", Reason: "x"}}},
	}
	r, f := files(t, in)
	if m := r.Archs[2].Measurements; len(m) != 2 || m[1].Outcome != "failed" || r.Runs[m[1].Run].Versions["torch"] != "2" {
		t.Errorf("got %+v of %+v", m, r.Runs)
	}
	if err := schemas.Validate("report", f["report.json"]); err != nil {
		t.Error(err)
	}
}

func TestNotChosenYet(t *testing.T) {
	in := small("", nil)
	in.Data.Picks = nil
	if _, err := New(in); err == nil || !strings.Contains(err.Error(), "go run ./gen") {
		t.Errorf("got %v", err)
	}
	in = small("", nil)
	in.Data.Picks.Archs = in.Data.Picks.Archs[1:]
	if _, err := New(in); err == nil || !strings.Contains(err.Error(), "picks.json lacks Text") {
		t.Errorf("got %v", err)
	}
}

// TestImports keeps the generator free of the tables that it makes.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if slices.Contains(strings.Fields(string(out)), "github.com/hfmodels/hfmodels") {
		t.Error("imports the root package")
	}
}
