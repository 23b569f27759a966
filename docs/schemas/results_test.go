package schemas_test

import (
	"os"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/docs/schemas"
)

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
		{`"first_forward_seconds"`, `"forward_seconds"`},
		{`"parameters": `, `"parameters": -`},
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
