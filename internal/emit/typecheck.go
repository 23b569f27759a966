package emit

import (
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/tools/go/packages"
)

// TypeCheck compiles the Go files, in the place of those of the same names,
// with the package in dir, and reports every error: a generated name that is
// taken, or one that is used by hand and no longer generated.
func TypeCheck(dir string, files map[string][]byte) error {
	instead := make(map[string][]byte)
	for name, src := range files {
		path, err := filepath.Abs(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		instead[path] = src
	}
	mode := packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
		packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo
	found, err := packages.Load(&packages.Config{Mode: mode, Dir: dir, Overlay: instead}, ".")
	if err != nil {
		return fmt.Errorf("the go command cannot compile the tables: %w", err)
	}
	const shown = 20
	var errs []error
	for _, e := range found[0].Errors[:min(shown, len(found[0].Errors))] {
		errs = append(errs, e)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("the tables do not compile with the code in %s:\n%w", dir, err)
	}
	return nil
}
