package emit

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// standard reads the standard library from source, each package once: that
// takes longer than all of the tables.
var standard = importer.ForCompiler(token.NewFileSet(), "source", nil)

// TypeCheck compiles the Go files as one package with those that are written
// by hand in dir, and reports every error: a generated name that is taken, or
// one that is used by hand and no longer generated. Generated files in dir are
// left out, so that broken ones do not stop their own repair.
func TypeCheck(dir string, files map[string][]byte) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	sources := make(map[string][]byte)
	for _, path := range paths {
		name := filepath.Base(path)
		ok, err := build.Default.MatchFile(dir, name)
		if err != nil {
			return err
		}
		if !ok || strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !marked(src) {
			sources[name] = src
		}
	}
	maps.Copy(sources, files)
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range sortedKeys(sources) {
		f, err := parser.ParseFile(fset, name, sources[name], parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		parsed = append(parsed, f)
	}
	const shown = 20
	var errs []error
	conf := types.Config{Importer: standard, Error: func(err error) { errs = append(errs, err) }}
	_, _ = conf.Check(Module, fset, parsed, nil) // what it returns is the first of errs
	if len(errs) > 0 {
		return fmt.Errorf("the tables do not compile with the code in %s:\n%w", dir, errors.Join(errs[:min(shown, len(errs))]...))
	}
	return nil
}
