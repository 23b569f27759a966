package main

import (
	"os/exec"
	"slices"
	"testing"

	"github.com/hfmodels/hfmodels/examples/owntables/models"
)

// The table is what hf.yaml asks for, whatever a refresh chooses within that.
func TestPolicy(t *testing.T) {
	for _, arch := range []string{"bert", "gpt2", "t5"} {
		m, ok := models.Default(arch)
		if !ok || !slices.Contains([]string{"apache-2.0", "mit"}, m.License) || m.Gated != "no" {
			t.Errorf("%s: %+v, %t", arch, m, ok)
		}
	}
	main()
}

// The committed table is what the generator writes today.
func TestFresh(t *testing.T) {
	cmd := exec.Command("go", "tool", "gen", "emit", "--check",
		"--policy", "hf.yaml", "--arch", "bert,gpt2,t5", "--package", "models", "--out", "models")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%sRun: cd examples && go generate ./...", err, out)
	}
}
