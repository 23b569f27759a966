package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/docs/schemas"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// What --json prints is valid by the schema of the command.
func TestSchemas(t *testing.T) {
	useFixture(t)
	for schema, lines := range map[string][]string{
		"list":       {"list", "list --pipeline-tag fill-mask", "list --status none"},
		"list-tasks": {"list --tasks"},
		"show":       {"show bert", "show layoutxlm", "show timm_backbone", "show BertForMaskedLM"},
		"show-why":   {"show --why bert", "show --why layoutxlm", "show --why llama --role tiny"},
		"show-live":  {"show --live bert", "show --live layoutxlm"},
		"show-id": {
			"show BERT-base-uncased", "show google-bert/bert-base-cased", "show hf-internal-testing/tiny-random-bert",
			"show EleutherAI/gpt-j-6b", "show microsoft/layoutxlm-base",
		},
		"show-task": {"show fill-mask", "show fill-mask --why"},
		"default":   {"default bert", "default layoutxlm", "default sam3", "default bert --pipeline-tag fill-mask"},
		"select":    {"select --pipeline-tag fill-mask --no-gated", "select --arch llama", "select --arch BERT-base-uncased"},
	} {
		for _, line := range lines {
			validate(t, schema, line, usage.Done)
		}
	}
	// An answer that is no has a document too.
	for _, line := range []string{
		"select --arch bert --max-bytes 1kB", "select --arch gptj", "select --pipeline-tag text-to-image",
	} {
		validate(t, "select", line, usage.No)
	}
	validate(t, "show-why", "show --why gptj", usage.No)
	validate(t, "check", "check --list --pinned testdata/check.txtar", usage.No)
	validate(t, "check", "check main.go", usage.Done)
}

// validate runs a command line, and checks its JSON against a schema.
func validate(t *testing.T, schema, line string, want int) {
	t.Helper()
	var out, notes bytes.Buffer
	if status := run(append(strings.Fields(line), "--json"), &out, &notes); status != want {
		t.Errorf("%s: status %d, want %d: %s", line, status, want, notes.String())
	} else if err := schemas.Validate("hfmodels-"+schema, out.Bytes()); err != nil {
		t.Errorf("%s: %v", line, err)
	}
}
