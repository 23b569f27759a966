package main

import (
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
