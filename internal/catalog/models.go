package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// modelClass is a class of a modeling_*.py file.
type modelClass struct {
	Name        string   `json:"name"`
	File        string   `json:"file"`
	Bases       []string `json:"bases"`
	Modalities  []string `json:"modalities"` // input_modalities
	MainInput   []string `json:"main_input"` // main_input_name
	Config      string   `json:"config"`     // the configuration class that it is built from
	Params      []string `json:"params"`     // of forward
	CanGenerate bool     `json:"can_generate"`
	// Examples are all that its docstrings load: auto classes, processors and
	// models of other types too.
	Examples []data.Example `json:"examples"`

	dir     string        // under models
	parents []*modelClass // of Bases, those that the release has

	// What the class or the first one that it derives from sets.
	modalities []string
	mainInput  []string
	config     string
	params     []string
}

// models holds the model classes of a release.
type models struct {
	byName map[string][]*modelClass
	byDir  map[string][]*modelClass
}

// newModels connects classes with those that they derive from.
func newModels(all []*modelClass) *models {
	ms := &models{byName: map[string][]*modelClass{}, byDir: map[string][]*modelClass{}}
	for _, c := range all {
		c.dir = modelDir(c.File)
		slices.Sort(c.Modalities)
		ms.byName[c.Name] = append(ms.byName[c.Name], c)
		ms.byDir[c.dir] = append(ms.byDir[c.dir], c)
	}
	for _, c := range all {
		for _, name := range c.Bases {
			if b := ms.base(c, name); b != nil {
				c.parents = append(c.parents, b)
			}
		}
	}
	for _, c := range all {
		for d := range lineage(c, func(c *modelClass) []*modelClass { return c.parents }) {
			if len(c.modalities) == 0 {
				c.modalities = d.Modalities
			}
			if len(c.mainInput) == 0 {
				c.mainInput = d.MainInput
			}
			if c.config == "" {
				c.config = d.Config
			}
			if len(c.params) == 0 {
				c.params = d.Params
			}
		}
	}
	return ms
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
	return nil, fmt.Errorf("model class %s is not in %s, and both %s and %s have one", name, dir, found[0].File, found[1].File)
}

// builtFrom returns the first class of the directory that is built from a
// configuration class, for a type that no table maps; nil where there is none.
func (ms *models) builtFrom(config *configClass) *modelClass {
	for _, c := range ms.byDir[config.dir] {
		if c.config == config.Name && !strings.Contains(c.Name, "PreTrainedModel") {
			return c
		}
	}
	return nil
}

// base returns a class that c derives from: the one of the file, or the
// directory, or the only one of that name; nil where that is not clear.
func (ms *models) base(c *modelClass, name string) *modelClass {
	found := slices.DeleteFunc(slices.Clone(ms.byName[name]), func(b *modelClass) bool { return b == c })
	for _, b := range found {
		if b.File == c.File {
			return b
		}
	}
	for _, b := range found {
		if b.dir == c.dir {
			return b
		}
	}
	if len(ms.byName[name]) == 1 && len(found) == 1 {
		return found[0]
	}
	return nil
}

// generates reports whether a class has generate: it mixes generation in or
// says so itself, or derives from a class that does. A base with
// PreTrainedModel in its name does not pass it on; this is the rule of
// PreTrainedModel.can_generate.
func (c *modelClass) generates() bool {
	passing := func(c *modelClass) []*modelClass {
		return slices.DeleteFunc(slices.Clone(c.parents), func(p *modelClass) bool { return strings.Contains(p.Name, "PreTrainedModel") })
	}
	for d := range lineage(c, passing) {
		if d.CanGenerate || slices.ContainsFunc(d.Bases, func(base string) bool { return strings.Contains(base, "GenerationMixin") }) {
			return true
		}
	}
	return false
}

// examples returns what the docstrings of the type's directory load with the
// classes of the type, sorted. An auto class stands for the class whose
// docstring names it, where it builds that one; of a part it builds the whole.
func (r *release) examples(t *arch) []data.Example {
	mapped := slices.Concat(slices.Collect(maps.Values(t.models))...)
	var found []data.Example
	for _, c := range r.models.byDir[t.Module] {
		for _, e := range c.Examples {
			if !t.Part && slices.Contains(t.models[e.Class], c.Name) {
				e.Class = c.Name
			}
			if data.IsOwned(e.ID) && slices.Contains(mapped, e.Class) {
				found = append(found, e)
			}
		}
	}
	slices.SortFunc(found, func(a, b data.Example) int {
		return cmp.Or(strings.Compare(a.Class, b.Class), strings.Compare(a.ID, b.ID))
	})
	return slices.Compact(found)
}
