package catalog

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// arch is a model type on its way into the catalog.
type arch struct {
	data.Arch
	class  *class
	models map[string][]string // auto class to model classes, the default first
	// model is the class that tells what the type takes in, nil where there
	// is none.
	model *class
}

// types are the model types of a release.
type types struct {
	all     []*arch // sorted by name
	byName  map[string]*arch
	byClass map[*class][]*arch
	// warnings are about the types that are left out.
	warnings []string
}

// of returns the types of a config class: the one of its own name, and where
// there is none all its aliases.
func (ts *types) of(c *class) []*arch {
	all := ts.byClass[c]
	if i := slices.IndexFunc(all, (*arch).canonical); i >= 0 {
		return all[i : i+1]
	}
	return all
}

// canonical reports whether a config saved under this name keeps it.
func (a *arch) canonical() bool { return a.class.ModelType == a.ModelType }

// moduleOf returns the directory of a type, as model_type_to_module_name does.
func (s *source) moduleOf(modelType string) string {
	dir := strings.ReplaceAll(modelType, "-", "_")
	if row := s.Tables[moduleTable].Rows[modelType]; len(row) > 0 {
		dir = row[0]
	}
	if slices.Contains(s.Deprecated, dir) {
		dir = "deprecated/" + dir
	}
	return dir
}

// readTypes returns the model types of the release with their directories and
// config classes, sorted by name. It leaves out a type whose name has not the
// form that the project's names are made from, or that differs from another
// one only in what names.Fold drops; of those two, the alias goes.
func readTypes(s *source, cs *classes) (*types, error) {
	table := s.Tables[configTable]
	ts := &types{byName: map[string]*arch{}, byClass: map[*class][]*arch{}}
	byFold := map[string]*arch{}
	for _, name := range slices.Sorted(maps.Keys(table.Rows)) {
		if err := names.Check(name); err != nil {
			ts.warnings = append(ts.warnings, fmt.Sprintf("%s: %v; it is left out", table.File, err))
			continue
		}
		if n := len(table.Rows[name]); n != 1 {
			return nil, fmt.Errorf("%s: %s: row %s has %d classes, want 1", table.File, configTable, name, n)
		}
		dir := s.moduleOf(name)
		class, err := cs.want(dir, table.Rows[name][0])
		if err != nil {
			return nil, fmt.Errorf("%s/%s: model type %s: %w", modelsDir, dir, name, err)
		}
		t := &arch{
			Arch:   data.Arch{ModelType: name, ConfigClass: class.Name, Module: dir, Documented: class.Documented},
			class:  class,
			models: map[string][]string{},
		}
		if other := byFold[names.Fold(name)]; other != nil {
			out := other
			if !t.canonical() {
				t, out = other, t
			}
			ts.warnings = append(ts.warnings,
				fmt.Sprintf("%s: model type %q is spelled like %q; it is left out", table.File, out.ModelType, t.ModelType))
		}
		byFold[names.Fold(name)] = t
	}
	ts.all = slices.SortedFunc(maps.Values(byFold), func(a, b *arch) int { return strings.Compare(a.ModelType, b.ModelType) })
	for _, t := range ts.all {
		ts.byName[t.ModelType] = t
		ts.byClass[t.class] = append(ts.byClass[t.class], t)
		if err := names.Check(t.class.ModelType); err != nil {
			return nil, fmt.Errorf("%s: class %s: model_type: %w", t.class.File, t.class.Name, err)
		}
		if !t.canonical() {
			t.AliasOf = t.class.ModelType
		}
	}
	return ts, nil
}

