// Package data holds the types of the committed state, which lies in
// registrydata, and the one door by which it comes in: strict loading,
// canonical saving, and the grammars of names.
package data

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/hfmodels/hfmodels/internal/names"
)

// Schema is the version of the JSON files. It grows when an older program
// could misread a newer file.
const Schema = 1

// State is the whole state of a directory.
type State struct {
	Catalog    *Catalog
	Facts      map[string]*Facts // by model type; absent where nothing is known
	Popularity Popularity
	IDs        IDs
	Aliases    Aliases
	// Repositories are those that their names do not lead to any more.
	Repositories Repositories
	Policy       *Policy
	// Measurements are what running the models showed.
	Measurements Measurements
	Recipes      *Recipes // without any before the first probe
	Picks        *Picks   // nil before the first choice
	Lock         *Lock    // nil before the first sync
	// Releases and Engines are empty before the first discover.
	Releases Releases
	Engines  Engines
}

// Lock says what the committed state was made from. It is lock.json.
type Lock struct {
	Schema       int    `json:"schema"`
	Transformers string `json:"transformers" form:"version!"`
	WheelSHA256  string `json:"wheel_sha256" form:"digest"`
	// Endpoint is the Hub that was asked.
	Endpoint string `json:"endpoint" form:"line!"`
	// Recorded is set where the Hub was a recording: the day it shows.
	Recorded string `json:"recorded,omitempty" form:"day"`
	// Synced is the day of the newest fact: Recorded, or the day of the run.
	Synced string `json:"synced" form:"day!"`
	// FactsSHA256 is the digest of the state, [State.Digest].
	FactsSHA256 string `json:"facts_sha256" form:"digest!"`
}

// Recipes is what running says: how each architecture is built tiny, fed, and
// what came out. It is recipes.json, which archtest/python/probe.py writes.
type Recipes struct {
	Schema   int               `json:"schema"`
	Versions map[string]string `json:"versions"` // of what it was made with
	Archs    []Recipe          `json:"archs"`
}

// Recipe is the recipe of one architecture, or why there is none. Only the
// Python tests know its fields. Numbers are json.Number.
type Recipe map[string]any

// Load reads and validates the state in fsys. The policy and the catalog must
// be there; what a run makes may be missing.
func Load(fsys fs.FS) (*State, error) {
	d := &State{Facts: make(map[string]*Facts)}
	var errs [12]error
	d.Catalog, errs[0] = LoadCatalog(fsys)
	d.Policy, errs[1] = loadPolicy(fsys)
	d.Measurements, errs[2] = LoadMeasurements(fsys)
	d.Picks, errs[3] = optional(LoadPicks(fsys))
	d.Lock, errs[4] = optional(load[Lock](fsys, "lock.json", nil))
	d.Popularity, errs[5] = loadMap[Popularity](fsys, "popularity.json", nil)
	d.IDs, errs[6] = loadMap(fsys, "ids.json", (*IDs).validate)
	d.Aliases, errs[7] = loadMap(fsys, "aliases.json", (*Aliases).validate)
	d.Repositories, errs[8] = loadMap[Repositories](fsys, "repositories.json", nil)
	d.Recipes, errs[9] = optional(load(fsys, "recipes.json", func(r *Recipes) error { return rising(r.Archs) }))
	d.Recipes = cmp.Or(d.Recipes, new(Recipes))
	d.Releases, errs[10] = LoadReleases(fsys)
	d.Engines, errs[11] = LoadEngines(fsys)
	var p problems
	p.add(errors.Join(errs[:]...))
	all, err := loadAll(fsys, "facts/*.json", func(f *Facts) error { return rising(f.Candidates) })
	p.add(err)
	for i, f := range all {
		d.Facts[f.Arch] = &all[i]
	}
	if err := p.join(); err != nil {
		return nil, err
	}
	if d.Picks != nil {
		d.Follow(d.Picks)
		d.Join(d.Picks)
	}
	return d, nil
}

// optional is what was loaded, or nil where there is no such file.
func optional[T any](v *T, err error) (*T, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return v, err
}

// loadMap reads a file that is one map, empty where there is no such file.
func loadMap[M ~map[string]V, V any](fsys fs.FS, name string, check func(*M) error) (M, error) {
	m, err := optional(load(fsys, name, check))
	return *cmp.Or(m, &M{}), err
}

// LoadCatalog reads catalog.json.
func LoadCatalog(fsys fs.FS) (*Catalog, error) {
	return load(fsys, "catalog.json", (*Catalog).validate)
}

// LoadReleases reads releases.json, empty where there is no such file.
func LoadReleases(fsys fs.FS) (Releases, error) {
	r, err := optional(load[Releases](fsys, "releases.json", nil))
	return *cmp.Or(r, new(Releases)), err
}

// LoadEngines reads engines.json, empty where there is no such file.
func LoadEngines(fsys fs.FS) (Engines, error) {
	e, err := optional(load[Engines](fsys, "engines.json", nil))
	return *cmp.Or(e, new(Engines)), err
}

// LoadPicks reads picks.json.
func LoadPicks(fsys fs.FS) (*Picks, error) {
	return load(fsys, "picks.json", (*Picks).validate)
}

// row is a row of a file, which is found by its key.
type row interface{ key() string }

func (a Arch) key() string      { return a.ModelType }
func (m Model) key() string     { return m.ID }
func (a ArchPicks) key() string { return a.Arch }
func (p Pick) key() string      { return p.ID }
func (r Ranked) key() string    { return r.ID }

