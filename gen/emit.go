package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/mod/modfile"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/emit"
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
		Long: `Choose from the committed facts, and write picks.json, the tables and the tests.

With --package it writes one Go file instead, for a module of your own: the
architectures you name, chosen by your policy over the committed one. That
file imports nothing. docs/policy.md has the format and an example.`,
		Example: `  go run ./gen emit
  go run ./gen emit --check   # compare only; exit status 1 if something is stale or left over
  go run github.com/hfmodels/hfmodels/gen@latest emit --policy hf.yaml --arch bert,llama --package models --out .`,
		Args: usage.Args(cobra.NoArgs),
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
	cmd.Flags().StringVar(&opts.policy, "policy", os.Getenv("HFMODELS_POLICY"), "your policy file (HFMODELS_POLICY)")
	cmd.Flags().StringSliceVar(&opts.archs, "arch", nil, "the architectures wanted, by model type; all if not given")
	cmd.Flags().StringVar(&opts.out, "out", ".", "directory to write to")
	cmd.Flags().BoolVar(&opts.check, "check", false, "write nothing; fail if a generated file is stale, missing or left over")
	cmd.Flags().BoolVar(&opts.allowShrink, "allow-shrink", false, "let architectures or models disappear from the tables")
	return cmd
}

func emitTables(ctx context.Context, opts emitOptions) error {
	if mod, err := os.ReadFile("go.mod"); err != nil || modfile.ModulePath(mod) != emit.Module {
		return errors.New("emit: the tables belong in the root of the hfmodels checkout, and this is another directory: run it there, or with --package for a module of your own")
	}
	state, err := loadData()
	if err != nil {
		return err
	}
	if state.Lock == nil {
		return errors.New("emit: no lock.json, so no facts to choose from: run go run ./gen sync")
	}
	warnOfSlips(state.Policy, state)
	picks, err := choose.Choose(state, state.Lock.Synced)
	if err != nil {
		return fmt.Errorf("choose: %w", err)
	}
	files, err := emit.Tables(state.Catalog, picks, state.Aliases, state.Lock)
	if err != nil {
		return err
	}
	if err := emit.TypeCheck(".", files); err != nil {
		return err
	}
	all, err := withTests(files, state.Catalog, picks)
	if err != nil {
		return err
	}
	if opts.check {
		return check(picks, all)
	}
	if !opts.allowShrink {
		if err := emit.Shrink(state.Picks, picks); err != nil {
			return fmt.Errorf("%w\nNothing was written. If this is meant, run: go run ./gen emit --allow-shrink", err)
		}
	}
	if err := ctx.Err(); err != nil { // the last moment at which nothing is written
		return err
	}
	if err := save("picks.json", picks); err != nil {
		return fmt.Errorf("emit: %w", err)
	}
	if err := emit.Write(".", all); err != nil {
		return err
	}
	n := make(map[data.Status]int)
	for _, a := range picks.Archs {
		n[a.Status]++
	}
	fmt.Fprintf(os.Stderr, "emit: %d architectures: %d proven, %d hosted by others, %d unproven, %d with nothing known\n",
		len(picks.Archs), n[data.Proven], n[data.Hosted], n[data.Unproven], n[data.None])
	return nil
}

// check compares what would be written with what is there, both ways.
func check(picks *data.Picks, files map[string][]byte) error {
	want, err := picks.Encode()
	if err != nil {
		return err
	}
	var errs []error
	have, err := os.ReadFile(filepath.Join(dataDir(), "picks.json"))
	if err != nil || string(have) != string(want) {
		errs = append(errs, fmt.Errorf("stale: %s/picks.json", dataDir()))
	}
	errs = append(errs, emit.Check(".", files))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w\nRun: go run ./gen emit", err)
	}
	return nil
}
