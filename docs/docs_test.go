// Package docs_test holds the pages against the project: what they link to is
// there, and what they quote is said.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = ".."

// pages are all pages that are written by hand or generated.
func pages(t *testing.T) map[string]string {
	t.Helper()
	pages := make(map[string]string)
	for _, pattern := range []string{"*.md", "docs/*.md", "archtest/python/*.md", "examples/*.md", "registrydata/*/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			text, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			pages[p] = string(text)
		}
	}
	return pages
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fence   = regexp.MustCompile("(?s)```.*?```")
)

// anchor is what the heading of a page is called in a link, by the rule of
// the sites that render it.
func anchor(heading string) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, strings.ToLower(heading))
	return kept
}

func TestLinks(t *testing.T) {
	all := pages(t)
	for page, text := range all {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, fragment, _ := strings.Cut(m[1], "#")
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
				continue
			}
			if fragment == "" {
				continue
			}
			found := false
			for _, h := range heading.FindAllStringSubmatch(all[target], -1) {
				found = found || anchor(h[1]) == fragment
			}
			if !found {
				t.Errorf("%s links to %s, and that page has no such heading", page, m[1])
			}
		}
	}
}

var quoted = regexp.MustCompile("(?m)^- `([^`]+)`(?:, `([^`]+)`)*")

// Every message that the page quotes is one that a program prints.
func TestQuotedMessages(t *testing.T) {
	var sources strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root:
			return fs.SkipDir
		case strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_gen.go") || strings.Contains(d.Name(), "test_hf_"):
			return nil
		case strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".py"):
			text, err := os.ReadFile(path)
			sources.Write(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("refresh.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	code := regexp.MustCompile("`([^`]+)`")
	for _, line := range quoted.FindAllString(string(text), -1) {
		for _, m := range code.FindAllStringSubmatch(line, -1) {
			for part := range strings.SplitSeq(m[1], "…") {
				n++
				if part = strings.TrimSpace(part); !strings.Contains(sources.String(), part) {
					t.Errorf("refresh.md quotes %q, and nothing says %q", m[1], part)
				}
			}
		}
	}
	if n < 5 {
		t.Errorf("found %d quotes: the form of the page has changed", n)
	}
}
