package schemas_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/hfmodels/hfmodels/docs/schemas"
	"github.com/hfmodels/hfmodels/internal/data"
)

const registry = "../../registrydata/"

// The committed state is what its schemas say.
func TestCommittedState(t *testing.T) {
	for name, pattern := range map[string]string{
		"catalog": "catalog.json", "facts": "facts/*.json", "popularity": "popularity.json", "ids": "ids.json", "aliases": "aliases.json",
		"repositories": "repositories.json", "releases": "releases.json", "engines": "engines.json",
		"picks": "picks.json", "lock": "lock.json", "policy": "policy.yaml", "measurements": "measurements.json",
	} {
		files, err := filepath.Glob(registry + pattern)
		if err != nil || len(files) == 0 {
			t.Errorf("no %s: %v", pattern, err)
		}
		for _, f := range files {
			document, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if path.Ext(f) == ".yaml" {
				document = asJSON(t, document)
			}
			if err := schemas.Validate(name, document); err != nil {
				t.Errorf("%s: %v", f, err)
			}
		}
	}
}

// The example of the policy's page is a policy.
func TestDocumentedPolicy(t *testing.T) {
	page, err := os.ReadFile("../policy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("policy.md shows no example")
	}
	if err := schemas.Validate("policy", asJSON(t, []byte(example))); err != nil {
		t.Error(err)
	}
	if p, err := data.ParsePolicy("policy.md", []byte(example)); err != nil || p.Profiles["my-laptop"] != 12e9 {
		t.Error(p, err)
	}
}

func asJSON(t *testing.T, text []byte) []byte {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	document, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// Every schema compiles, says what it describes, and refuses what is not it.
func TestSchemasRefuse(t *testing.T) {
	files, err := fs.Glob(schemas.FS, "*.schema.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no schemas:", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f, ".schema.json")
		err := schemas.Validate(name, []byte(`{"surprise": 1}`))
		if err == nil {
			t.Errorf("%s accepts anything", name)
		} else if strings.HasPrefix(err.Error(), "schema ") {
			t.Error(err)
		}
		text, err := fs.ReadFile(schemas.FS, f)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte(`"title"`)) {
			t.Errorf("%s does not say what it describes", name)
		}
	}
}

// What pytest wrote of real runs is what the schema of Go and Python says; that
// of Go is validated where it is written.
func TestResultsOfPython(t *testing.T) {
	document, err := os.ReadFile("testdata/results-python.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := schemas.Validate("results", document); err != nil {
		t.Error(err)
	}
	for _, wrong := range []struct{ old, new string }{
		{`"outcome": "passed"`, `"outcome": "fine"`},
		{`"reason"`, `"why"`},
		{`"level": "hub"`, `"level": "contract"`},
		{`"revision"`, `"commit"`},
	} {
		changed := strings.Replace(string(document), wrong.old, wrong.new, 1)
		if changed == string(document) {
			t.Errorf("the sample has no %s", wrong.old)
		}
		if schemas.Validate("results", []byte(changed)) == nil {
			t.Errorf("accepts %s for %s", wrong.new, wrong.old)
		}
	}
}
