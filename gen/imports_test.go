package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A table that does not compile must not stop its own repair.
func TestDoesNotImportTheTables(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "github.com/hfmodels/hfmodels/internal/emit") {
		t.Fatalf("go list says nothing of use: %q", deps)
	}
	if slices.Contains(deps, "github.com/hfmodels/hfmodels") {
		t.Error("the generator imports the package that it writes")
	}
}
