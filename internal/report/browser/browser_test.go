// Package browser tests the page of gen report in a real Chromium.
package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/report"
	"github.com/hfmodels/hfmodels/registrydata"
)

// chromium is the browser to test in. A missing one fails the test only where
// it was promised, as in CI.
func chromium(t *testing.T) string {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome", "chrome"}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	msg := "no browser in PATH: looked for " + strings.Join(names, ", ")
	if os.Getenv("HFMODELS_NEED_BROWSER") == "1" {
		t.Fatal(msg + "; and HFMODELS_NEED_BROWSER=1 says that there is one")
	}
	t.Skip(msg)
	return ""
}

// committed writes the report of the committed state, changed if need be, and
// returns the directory.
func committed(t *testing.T, change func(*data.State)) string {
	t.Helper()
	state, err := data.Load(registrydata.All)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(state)
	}
	files, err := report.New(state).Files("test")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tab is a page of its own, watched for whatever should not happen.
type tab struct {
	*testing.T
	ctx    context.Context
	dir    string
	opened int

	mu  sync.Mutex
	bad []string
}

// start starts a browser of its own, 1280 pixels wide.
func start(t *testing.T, dir string) *tab {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(chromium(t)),
		chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
	)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	p := &tab{T: t, ctx: ctx, dir: dir}
	if err := chromedp.Listen(ctx, p.watch); err != nil {
		t.Fatal(err)
	}
	call(p, log.Enable, cdp.Empty{})
	call(p, network.Enable, network.EnableParams{})
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(p.check)
	return p
}

func (p *tab) watch(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	note := func(format string, args ...any) { p.bad = append(p.bad, fmt.Sprintf(format, args...)) }
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		note("exception at line %d: %s", e.ExceptionDetails.LineNumber, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		note("console.%s", e.Type)
	case *log.EventEntryAdded:
		note("log: %s: %s", e.Entry.Level, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, "file://"+p.dir+"/") && !strings.HasPrefix(u, "data:") {
			note("request for %s", u)
		}
	}
}

// check fails for what was noted so far.
func (p *tab) check() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.bad {
		p.Error(b)
	}
	p.bad = nil
}

// test runs a part of the test, and fails that for what happens in it.
func (p *tab) test(name string, part func()) {
	whole := p.T
	whole.Run(name, func(t *testing.T) {
		p.T = t
		defer func() { p.T = whole }()
		part()
		p.check()
	})
}

func (p *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

// open shows a page of the report, afresh: with another query even where only
// what follows the '#' differs.
func (p *tab) open(page string) {
	p.Helper()
	p.opened++
	file, hash, _ := strings.Cut(page, "#")
	p.run(chromedp.Navigate(fmt.Sprintf("file://%s?%d#%s", filepath.Join(p.dir, file), p.opened, hash)))
}

// call runs a command of the browser's protocol.
func call[P, R any](p *tab, cmd cdp.Command[P, R], params P) {
	p.Helper()
	if _, err := chromedp.Call(p.ctx, cmd, params); err != nil {
		p.Fatal(err)
	}
}

// get evaluates JavaScript, and waits for what it promises.
func get[T any](p *tab, js string) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %v", js, err)
	}
	return v
}

// do evaluates JavaScript for what it does.
func (p *tab) do(format string, args ...any) {
	p.Helper()
	p.run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(format, args...)))
}

// want fails unless the JavaScript becomes true, also of a page that is only
// being loaded.
func (p *tab) want(js string) {
	p.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](js))
		if ok && err == nil {
			return
		}
		if time.Now().After(end) {
			p.Fatalf("it is not so (%v): %s\naddress %s, focus on %s", err, js, get[string](p, "location.hash"), get[string](p, "document.activeElement.outerHTML.slice(0, 200)"))
		}
	}
}

// unnamed are the elements that a screen reader has no name for.
func (p *tab) unnamed() []string {
	p.Helper()
	tree, err := chromedp.Call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		p.Fatal(err)
	}
	var found []string
	seen := 0
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		switch role := string(n.Role.Value); role {
		case `"link"`, `"button"`, `"combobox"`, `"searchbox"`, `"heading"`, `"navigation"`, `"article"`, `"region"`:
			seen++
			if n.Name == nil || strings.Trim(string(n.Name.Value), `" `) == "" {
				found = append(found, role)
			}
		}
	}
	if seen < 10 {
		p.Errorf("the accessibility tree has %d elements only", seen)
	}
	return found
}

func (p *tab) click(css chromedp.CSS) {
	p.Helper()
	p.run(chromedp.Click(css))
}

