package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/pysrc"
)

// modelClass is a class of a modeling_*.py file.
type modelClass struct {
	name, dir, file string
	bases           []string

	modalities []string // input_modalities
	mainInput  []string // main_input_name
	config     string   // the configuration class it is built from
	params     []string // of forward
	generates  bool     // says so itself
}

// models holds the model classes of a release.
type models struct {
	byName map[string][]*modelClass
	byDir  map[string][]*modelClass
	// declares is whether the release has input_modalities at all.
	declares bool
}

func readModels(f *files) (*models, error) {
	names, err := f.list("modeling_")
	if err != nil {
		return nil, err
	}
	parsed, err := f.parseAll(names)
	if err != nil {
		return nil, err
	}
	ms := &models{byName: map[string][]*modelClass{}, byDir: map[string][]*modelClass{}}
	for i, file := range parsed {
		for _, c := range file.Classes {
			class, err := readModel(c)
			if err != nil {
				return nil, fmt.Errorf("%s: class %s: %w", names[i], c.Name, err)
			}
			class.file, class.dir = names[i], modelDir(names[i])
			ms.byName[class.name] = append(ms.byName[class.name], class)
			ms.byDir[class.dir] = append(ms.byDir[class.dir], class)
			ms.declares = ms.declares || len(class.modalities) > 0
		}
	}
	return ms, nil
}

func readModel(c pysrc.Class) (*modelClass, error) {
	class := &modelClass{name: c.Name, bases: c.Bases}
	for _, st := range c.Attrs {
		var err error
		switch {
		case st.Target == "input_modalities" && st.Op == "=":
			class.modalities, err = stringsOf(st.Source)
			for _, m := range class.modalities {
				if !slices.Contains(modalityNames, m) {
					err = fmt.Errorf("line %d: modality %q is not known", st.Line, m)
				}
			}
		case st.Target == "main_input_name" && st.Op == "=":
			class.mainInput, err = stringsOf(st.Source)
		case st.Target == "config" && st.Annotation != "":
			class.config = strings.Trim(st.Annotation, `"'`)
		case st.Target == "config_class" && st.Op == "=":
			var e pysrc.Expr
			if e, err = st.Expr(); e.Kind == pysrc.Name {
				class.config = e.Text
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", st.Target, err)
		}
	}
	for _, m := range c.Methods {
		switch m.Name {
		case "forward":
			class.params = m.Params
		case "can_generate":
			class.generates = true
		}
	}
	for _, base := range c.Bases {
		class.generates = class.generates || strings.Contains(base, "GenerationMixin")
	}
	slices.Sort(class.modalities)
	return class, nil
}

// mapped returns the class that an auto table names: the one of the
// directory, or the only one of that name.
func (ms *models) mapped(dir, name string) (*modelClass, error) {
	found := ms.byName[name]
	for _, c := range found {
		if c.dir == dir {
			return c, nil
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("model class %s is in no modeling_*.py file", name)
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("model class %s is not in %s, and both %s and %s have one", name, dir, found[0].file, found[1].file)
}

// builtFrom returns the first class of the directory that is built from a
// configuration class, for a type that no table maps; nil where there is none.
func (ms *models) builtFrom(config *configClass) *modelClass {
	for _, c := range ms.byDir[config.dir] {
		if strings.Contains(c.name, "PreTrainedModel") {
			continue
		}
		d := ms.resolve(c, func(c *modelClass) bool { return c.config != "" })
		if d != nil && d.config == config.name {
			return c
		}
	}
	return nil
}

// base returns a class that c derives from: the one of the file, or the
// directory, or the only one of that name; nil where that is not clear.
func (ms *models) base(c *modelClass, name string) *modelClass {
	// pkg.Class is told by its last name.
	name = name[strings.LastIndexByte(name, '.')+1:]
	found := ms.byName[name]
	for _, b := range found {
		if b.file == c.file && b != c {
			return b
		}
	}
	for _, b := range found {
		if b.dir == c.dir && b != c {
			return b
		}
	}
	if len(found) == 1 && found[0] != c {
		return found[0]
	}
	return nil
}

// resolve returns the first class that says yes, of c and the classes it
// derives from; nil where none does.
func (ms *models) resolve(c *modelClass, yes func(*modelClass) bool) *modelClass {
	var seen []*modelClass
	var walk func(c *modelClass) *modelClass
	walk = func(c *modelClass) *modelClass {
		if c == nil || slices.Contains(seen, c) {
			return nil
		}
		seen = append(seen, c)
		if yes(c) {
			return c
		}
		for _, base := range c.bases {
			if found := walk(ms.base(c, base)); found != nil {
				return found
			}
		}
		return nil
	}
	return walk(c)
}

// generates reports whether a class has generate: it mixes generation in or
// says so itself, or derives from a class that does. A base with
// PreTrainedModel in its name does not pass it on; this is the rule of
// PreTrainedModel.can_generate.
func (ms *models) generates(c *modelClass) bool {
	var seen []*modelClass
	var walk func(c *modelClass) bool
	walk = func(c *modelClass) bool {
		if c == nil || slices.Contains(seen, c) {
			return false
		}
		seen = append(seen, c)
		return c.generates || slices.ContainsFunc(c.bases, func(name string) bool {
			return !strings.Contains(name, "PreTrainedModel") && walk(ms.base(c, name))
		})
	}
	return walk(c)
}
