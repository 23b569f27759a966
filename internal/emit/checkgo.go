package emit

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"

	"github.com/hfmodels/hfmodels/internal/names"
)

// What generated tests use. They are written in modules where the packages
// themselves may not be, and broken tables must not stop the generator, so
// they are checked against these declarations; TestDeclarations compares those
// with the packages.
const (
	testingDecl = `package testing
type T struct{}
`
	hfmodelsDecl = `package hfmodels
type (
	Arch   uint16
	Family string
	Status uint8
	Role   uint8
	Gating uint8
	Count  int64
)
const (
	Default Role = iota
	Open
	Small
	Tiny
)
const (
	GatingUnknown Gating = iota
	Ungated
	GatedAuto
	GatedManual
)
const (
	None Status = iota
	Unproven
	Hosted
	Proven
)
`
	archtestDecl = `package archtest
import (
	"testing"
	"` + Module + `"
)
type Row struct {
	ModelType        string
	Family           hfmodels.Family
	Status           hfmodels.Status
	Host             hfmodels.Arch
	AliasOf          hfmodels.Arch
	ConfigClass      string
	Tokenizer        string
	Processor        string
	ImageProcessor   string
	VideoProcessor   string
	FeatureExtractor string
	Tasks            []string
	Classes          []string
	Picks            []Pick
}
type Pick struct {
	Roles      []hfmodels.Role
	DefaultFor []string
	ID         string
	Revision   string
	Arch       hfmodels.Arch
	Parameters hfmodels.Count
	Bytes      hfmodels.Count
	Gating     hfmodels.Gating
}
func Run(t *testing.T, a hfmodels.Arch, row Row) {}
`
)

// declared imports the packages above.
type declared map[string]*types.Package

func (d declared) Import(path string) (*types.Package, error) {
	if p := d[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("no generated test imports %s", path)
}

// checkGo type-checks test files as one package.
func (in Tests) checkGo(files map[string][]byte) error {
	var archs strings.Builder
	archs.WriteString(hfmodelsDecl + "const (\n\t_ Arch = iota\n")
	for _, a := range in.Catalog.Archs {
		archs.WriteString("\t" + names.GoName(a.ModelType) + "\n")
	}
	archs.WriteString(")\n")

	packages := make(declared)
	for _, p := range []struct{ path, src string }{
		{"testing", testingDecl},
		{Module, archs.String()},
		{Module + "/archtest", archtestDecl},
	} {
		pkg, err := packages.check(p.path, map[string][]byte{p.path: []byte(p.src)})
		if err != nil {
			return fmt.Errorf("emit: what generated tests use does not compile: %w", err)
		}
		packages[p.path] = pkg
	}
	if _, err := packages.check("tests", files); err != nil {
		return fmt.Errorf("emit: the tests do not compile: %w", err)
	}
	return nil
}

func (d declared) check(path string, files map[string][]byte) (*types.Package, error) {
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range sortedKeys(files) {
		f, err := parser.ParseFile(fset, name, files[name], parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
	}
	var errs []error
	conf := types.Config{Importer: d, Error: func(err error) {
		if len(errs) < 20 {
			errs = append(errs, err)
		}
	}}
	pkg, _ := conf.Check(path, fset, parsed, nil) // the first error is among errs
	return pkg, errors.Join(errs...)
}
