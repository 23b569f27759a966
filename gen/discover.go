package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/catalog"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// newest is the word for the newest release that the index has.
const newest = "newest"

func discoverCommand() *cobra.Command {
	var version, wheel string
	var engines, allowShrink bool
	cmd := &cobra.Command{
		Use:   "discover",
		Short: "Read a transformers wheel into catalog.json, or the engines' packages into engines.json",
		Long: `python3 parses the files of a package as text, and runs none of them. They come
from the index that pip is set up with; newest is the newest final release that
it has. Releases before 5.0 are not read. releases.json says which release since
4.0.0 added and removed what: those since 5.0 that it does not have are fetched
as well.

With --engines: which architectures vLLM, SGLang, llama.cpp, MLX, optimum's ONNX
exporter and transformers.js run, out of the newest package of each. npm fetches
that of transformers.js.`,
		Example: `  go run ./gen discover --transformers newest
  go run ./gen discover --engines
  go run ./gen discover --wheel transformers-5.24.0-py3-none-any.whl`,
		Args: cobra.NoArgs,
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
	cmd.Flags().BoolVar(&allowShrink, "allow-shrink", false, "allow a release that is older than the catalog's, or fewer rows of an engine")
	cmd.MarkFlagsMutuallyExclusive("transformers", "wheel", "engines")
	return cmd
}

// oldCatalog is the catalog that is there, empty before the first one.
func oldCatalog() (*data.Catalog, error) {
	if err := haveData(); err != nil {
		return nil, err
	}
	return data.Read[data.Catalog](os.DirFS(dataDir()), "catalog.json")
}

// release is the file of a release that the index of packages has.
type release struct{ version, file, url, sha256 string }

// releases asks the index that pip is set up with for the final releases of a
// package that were not yanked, newest first. Pip itself would run the build of a
// source distribution before it saves that.
func releases(ctx context.Context, project string) (all []release, err error) {
	index := os.Getenv("PIP_INDEX_URL")
	for _, ask := range [][]string{{"config", "get", "global.index-url"}, {"help", "download"}} {
		said, _ := exec.CommandContext(ctx, catalog.Python(), append([]string{"-m", "pip"}, ask...)...).Output()
		index = cmp.Or(index, string(indexForm.Find(said)))
	}
	page, text, err := get(ctx, strings.TrimRight(index, "/")+"/"+project+"/")
	if err != nil {
		return nil, err
	}
	var listed struct {
		Files []struct {
			Filename, URL string
			Hashes        struct{ SHA256 string }
			Yanked        any // false, or true, or why
		}
	}
	if err := json.Unmarshal(text, &listed); err != nil {
		return nil, fmt.Errorf("%s does not list files as JSON, see PEP 691: %w", page.Redacted(), err)
	}
	// Of a release the best file comes first. Wheels for one platform are large, and
	// have what was compiled.
	for _, end := range []string{"-none-any.whl", ".tar.gz", ".whl"} {
		for _, f := range listed.Files {
			// As mlx_lm-0.30.0-py3-none-any.whl and llama_cpp_python-0.3.16.tar.gz.
			name, ok := strings.CutSuffix(f.Filename, end)
			parts := strings.Split(name, "-")
			version := parts[len(parts)-1]
			if end != ".tar.gz" {
				version = append(parts, "")[1]
			}
			link, err := page.Parse(f.URL)
			final := data.IsStable(strings.Replace(version, ".post", ".", 1)) && (f.Yanked == nil || f.Yanked == false)
			if ok && err == nil && final {
				all = append(all, release{version, filepath.Base(f.Filename), link.String(), f.Hashes.SHA256})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b release) int { return data.CompareVersions(b.version, a.version) })
	if len(all) == 0 {
		return nil, fmt.Errorf("%s lists no final release", page.Redacted())
	}
	return all, nil
}

// indexForm is the first address in what pip says: its setting, or in its help the
// default of --index-url.
var indexForm = regexp.MustCompile(`https?://[^\s)]+`)

// get gets what is behind an address, which may lead to another one.
func get(ctx context.Context, address string) (at *url.URL, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept", "application/vnd.pypi.simple.v1+json, */*;q=0.1")
	resp, err := (&http.Client{Timeout: 10 * time.Minute}).Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	if at = resp.Request.URL; resp.StatusCode != http.StatusOK {
		return at, nil, fmt.Errorf("%s: %s", at.Redacted(), resp.Status)
	}
	body, err = io.ReadAll(resp.Body)
	return at, body, err
}

// fetch puts the file into a directory, and returns its path.
func (r release) fetch(ctx context.Context, dir string) (string, error) {
	fmt.Fprintln(os.Stderr, "discover: fetching", r.file)
	_, text, err := get(ctx, r.url)
	if err != nil {
		return "", err
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(text)); r.sha256 != "" && sum != r.sha256 {
		return "", fmt.Errorf("%s has the digest %s, and the index says %s", r.file, sum, r.sha256)
	}
	path := filepath.Join(dir, r.file)
	return path, os.WriteFile(path, text, 0o600)
}

// fetchNewest puts the file of the newest release of a package into a directory.
func fetchNewest(ctx context.Context, project, dir string) (version, path string, err error) {
	if !strings.HasPrefix(project, "@") {
		all, err := releases(ctx, project)
		if err != nil {
			return "", "", err
		}
		path, err = all[0].fetch(ctx, dir)
		return all[0].version, path, err
	}
	out, err := exec.CommandContext(ctx, "npm", "pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", dir, project).Output()
	var packed []struct{ Version, Filename string }
	if err = cmp.Or(err, json.Unmarshal(out, &packed)); err != nil || len(packed) != 1 {
		return "", "", fmt.Errorf("npm could not fetch it: %v: %.100q", err, out)
	}
	return packed[0].Version, filepath.Join(dir, packed[0].Filename), nil
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
	var index []release // none where the wheel is given
	if wheel == "" {
		if index, err = releases(ctx, "transformers"); err == nil {
			i, version := 0, cmp.Or(version, old.Transformers, newest)
			if version != newest {
				i = slices.IndexFunc(index, func(r release) bool { return r.version == version })
			}
			if i < 0 {
				return usage.Errorf("the index has no release %q of transformers, such as %s", version, index[0].version)
			}
			wheel, err = index[i].fetch(ctx, dir)
		}
		if err != nil {
			return fmt.Errorf("%w: fetch the wheel yourself and pass it with --wheel", err)
		}
	}
	c, warnings, err := catalog.Read(ctx, wheel)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintln(os.Stderr, "warning:", w)
	}
	if data.CompareVersions(c.Transformers, old.Transformers) < 0 && !allowShrink {
		return fmt.Errorf("this is transformers %s, and the catalog shows %s already; the catalog stays as it was. "+
			"If there should be a newer one, the package index is stale, or the catalog's is not a final release: pass its wheel with --wheel; "+
			"if the older one is meant, pass --allow-shrink", c.Transformers, old.Transformers)
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
	return discoverReleases(ctx, c.Transformers, wheel, dir, index)
}

// discoverReleases adds the releases since 5.0 that releases.json does not have: up to
// that of the catalog all of the index, or only that of the wheel where there is none.
func discoverReleases(ctx context.Context, upTo, wheel, dir string, index []release) error {
	old, err := data.Read[data.Releases](os.DirFS(dataDir()), "releases.json")
	if err != nil {
		return err
	}
	known, now := make(map[string]data.Release), make(map[string]data.Release)
	for _, k := range old.All() {
		known[k.Version] = k
	}
	if index == nil {
		index, now = []release{{version: upTo}}, known
	}
	for _, r := range index { // what was yanked since is not named any more
		k, have := known[r.version]
		switch {
		case have:
		case now[r.version].Version != "" || !data.IsStable(r.version) || data.CompareVersions(r.version, "5.0.0") < 0 || data.CompareVersions(r.version, upTo) > 0:
			continue
		case r.version == upTo:
			k, err = catalog.ReadRelease(ctx, wheel)
		default:
			var file string
			if file, err = r.fetch(ctx, dir); err == nil {
				k, err = catalog.ReadRelease(ctx, file)
			}
		}
		if err != nil {
			return err
		}
		now[r.version] = k
	}
	return save("releases.json", data.NewReleases(slices.Collect(maps.Values(now))))
}

// discoverEngines reads the newest package of each engine into engines.json. What
// could not be read stays as it was.
func discoverEngines(ctx context.Context, allowShrink bool) error {
	if err := haveData(); err != nil {
		return err
	}
	old, err := data.Read[data.Engines](os.DirFS(dataDir()), "engines.json")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hfmodels-engines-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	now := data.Engines{Schema: data.Schema}
	unread := make(map[string]bool)
	var errs []error
	for _, g := range catalog.Engines() {
		before := data.Engine{}
		if i := slices.IndexFunc(old.Engines, func(o data.Engine) bool { return o.Package == g.Package }); i >= 0 {
			before = old.Engines[i]
		}
		version, file, err := fetchNewest(ctx, g.Package, dir)
		if g.Version = version; err == nil {
			err = catalog.ReadEngine(ctx, &g, file)
		}
		if n := len(before.Rows); err == nil && (len(g.Rows) == 0 || len(g.Rows) < n*3/4 && !allowShrink) {
			err = fmt.Errorf("version %s lists %d architectures, %d before: if that is so, pass --allow-shrink; "+
				"if its tables have another shape now, mend its reader in internal/catalog", g.Version, len(g.Rows), n)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", g.Package, err))
			unread[g.Name] = unread[g.Name] || before.Rows == nil
			g = before
		}
		if g.Rows != nil {
			now.Engines = append(now.Engines, g)
			fmt.Fprintf(os.Stderr, "discover: %s %s lists %d architectures\n", g.Package, g.Version, len(g.Rows))
		}
	}
	for i, g := range now.Engines { // another package of it may run what this one does not
		now.Engines[i].Whole = g.Whole && !unread[g.Name]
	}
	if len(now.Engines) > 0 {
		errs = append(errs, save("engines.json", &now))
	}
	if err := errors.Join(errs...); err != nil {
		return usage.Partialf("%w", err)
	}
	return nil
}
