package data

import (
	"cmp"
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
	if d.Picks, err = optional(LoadPicks(fsys)); err != nil {
		return nil, err
	}
	if d.Lock, err = optional(LoadLock(fsys)); err != nil {
		return nil, err
	}
	if err := load(fsys, "popularity.json", &d.Popularity); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := load(fsys, "aliases.json", &d.Aliases); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if d.Measurements, err = LoadMeasurements(fsys); err != nil {
		return nil, err
	}
	paths, err := fs.Glob(fsys, "facts/*.json")
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		f := new(Facts)
		if err := load(fsys, p, f); err != nil {
			return nil, err
		}
		if err := f.validate(p); err != nil {
			return nil, fmt.Errorf("registry data: %s: %w: %s", p, err, restore)
		}
		d.Facts[f.Arch] = f
	}
	if d.Picks != nil {
		d.Picks.Follow(d.Aliases)
		d.Join(d.Picks)
	}
	return d, nil
}

func optional[T any](v *T, err error) (*T, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return v, err
}

// LoadCatalog reads catalog.json.
func LoadCatalog(fsys fs.FS) (*Catalog, error) {
	c := new(Catalog)
	if err := load(fsys, "catalog.json", c); err != nil {
		return nil, err
	}
	if len(c.Archs) == 0 {
		return nil, errors.New("registry data: catalog.json: no architectures; read a wheel again with: go run ./gen discover")
	}
	if err := cmp.Or(rising(c.Archs, func(a Arch) string { return a.ModelType }), c.Validate()); err != nil {
		return nil, fmt.Errorf("registry data: catalog.json: %w: %s", err, restore)
	}
	return c, nil
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

// restore is the advice for a file that is not what was written.
const restore = "restore the file, or remove it and run: go run ./gen"

// LoadPicks reads picks.json.
func LoadPicks(fsys fs.FS) (*Picks, error) {
	p := new(Picks)
	if err := load(fsys, "picks.json", p); err != nil {
		return nil, err
	}
	if err := rising(p.Archs, func(a ArchPicks) string { return a.Arch }); err != nil {
		return nil, fmt.Errorf("registry data: picks.json: %w: %s", err, restore)
	}
	return p, nil
}

// LoadArchPicks reads of picks.json what was decided for one architecture; nil
// where that has none. It decodes no more than that.
func LoadArchPicks(fsys fs.FS, arch string) (*ArchPicks, error) {
	const name = "picks.json"
	data, err := read(fsys, name)
	if err != nil {
		return nil, err
	}
	if !gjson.ValidBytes(data) {
		_, err := LoadPicks(fsys)
		return nil, err // says where
	}
	var found *ArchPicks
	gjson.GetBytes(data, "archs").ForEach(func(_, row gjson.Result) bool {
		if row.Get("arch").Str != arch {
			return true
		}
		found = new(ArchPicks)
		err = decode([]byte(row.Raw), found)
		return false
	})
	if err != nil {
		return nil, fmt.Errorf("registry data: %s: %s: %w: %s", name, arch, err, restore)
	}
	return found, nil
}

// LoadLock reads lock.json.
func LoadLock(fsys fs.FS) (*Lock, error) {
	l := new(Lock)
	if err := load(fsys, "lock.json", l); err != nil {
		return nil, err
	}
	if !IsVersion(l.Transformers) || !IsDay(l.Synced) || !IsDigest(l.FactsSHA256) || !IsLine(l.Endpoint, 500) {
		return nil, fmt.Errorf("registry data: lock.json: transformers %q, synced %q, facts_sha256 %q or endpoint %q is not one: %s",
			l.Transformers, l.Synced, l.FactsSHA256, l.Endpoint, restore)
	}
	return l, nil
}

// FactsPath is where the facts of an architecture live.
func FactsPath(arch string) string { return "facts/" + names.FileName(arch) + ".json" }

func load(fsys fs.FS, name string, v any) error {
	data, err := read(fsys, name)
	if err != nil {
		return err
	}
	if err := decode(data, v); err != nil {
		return fmt.Errorf("registry data: %s: %w: %s", name, err, restore)
	}
	return nil
}

// read returns a file that this program can understand.
func read(fsys fs.FS, name string) ([]byte, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("registry data: %w", err)
	}
	// What was built in has been read before it was committed.
	if _, ours := fsys.(embed.FS); !ours {
		if err := checkText(data); err != nil {
			return nil, fmt.Errorf("registry data: %s: %w: %s", name, err, restore)
		}
	}
	// A glance: what is newer may not decode, and a whole pass more would cost
	// every start of the command.
	if schema := gjson.GetBytes(data, "schema").Int(); schema > Schema && name != "popularity.json" && name != "aliases.json" {
		return nil, fmt.Errorf("registry data: %s has schema %d, and this program knows %d: update hfmodels", name, schema, Schema)
	}
	return data, nil
}

// Encode returns the canonical bytes of catalog.json.
func (c *Catalog) Encode() ([]byte, error) { return canonical(c, 2) }

// Encode returns the canonical bytes of a file under facts/.
func (f *Facts) Encode() ([]byte, error) { return canonical(f, 2) }

// Encode returns the canonical bytes of popularity.json.
func (p Popularity) Encode() ([]byte, error) { return canonical(p, 1) }

// Encode returns the canonical bytes of aliases.json.
func (a Aliases) Encode() ([]byte, error) { return canonical(a, 1) }

// Encode returns the canonical bytes of picks.json.
func (p *Picks) Encode() ([]byte, error) { return canonical(p, 4) }

// Encode returns the canonical bytes of lock.json.
func (l *Lock) Encode() ([]byte, error) { return canonical(l, 1) }

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