// names are the architectures in the list, as it stands.
func (p *tab) names() []string {
	p.Helper()
	return get[[]string](p, `[...document.querySelectorAll("#results .name")].map(e => e.firstChild.data)`)
}

// choose sets a select element as a reader does.
func (p *tab) choose(css, value string) {
	p.Helper()
	p.do(`{ const s = document.querySelector(%q); s.value = %q; s.dispatchEvent(new Event("change")); if (s.value !== %[2]q) throw new Error("no option " + %[2]q); }`, css, value)
}

func (p *tab) search(q string) {
	p.Helper()
	p.do(`document.getElementById("q").select()`)
	p.run(chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(q))
	p.want(fmt.Sprintf("document.getElementById('q').value === %q", q))
}

func fold(s string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(s))
}

func TestPage(t *testing.T) {
	// What is picked today is for the data to say.
	var def data.Place
	var hosted, unproven data.ArchPicks
	p := start(t, committed(t, func(d *data.State) {
		for _, a := range d.Picks.Archs {
			switch {
			case a.Arch == "bert":
				def = a.Roles["default"]
				d.Aliases["someone/old-bert"] = def.ID
				a.Pick(def.ID).License = "apache-2.0, one-of-two"
			case a.Status == data.Hosted:
				hosted = a
			case a.Status == data.Unproven:
				unproven = a
			}
		}
	}))
	p.run(chromedp.EmulateViewport(1280, 900))
	p.open("index.html#~architectures")
	all := len(p.names())
	if all < 700 {
		t.Fatalf("%d architectures in the list", all)
	}

	p.test("search", func() {
		for _, tt := range []struct{ q, first string }{
			{"bert", "bert"},
			{"GPT NeoX", "gpt_neox"},
			{"xlm.ROBERTA", "xlm-roberta"},
			{def.ID, "bert"},
			{"BertForMaskedLM", "bert"},
			{"gpt2config", "gpt2"},
			{"someone/OLD-bert", "bert"},
		} {
			p.search(tt.q)
			names := p.names()
			if len(names) == 0 || len(names) == all || names[0] != tt.first {
				p.Errorf("%s: got %.60q of %d, want %s first", tt.q, names, len(names), tt.first)
			}
		}
		p.want(`document.getElementById("results").textContent.includes("formerly someone/old-bert")`)
		p.search("no such thing")
		p.want(`!document.getElementById("nothing").hidden`)
		p.click("#reset-too")
		if n := len(p.names()); n != all {
			p.Errorf("%d after clearing, want %d", n, all)
		}
	})

	p.test("filter", func() {
		alone := make(map[string][]string)
		for id, value := range map[string]string{
			"status": "hosted", "task": "fill-mask", "family": "decoder", "input": "audio", "license": "mit", "size": "500000000", "gating": "no", "format": "safetensors", "engine": "mlx",
		} {
			p.choose("#"+id, value)
			alone[id] = p.names()
			if n := len(alone[id]); n == 0 || n == all {
				p.Errorf("%s=%s leaves %d of %d", id, value, n, all)
			}
			p.choose("#"+id, "")
		}
		p.choose("#license", "one-of-two")
		if names := p.names(); !slices.Contains(names, "bert") {
			p.Errorf("under one of two licences: %q", names)
		}
		// What is shown passes all of them, or it says that it was not made for the task.
		p.choose("#license", "mit")
		p.choose("#task", "text-classification")
		p.want(`[...document.querySelectorAll("#results li")].some(e => e.textContent.includes("not made for text-classification"))`)
		p.choose("#task", "fill-mask")
		p.choose("#gating", "no")
		few := p.names()
		for _, name := range few {
			for _, id := range []string{"task", "license", "gating"} {
				if !slices.Contains(alone[id], name) {
					p.Errorf("%s is shown, and not with the %s alone", name, id)
				}
			}
		}
		p.choose("#status", "proven")
		few = p.names()
		// The address keeps them.
		address := get[string](p, "location.hash")
		p.open("index.html" + address)
		if again := p.names(); !slices.Equal(again, few) {
			p.Errorf("%s shows %q, want %q", address, again, few)
		}
		p.click("#reset")
	})

	p.test("sort", func() {
		p.choose("#sort", "name")
		if names := p.names(); !slices.IsSortedFunc(names, func(a, b string) int { return strings.Compare(fold(a), fold(b)) }) {
			p.Errorf("by name: got %.80q", names)
		}
		p.choose("#sort", "small")
		figures := get[[]string](p, `[...document.querySelectorAll("#results .num")].map(e => e.textContent).filter(s => s)`)
		first := slices.IndexFunc(figures, func(s string) bool { return !strings.HasSuffix(s, " M") && !strings.HasSuffix(s, " k") })
		if first < 10 || slices.Contains(figures[:first], "unknown") {
			p.Errorf("by fewest parameters: got %.80q", figures)
		}
		p.choose("#sort", "")
	})

	p.test("deep link", func() {
		for link, want := range map[string]string{"bert": "bert", "gpt-neox": "gpt_neox", "XLM_Roberta": "xlm-roberta"} {
			p.open("index.html#" + link)
			p.want(fmt.Sprintf(`document.querySelector("#detail h2").textContent === %q`, want))
			p.want(`document.activeElement.matches("#detail h2")`)
		}
		p.open("index.html#no-such-arch")
		p.want(`document.getElementById("q").value === "no-such-arch"`)
		p.open("index.html#%E0%A4%A") // not UTF-8
		p.want(`document.documentElement.dataset.ready === "true"`)
	})

	p.test("keyboard", func() {
		p.open("index.html#~architectures")
		p.run(chromedp.KeyEvent("/"))
		p.want(`document.activeElement.id === "q"`)
		p.run(chromedp.KeyEvent("gpt"), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
		p.want(`document.activeElement === document.querySelectorAll("#results a")[1]`)
		second := p.names()[1]
		p.run(chromedp.KeyEvent(kb.Enter))
		p.want(fmt.Sprintf(`document.querySelector("#detail h2").textContent === %q && location.hash.startsWith("#%s")`, second, second))
		p.run(chromedp.KeyEvent(kb.Escape))
		p.want(`document.getElementById("detail").hidden && document.activeElement === document.querySelectorAll("#results a")[1]`)
		p.run(chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.ArrowUp))
		p.want(`document.activeElement.id === "q"`)
		p.run(chromedp.KeyEvent(kb.Escape))
		p.want(`document.getElementById("q").value === ""`)
		// Enter in the search opens the first.
		p.run(chromedp.KeyEvent("gpt-neox"), chromedp.KeyEvent(kb.Enter))
		p.want(`document.querySelector("#detail h2").textContent === "gpt_neox"`)
		p.run(chromedp.KeyEvent(kb.Escape))
		p.want(`document.getElementById("detail").hidden`)
		p.run(chromedp.KeyEvent("/"), chromedp.KeyEvent(kb.Escape))
		p.want(`document.getElementById("q").value === "" && document.activeElement.id === "q"`)
		// Back closes what was opened last.
		p.run(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
		p.want(`!document.getElementById("detail").hidden`)
		p.run(chromedp.NavigateBack())
		p.want(`document.getElementById("detail").hidden`)
	})

	p.test("detail", func() {
		p.open("index.html#bert")
		p.want(`!document.getElementById("detail").hidden`)
		text := get[string](p, `document.getElementById("detail").innerText`)
		for _, want := range []string{
			def.ID, "decided by " + def.Tier, "Runners-up", "BertTokenizer", "BertForMaskedLM", "Candidates that a rule removed", "made for tests, with random weights",
		} {
			if !strings.Contains(text, want) {
				p.Errorf("the detail of bert lacks %q", want)
			}
		}
		p.open("index.html#" + hosted.Arch)
		p.want(fmt.Sprintf(`document.querySelector("#detail .why").textContent.includes(%q)`, hosted.Host))
		if unproven.Arch != "" {
			p.open("index.html#" + unproven.Arch)
			p.want(`document.querySelector("#detail").textContent.includes("No checkpoint is proven") && !document.querySelector(".snippet")`)
		}
	})

	p.test("copy", func() {
		p.open("index.html#bert")
		p.choose(".snippet select", "Shell")
		p.click(".snippet button")
		p.want(`document.querySelector(".snippet button").textContent === "Copied"`)
		got := get[string](p, `navigator.clipboard.readText()`)
		if want := "hfmodels default bert\nhf download " + def.ID; !strings.HasPrefix(got, want) || got != get[string](p, `document.querySelector("pre code").textContent`) {
			p.Errorf("copied %q, want %q first", got, want)
		}
		p.want(`document.querySelector(".snippet button").textContent === "Copy"`)
	})

	p.test("theme", func() {
		const ground = `getComputedStyle(document.body).backgroundColor`
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
		p.open("index.html#~architectures")
		dark := get[string](p, ground)
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}})
		p.want(fmt.Sprintf("%s !== %q", ground, dark))
		call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	})

	p.test("phone", func() {
		p.run(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
		for _, page := range []string{"index.html", "index.html#~architectures", "index.html#bert", "index.html#qwen2_5_vl", "index.html#~documentation"} {
			p.open(page)
			if w := get[int](p, `document.documentElement.scrollWidth`); w > 390 {
				p.Errorf("%s is %d pixels wide", page, w)
			}
		}
		p.open("index.html#~architectures")
		p.want(`document.querySelector("#results .gated").offsetHeight > 0`)
		p.click("#results a")
		p.want(`!document.getElementById("detail").hidden && document.querySelector(".list").offsetHeight === 0`)
		p.click("#detail [aria-label=Close]")
		p.want(`document.querySelector(".list").offsetHeight > 0`)
		p.click("#filters summary")
		p.run(chromedp.EmulateViewport(1280, 900))
	})

	p.test("tasks", func() {
		p.open("index.html")
		const shown = `[...document.querySelectorAll("#rankings > li")]`
		p.want(`document.getElementById("architectures").hidden && ` + shown + `.length > 50`)
		answers := get[int](p, shown+`.filter(e => e.querySelector(".id")).length`)
		p.choose("#license", "mit")
		p.choose("#gating", "no")
		few := get[[]string](p, shown+`.map(e => e.querySelector("div:nth-child(2) small")).filter(e => e).map(e => e.textContent)`)
		if len(few) == 0 || len(few) >= answers || slices.ContainsFunc(few, func(s string) bool { return !strings.Contains(s, "mit") || !strings.Contains(s, "not gated") }) {
			p.Errorf("under mit and not gated: %q", few)
		}
		address := get[string](p, "location.hash")
		p.open("index.html" + address)
		p.want(fmt.Sprintf(shown+`.filter(e => e.querySelector(".id")).length === %d`, len(few)))
		p.click("#reset")
		p.search("fill-mask")
		p.want(shown + `.length === 1`)
		p.click(`#tasks details summary`)
		p.want(`document.querySelectorAll("#tasks [open] li").length > 1 && document.documentElement.scrollWidth <= innerWidth`)
		// What is not a task is looked for among the architectures.
		p.search("BertForMaskedLM")
		p.want(`!document.getElementById("nothing").hidden`)
		p.run(chromedp.Focus("#q"), chromedp.KeyEvent(kb.Enter))
		p.want(`document.querySelector("#results .name").textContent.startsWith("bert")`)
	})

	for _, page := range []string{"tasks", "documentation"} {
		p.test("links of "+page, func() {
			p.open("index.html#~architectures")
			p.click(chromedp.CSS("#to-" + page))
			p.want(fmt.Sprintf(`document.getElementById("architectures").hidden && document.querySelectorAll("#%s .check > li").length > 0`, page))
			link := fmt.Sprintf(`#%s .check a[href^="#"]`, page)
			first := get[string](p, fmt.Sprintf("document.querySelector('%s').textContent", link))
			p.click(chromedp.CSS(link))
			p.want(fmt.Sprintf(`document.querySelector("#detail h2").textContent === %q`, first))
		})
	}

	p.test("names", func() {
		for _, page := range []string{"index.html#bert", "index.html#~tasks", "index.html#~documentation"} {
			p.open(page)
			for _, role := range p.unnamed() {
				p.Errorf("%s: a %s without a name", page, role)
			}
		}
	})
}

