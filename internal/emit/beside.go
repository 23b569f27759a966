package emit

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// platforms are those that a file is built on if it is built anywhere without
// a tag of its own. What it is named and constrained by is asked of go/build.
var platforms = []string{"linux/amd64", "linux/386", "darwin/arm64", "windows/amd64", "freebsd/arm64", "js/wasm"}

// Beside returns the Go files that write makes for the package in a directory, ""
// if there is none, unless they would not build beside the others there: the package
// has another name, or declares the same. What is built on any platform counts, and
// what only a tag of its own brings in does not. Files of the same names, which are
// about to be replaced, do not count either.
func Beside(dir string, write func(packageName string) (map[string][]byte, error)) (map[string][]byte, error) {
	files, err := write("")
	if err != nil {
		return nil, err
	}
	there, at := "", ""                 // the package, without _test, and a file of it
	declared := make(map[string]string) // the file that declares a name of a package, by package.name
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		name := e.Name()
		if files[name] != nil || e.IsDir() || filepath.Ext(name) != ".go" {
			continue
		}
		if built, err := isBuilt(dir, name); err != nil {
			return nil, err
		} else if !built {
			continue
		}
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		// Declarations that parse are there even if a later one does not.
		own, names, err := declarations(name, src)
		if own == "" || own == "_" {
			return nil, fmt.Errorf("the package in %s cannot be read: %w", dir, err)
		}
		p := strings.TrimSuffix(own, "_test")
		if there != "" && there != p {
			return nil, fmt.Errorf("%s holds two packages: %s in %s, %s in %s", dir, there, at, p, name)
		}
		there, at = p, name
		for _, d := range names {
			declared[own+"."+d] = name
		}
	}
	files, err = write(there)
	for name, src := range files {
		own, names, parseErr := declarations(name, src)
		err = cmp.Or(err, parseErr)
		if p := strings.TrimSuffix(own, "_test"); there != "" && p != there {
			err = fmt.Errorf("%s would be of package %s, and %s there is of package %s: write to another directory", name, p, at, there)
		}
		for _, d := range names {
			if other := declared[own+"."+d]; other != "" {
				err = fmt.Errorf("%s would declare %s, and so does %s there: write to another directory", name, d, other)
			}
		}
	}
	return files, err
}

func isBuilt(dir, name string) (bool, error) {
	for _, p := range platforms {
		ctx := build.Default
		ctx.GOOS, ctx.GOARCH, _ = strings.Cut(p, "/")
		ctx.CgoEnabled = true
		if ok, err := ctx.MatchFile(dir, name); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// declarations are the package of a file, and the names that it gives to that, but
// not "_" or init, which may be there more than once.
func declarations(name string, src []byte) (packageName string, names []string, err error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if f == nil || f.Name == nil {
		return "", nil, err
	}
	conf := types.Config{IgnoreFuncBodies: true, Error: func(error) {}} // imports are not looked for
	pkg, _ := conf.Check(f.Name.Name, fset, []*ast.File{f}, nil)
	return f.Name.Name, pkg.Scope().Names(), err
}