// markParts decides which types are parts of others. It is an error if a
// directory is left with parts alone.
func markParts(ts *types, cs *classes) error {
	contained := map[*class]bool{}   // a component of another class
	defaults := map[[2]string]bool{} // directory and type of an open component
	for _, owner := range cs.all {
		for _, part := range owner.Components {
			if part.config == nil {
				defaults[[2]string{owner.dir, part.ModelType}] = true
			} else if part.config != owner {
				contained[part.config] = true
			}
		}
	}
	own := map[string]bool{} // directories
	for _, t := range ts.all {
		// The first of these rules that applies decides whether a type stands on
		// its own or is a part of others.
		switch {
		case names.Fold(t.ModelType) == names.Fold(path.Base(t.Module)): // own: named like its directory
		case len(t.class.ConfigKeys) > 0, // its class says under which key of another it is
			contained[t.class],                                   // its class is a component of another class
			defaults[[2]string{t.Module, t.ModelType}],           // the default of an open component in its own directory
			ts.derivesFrom(t) != nil && t.class.Documented == "": // derives from a type of its directory, and nothing documents it
			t.Part = true
		}
		own[t.Module] = own[t.Module] || !t.Part
	}
	for _, t := range ts.all {
		if !own[t.Module] {
			return fmt.Errorf("%s/%s: every model type is a part of another, among them %s", modelsDir, t.Module, t.ModelType)
		}
	}
	return nil
}

// derivesFrom returns the class of another type in the same directory that
// the type's class derives from; nil if there is none.
func (ts *types) derivesFrom(t *arch) *class {
	for _, c := range t.class.lineage(nil) {
		if c != t.class && c.dir == t.class.dir && ts.byClass[c] != nil {
			return c
		}
	}
	return nil
}

// compose finds out which type contains which.
func compose(ts *types, cs *classes) {
	owners := map[*class][]*class{} // the classes that have it as a component
	for _, owner := range cs.all {
		for _, part := range owner.Components {
			if t := ts.byName[part.ModelType]; part.config != nil {
				owners[part.config] = append(owners[part.config], owner)
			} else if t != nil && t.Module == owner.dir { // one from elsewhere is only an example of what fits
				owners[t.class] = append(owners[t.class], owner)
			}
		}
	}
	for _, t := range ts.all {
		t.Components = map[string]string{}
		for _, part := range t.class.Components {
			t.Components[part.Attr] = ts.savedAs(part)
			t.OpenParts = t.OpenParts || part.config == nil
		}
		parents := ts.parents(t, owners)
		if len(parents) == 0 && t.Part {
			parents = ts.parentsByKey(t)
		}
		slices.Sort(parents)
		t.Parents = slices.Compact(parents)
	}
}

// savedAs returns the model type that the config of a component is saved with,
// "" if that is open or none of the release.
func (ts *types) savedAs(part component) string {
	name := part.ModelType
	if part.config != nil {
		name = part.config.ModelType
	}
	if ts.byName[name] != nil {
		return name
	}
	if of := ts.of(part.config); len(of) > 0 {
		return of[0].ModelType
	}
	return ""
}

// parents returns the types that contain a type. Where an owner is a class
// without a type, those that contain that class count.
func (ts *types) parents(t *arch, owners map[*class][]*class) []string {
	var parents []string
	seen := map[*class]bool{t.class: true}
	for queue := slices.Clone(owners[t.class]); len(queue) > 0; queue = queue[1:] {
		owner := queue[0]
		if seen[owner] {
			continue
		}
		seen[owner] = true
		if ts.byClass[owner] == nil {
			queue = append(queue, owners[owner]...)
		}
		for _, o := range ts.of(owner) {
			parents = append(parents, o.ModelType)
		}
	}
	return parents
}

// parentsByKey returns the types of the same directory whose config class has
// a field of the key that the part says it sits under, and failing that the
// type that the part derives from.
func (ts *types) parentsByKey(t *arch) []string {
	var parents []string
	hasKey := func(c *class) bool {
		return slices.ContainsFunc(t.class.ConfigKeys, func(key string) bool { return slices.Contains(c.Fields, key) })
	}
	for _, o := range ts.all {
		if o.Module == t.Module && o.class != t.class && slices.Contains(ts.of(o.class), o) &&
			slices.ContainsFunc(o.class.lineage(nil), hasKey) {
			parents = append(parents, o.ModelType)
		}
	}
	if from := ts.derivesFrom(t); len(parents) == 0 && from != nil {
		for _, o := range ts.of(from) {
			parents = append(parents, o.ModelType)
		}
	}
	return parents
}
