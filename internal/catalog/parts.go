package catalog

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/names"
	"github.com/hfmodels/hfmodels/internal/pysrc"
)

// The rules that decide whether a type stands on its own or is a part of
// others, in the order in which they are tried. They are the values of
// Arch.Rule.
const (
	ruleDirectory = "directory"    // own: named like its directory
	ruleConfigKey = "config-key"   // part: its class says under which key of another it sits
	ruleSubConfig = "sub-config"   // part: its class is a component of another class
	ruleDefault   = "auto-default" // part: the default of an open component in its own directory
	ruleDerived   = "derived"      // part: derives from a type of its directory, no checkpoint is documented
	ruleRemaining = "remaining"    // own: nothing says otherwise
)

// arch is a model type on its way into the catalog.
type arch struct {
	name   string
	dir    string // under models
	class  *configClass
	part   bool
	rule   string
	models map[string][]string // auto class to model classes, the default first
	// model is the class that tells what the type takes in, nil where there
	// is none.
	model     *modelClass
	generates bool
}

// types are the model types of a release.
type types struct {
	all     []*arch // sorted by name
	byName  map[string]*arch
	byClass map[*configClass][]*arch
}

// of returns the types of a config class: the one of its own name, and where
// there is none all its aliases.
func (ts *types) of(c *configClass) []*arch {
	all := ts.byClass[c]
	if i := slices.IndexFunc(all, (*arch).canonical); i >= 0 {
		return all[i : i+1]
	}
	return all
}

// canonical reports whether a config saved under this name keeps it.
func (a *arch) canonical() bool { return a.class.modelType == a.name }

// moduleOf returns the directory of a type, as model_type_to_module_name does.
func (a *autoFiles) moduleOf(modelType string) (string, error) {
	dir := strings.ReplaceAll(modelType, "-", "_")
	special := a.tables[specialTable]
	if i, ok := special.at[modelType]; ok {
		v := special.rows[i].value
		if v.Kind != pysrc.String || names.Check(v.Text) != nil {
			return "", fmt.Errorf("%s: %s: line %d: row %s names no directory", special.file, specialTable, v.Line, modelType)
		}
		dir = v.Text
	}
	if slices.Contains(a.lists[deprecatedList], dir) {
		dir = "deprecated/" + dir
	}
	return dir, nil
}

// readTypes returns the model types of the release with their directories and
// config classes, sorted by name.
func readTypes(a *autoFiles, cs *configs) (*types, error) {
	t := a.tables[configTable]
	ts := &types{}
	for _, r := range t.rows {
		if err := names.Check(r.key); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", t.file, configTable, err)
		}
		classes, err := classNames(r.value)
		if err == nil && len(classes) != 1 {
			err = notLiteral(r.value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s: row %s: %w", t.file, configTable, r.key, err)
		}
		dir, err := a.moduleOf(r.key)
		if err != nil {
			return nil, err
		}
		class, err := cs.find(dir, classes[0])
		if err == nil && class == nil {
			err = fmt.Errorf("config class %s is in no configuration_*.py file", classes[0])
		}
		if err != nil {
			return nil, fmt.Errorf("%s/%s: model type %s: %w", modelsDir, dir, r.key, err)
		}
		ts.all = append(ts.all, &arch{name: r.key, dir: dir, class: class, models: map[string][]string{}})
	}
	slices.SortFunc(ts.all, func(a, b *arch) int { return strings.Compare(a.name, b.name) })
	ts.byName = make(map[string]*arch, len(ts.all))
	ts.byClass = make(map[*configClass][]*arch, len(ts.all))
	for _, t := range ts.all {
		ts.byName[t.name] = t
		ts.byClass[t.class] = append(ts.byClass[t.class], t)
		if !t.canonical() {
			if err := names.Check(t.class.modelType); err != nil {
				return nil, fmt.Errorf("%s: class %s: model_type: %w", t.class.file, t.class.name, err)
			}
		}
	}
	return ts, nil
}

