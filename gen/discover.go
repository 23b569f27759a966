package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/catalog"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// newest is the word for the newest release that pip finds.
const newest = "newest"

func discoverCommand() *cobra.Command {
	var version, wheel string
	var allowShrink bool
	cmd := &cobra.Command{
		Use:   "discover",
		Short: "Read a transformers wheel into catalog.json",
		Long: `python3 parses the wheel's files as text, and runs none of them. pip fetches it,
from where pip is set up to fetch; newest is the newest final release that it
has for this Python. Releases before 5.0 are not read.`,
		Example: `  go run ./gen discover --transformers newest
  go run ./gen discover --wheel transformers-5.24.0-py3-none-any.whl`,
		Args: usage.Exclusive(cobra.NoArgs, "transformers", "wheel"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return discover(cmd.Context(), version, wheel, allowShrink)
		},
	}
	cmd.Flags().StringVar(&version, "transformers", "", "`release` to fetch, or newest (default that of the catalog)")
	cmd.Flags().StringVar(&wheel, "wheel", "", "read this file instead")
	cmd.Flags().BoolVar(&allowShrink, "allow-shrink", false, "allow a release that is older than the catalog's")
	return cmd
}

// oldCatalog is the catalog that is there, empty before the first one.
func oldCatalog() (*data.Catalog, error) {
	if err := haveData(); err != nil {
		return nil, err
	}
	c, err := data.LoadCatalog(os.DirFS(dataDir()))
	if errors.Is(err, fs.ErrNotExist) {
		return new(data.Catalog), nil
	}
	return c, err
}

// fetch has pip put the wheel of a version into a directory.
func fetch(ctx context.Context, version, dir string) (string, error) {
	what := "transformers==" + version
	if version == newest {
		what = "transformers"
	} else if !data.IsVersion(version) {
		return "", usage.Errorf("%q is not a version of transformers, such as 5.24.0, nor %s", version, newest)
	}
	fmt.Fprintf(os.Stderr, "discover: fetching transformers %s with pip\n", version)
	pip := exec.CommandContext(ctx, catalog.Python(), "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
		"--no-deps", "--only-binary", ":all:", "--dest", dir, what)
	pip.Stdout, pip.Stderr = os.Stderr, os.Stderr
	if err := pip.Run(); err != nil {
		return "", fmt.Errorf("pip could not fetch transformers %s (%w): fetch the wheel yourself and pass it with --wheel", version, err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "transformers-*.whl"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("pip left %d wheels of transformers %s, want 1", len(found), version)
	}
	return found[0], nil
}

// discover reads a wheel, or else that of a release, into catalog.json. Without
// a release it is that of the catalog, again.
func discover(ctx context.Context, version, wheel string, allowShrink bool) error {
	old, err := oldCatalog()
	if err != nil {
		return err
	}
	if wheel == "" {
		dir, err := os.MkdirTemp("", "hfmodels-wheel-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if wheel, err = fetch(ctx, cmp.Or(version, old.Transformers, newest), dir); err != nil {
			return err
		}
	}
	c, warnings, err := catalog.Read(ctx, wheel)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintln(os.Stderr, "warning:", w)
	}
	// pip silently takes an older release where this Python is too old for the
	// newest.
	if data.CompareVersions(c.Transformers, old.Transformers) < 0 && !allowShrink {
		return fmt.Errorf("this is transformers %s, and the catalog shows %s already; the catalog stays as it was. "+
			"If pip should have found a newer one, this Python is too old for it, the package index is stale, or the catalog's "+
			"is no final release: name it with --transformers; if the older one is meant, pass --allow-shrink", c.Transformers, old.Transformers)
	}
	if err := save("catalog.json", c); err != nil {
		return err
	}
	for _, a := range old.Archs {
		if c.Arch(a.ModelType) != nil {
			continue
		}
		if err := os.Remove(pathOf(data.FactsPath(a.ModelType))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the facts of %s, which is gone: %w", a.ModelType, err)
		}
	}
	fmt.Fprintf(os.Stderr, "discover: transformers %s: %d model types, %d tasks\n", c.Transformers, len(c.Archs), len(c.Tasks))
	return nil
}
