package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"mvdan.cc/sh/v3/syntax"

	"github.com/hfmodels/hfmodels/internal/data"
)

// TestDocumentedCommands checks every command line of the workflows, of the
// scripts that they run, and of the pages: each runs a target of the Makefile,
// a script of .ci, or a command of this program, with its flags.
// TestScripts/refresh runs the refresh itself.
func TestDocumentedCommands(t *testing.T) {
	c := &commands{t: t, seen: make(map[string]bool)}
	for _, w := range workflows(t) {
		for name, job := range w.jobs {
			for _, script := range job.scripts {
				c.script(w.file+" "+name, script)
			}
		}
	}
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../README.md", "../CONTRIBUTING.md", "../archtest/python/README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range fenced(string(text), "sh") {
			c.script(fmt.Sprintf("%s, block %d", page, i+1), strings.ReplaceAll(block, "…", "x"))
		}
	}
	c.makes("with a recording", []string{"refresh", "AS_OF=2026-08-22"})
	c.makes("with a recording", []string{"update", "AS_OF=2026-08-22"})
	// Without these the test has not looked where it should.
	for _, want := range []string{
		"make refresh", "make conformance", ".ci/run", ".ci/propose",
		"gen discover", "gen sync", "gen emit", "gen verify", "gen diff", "gen tests", "gen measure", "gen report",
	} {
		if !c.seen[want] {
			t.Errorf("no %q among the commands", want)
		}
	}
}

// commands checks command lines.
type commands struct {
	t    *testing.T
	seen map[string]bool
}

// expression is what GitHub puts into a script before a shell sees it.
var expression = regexp.MustCompile(`\$\{\{.*?\}\}`)

func (c *commands) script(where, text string) {
	c.t.Helper()
	f, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(expression.ReplaceAllString(text, "pinned")), where)
	if err != nil {
		c.t.Errorf("%s: %v", where, err)
		return
	}
	syntax.Walk(f, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			var args []string
			for _, w := range call.Args {
				args = append(args, plain(w.Parts...))
			}
			c.call(where, args)
		}
		return true
	})
}

// plain is a word without its quotes, with x for what only a run could tell.
func plain(parts ...syntax.WordPart) string {
	var b strings.Builder
	for _, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			b.WriteString(part.Value)
		case *syntax.SglQuoted:
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			b.WriteString(plain(part.Parts...))
		default:
			b.WriteByte('x')
		}
	}
	return b.String()
}

func (c *commands) call(where string, args []string) {
	c.t.Helper()
	switch {
	case args[0] == "make":
		c.makes(where, args[1:])
	case len(args) > 2 && args[0] == "go" && args[1] == "run" && (args[2] == "./gen" || strings.HasPrefix(args[2], "github.com/hfmodels/hfmodels/gen")):
		c.gen(where, args[3:])
	case strings.HasPrefix(args[0], ".ci/"):
		c.own(where, args[0])
	}
}

// gen checks a command line of this program, without running it.
func (c *commands) gen(where string, args []string) {
	c.t.Helper()
	cmd, rest, err := command().Find(args)
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err != nil {
		c.t.Errorf("%s: gen %s: %v", where, strings.Join(args, " "), err)
	}
	c.seen["gen "+cmd.Name()] = true
}

// own checks a script of the project, and what it runs.
func (c *commands) own(where, name string) {
	c.t.Helper()
	if c.seen[name] {
		return
	}
	c.seen[name] = true
	path := filepath.Join("..", name)
	info, err := os.Stat(path)
	if err != nil {
		c.t.Errorf("%s: %v", where, err)
		return
	}
	if info.Mode()&0o111 == 0 {
		c.t.Errorf("%s: %s cannot be executed", where, name)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	c.script(name, string(text))
}

// makes checks targets, and the commands that make would run for them.
func (c *commands) makes(where string, args []string) {
	c.t.Helper()
	for _, a := range args {
		if !strings.Contains(a, "=") {
			c.seen["make "+a] = true
		}
	}
	if c.seen[fmt.Sprint(args)] {
		return
	}
	c.seen[fmt.Sprint(args)] = true
	out, err := dryMake(args...)
	if errors.Is(err, exec.ErrNotFound) {
		c.t.Skip("no make")
	}
	if err != nil {
		c.t.Errorf("%s: make %s: %v\n%s", where, strings.Join(args, " "), err, out)
		return
	}
	c.script("make "+strings.Join(args, " "), out)
}

// dryMake is what make would run. A file that a target needs counts as there.
func dryMake(args ...string) (string, error) {
	// Read here, so that a result in go's cache ends with the Makefile.
	if _, err := os.ReadFile("../Makefile"); err != nil {
		return "", err
	}
	cmd := exec.Command("make", append([]string{"--no-print-directory", "-C", "..", "-n", "-B"}, args...)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "MAKE") || strings.HasPrefix(s, "MFLAGS") })
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return complaint.String(), err
	}
	return string(out), nil
}

type workflow struct {
	file string
	text string
	jobs map[string]job
}

type job struct {
	scripts []string
	timeout bool
}