// TestHostile has text from outside that would run, or leave its place, if it
// were not escaped.
func TestHostile(t *testing.T) {
	const hostile = "</script><img src=x onerror=alert(1)>\"'`<!--\u202e\u2028${1}"
	dir := committed(t, func(d *data.State) {
		for i := range d.Picks.Archs {
			a := &d.Picks.Archs[i]
			if a.Arch != "bert" {
				continue
			}
			a.Owner, a.OwnerWhy = hostile, hostile
			d.Picks.Rankings[1].Models[0].Reason = hostile
			def := a.Roles["default"]
			def.Reason = hostile
			a.Roles["default"] = def
			for _, pick := range a.Picks {
				pick.License, pick.Architectures, pick.Revision = hostile, []string{hostile}, hostile
			}
		}
		for i := range d.Catalog.Archs {
			if a := &d.Catalog.Archs[i]; a.ModelType == "cohere2" {
				a.ConfigClass, a.Module = hostile, hostile
				d.Facts["cohere2"].Documented = &data.Documented{
					Asked: a.Documented, Outcome: data.Found, Model: &data.Model{ID: a.Documented, ModelType: hostile},
				}
			}
		}
	})
	p := start(t, dir)
	for _, page := range []string{"index.html#bert", "index.html#~tasks", "index.html#~documentation"} {
		p.open(page)
		p.want(`document.querySelectorAll("img").length === 0`)
		if text := get[string](p, `document.body.textContent`); !strings.Contains(text, hostile) {
			t.Errorf("%s does not show the text as it is", page)
		}
	}
}

