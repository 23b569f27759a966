package emit

import (
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

// Beside is what the Go files of a directory declare that a new file there has
// to fit to.
type Beside struct {
	// Package is the name of their package, without _test, or "" if no file
	// says one.
	Package string

	declared map[string]string // the file that declares a name of a package, by package.name
	at       string            // the file that Package is of
}

// platforms are those that a file is built on if it is built anywhere without
// a tag of its own. What it is named and constrained by is asked of go/build.
var platforms = []string{"linux/amd64", "linux/386", "darwin/arm64", "windows/amd64", "freebsd/arm64", "js/wasm"}

// ReadBeside reads the Go files of a directory but those named in except, which
// are about to be replaced. What is built on any platform counts, and what only a
// tag of its own brings in does not.
func ReadBeside(dir string, except map[string][]byte) (*Beside, error) {
	b := &Beside{declared: make(map[string]string)}
	names, err := fs.Glob(os.DirFS(dir), "[^_.]*.go") // none where there is no directory
	for _, name := range names {
		if _, ours := except[name]; ours {
			continue
		}
		if built, err := isBuilt(dir, name); err != nil {
			return nil, err
		} else if !built {
			continue
		}
		// Declarations that parse are there even if a later one does not.
		fset := token.NewFileSet()
		f, parseErr := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if f == nil || f.Name == nil || f.Name.Name == "_" {
			return nil, fmt.Errorf("the package in %s cannot be read: %w", dir, parseErr)
		}
		own := strings.TrimSuffix(f.Name.Name, "_test")
		if b.Package != "" && b.Package != own {
			return nil, fmt.Errorf("%s holds two packages: %s in %s, %s in %s", dir, b.Package, b.at, own, name)
		}
		b.Package, b.at = own, name
		for _, d := range declarations(fset, f) {
			b.declared[f.Name.Name+"."+d] = name
		}
	}
	return b, err
}

// Fits reports why a Go file cannot be put beside the others.
func (b *Beside) Fits(name string, src []byte) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if own := strings.TrimSuffix(f.Name.Name, "_test"); b.at != "" && own != b.Package {
		return fmt.Errorf("%s would be of package %s, and %s there is of package %s: write to another directory", name, own, b.at, b.Package)
	}
	for _, d := range declarations(fset, f) {
		if at := b.declared[f.Name.Name+"."+d]; at != "" {
			return fmt.Errorf("%s would declare %s, and so does %s there: write to another directory", name, d, at)
		}
	}
	return nil
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

// declarations are the names that a file gives to its package, and not "_" or init,
// which may be there more than once.
func declarations(fset *token.FileSet, f *ast.File) []string {
	conf := types.Config{IgnoreFuncBodies: true, Error: func(error) {}} // imports are not looked for
	pkg, _ := conf.Check(f.Name.Name, fset, []*ast.File{f}, nil)
	return pkg.Scope().Names()
}
