package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/archtest/python"
	"github.com/hfmodels/hfmodels/internal/emit"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func testsCommand() *cobra.Command {
	var out, policy string
	langs := []string{"go", "python"}
	cmd := &cobra.Command{
		Use:   "tests ARCH…",
		Short: "Write the tests of some architectures, in any module or folder",
		Long: `They are made from the registry data of the checkout or HF_REGISTRY_PATH, or else
from the program's own. A file that it did not write is never replaced.
docs/tests.md says what they test, and why --policy gives Python tests alone.`,
		Example: `  go run ./gen tests bert gpt-j xlm-roberta --out /tmp/try
  go run github.com/hfmodels/hfmodels/gen@latest tests bert --out internal/models --lang go
  go run github.com/hfmodels/hfmodels/gen@latest tests bert --out tests --policy hf.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if policy != "" && !cmd.Flags().Changed("lang") {
				langs = []string{"python"}
				fmt.Fprintln(os.Stderr, "tests: no Go tests, as these compare with the compiled tables, which follow our policy")
			}
			files, err := testFiles(args, out, policy, langs)
			if err != nil {
				return err
			}
			if err := put(out, files); err != nil {
				return err
			}
			if slices.Contains(langs, "python") {
				fmt.Fprintf(os.Stderr, "tests: to run those in Python: pip install -r %[1]s/hfmodels_requirements.txt && pytest %[1]s\n", usage.Printable(out))
			}
			return nil
		},
	}
	cmd.Args = cobra.MatchAll(cobra.MinimumNArgs(1), func(cmd *cobra.Command, _ []string) error {
		unknown := slices.IndexFunc(langs, func(l string) bool { return l != "go" && l != "python" })
		switch {
		case unknown >= 0:
			return fmt.Errorf("--lang %s: the tests are written in go and python", langs[unknown])
		case policy != "" && cmd.Flags().Changed("lang") && slices.Contains(langs, "go"):
			return errors.New("the Go tests compare with the compiled tables, which do not follow your policy: --lang python, or no --policy")
		}
		return nil
	})
	cmd.Flags().StringVar(&out, "out", "", "directory to write to")
	_ = cmd.MarkFlagRequired("out")
	cmd.Flags().StringVar(&policy, "policy", hub.Dir("HFMODELS_POLICY"), "test what your policy `file` chooses (HFMODELS_POLICY)")
	cmd.Flags().StringSliceVar(&langs, "lang", langs, "languages")
	return cmd
}

// testFiles are the tests of some architectures, for the directory out.
func testFiles(archs []string, out, policy string, langs []string) (map[string][]byte, error) {
	state, archs, err := decided(policy, archs)
	if err != nil {
		return nil, err
	}
	in := emit.Tests{State: state}
	files := make(map[string][]byte)
	add := func(some map[string][]byte, err error) error {
		maps.Copy(files, some)
		return err
	}
	if slices.Contains(langs, "go") {
		// The external test package of the one that is there.
		if err := add(emit.Beside(out, func(there string) (map[string][]byte, error) {
			return in.Go(cmp.Or(there, "hfmodels")+"_test", archs)
		})); err != nil {
			return nil, err
		}
	}
	if !slices.Contains(langs, "python") {
		return files, nil
	}
	others := len(files)
	if err := cmp.Or(add(in.Python(archs)), add(in.PythonData(archs))); err != nil {
		return nil, err
	}
	for _, t := range archs {
		if files[emit.PythonFile(t)] == nil {
			fmt.Fprintf(os.Stderr, "tests: %s has no model class, so no Python test\n", t)
		}
	}
	if len(files) == others {
		return files, nil
	}
	err = fs.WalkDir(python.Harness, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := python.Harness.ReadFile(name)
		// It gets the mark, so that this command can replace it.
		files[filepath.FromSlash(name)] = append([]byte("# "+emit.Mark+"\n"), src...)
		return err
	})
	return files, err
}