// TestAutoClass has the Python snippet load a model with the class that fits
// the place, the model's head, or what it was made for.
func TestAutoClass(t *testing.T) {
	p := start(t, committed(t, func(d *data.State) {
		// One model each, so that what is picked today does not matter.
		one := func(arch, head string, tasks ...string) {
			a := d.Picks.Of(arch)
			place := data.Place{ID: "a/b"}
			a.Roles = map[string]data.Place{"default": place}
			a.Tasks = map[string]data.Place{"question-answering": place}
			a.Picks = []data.Pick{{ID: "a/b", Tasks: tasks, Model: &data.Model{ID: "a/b"}}}
			if head != "" {
				a.Picks[0].Architectures = []string{head}
			}
		}
		one("bert", "", "fill-mask")
		one("gpt2", "GPT2LMHeadModel")
		one("t5", "T5ForConditionalGeneration")
		one("whisper", "WhisperForConditionalGeneration")
		one("clip", "", "zero-shot-image-classification")
		one("clip_text_model", "")
		d.Picks.Of("clip_text_model").Host = "clip"
	}))
	for _, tt := range []struct{ arch, place, want string }{
		{"bert", "default", "AutoModelForMaskedLM"},
		{"bert", "question-answering", "AutoModelForQuestionAnswering"},
		{"gpt2", "default", "AutoModelForCausalLM"},
		{"t5", "default", "AutoModelForSeq2SeqLM"},
		{"whisper", "default", "AutoModelForSpeechSeq2Seq"},
		{"clip_text_model", "default", "AutoModelForZeroShotImageClassification"}, // the host's
	} {
		p.open("index.html#" + tt.arch)
		p.choose(".snippet select", "Python")
		p.choose(".snippet label select", tt.place)
		if got := get[string](p, `document.querySelector("pre code").textContent`); !strings.Contains(got, "model = "+tt.want+".from_pretrained(name)") {
			t.Errorf("%s as %s: got\n%s\nwant %s", tt.arch, tt.place, got, tt.want)
		}
	}
}

