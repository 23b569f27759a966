package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/usage"
)

// Every command line in the documentation and in the help runs. What needs a
// shell is left out.
func TestDocumentedCommands(t *testing.T) {
	useFixture(t)
	var lines []string
	collect := func(text string) {
		for line := range strings.SplitSeq(text, "\n") {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
			line, _, _ = strings.Cut(line, " | ")
			if strings.HasPrefix(line, "hfmodels ") && !strings.ContainsAny(line, "$(<") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
	}
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split(string(text), "```") {
			if i%2 == 1 && strings.HasPrefix(block, "sh\n") {
				collect(block)
			}
		}
	}
	for _, cmd := range command(new(options)).Commands() {
		if cmd.Runnable() && !cmd.Hidden && cmd.Name() != "completion" && cmd.Name() != "help" && cmd.Example == "" {
			t.Errorf("%s --help has no example", cmd.Name())
		}
		collect(cmd.Example)
	}
	if len(lines) < 30 {
		t.Fatalf("found %d commands only", len(lines))
	}

	t.Chdir(t.TempDir())
	if err := os.WriteFile("hf.yaml", []byte("schema: 1\nprofiles: {my-laptop: 12GB}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		var out, notes bytes.Buffer
		args := strings.Fields(strings.NewReplacer("'", "", `"`, "").Replace(line))[1:]
		if status := run(args, &out, &notes); status != usage.Done || out.Len() == 0 {
			t.Errorf("%s: status %d, %d bytes\n%s", line, status, out.Len(), notes.String())
		}
	}
}
