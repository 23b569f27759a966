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

// canonical reports whether a config saved under this name keeps it.
func (a *arch) canonical() bool { return a.class.ModelType == a.ModelType }

// moduleOf returns the directory of a type, as model_type_to_module_name does.
func (r *release) moduleOf(modelType string) string {
	dir := strings.ReplaceAll(modelType, "-", "_")
	if row := r.Tables[moduleTable].Rows[modelType]; len(row) > 0 {
		dir = row[0]
	}
	return dir
}

// readTypes finds the model types of the release with their directories and
// config classes. It leaves out a type whose name has not the form that the
// project's names are made from, or that differs from a task or from another type
// only in what names.Fold drops; of two types, the alias goes.
func (r *release) readTypes() error {
	table := r.Tables[configTable]
	r.byName, r.byClass = map[string]*arch{}, map[*class][]*arch{}
	byFold, tasks := map[string]*arch{}, map[string]string{}
	for _, t := range r.tasks {
		tasks[names.Fold(t.Name)] = t.Name
	}
	for _, name := range slices.Sorted(maps.Keys(table.Rows)) {
		if err := names.Check(name); err != nil {
			r.leaveOut(name, "%s: %v", table.File, err)
		} else if task := tasks[names.Fold(name)]; task != "" {
			r.leaveOut(name, "%s: it is spelled like the task %q", table.File, task)
		}
		if r.leftOut[name] {
			continue
		}
		if n := len(table.Rows[name]); n != 1 {
			return fmt.Errorf("%s: %s: row %s has %d classes, want 1", table.File, configTable, name, n)
		}
		dir := r.moduleOf(name)
		class, err := r.configs.want(dir, table.Rows[name][0])
		if err != nil {
			return fmt.Errorf("%s/%s: model type %s: %w", modelsDir, dir, name, err)
		}
		if err := names.Check(class.ModelType); err != nil {
			r.leaveOut(name, "%s: class %s: model_type: %v", class.File, class.Name, err)
			continue
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
			r.leaveOut(out.ModelType, "%s: it is spelled like %q", table.File, t.ModelType)
		}
		byFold[names.Fold(name)] = t
	}
	r.types = slices.SortedFunc(maps.Values(byFold), func(a, b *arch) int { return strings.Compare(a.ModelType, b.ModelType) })
	for _, t := range r.types {
		r.byName[t.ModelType] = t
		r.byClass[t.class] = append(r.byClass[t.class], t)
	}
	return nil
}

// markParts decides which types are parts of others. It is an error if a
// directory is left with parts alone, and no type of it is left out.
func (r *release) markParts() error {
	contained := map[*class]bool{}   // a component of another class
	defaults := map[[2]string]bool{} // directory and type of an open component
	for _, owner := range r.configs.all {
		for _, part := range owner.Components {
			if part.config == nil {
				defaults[[2]string{owner.dir, part.ModelType}] = true
			} else if part.config != owner {
				contained[part.config] = true
			}
		}
	}
	own := map[string]bool{} // directories
	for name := range r.leftOut {
		own[r.moduleOf(name)] = true
	}
	for _, t := range r.types {
		// The first of these rules that applies decides whether a type stands on
		// its own or is a part of others.
		switch {
		case names.Fold(t.ModelType) == names.Fold(path.Base(t.Module)): // own: named like its directory
		case len(t.class.ConfigKeys) > 0, // its class says under which key of another it is
			contained[t.class],                                  // its class is a component of another class
			defaults[[2]string{t.Module, t.ModelType}],          // the default of an open component in its own directory
			r.derivesFrom(t) != nil && t.class.Documented == "": // derives from a type of its directory, and nothing documents it
			t.Part = true
		}
		own[t.Module] = own[t.Module] || !t.Part
	}
	for _, t := range r.types {
		if !own[t.Module] {
			return fmt.Errorf("%s/%s: every model type is a part of another, among them %s", modelsDir, t.Module, t.ModelType)
		}
	}
	return nil
}

// derivesFrom returns the class of another type in the same directory that
// the type's class derives from; nil if there is none.
func (r *release) derivesFrom(t *arch) *class {
	for _, c := range t.class.lineage() {
		if c != t.class && c.dir == t.class.dir && r.byClass[c] != nil {
			return c
		}
	}
	return nil
}

// compose finds out which type contains which, and which stands for another.
func (r *release) compose() {
	owners := map[*class][]*class{} // the classes that have it as a component
	for _, owner := range r.configs.all {
		for _, part := range owner.Components {
			if t := r.byName[part.ModelType]; part.config != nil {
				owners[part.config] = append(owners[part.config], owner)
			} else if t != nil && t.Module == owner.dir { // one from elsewhere is only an example of what fits
				owners[t.class] = append(owners[t.class], owner)
			}
		}
	}
	for _, t := range r.types {
		if !t.canonical() && r.byName[t.class.ModelType] != nil {
			t.AliasOf = t.class.ModelType
		}
		t.Components = map[string]string{}
		for _, part := range t.class.Components {
			// The type that its config is saved with, "" if that is open or none of the release.
			saved := part.ModelType
			if part.config != nil {
				saved = part.config.ModelType
			}
			if r.byName[saved] == nil {
				saved = ""
			}
			t.Components[part.Attr] = saved
			t.OpenParts = t.OpenParts || part.config == nil
		}
		parents := r.parents(t, owners)
		if len(parents) == 0 && t.Part {
			parents = r.parentsByKey(t)
		}
		slices.Sort(parents)
		t.Parents = slices.Compact(parents)
	}
}

// parents returns the types that contain a type. Where an owner is a class
// without a type, those that contain that class count.
func (r *release) parents(t *arch, owners map[*class][]*class) []string {
	var parents []string
	seen := map[*class]bool{t.class: true}
	for queue := slices.Clone(owners[t.class]); len(queue) > 0; queue = queue[1:] {
		owner := queue[0]
		if seen[owner] {
			continue
		}
		seen[owner] = true
		if r.byClass[owner] == nil {
			queue = append(queue, owners[owner]...)
		}
		for _, o := range r.byClass[owner] {
			parents = append(parents, o.ModelType)
		}
	}
	return parents
}

// parentsByKey returns the types of the same directory whose config class has
// a field of the key that the part says it sits under, and failing that the
// type that the part derives from.
func (r *release) parentsByKey(t *arch) []string {
	var parents []string
	for _, o := range r.types {
		inIt := func(key string) bool { return slices.Contains(o.class.Fields, key) }
		if o.Module == t.Module && o.class != t.class && slices.ContainsFunc(t.class.ConfigKeys, inIt) {
			parents = append(parents, o.ModelType)
		}
	}
	if from := r.derivesFrom(t); len(parents) == 0 && from != nil {
		for _, o := range r.byClass[from] {
			parents = append(parents, o.ModelType)
		}
	}
	return parents
}