// TestSnippets compiles or parses what the page offers to copy.
func TestSnippets(t *testing.T) {
	dir := committed(t, nil)
	p := start(t, dir)
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	var pythons []string
	goFiles := make(map[string]string)
	for _, arch := range []string{"bert", "gpt_neox", "xlm-roberta", "EvollaModel", "clip_text_model", "whisper", "qwen2_5_vl", "t5", "kosmos-2.5", "wav2vec2"} {
		p.open("index.html#" + arch)
		n := get[int](p, `document.querySelectorAll(".snippet label option").length`)
		if n == 0 {
			continue // no checkpoint is proven
		}
		for place := range n {
			p.do(`{ const s = document.querySelector(".snippet label select"); s.selectedIndex = %d; s.dispatchEvent(new Event("change")); }`, place)
			snippet := func(language string) string {
				p.choose(".snippet select", language)
				return get[string](p, `document.querySelector("pre code").textContent`)
			}
			goFiles[fmt.Sprintf("%s/%d", arch, place)] = snippet("Go")
			pythons = append(pythons, snippet("Python"))
			cmd := exec.Command("sh", "-n")
			cmd.Stdin = strings.NewReader(snippet("Shell"))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", arch, err, out)
			}
		}
	}
	if python, err := exec.LookPath("python3"); err != nil {
		t.Log("no python3: the Python snippets are not parsed")
	} else {
		all, err := json.Marshal(pythons)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(python, "-c", "import ast, json, sys\nfor s in json.load(sys.stdin): ast.parse(s, s)")
		cmd.Stdin = bytes.NewReader(all)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	if len(goFiles) == 0 {
		t.Fatal("no snippets")
	}
	// One program of all Go snippets, each of whose main is called.
	var program, calls strings.Builder
	program.WriteString("package main\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/hfmodels/hfmodels\"\n)\n")
	for i, name := range slices.Sorted(maps.Keys(goFiles)) {
		_, body, ok := strings.Cut(goFiles[name], "func main() {")
		if !ok {
			t.Fatalf("%s: %s", name, goFiles[name])
		}
		fmt.Fprintf(&program, "\nfunc main%d() {%s", i, body)
		fmt.Fprintf(&calls, "\tmain%d()\n", i)
	}
	fmt.Fprintf(&program, "\nfunc main() {\n%s}\n", calls.String())
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(program.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", file)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := strings.Count(string(out), "\n"); n != len(goFiles) {
		t.Errorf("%d snippets print %d lines:\n%s", len(goFiles), n, out)
	}
}
