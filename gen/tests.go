package main

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/archtest/python"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/emit"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func testsCommand() *cobra.Command {
	var out, policy string
	langs := []string{"go", "python"}
	cmd := &cobra.Command{
		Use:   "tests ARCH…",
		Short: "Write the tests of some architectures, in any module or folder",
		Long: `Write the tests of some architectures, in any module or folder.

Each architecture gets NAME_gen_test.go and, where it has a model class,
test_hf_NAME.py with the data it reads, test_hf_NAME.json; the Python tests get
the harness they call. In a checkout, or with HF_REGISTRY_PATH, they are made
from the registry data there, and else from what this program was built with.
docs/tests.md has what they test.

With --policy the Python tests are of what your policy chooses. The Go tests
compare with the compiled tables, which follow ours, so there are none then.

A file that this command did not write is never replaced.`,
		Example: `  go run ./gen tests bert gpt-j xlm-roberta --out /tmp/try
  go run github.com/hfmodels/hfmodels/gen@latest tests bert --out internal/models --lang go
  go run github.com/hfmodels/hfmodels/gen@latest tests bert --out tests --policy hf.yaml`,
		Args: usage.Args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if policy != "" && !cmd.Flags().Changed("lang") {
				langs = []string{"python"}
			}
			return writeTests(args, out, policy, langs)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "directory to write to")
	cmd.Flags().StringVar(&policy, "policy", os.Getenv("HFMODELS_POLICY"), "test what your policy `file` chooses (HFMODELS_POLICY)")
	cmd.Flags().StringSliceVar(&langs, "lang", langs, "languages")
	return cmd
}

func writeTests(archs []string, out, policy string, langs []string) error {
	if out == "" {
		return usage.Errorf("say where to write, with --out DIR")
	}
	if len(langs) == 0 {
		return usage.Errorf("--lang is empty: the tests are written in go and python")
	}
	if policy != "" && slices.Contains(langs, "go") {
		return usage.Errorf("the Go tests compare with the compiled tables, which do not follow your policy: --lang python, or no --policy")
	}
	for _, lang := range langs {
		if lang != "go" && lang != "python" {
			return usage.Errorf("--lang %s: the tests are written in go and python", lang)
		}
	}
	state, wanted, err := decided(policy, archs)
	if err != nil {
		return fmt.Errorf("tests: %w", err)
	}
	recipes, err := data.LoadRecipes(source())
	if err != nil {
		return fmt.Errorf("tests: %w", err)
	}
	in := emit.Tests{Catalog: state.Catalog, Picks: state.Picks, Recipes: recipes}
	files := make(map[string][]byte)
	add := func(made map[string][]byte, err error) error {
		maps.Copy(files, made)
		return err
	}
	if slices.Contains(langs, "go") {
		name, err := testPackage(out)
		if err != nil {
			return err
		}
		if err := add(in.Go(name, wanted)); err != nil {
			return err
		}
	}
	if slices.Contains(langs, "python") {
		made, err := in.Python(wanted)
		if err := add(made, err); err != nil {
			return err
		}
		for _, t := range wanted {
			if _, ok := made[emit.PythonFile(t)]; !ok {
				fmt.Fprintf(os.Stderr, "tests: %s has no model class, so no Python test\n", t)
			}
		}
		if len(made) > 0 {
			if err := errors.Join(add(in.PythonData(wanted)), add(pythonHarness())); err != nil {
				return err
			}
		}
	}
	if err := emit.Put(out, files); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintln(stdout, usage.Printable(filepath.Join(out, name)))
	}
	return nil
}

// withTests adds the project's own tests to its tables.
func withTests(tables map[string][]byte, c *data.Catalog, picks *data.Picks) (map[string][]byte, error) {
	recipes, err := data.LoadRecipes(os.DirFS(dataDir()))
	if err != nil {
		return nil, err
	}
	all, err := emit.Tests{Catalog: c, Picks: picks, Recipes: recipes}.All()
	if err != nil {
		return nil, err
	}
	maps.Copy(all, tables)
	return all, nil
}

// testPackage is the package of the Go tests in a directory: the external test
// package of the one that is there.
func testPackage(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("tests: %w", err)
	}
	for _, e := range entries {
		p := filepath.Join(dir, e.Name())
		if filepath.Ext(p) != ".go" {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.PackageClauseOnly)
		if err != nil {
			return "", fmt.Errorf("tests: which package is in %s: %w", dir, err)
		}
		name := f.Name.Name
		if !strings.HasSuffix(p, "_test.go") {
			return name + "_test", nil
		}
		if strings.HasSuffix(name, "_test") {
			return name, nil
		}
	}
	return "hfmodels_test", nil
}

// pythonHarness is what the Python tests call. Its files get the generator's
// mark, so that the command can replace them.
func pythonHarness() (map[string][]byte, error) {
	entries, err := python.Harness.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("tests: %w", err)
	}
	files := make(map[string][]byte, len(entries))
	for _, e := range entries {
		src, err := fs.ReadFile(python.Harness, e.Name())
		if err != nil {
			return nil, fmt.Errorf("tests: %w", err)
		}
		files[e.Name()] = append([]byte("# "+emit.Mark+"\n"), src...)
	}
	return files, nil
}
