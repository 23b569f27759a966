package main

import (
	"bytes"
	"fmt"
	"go/token"
	"os"
	"path/filepath"

	"github.com/hfmodels/hfmodels/internal/emit"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// emitPackage writes the tables of a user's own module.
func emitPackage(opts emitOptions) error {
	if !token.IsIdentifier(opts.packageName) || opts.packageName == "_" {
		return usage.Errorf("--package %q is not the name of a package", opts.packageName)
	}
	state, archs, err := decided(opts.policy, opts.archs)
	if err != nil {
		return fmt.Errorf("emit: %w", err)
	}
	files, err := emit.Package(opts.packageName, archs, state.Catalog, state.Picks, state.Lock)
	if err != nil {
		return err
	}
	path := filepath.Join(opts.out, emit.PackageFile)
	if opts.check {
		if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, files[emit.PackageFile]) {
			return fmt.Errorf("emit: %s is not what would be written; run this without --check", path)
		}
		return nil
	}
	if err := emit.Put(opts.out, files); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "emit: wrote %s\n", path)
	return nil
}
