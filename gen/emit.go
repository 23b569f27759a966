package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/token"
	"maps"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/mod/modfile"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/emit"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/usage"
)

type emitOptions struct {
	check       bool
	allowShrink bool

	// For tables in a user's own module.
	packageName string
	policy      string
	archs       []string
	out         string
}

func emitCommand() *cobra.Command {
	var opts emitOptions
	cmd := &cobra.Command{
		Use:   "emit",
		Short: "Choose from the committed facts, and write picks.json, the tables and the tests",
		Long: `With --package it writes one Go file for a module of your own instead: the
architectures that --arch names, chosen by your policy (docs/policy.md).`,
		Example: `  go run ./gen emit
  go run ./gen emit --check   # compare only; exit status 1 if something is stale or left over
  go run github.com/hfmodels/hfmodels/gen@latest emit --policy hf.yaml --arch bert,llama --package models --out .`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.packageName != "" {
				return emitPackage(opts)
			}
			for _, name := range []string{"policy", "arch", "out"} {
				if cmd.Flags().Changed(name) {
					return usage.Errorf("--%s needs --package: the committed tables follow registrydata/policy.yaml", name)
				}
			}
			return emitTables(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.packageName, "package", "", "write tables of your own, for a package of this name")
	cmd.Flags().StringVar(&opts.policy, "policy", hub.Dir("HFMODELS_POLICY"), "your policy file (HFMODELS_POLICY)")
	cmd.Flags().StringSliceVar(&opts.archs, "arch", nil, "the architectures wanted, by model type; all if not given")
	cmd.Flags().StringVar(&opts.out, "out", ".", "directory to write to")
	cmd.Flags().BoolVar(&opts.check, "check", false, "write nothing; fail if a generated file is stale, missing or left over")
	cmd.Flags().BoolVar(&opts.allowShrink, "allow-shrink", false, "let architectures or models disappear from the tables")
	return cmd
}

// emitTables writes the tables and the tests of the project.
func emitTables(ctx context.Context, opts emitOptions) error {
	if mod, err := os.ReadFile("go.mod"); err != nil || modfile.ModulePath(mod) != emit.Module {
		return errors.New("the tables belong in the root of the hfmodels checkout, and this is another directory: " +
			"run it there, or with --package for a module of your own")
	}
	state, err := loadData()
	if err != nil {
		return err
	}
	if state.Lock == nil {
		return errors.New("no lock.json, so no facts to choose from: run go run ./gen sync")
	}
	if halfSaved, err := isHalfSaved(state); err != nil || halfSaved {
		return cmp.Or(err, errors.New("facts/, popularity.json, ids.json, aliases.json or repositories.json is not what lock.json names, because a sync ended "+
			"while it was saving, or the file was edited; nothing was decided or written. To refresh them: go run ./gen sync"))
	}
	warnOfSlips(state.Policy, state)
	before := state.Picks
	if state.Picks, err = choose.Choose(state, state.Lock.Synced); err != nil {
		return err
	}
	tables, err := emit.Tables(state)
	if err != nil {
		return err
	}
	if err := emit.TypeCheck(".", tables); err != nil {
		return err
	}
	files, err := emit.Tests{State: state}.All()
	if err != nil {
		return err
	}
	maps.Copy(files, tables)
	if files[pathOf("picks.json")], err = data.Encode("picks.json", state.Picks); err != nil {
		return err
	}
	if opts.check {
		if err := emit.Check(files); err != nil {
			return fmt.Errorf("generated files are out of date:\n%w\nRun: go run ./gen emit", err)
		}
		return nil
	}
	if !opts.allowShrink {
		if err := emit.Shrink(before, state.Picks); err != nil {
			return fmt.Errorf("nothing was written: %w", err)
		}
	}
	if err := ctx.Err(); err != nil { // the last moment at which nothing is written
		return err
	}
	if err := emit.Write(files); err != nil {
		return err
	}
	n := make(map[data.Status]int)
	for _, a := range state.Picks.Archs {
		n[a.Status]++
	}
	fmt.Fprintf(os.Stderr, "emit: %d architectures: %d proven, %d hosted by others, %d unproven, %d with nothing known\n",
		len(state.Picks.Archs), n[data.Proven], n[data.Hosted], n[data.Unproven], n[data.None])
	return nil
}

// emitPackage writes the table of a user's own module.
func emitPackage(opts emitOptions) error {
	if !token.IsIdentifier(opts.packageName) || opts.packageName == "_" {
		return usage.Errorf("--package %q is not the name of a package", opts.packageName)
	}
	state, archs, err := decided(opts.policy, opts.archs)
	if err != nil {
		return err
	}
	src, err := emit.Package(opts.packageName, archs, len(opts.archs) > 0, state)
	if err != nil {
		return err
	}
	path := filepath.Join(opts.out, emit.PackageFile)
	if opts.check {
		if have, err := os.ReadFile(path); err != nil || !emit.Same(have, src) {
			return fmt.Errorf("%s is out of date; run this without --check", path)
		}
		return nil
	}
	if _, err := emit.Beside(opts.out, func(string) (map[string][]byte, error) {
		return map[string][]byte{emit.PackageFile: src}, nil
	}); err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	if err := emit.Put(map[string][]byte{path: src}); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "emit: wrote %s\n", path)
	return nil
}
