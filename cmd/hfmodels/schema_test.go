package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/docs/schemas"
)

// What --json prints is what the schemas say.
func TestSchemas(t *testing.T) {
	t.Setenv("HF_REGISTRY_PATH", fixture())
	for _, name := range []string{"HFMODELS_POLICY", "AI_AGENT", "AGENT", "FORCE_API_CALLS"} {
		t.Setenv(name, "")
	}
	t.Setenv("USE_STATIC_REGISTRY", "1")
	for _, line := range []string{
		"list", "list --pipeline-tag fill-mask", "list --status none",
		"show bert", "show layoutxlm", "show timm_backbone",
		"default bert", "default layoutxlm", "default sam3", "default bert --pipeline-tag fill-mask",
		"explain bert", "explain layoutxlm", "explain llama --role tiny",
		"select --pipeline-tag fill-mask --no-gated", "select --arch llama",
		"resolve bert", "resolve layoutxlm",
		"hardware",
	} {
		var out, notes bytes.Buffer
		if status := run(append(strings.Fields(line), "--json"), &out, &notes); status != exitDone {
			t.Errorf("%s: status %d: %s", line, status, notes.String())
			continue
		}
		command, _, _ := strings.Cut(line, " ")
		if err := schemas.Validate("hfmodels-"+command, out.Bytes()); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	// An answer that is no has a document too.
	for _, line := range []string{"select --arch bert --max-bytes 1kB --json", "select --arch gptj --json"} {
		var out, notes bytes.Buffer
		if status := run(strings.Fields(line), &out, &notes); status != exitNo {
			t.Errorf("%s: status %d", line, status)
		}
		if err := schemas.Validate("hfmodels-select", out.Bytes()); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	var out, notes bytes.Buffer
	if status := run([]string{"explain", "gptj", "--json"}, &out, &notes); status != exitNo {
		t.Errorf("explain gptj: status %d", status)
	}
	if err := schemas.Validate("hfmodels-explain", out.Bytes()); err != nil {
		t.Error(err)
	}
}
