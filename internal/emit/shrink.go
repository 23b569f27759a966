package emit

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ShrinkError says that the new tables hold clearly less than those on disk.
type ShrinkError struct {
	What     string // architectures, defaults or models
	Old, New int
	Lost     []string // what is in the old tables only, at most 20
}

func (e *ShrinkError) Error() string {
	return fmt.Sprintf("the tables would shrink from %d %s to %d, losing %s; if that is meant, pass --allow-shrink",
		e.Old, e.What, e.New, strings.Join(e.Lost, ", "))
}

// Shrink compares new tables with those in dir, and returns a *ShrinkError if
// more than one in fifty of the architectures, of the defaults or of the
// models would be lost. Where there are no tables yet it allows everything.
func Shrink(dir string, files map[string][]byte) error {
	var before, after content
	for name, src := range files {
		old, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = before.read(name, old)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("emit: cannot tell what the tables on disk hold: %w; to replace them nevertheless, pass --allow-shrink", err)
		}
		if err := after.read(name, src); err != nil {
			return fmt.Errorf("emit: %w", err)
		}
	}
	for _, c := range []struct {
		what          string
		before, after map[string]bool
	}{
		{"architectures", before.archs, after.archs},
		{"defaults", before.defaults, after.defaults},
		{"models", before.models, after.models},
	} {
		if lost := len(c.before) - len(c.after); lost*50 > len(c.before) {
			e := &ShrinkError{What: c.what, Old: len(c.before), New: len(c.after)}
			for _, name := range sortedKeys(c.before) {
				if !c.after[name] && len(e.Lost) < 20 {
					e.Lost = append(e.Lost, name)
				}
			}
			return e
		}
	}
	return nil
}

// content is what a table holds: identifiers of architectures, and the models
// as "Arch id".
type content struct{ archs, defaults, models map[string]bool }

// read adds the content of one generated file. It looks for the constants of
// type Arch and for the variable answers.
func (c *content) read(name string, src []byte) error {
	f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if c.archs == nil {
		c.archs, c.defaults, c.models = map[string]bool{}, map[string]bool{}, map[string]bool{}
	}
	for _, d := range f.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || len(decl.Specs) == 0 {
			continue
		}
		first, ok := decl.Specs[0].(*ast.ValueSpec)
		if !ok {
			continue
		}
		if typ, ok := first.Type.(*ast.Ident); ok && decl.Tok == token.CONST && typ.Name == "Arch" {
			for _, spec := range decl.Specs {
				for _, n := range spec.(*ast.ValueSpec).Names {
					if n.IsExported() {
						c.archs[n.Name] = true
					}
				}
			}
		}
		if first.Names[0].Name == "answers" && len(first.Values) == 1 {
			c.readAnswers(first.Values[0])
		}
	}
	return nil
}

func (c *content) readAnswers(table ast.Expr) {
	for arch, answer := range keyed(table) {
		rows, ok := keyed(answer)["models"].(*ast.CompositeLit)
		if !ok {
			continue
		}
		for _, r := range rows.Elts {
			row, ok := r.(*ast.CompositeLit)
			if !ok || len(row.Elts) == 0 {
				continue
			}
			model := keyed(row.Elts[0])
			id, ok := model["ID"].(*ast.BasicLit)
			if !ok {
				continue
			}
			c.models[arch+" "+strings.Trim(id.Value, `"`)] = true
			if model["Roles"] == nil {
				continue
			}
			ast.Inspect(model["Roles"], func(n ast.Node) bool {
				if ident, ok := n.(*ast.Ident); ok && ident.Name == "Default" {
					c.defaults[arch] = true
				}
				return true
			})
		}
	}
}

// keyed returns the elements of a composite literal by their keys.
func keyed(e ast.Expr) map[string]ast.Expr {
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	m := make(map[string]ast.Expr, len(lit.Elts))
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				m[key.Name] = kv.Value
			}
		}
	}
	return m
}
