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
	"io"
	"io/fs"
	"maps"
	"os"
	"reflect"
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
	// Measurements are what running the picks showed.
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
	Archs    []Recipe          `json:"archs" form:"sorted"`
}

// Recipe is the recipe of one architecture, or why there is none. Only the
// Python tests know its fields. Numbers are json.Number.
type Recipe map[string]any

// Of returns the recipe of an architecture, nil if there is none.
func (r *Recipes) Of(modelType string) Recipe { return *cmp.Or(find(r.Archs, modelType), new(Recipe)) }

// files has what is special about files of the state: on how many levels of
// nesting they have a line for each member, where that is not two, and for those
// that are one map, with no room for a schema, the forms of its keys and values.
var files = map[string]struct {
	lines int
	form  string
}{
	"aliases.json":      {1, "repository id!,repository id!"},
	"engines.json":      {4, ""},
	"ids.json":          {2, "model type!,sorted repository id!"},
	"lock.json":         {1, ""},
	"picks.json":        {4, ""},
	"popularity.json":   {1, "repository id!"},
	"repositories.json": {1, "repository id!"},
}

// Load reads and validates the state in fsys. The policy and the catalog must
// be there; what a run makes may be missing.
func Load(fsys fs.FS) (*State, error) {
	s := &State{
		Facts: make(map[string]*Facts), Popularity: make(Popularity), IDs: make(IDs), Aliases: make(Aliases),
		Repositories: make(Repositories), Recipes: new(Recipes),
	}
	var errs []error
	parts := map[string]any{
		"catalog.json": &s.Catalog, "picks.json": &s.Picks, "lock.json": &s.Lock, "popularity.json": &s.Popularity,
		"ids.json": &s.IDs, "aliases.json": &s.Aliases, "repositories.json": &s.Repositories,
		"recipes.json": &s.Recipes, "releases.json": &s.Releases, "engines.json": &s.Engines,
		"measurements.json": &s.Measurements,
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if err := read(fsys, name, parts[name]); name == "catalog.json" || !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	var err error
	s.Policy, err = loadPolicy(fsys)
	errs = append(errs, err)
	all, err := readAll[Facts](fsys, "facts/*.json")
	for i, f := range all {
		s.Facts[f.Arch] = &all[i]
	}
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	s.LearnBases()
	if s.Picks != nil {
		s.Follow(s.Picks)
		s.Join(s.Picks)
		for _, a := range s.Picks.Archs {
			if a.Status == Proven && s.Facts[a.Arch] == nil && s.Catalog.Arch(a.Arch) != nil {
				return nil, damaged(FactsPath(a.Arch), fs.ErrNotExist)
			}
		}
	}
	return s, nil
}

// Read reads one file of the state, empty where there is none.
func Read[T any](fsys fs.FS, name string) (*T, error) {
	v := new(T)
	if err := read(fsys, name, &v); !errors.Is(err, fs.ErrNotExist) {
		return v, err
	}
	return v, nil
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
func (m Measurement) key() string { return m.Arch + " " + m.Model }

func (r Recipe) key() string {
	modelType, _ := r["model_type"].(string)
	return modelType
}

// find returns the row of a key, nil if there is none.
func find[R row](rows []R, key string) *R {
	i, found := slices.BinarySearchFunc(rows, key, func(r R, key string) int { return strings.Compare(r.key(), key) })
	if !found {
		return nil
	}
	return &rows[i]
}

// ReadFile reads a file that a user names. A device may never end, so what is
// larger than anybody's file is refused.
func ReadFile(path string) ([]byte, error) {
	const most = 64 << 20
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(text) > most {
		err = fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return text, err
}

// FactsPath is where the facts of an architecture live.
func FactsPath(arch string) string { return "facts/" + names.FileName(arch) + ".json" }

// damaged is the error about a file that is missing or cannot be read. To make
// the file again would give another one: it holds what was seen or decided.
func damaged(name string, err error) error {
	return fmt.Errorf("registry data: %s: %w; restore it, as with: git checkout -- registrydata/%s", name, err, name)
}

// read reads and checks one JSON file.
func read(fsys fs.FS, name string, v any) error {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return damaged(name, err)
	}
	// The schema is checked before the file is decoded, since a newer file may
	// not decode.
	schema, bare := gjson.GetBytes(text, "schema").Int(), files[name].form != ""
	if !bare && schema > Schema {
		return fmt.Errorf("registry data: %s has schema %d, and this program knows %d: update hfmodels", name, schema, Schema)
	}
	_, embedded := fsys.(embed.FS) // then it was checked before it was committed
	switch err = decode(text, v); {
	case err != nil:
	case gjson.ParseBytes(text).Type == gjson.Null: // it would decode to a nil map
		err = errors.New("holds null, and nothing else")
	case !bare && schema < Schema:
		err = fmt.Errorf("schema is not %d", Schema)
	case !embedded:
		err = check(name, reflect.ValueOf(v).Elem().Interface())
	}
	if err != nil {
		return damaged(name, err)
	}
	return nil
}

// check is the door for what a file holds: its texts have their forms, and its
// parts fit together.
func check(name string, v any) error {
	var errs []error
	checkForms("", files[name].form, reflect.ValueOf(v), func(at, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s%w", strings.TrimPrefix(at+": ", ": "), fmt.Errorf(format, args...)))
	})
	err := errors.Join(errs[:min(len(errs), 20)]...)
	if v, ok := v.(interface{ validate() error }); err == nil && ok {
		err = v.validate()
	}
	return err
}

// readAll reads the files that a pattern names. Each lies where it says itself.
func readAll[T any, P interface {
	*T
	Path() string
}](fsys fs.FS, pattern string) (all []T, err error) {
	var errs []error
	paths, err := fs.Glob(fsys, pattern)
	for _, path := range paths {
		v := P(new(T))
		err := read(fsys, path, &v)
		if err == nil && v.Path() != path {
			err = fmt.Errorf("registry data: %s: belongs in %s, by what it holds", path, v.Path())
		}
		if errs = append(errs, err); err == nil {
			all = append(all, *v)
		}
	}
	return all, errors.Join(append(errs, err)...)
}

// Encode checks what a file of the state is to hold, and returns its canonical
// bytes.
func Encode(name string, v any) ([]byte, error) {
	if err := check(name, v); err != nil {
		return nil, err
	}
	return canonical(v, cmp.Or(files[name].lines, 2))
}

// Synced is what a sync writes besides the lock, by file name: the facts, the
// counters, and all present and former ids.
func (s *State) Synced() map[string]any {
	files := map[string]any{
		"aliases.json": s.Aliases, "ids.json": s.IDs, "popularity.json": s.Popularity, "repositories.json": s.Repositories,
	}
	for arch, f := range s.Facts {
		files[FactsPath(arch)] = f
	}
	return files
}

// Digest is the sha256 over the canonical bytes of what a sync writes.
func (s *State) Digest() (string, error) {
	files, sum := s.Synced(), sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data, err := Encode(name, files[name])
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(data))
		sum.Write(data)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}