// workflows are those of GitHub, and the GitLab file in docs/refresh.md.
func workflows(t *testing.T) []workflow {
	t.Helper()
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d workflows, %v", len(files), err)
	}
	var all []workflow
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var w struct {
			Jobs map[string]struct {
				Timeout int `yaml:"timeout-minutes"`
				Steps   []struct {
					Run string
				}
			}
		}
		if err := yaml.Unmarshal(text, &w); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		this := workflow{file: file, text: string(text), jobs: make(map[string]job)}
		for name, j := range w.Jobs {
			one := job{timeout: j.Timeout > 0}
			for _, s := range j.Steps {
				if s.Run != "" {
					one.scripts = append(one.scripts, s.Run)
				}
			}
			this.jobs[name] = one
		}
		all = append(all, this)
	}
	page, err := os.ReadFile("../docs/refresh.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := fenced(string(page), "yaml")
	if len(blocks) != 1 {
		t.Fatalf("docs/refresh.md has %d YAML blocks, want that for GitLab", len(blocks))
	}
	var lab map[string]yaml.Node
	if err := yaml.Unmarshal([]byte(blocks[0]), &lab); err != nil {
		t.Fatalf("docs/refresh.md: %v", err)
	}
	gitlab := workflow{file: "docs/refresh.md", text: blocks[0], jobs: make(map[string]job)}
	for name, node := range lab {
		var j struct {
			Timeout string
			Before  []string `yaml:"before_script"`
			Script  []string
		}
		if node.Kind != yaml.MappingNode || node.Decode(&j) != nil || len(j.Script) == 0 {
			continue
		}
		gitlab.jobs[name] = job{scripts: []string{strings.Join(slices.Concat(j.Before, j.Script), "\n")}, timeout: j.Timeout != ""}
	}
	if len(gitlab.jobs) < 3 {
		t.Fatalf("docs/refresh.md has the jobs %v", gitlab.jobs)
	}
	return append(all, gitlab)
}

// fenced returns the code blocks of a language in Markdown.
func fenced(page, language string) []string {
	var out []string
	for _, part := range strings.Split(page, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		out = append(out, block)
	}
	return out
}

var (
	uses         = regexp.MustCompile(`(?m)^\s*(?:- )?uses: *(.*)$`)
	pinnedAction = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
)

// Actions are pinned, rights are few, nothing runs for ever, and nothing merges.
func TestWorkflowsAreCareful(t *testing.T) {
	for _, w := range workflows(t) {
		for name, j := range w.jobs {
			if !j.timeout {
				t.Errorf("%s: job %s has no time limit", w.file, name)
			}
		}
		for _, m := range uses.FindAllStringSubmatch(w.text, -1) {
			if !pinnedAction.MatchString(m[1]) {
				t.Errorf("%s: %s is not pinned by commit, with its version beside it", w.file, m[1])
			}
		}
		if strings.Contains(w.text, "merge ") || strings.Contains(w.text, "auto-merge") {
			t.Errorf("%s merges", w.file)
		}
		if !strings.HasPrefix(w.file, "../.github") {
			continue
		}
		var top struct {
			Permissions map[string]string
			Concurrency map[string]any
		}
		if err := yaml.Unmarshal([]byte(w.text), &top); err != nil {
			t.Fatal(err)
		}
		if len(top.Permissions) != 1 || top.Permissions["contents"] != "read" {
			t.Errorf("%s: by default a job may %v, want contents: read alone", w.file, top.Permissions)
		}
		if len(top.Concurrency) == 0 {
			t.Errorf("%s: two runs may meet", w.file)
		}
	}
	propose, err := os.ReadFile("../.ci/propose")
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`gh pr merge|git merge|/merge\b|merge_when|--auto`).Match(propose) {
		t.Error(".ci/propose merges")
	}
}

// The Python tests assert the rows of one release, so that has to be installed.
func TestRequiredTransformers(t *testing.T) {
	c, err := data.LoadCatalog(os.DirFS("../registrydata"))
	if err != nil {
		t.Fatal(err)
	}
	required, err := os.ReadFile("../archtest/python/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	if want := "\ntransformers==" + c.Transformers + "\n"; !strings.Contains(string(required), want) {
		t.Errorf("archtest/python/requirements.txt does not ask for transformers %s, which the rows are of: make catalog and make refresh write it", c.Transformers)
	}
}

// The summary of a run is Markdown, whatever a failure says.
func TestSummary(t *testing.T) {
	for _, program := range []string{"bash", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	file := filepath.Join(t.TempDir(), "conformance.json")
	const results = `{"schema": 1, "versions": {"transformers": "5.24.0"}, "results": [
		{"architecture": "bert", "level": "tiny", "outcome": "passed"},
		{"architecture": "gpt2", "level": "tiny", "outcome": "passed"},
		{"architecture": "t5", "level": "contract", "outcome": "failed", "reason": "AssertionError: <b>T5</b> | x\nsecond line"},
		{"architecture": "vit", "level": "tiny", "outcome": "skipped", "reason": "no recipe"}]}`
	if err := os.WriteFile(file, []byte(results), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command("../.ci/summary", file).Output()
	const want = "### transformers 5.24.0: 1 failed, 2 passed, 1 skipped\n\n- `t5` contract: AssertionError:  b T5 /b    x\n"
	if err != nil || string(got) != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
	if out, err := exec.Command("../.ci/summary", file+".none").CombinedOutput(); err == nil {
		t.Errorf("no results are summed up as %q", out)
	}
}
