package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/hfmodels/hfmodels/internal/data"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func glob(t *testing.T, patterns ...string) []string {
	t.Helper()
	var all []string
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no %s (%v)", pattern, err)
		}
		all = append(all, paths...)
	}
	return all
}

var (
	genLine  = regexp.MustCompile(`go run (?:\./gen|github\.com/hfmodels/hfmodels/gen@\w+)((?: +[^\s\x60#|>&;)]+)*)`)
	makeLine = regexp.MustCompile(`(?m)(?:^\s*|run: |\x60)make((?: +[a-z-]+| +[A-Z_]+=(?:"[^"]*"|\$\{\{.*?\}\}|[^\s\x60]+))+)`)
	target   = regexp.MustCompile(`(?m)^([a-z-]+):`)
)

// TestDocumentedCommands checks every command line of the workflows, of the
// scripts that they run, of the Makefile, and of the pages: make has the
// target, and this program the command with its flags. TestScripts/refresh runs
// the refresh itself.
func TestDocumentedCommands(t *testing.T) {
	texts := make(map[string]string)
	for _, path := range glob(t, "../.github/workflows/*.yml", "../.ci/*", "../docs/*.md", "../*.md", "../archtest/python/README.md") {
		texts[path] = readFile(t, path)
	}
	for _, goal := range []string{"update", "refresh", "catalog"} {
		out, err := dryMake(goal, "AS_OF=2026-08-22", "TRANSFORMERS=5.24.0")
		if errors.Is(err, exec.ErrNotFound) {
			t.Skip("no make")
		}
		if err != nil {
			t.Fatalf("make %s: %v\n%s", goal, err, out)
		}
		texts["make "+goal] = out
	}
	targets := make(map[string]bool)
	for _, m := range target.FindAllStringSubmatch(readFile(t, "../Makefile"), -1) {
		targets[m[1]] = true
	}
	seen := make(map[string]bool)
	for where, text := range texts {
		for _, m := range genLine.FindAllStringSubmatch(text, -1) {
			cmd, rest, err := command().Find(strings.Fields(strings.ReplaceAll(m[1], "…", "x")))
			if err == nil {
				err = cmd.ParseFlags(rest)
			}
			if err == nil {
				err = cmd.ValidateArgs(cmd.Flags().Args())
			}
			if err != nil && !errors.Is(err, pflag.ErrHelp) {
				t.Errorf("%s: %s: %v", where, m[0], err)
			}
			seen["gen "+cmd.Name()] = true
		}
		for _, m := range makeLine.FindAllStringSubmatch(text, -1) {
			for _, word := range strings.Fields(m[1]) {
				if target.MatchString(word+":") && !targets[word] {
					t.Errorf("%s: %s: the Makefile has no %s", where, m[0], word)
				}
				seen["make "+word] = true
			}
		}
	}
	for _, want := range []string{
		"make refresh", "make conformance", "make test", "make check", "gen discover", "gen sync",
		"gen emit", "gen verify", "gen diff", "gen tests", "gen measure", "gen report",
	} {
		if !seen[want] {
			t.Errorf("no %q among the commands, so this test does not look where it should", want)
		}
	}
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

var (
	uses         = regexp.MustCompile(`(?m)^\s*(?:- )?uses: *(.*)$`)
	pinnedAction = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	merges       = regexp.MustCompile(`gh pr merge|git merge|/merge\b|merge_when|auto-merge|--auto`)
)

// Actions are pinned, rights are few, nothing runs for ever, and nothing merges.
func TestWorkflowsAreCareful(t *testing.T) {
	for _, file := range glob(t, "../.github/workflows/*.yml") {
		text := readFile(t, file)
		var w struct {
			Permissions map[string]string
			Concurrency map[string]any
			Jobs        map[string]struct {
				Timeout int `yaml:"timeout-minutes"`
			}
		}
		if err := yaml.Unmarshal([]byte(text), &w); err != nil {
			t.Fatal(err)
		}
		for name, job := range w.Jobs {
			if job.Timeout == 0 {
				t.Errorf("%s: job %s has no time limit", file, name)
			}
		}
		if len(w.Permissions) != 1 || w.Permissions["contents"] != "read" {
			t.Errorf("%s: by default a job may %v, want contents: read alone", file, w.Permissions)
		}
		if len(w.Concurrency) == 0 {
			t.Errorf("%s: two runs may meet", file)
		}
		for _, m := range uses.FindAllStringSubmatch(text, -1) {
			if !pinnedAction.MatchString(m[1]) {
				t.Errorf("%s: %s is not pinned by commit, with its version beside it", file, m[1])
			}
		}
	}
	for _, file := range glob(t, "../.github/workflows/*.yml", "../.ci/*") {
		if merges.MatchString(readFile(t, file)) {
			t.Errorf("%s merges", file)
		}
		if info, err := os.Stat(file); err != nil || strings.Contains(file, ".ci/") && info.Mode()&0o111 == 0 {
			t.Errorf("%s cannot be executed (%v)", file, err)
		}
	}
}

// The Python tests assert the rows of one release, so that has to be installed.
func TestRequiredTransformers(t *testing.T) {
	c, err := data.Read[data.Catalog](os.DirFS("../registrydata"), "catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	required := readFile(t, "../archtest/python/hfmodels_requirements.txt")
	if want := "\ntransformers==" + c.Transformers + "\n"; !strings.Contains(required, want) {
		t.Errorf("archtest/python/hfmodels_requirements.txt does not ask for transformers %s, which the rows are of: make catalog and make refresh write it", c.Transformers)
	}
}
