// Package schemas holds the JSON Schemas of every file and document that the
// project writes. The tests validate the real ones with it.
package schemas

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// FS holds NAME.schema.json for each document.
//
//go:embed *.schema.json
var FS embed.FS

// Validate checks a document against the schema of that name. The error lists
// every place in the document that is wrong.
func Validate(name string, document []byte) error {
	compiling.Lock()
	schema, err := compiler.Compile(name + ".schema.json") // once for each
	compiling.Unlock()
	if err != nil {
		return fmt.Errorf("schema %s: %w", name, err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return fmt.Errorf("reading the document: %w", err)
	}
	return schema.Validate(v)
}

var (
	compiling sync.Mutex
	compiler  = jsonschema.NewCompiler()
)

func init() { compiler.UseLoader(loader{}) }

// loader finds schemas in FS, also those that another one refers to.
type loader struct{}

func (loader) Load(url string) (any, error) {
	f, err := FS.Open(path.Base(url))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(f)
}