// A space comes before all that these names can hold, so the order of the keys
// is that of the names.
func (m Measurement) key() string { return strings.TrimSpace(m.Arch + " " + m.Level + " " + m.Model) }

func (r Recipe) key() string {
	modelType, _ := r["model_type"].(string)
	return modelType
}

// rising checks that rows have keys, and are sorted by them and unique, as find
// expects.
func rising[R row](rows []R) error {
	a := ""
	for _, r := range rows {
		b := r.key()
		if a >= b {
			return fmt.Errorf("%q comes after %q, but rows are sorted and unique", b, a)
		}
		a = b
	}
	return nil
}

// find returns the row of a key, nil if there is none.
func find[R row](rows []R, key string) *R {
	i, found := slices.BinarySearchFunc(rows, key, func(r R, key string) int { return strings.Compare(r.key(), key) })
	if !found {
		return nil
	}
	return &rows[i]
}

// FactsPath is where the facts of an architecture live.
func FactsPath(arch string) string { return "facts/" + names.FileName(arch) + ".json" }

// bareMaps are the files that are one map, with no room for a schema, and the
// forms of their keys and values.
var bareMaps = map[string]string{
	"aliases.json": "repository id!,repository id!", "ids.json": "model type!,repository id!",
	"popularity.json": "repository id!", "repositories.json": "repository id!",
}

// damaged is the error about a file that is missing or cannot be read. To make
// the file again would give another one: it holds what was seen or decided.
func damaged(name string, err error) error {
	return fmt.Errorf("registry data: %s: %w; restore it, as with: git checkout -- registrydata/%s", name, err, name)
}

// load reads and checks one JSON file. Check, if there is one, looks at more
// than the forms of texts.
func load[T any](fsys fs.FS, name string, check func(*T) error) (*T, error) {
	file, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, damaged(name, err)
	}
	// The schema is checked before the file is decoded, since a newer file may
	// not decode.
	schema, form := gjson.GetBytes(file, "schema").Int(), bareMaps[name]
	if form == "" && schema > Schema {
		return nil, fmt.Errorf("registry data: %s has schema %d, and this program knows %d: update hfmodels", name, schema, Schema)
	}
	v := new(T)
	err = decode(file, v)
	if err == nil && gjson.ParseBytes(file).Type == gjson.Null { // it would decode to a nil map
		err = errors.New("holds null, and nothing else")
	}
	if err == nil && form == "" && schema < Schema {
		err = fmt.Errorf("schema is not %d", Schema)
	}
	if _, embedded := fsys.(embed.FS); err == nil && !embedded { // those were read before they were committed
		err = checkForms(form, v)
	}
	if err == nil && check != nil {
		err = check(v)
	}
	if err != nil {
		return nil, damaged(name, err)
	}
	return v, nil
}

// loadAll reads the files that a pattern names. Each lies where it says itself.
func loadAll[T any, P interface {
	*T
	Path() string
}](fsys fs.FS, pattern string, check func(*T) error) (all []T, err error) {
	var p problems
	paths, err := fs.Glob(fsys, pattern)
	p.add(err)
	for _, path := range paths {
		v, err := load(fsys, path, check)
		if err == nil && P(v).Path() != path {
			err = fmt.Errorf("registry data: %s: belongs in %s, by what it holds", path, P(v).Path())
		}
		if p.add(err); err == nil {
			all = append(all, *v)
		}
	}
	return all, p.join()
}

// Encode returns the canonical bytes of a file: catalog.json, one under facts/
// or measurements/, popularity.json, ids.json, aliases.json, repositories.json, picks.json, lock.json,
// releases.json, engines.json.
func (c *Catalog) Encode() ([]byte, error)     { return canonical(c, 2) }
func (f *Facts) Encode() ([]byte, error)       { return canonical(f, 2) }
func (r *Run) Encode() ([]byte, error)         { return canonical(r, 2) }
func (p Popularity) Encode() ([]byte, error)   { return canonical(p, 1) }
func (i IDs) Encode() ([]byte, error)          { return canonical(i, 2) }
func (a Aliases) Encode() ([]byte, error)      { return canonical(a, 1) }
func (r Repositories) Encode() ([]byte, error) { return canonical(r, 1) }
func (p *Picks) Encode() ([]byte, error)       { return canonical(p, 4) }
func (l *Lock) Encode() ([]byte, error)        { return canonical(l, 1) }
func (r *Releases) Encode() ([]byte, error)    { return checked(r, 2) }
func (e *Engines) Encode() ([]byte, error)     { return checked(e, 4) }

// checked encodes what a package said, which nothing has checked before.
func checked(v any, lines int) ([]byte, error) {
	if err := checkForms("", v); err != nil {
		return nil, err
	}
	return canonical(v, lines)
}

// Digest is the sha256 over the canonical bytes of what a sync writes besides
// the lock, by file name: the facts, the counters, and all present and former ids.
func (s *State) Digest() (string, error) {
	files := map[string]interface{ Encode() ([]byte, error) }{
		"aliases.json": s.Aliases, "ids.json": s.IDs, "popularity.json": s.Popularity, "repositories.json": s.Repositories,
	}
	for arch, f := range s.Facts {
		files[FactsPath(arch)] = f
	}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data, err := files[name].Encode()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(data))
		sum.Write(data)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}
