// Package browser tests the page of gen report in a real Chromium.
package browser

import (
	"context"
	"flag"
	"fmt"
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
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/report"
	"github.com/hfmodels/hfmodels/registrydata"
)

var shots = flag.String("shots", "", "write screenshots to this directory")

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
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
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
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
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

func (p *tab) screenshot(name string) {
	p.Helper()
	if *shots == "" {
		return
	}
	p.run(chromedp.Sleep(200 * time.Millisecond))
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o644); err != nil {
		p.Fatal(err)
	}
}

func fold(s string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(s))
}
