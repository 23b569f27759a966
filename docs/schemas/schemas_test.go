package schemas_test

import (
	"bytes"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/docs/schemas"
)

// The committed state is what its schemas say.
func TestCommittedState(t *testing.T) {
	for _, name := range []string{"lock"} {
		document, err := os.ReadFile("../../registrydata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := schemas.Validate(name, document); err != nil {
			t.Errorf("%s.json: %v", name, err)
		}
	}
}

// Every schema compiles and refuses what is not the document.
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
