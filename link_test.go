package hfmodels

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("go", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestNoInit looks at a linked program: what Go would run before main for this
// package is a symbol in it.
func TestNoInit(t *testing.T) {
	exe := filepath.Join(t.TempDir(), "linked.exe")
	goTool(t, "build", "-o", exe, "./testdata/linked")
	const pkg = "github.com/hfmodels/hfmodels."
	var tables int
	for line := range strings.Lines(goTool(t, "tool", "nm", exe)) {
		fields := strings.Fields(line)
		switch name := fields[len(fields)-1]; {
		case name == pkg+".inittask", name == pkg+"init", strings.HasPrefix(name, pkg+"init."):
			t.Errorf("the package has something to run at start: %s", name)
		case name == pkg+"answers", name == pkg+"infos", name == pkg+"named", name == pkg+"rankings", name == pkg+"ids":
			tables++
		}
	}
	if tables != 5 {
		t.Errorf("found %d of the 5 tables in the program", tables)
	}
}

func TestImports(t *testing.T) {
	// What a tag brings in, go mod tidy writes into the go.mod of users, too.
	deps := strings.Fields(goTool(t, "list", "-deps", "-tags=tools", "."))
	for _, d := range deps {
		switch first, _, _ := strings.Cut(d, "/"); {
		case d == "net/http", d == "encoding/json", d == "regexp", d == "fmt":
			t.Errorf("imports %s", d)
		case strings.Contains(first, ".") && d != "github.com/hfmodels/hfmodels" && d != "github.com/hfmodels/hfmodels/internal/names":
			t.Errorf("imports %s, which is not of the standard library", d)
		}
	}
	if len(deps) < 10 {
		t.Errorf("go list shows %d packages only", len(deps))
	}
}
