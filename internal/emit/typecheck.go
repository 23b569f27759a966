package emit

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// standard reads the standard library from source, each package once: that
// takes longer than all of the tables.
var standard = struct {
	sync.Mutex
	types.Importer
}{Importer: importer.ForCompiler(token.NewFileSet(), "source", nil)}

// TypeCheck compiles the Go files as one package with those that are written
// by hand in dir, and reports every error: a generated name that is taken, or
// one that is used by hand and no longer generated. Generated files in dir are
// left out, so that broken ones do not stop their own repair. Where dir is "" the
// files are the whole package.
func TypeCheck(dir string, files map[string][]byte) error {
	fset := token.NewFileSet()
	var parsed []*ast.File
	add := func(name string, src []byte) error {
		f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("emit: type check: %w", err)
		}
		parsed = append(parsed, f)
		return nil
	}
	var entries []os.DirEntry
	if dir != "" {
		var err error
		if entries, err = os.ReadDir(dir); err != nil {
			return fmt.Errorf("emit: type check: %w", err)
		}
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if ok, err := build.Default.MatchFile(dir, name); err != nil || !ok {
			if err != nil {
				return fmt.Errorf("emit: type check: %w", err)
			}
			continue
		}
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("emit: type check: %w", err)
		}
		if marked(src) {
			continue
		}
		if err := add(filepath.Join(dir, name), src); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(files) {
		if err := add(name, files[name]); err != nil {
			return err
		}
	}

	var errs []error
	conf := types.Config{
		Importer: standard.Importer,
		Error: func(err error) {
			if len(errs) < 20 {
				errs = append(errs, err)
			}
		},
	}
	standard.Lock()
	defer standard.Unlock()
	// The first error is returned as well, and is among errs.
	_, _ = conf.Check(Module, fset, parsed, nil)
	if len(errs) > 0 {
		return fmt.Errorf("emit: the tables do not compile with the code in %s:\n%w", dir, errors.Join(errs...))
	}
	return nil
}

// marked reports whether a file is one of the generator's: of Go, of Python, a
// page, Markdown or JSON.
func marked(src []byte) bool {
	first, _, _ := bytes.Cut(src, []byte("\n"))
	line := string(bytes.TrimRight(first, "\r"))
	return slices.Contains([]string{"// " + Mark, "# " + Mark, "<!-- " + Mark + " -->", `{ "generated": "` + Mark + `",`}, line)
}
