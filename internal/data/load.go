package data

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

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
	Aliases    Aliases
	Policy     *Policy
	// Measurements are what running the models showed.
	Measurements Measurements
	Picks        *Picks // nil before the first choice
	Lock         *Lock  // nil before the first sync
}

// Load reads and validates the state in fsys. The policy and the catalog must
// be there; what a run makes may be missing.
func Load(fsys fs.FS) (*State, error) {
	d := &State{Facts: make(map[string]*Facts), Popularity: make(Popularity), Aliases: make(Aliases)}
	var err error
	if d.Catalog, err = LoadCatalog(fsys); err != nil {
		return nil, err
	}
	if d.Policy, err = LoadPolicy(fsys); err != nil {
		return nil, err
	}
	if d.Measurements, err = LoadMeasurements(fsys); err != nil {
		return nil, err
	}
	if d.Picks, err = LoadPicks(fsys); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if d.Lock, err = load(fsys, "lock.json", (*Lock).validate); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if counters, err := load[Popularity](fsys, "popularity.json", nil); err == nil {
		d.Popularity = *counters
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if aliases, err := load[Aliases](fsys, "aliases.json", nil); err == nil {
		d.Aliases = *aliases
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	paths, err := fs.Glob(fsys, "facts/*.json")
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		f, err := load(fsys, p, func(f *Facts) error { return f.validate(p) })
		if err != nil {
			return nil, err
		}
		d.Facts[f.Arch] = f
	}
	if d.Picks != nil {
		d.Picks.Follow(d.Aliases)
		d.Join(d.Picks)
	}
	return d, nil
}

// LoadCatalog reads catalog.json.
func LoadCatalog(fsys fs.FS) (*Catalog, error) {
	return load(fsys, "catalog.json", (*Catalog).validate)
}

// LoadPicks reads picks.json.
func LoadPicks(fsys fs.FS) (*Picks, error) {
	return load(fsys, "picks.json", func(p *Picks) error {
		return rising(p.Archs, func(a ArchPicks) string { return a.Arch })
	})
}

// rising checks that rows are sorted by name and unique, because they are found
// by binary search.
func rising[T any](rows []T, name func(T) string) error {
	for i := 1; i < len(rows); i++ {
		if a, b := name(rows[i-1]), name(rows[i]); a >= b {
			return fmt.Errorf("%q comes after %q, but rows are sorted and unique", b, a)
		}
	}
	return nil
}

// LoadArchPicks reads of the embedded picks.json what was decided for one
// architecture; nil where that has none. To decode the whole file takes eight
// times as long.
func LoadArchPicks(embedded embed.FS, arch string) (*ArchPicks, error) {
	file, err := read(embedded, "picks.json")
	if err != nil {
		return nil, err
	}
	row := gjson.GetBytes(file, `archs.#(arch=="`+arch+`")`)
	if !row.Exists() {
		return nil, nil
	}
	a := new(ArchPicks)
	return a, decode([]byte(row.Raw), a)
}

// FactsPath is where the facts of an architecture live.
func FactsPath(arch string) string { return "facts/" + names.FileName(arch) + ".json" }

// restore is the advice for a file that is not what was written.
const restore = "restore the file, or remove it and run: go run ./gen"

// load reads and checks one JSON file. A nil check accepts everything.
func load[T any](fsys fs.FS, name string, check func(*T) error) (*T, error) {
	file, err := read(fsys, name)
	if err != nil {
		return nil, err
	}
	v := new(T)
	if err = decode(file, v); err == nil && check != nil {
		err = check(v)
	}
	if err != nil {
		return nil, fmt.Errorf("registry data: %s: %w: %s", name, err, restore)
	}
	return v, nil
}

// read returns a file that this program can understand.
func read(fsys fs.FS, name string) ([]byte, error) {
	file, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("registry data: %w", err)
	}
	// The embedded files were read before they were committed.
	if _, embedded := fsys.(embed.FS); !embedded {
		if err := checkText(file); err != nil {
			return nil, fmt.Errorf("registry data: %s: %w: %s", name, err, restore)
		}
	}
	// The schema is checked before the file is decoded, since a newer file may
	// not decode.
	if schema := gjson.GetBytes(file, "schema").Int(); schema > Schema && name != "popularity.json" && name != "aliases.json" {
		return nil, fmt.Errorf("registry data: %s has schema %d, and this program knows %d: update hfmodels", name, schema, Schema)
	}
	return file, nil
}

// Encode returns the canonical bytes of a file: catalog.json, one under facts/
// or measurements/, popularity.json, aliases.json, picks.json, lock.json.
func (c *Catalog) Encode() ([]byte, error)   { return canonical(c, 2) }
func (f *Facts) Encode() ([]byte, error)     { return canonical(f, 2) }
func (r *Run) Encode() ([]byte, error)       { return canonical(r, 2) }
func (p Popularity) Encode() ([]byte, error) { return canonical(p, 1) }
func (a Aliases) Encode() ([]byte, error)    { return canonical(a, 1) }
func (p *Picks) Encode() ([]byte, error)     { return canonical(p, 4) }
func (l *Lock) Encode() ([]byte, error)      { return canonical(l, 1) }

// Digest is the sha256 over the canonical bytes of all facts, by file name.
func Digest(facts map[string]*Facts) (string, error) {
	paths := make([]string, 0, len(facts))
	byPath := make(map[string]*Facts, len(facts))
	for arch, f := range facts {
		p := FactsPath(arch)
		paths, byPath[p] = append(paths, p), f
	}
	slices.Sort(paths)
	sum := sha256.New()
	for _, p := range paths {
		data, err := byPath[p].Encode()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n", path.Base(p), len(data))
		sum.Write(data)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
