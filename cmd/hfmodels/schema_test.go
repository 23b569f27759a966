package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/docs/schemas"
)

// What --json prints is valid by the schema of the command.
func TestSchemas(t *testing.T) {
	t.Setenv("HF_REGISTRY_PATH", fixture())
	for _, name := range []string{"HFMODELS_POLICY", "AI_AGENT", "AGENT", "FORCE_API_CALLS"} {
		t.Setenv(name, "")
	}
	t.Setenv("USE_STATIC_REGISTRY", "1")
	for _, line := range []string{
		"list", "list --pipeline-tag fill-mask", "list --status none",
		"show bert", "show layoutxlm", "show timm_backbone",
		"show --why bert", "show --why layoutxlm", "show --why llama --role tiny", "show --live bert", "show --live layoutxlm",
		"default bert", "default layoutxlm", "default sam3", "default bert --pipeline-tag fill-mask",
		"select --pipeline-tag fill-mask --no-gated", "select --arch llama",
	} {
		validate(t, line, exitDone)
	}
	// An answer that is no has a document too.
	for _, line := range []string{"select --arch bert --max-bytes 1kB", "select --arch gptj", "show --why gptj"} {
		validate(t, line, exitNo)
	}
}

// validate runs a command line, and checks its JSON against the schema of the
// command.
func validate(t *testing.T, line string, want int) {
	t.Helper()
	var out, notes bytes.Buffer
	if status := run(append(strings.Fields(line), "--json"), &out, &notes); status != want {
		t.Errorf("%s: status %d, want %d: %s", line, status, want, notes.String())
		return
	}
	name, flags, _ := strings.Cut(line, " ")
	for _, flag := range []string{"why", "live"} {
		if strings.HasPrefix(flags, "--"+flag+" ") {
			name += "-" + flag
		}
	}
	if err := schemas.Validate("hfmodels-"+name, out.Bytes()); err != nil {
		t.Errorf("%s: %v", line, err)
	}
}
