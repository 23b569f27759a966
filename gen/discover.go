package main

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/catalog"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// newest is the word for the newest release that pip finds.
const newest = "newest"

func discoverCommand() *cobra.Command {
	var version, wheel string
	var engines, allowShrink bool
	cmd := &cobra.Command{
		Use:   "discover",
		Short: "Read a transformers wheel into catalog.json, or the engines' packages into engines.json",
		Long: `python3 parses the files of a package as text, and runs none of them. pip fetches
it, from where pip is set up to fetch; newest is the newest final release that it
has. Releases before 5.0 are not read, but for the model types that they know:
releases.json says which release since 4.0.0 added and removed what, and those
that it does not have are fetched as well.

With --engines: which architectures vLLM, SGLang, llama.cpp, MLX, optimum's ONNX
exporter and transformers.js run, out of the newest package of each. npm fetches
that of transformers.js.`,
		Example: `  go run ./gen discover --transformers newest
  go run ./gen discover --engines
  go run ./gen discover --wheel transformers-5.24.0-py3-none-any.whl`,
		Args: usage.Exclusive(cobra.NoArgs, "transformers", "wheel"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if engines {
				return discoverEngines(cmd.Context(), allowShrink)
			}
			return discover(cmd.Context(), version, wheel, allowShrink)
		},
	}
	cmd.Flags().StringVar(&version, "transformers", "", "`release` to fetch, or newest (default that of the catalog)")
	cmd.Flags().StringVar(&wheel, "wheel", "", "read this file instead")
	cmd.Flags().BoolVar(&engines, "engines", false, "read the engines' packages instead")
	for _, name := range []string{"transformers", "wheel"} {
		cmd.Args = usage.Exclusive(cmd.Args, name, "engines")
	}
	cmd.Flags().BoolVar(&allowShrink, "allow-shrink", false, "allow a release that is older than the catalog's, or fewer rows of an engine")
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

//go:embed fetch.py
var fetchScript string

// fetched is what a registry has of a package, and the file that was fetched.
type fetched struct {
	Versions []string `json:"versions"`
	Version  string   `json:"version"`
	File     string   `json:"file"`
}

// fetch has pip put the file of a version, or of the newest, into a directory;
// without one it only lists the versions.
func fetch(ctx context.Context, project, dir, version string) (f fetched, err error) {
	if version == newest {
		version = ""
	} else if version != "" && !data.IsVersion(version) {
		return f, usage.Errorf("%q is not a version of %s, such as 5.24.0, nor %s", version, project, newest)
	}
	if dir != "" {
		fmt.Fprintf(os.Stderr, "discover: fetching %s %s\n", project, cmp.Or(version, newest))
	}
	cmd := exec.CommandContext(ctx, catalog.Python(), "-", project, dir, version)
	cmd.Stdin, cmd.Stderr = strings.NewReader(fetchScript), os.Stderr
	if strings.HasPrefix(project, "@") {
		cmd = exec.CommandContext(ctx, "npm", "pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", dir, project)
		cmd.Stderr = os.Stderr
	}
	out, err := cmd.Output()
	if err != nil {
		return f, fmt.Errorf("%s could not fetch %s %s: %w", cmd.Args[0], project, version, err)
	}
	if strings.HasPrefix(project, "@") {
		var packed []struct{ Version, Filename string }
		if err := json.Unmarshal(out, &packed); err != nil || len(packed) != 1 {
			return f, fmt.Errorf("npm pack said of %s what is not known here: %.100q", project, out)
		}
		return fetched{Version: packed[0].Version, File: filepath.Join(dir, packed[0].Filename)}, nil
	}
	err = json.Unmarshal(out, &f)
	return f, err
}

// discover reads a wheel, or else that of a release, into catalog.json. Without
// a release it is that of the catalog, again.
func discover(ctx context.Context, version, wheel string, allowShrink bool) error {
	old, err := oldCatalog()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hfmodels-wheel-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	given := wheel != ""
	if !given {
		f, err := fetch(ctx, "transformers", dir, cmp.Or(version, old.Transformers, newest))
		if err != nil {
			return fmt.Errorf("%w: fetch the wheel yourself and pass it with --wheel", err)
		}
		wheel = f.File
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
	return discoverReleases(ctx, c.Transformers, wheel, dir, given)
}

// discoverReleases adds the releases that releases.json does not have: up to that
// of the catalog all that there are, or only that of the wheel which was given.
func discoverReleases(ctx context.Context, upTo, wheel, dir string, given bool) error {
	old, err := data.LoadReleases(os.DirFS(dataDir()))
	if err != nil {
		return err
	}
	stable, all := []string{upTo}, old.All()
	if !given {
		index, err := fetch(ctx, "transformers", "", "")
		if err != nil {
			return err
		}
		stable = index.Versions
		// What was yanked later is not named any more.
		all = slices.DeleteFunc(all, func(k data.Known) bool { return !slices.Contains(stable, k.Version) })
	}
	for _, v := range stable {
		if !data.IsStable(v) || data.CompareVersions(v, "4.0.0") < 0 || data.CompareVersions(v, upTo) > 0 ||
			slices.ContainsFunc(all, func(k data.Known) bool { return k.Version == v }) {
			continue
		}
		file := wheel
		if v != upTo {
			f, err := fetch(ctx, "transformers", dir, v)
			if err != nil {
				return err
			}
			file = f.File
		}
		k, err := catalog.ReadRelease(ctx, file)
		if err != nil {
			return err
		}
		all = append(all, k)
	}
	return save("releases.json", data.NewReleases(all))
}

// discoverEngines reads the newest package of each engine into engines.json. What
// could not be read stays as it was.
func discoverEngines(ctx context.Context, allowShrink bool) error {
	if err := haveData(); err != nil {
		return err
	}
	old, err := data.LoadEngines(os.DirFS(dataDir()))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hfmodels-engines-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	now := data.Engines{Schema: data.Schema}
	var errs []error
	for _, g := range catalog.Engines() {
		var before data.Engine
		if i := slices.IndexFunc(old.Engines, func(o data.Engine) bool { return o.Package == g.Package }); i >= 0 {
			before = old.Engines[i]
		}
		f, err := fetch(ctx, g.Package, dir, "")
		if err == nil {
			g.Version = f.Version
			err = catalog.ReadEngine(ctx, &g, f.File)
		}
		if n := len(before.Rows); err == nil && (len(g.Rows) == 0 || len(g.Rows) < n*3/4 && !allowShrink) {
			err = fmt.Errorf("%s %s lists %d architectures, %d before: if that is so, pass --allow-shrink; "+
				"if its tables have another shape now, mend its reader in internal/catalog", g.Package, g.Version, len(g.Rows), n)
		}
		if err != nil {
			errs = append(errs, err)
			g = before
		}
		if g.Rows != nil {
			now.Engines = append(now.Engines, g)
			fmt.Fprintf(os.Stderr, "discover: %s %s lists %d architectures\n", g.Package, g.Version, len(g.Rows))
		}
	}
	if len(now.Engines) > 0 {
		errs = append(errs, save("engines.json", &now))
	}
	if err := errors.Join(errs...); err != nil {
		return usage.Partialf("%w", err)
	}
	return nil
}