// markParts decides which types are parts of others. It is an error if a
// directory is left with parts alone.
func markParts(ts *types, cs *configs) error {
	contained := map[*configClass]bool{} // a component of another class
	defaults := map[[2]string]bool{}     // directory and type of an open component
	for _, owner := range cs.all {
		for _, c := range owner.components {
			if c.open() {
				defaults[[2]string{owner.dir, c.modelType}] = true
				continue
			}
			child, err := cs.component(owner, c)
			if err != nil {
				return err
			}
			contained[child] = contained[child] || child != owner
		}
	}
	own := map[string]bool{} // directories
	for _, t := range ts.all {
		from, err := ts.derivesFrom(t, cs)
		if err != nil {
			return err
		}
		switch {
		case names.Fold(t.name) == names.Fold(path.Base(t.dir)):
			t.rule = ruleDirectory
		case len(t.class.configKeys) > 0:
			t.rule, t.part = ruleConfigKey, true
		case contained[t.class]:
			t.rule, t.part = ruleSubConfig, true
		case defaults[[2]string{t.dir, t.name}]:
			t.rule, t.part = ruleDefault, true
		case from != nil && t.class.checkpoint == "":
			t.rule, t.part = ruleDerived, true
		default:
			t.rule = ruleRemaining
		}
		own[t.dir] = own[t.dir] || !t.part
	}
	for _, t := range ts.all {
		if !own[t.dir] {
			return fmt.Errorf("%s/%s: every model type is a part of another, among them %s", modelsDir, t.dir, t.name)
		}
	}
	return nil
}

// derivesFrom returns the class of another type in the same directory that
// the type's class derives from; nil if there is none.
func (ts *types) derivesFrom(t *arch, cs *configs) (*configClass, error) {
	return cs.resolve(t.class, func(c *configClass) bool {
		return c != t.class && c.dir == t.class.dir && ts.byClass[c] != nil
	})
}

// composition is which type contains which.
type composition struct {
	components map[string]map[string]string // type to attribute to type, "" where that is open
	parents    map[string][]string          // sorted
}

func compose(ts *types, cs *configs) (*composition, error) {
	components := map[*configClass]map[string]string{}
	owners := map[*configClass][]*configClass{} // the classes that have it as a component
	for _, owner := range cs.all {
		for _, c := range owner.components {
			if components[owner] == nil {
				components[owner] = map[string]string{}
			}
			if c.open() {
				t := ts.byName[c.modelType]
				if t == nil {
					components[owner][c.attr] = ""
					continue
				}
				components[owner][c.attr] = t.name
				// A default from elsewhere is only an example of what fits.
				if t.dir == owner.dir {
					owners[t.class] = append(owners[t.class], owner)
				}
				continue
			}
			child, err := cs.component(owner, c)
			if err != nil {
				return nil, err
			}
			owners[child] = append(owners[child], owner)
			components[owner][c.attr] = ts.savedAs(child)
		}
	}

	comp := &composition{map[string]map[string]string{}, map[string][]string{}}
	for _, t := range ts.all {
		comp.components[t.name] = components[t.class]
		parents := ts.parents(t, owners)
		if len(parents) == 0 && t.part {
			var err error
			if parents, err = ts.parentsByKey(t, cs); err != nil {
				return nil, err
			}
		}
		slices.Sort(parents)
		comp.parents[t.name] = slices.Compact(parents)
	}
	return comp, nil
}

// savedAs returns the model type that a config of the class is saved with, ""
// if that is none of the release.
func (ts *types) savedAs(c *configClass) string {
	if ts.byName[c.modelType] != nil {
		return c.modelType
	}
	if of := ts.of(c); len(of) > 0 {
		return of[0].name
	}
	return ""
}

// parents returns the types that contain a type. Where an owner is a class
// without a type, those that contain that class count.
func (ts *types) parents(t *arch, owners map[*configClass][]*configClass) []string {
	var parents []string
	seen := map[*configClass]bool{t.class: true}
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
			parents = append(parents, o.name)
		}
	}
	return parents
}

// parentsByKey returns the types of the same directory whose config class has
// a field of the key that the part says it sits under, and failing that the
// type that the part derives from.
func (ts *types) parentsByKey(t *arch, cs *configs) ([]string, error) {
	var parents []string
	for _, o := range ts.all {
		if o.dir != t.dir || o.class == t.class || !slices.Contains(ts.of(o.class), o) {
			continue
		}
		has, err := cs.resolve(o.class, func(c *configClass) bool {
			return slices.ContainsFunc(t.class.configKeys, func(key string) bool { return slices.Contains(c.fields, key) })
		})
		if err != nil {
			return nil, err
		}
		if has != nil {
			parents = append(parents, o.name)
		}
	}
	if len(parents) > 0 {
		return parents, nil
	}
	from, err := ts.derivesFrom(t, cs)
	if err != nil || from == nil {
		return nil, err
	}
	for _, o := range ts.of(from) {
		parents = append(parents, o.name)
	}
	return parents, nil
}
