package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// class is a class of a configuration_*.py or of a modeling_*.py file. What a
// class does not set, it has from the first one that sets it of those that it
// derives from, unless the comment says otherwise.
type class struct {
	Name  string   `json:"name"`
	File  string   `json:"file"`
	Bases []string `json:"bases"`

	// Of a configuration.
	ModelType  string      `json:"model_type"`
	ConfigKeys []string    `json:"config_keys"` // base_config_key
	Components []component `json:"components"`  // sub_configs
	Fields     []string    `json:"fields"`      // its own: annotated ones, and the parameters of __init__
	Documented string      `json:"documented"`  // its own: the checkpoint that the documentation names

	// Of a model.
	Modalities  []string `json:"modalities"`   // input_modalities
	MainInput   []string `json:"main_input"`   // main_input_name
	Config      string   `json:"config"`       // the configuration class that it is built from
	Params      []string `json:"params"`       // of forward
	CanGenerate bool     `json:"can_generate"` // itself
	// Examples are all that its own docstrings load: auto classes, processors
	// and models of other types too.
	Examples []data.Example `json:"examples"`

	dir      string   // under models
	parents  []*class // of Bases, those that the release has
	declared []string // its own Modalities
}

// component is an entry of sub_configs.
type component struct {
	Attr      string `json:"attr"`
	Class     string `json:"class"`
	ModelType string `json:"model_type"` // the default of AutoConfig, "" where there is none

	// config is nil where any type fits: AutoConfig takes what the checkpoint
	// says, and the base class says nothing.
	config *class
}

// classes are the classes of one kind of file.
type classes struct {
	kind   string   // as the names of the files begin
	all    []*class // by file, then by place
	byName map[string][]*class
}

// newClasses connects classes with those that they derive from and contain.
func newClasses(kind string, all []*class) (*classes, error) {
	cs := &classes{kind, all, map[string][]*class{}}
	for _, c := range all {
		c.dir = strings.TrimPrefix(path.Dir(c.File), modelsDir+"/")
		cs.byName[c.Name] = append(cs.byName[c.Name], c)
		slices.Sort(c.Modalities)
		c.declared = c.Modalities
		if !data.IsOwned(c.Documented) {
			c.Documented = ""
		}
	}
	for _, c := range all {
		fail := func(err error) error { return fmt.Errorf("%s: class %s: %w", c.File, c.Name, err) }
		for _, base := range c.Bases {
			b, err := cs.find(c.dir, base)
			// An unclear base of a model is left out: layers are named as torch's are.
			if err != nil && kind == "configuration" {
				return nil, fail(err)
			}
			if b != nil {
				c.parents = append(c.parents, b)
			}
		}
		for i := range c.Components {
			part := &c.Components[i]
			switch part.Class {
			case "AutoConfig", "PreTrainedConfig", "PretrainedConfig":
				continue
			}
			var err error
			if part.config, err = cs.want(c.dir, part.Class); err != nil {
				return nil, fail(fmt.Errorf("component %s: %w", part.Attr, err))
			}
		}
	}
	for _, c := range all {
		for _, d := range c.lineage() {
			c.ModelType, c.Config = cmp.Or(c.ModelType, d.ModelType), cmp.Or(c.Config, d.Config)
			if c.Components == nil {
				c.Components = d.Components
			}
			inherit(&c.ConfigKeys, d.ConfigKeys)
			inherit(&c.Modalities, d.Modalities)
			inherit(&c.MainInput, d.MainInput)
			inherit(&c.Params, d.Params)
		}
	}
	return cs, nil
}

func inherit(own *[]string, from []string) {
	if len(*own) == 0 {
		*own = from
	}
}

// find returns the class of that name, from the directory first. Where the
// directory has none, it must be the only one of its name; nil if there is none.
func (cs *classes) find(dir, name string) (*class, error) {
	found := cs.byName[name]
	if i := slices.IndexFunc(found, func(c *class) bool { return c.dir == dir }); i >= 0 {
		return found[i], nil
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("class %s is not in %s, and both %s and %s have one", name, dir, found[0].File, found[1].File)
}

// want is find for a class that there has to be.
func (cs *classes) want(dir, name string) (*class, error) {
	c, err := cs.find(dir, name)
	if err == nil && c == nil {
		err = fmt.Errorf("class %s is in no %s_*.py file", name, cs.kind)
	}
	return c, err
}

// lineage returns a class and those that it derives from, each once, depth
// first.
func (c *class) lineage() []*class {
	var line []*class
	var walk func(*class)
	walk = func(c *class) {
		line = append(line, c)
		for _, p := range c.parents {
			if !slices.Contains(line, p) {
				walk(p)
			}
		}
	}
	walk(c)
	return line
}

// generates reports whether a class has generate: it mixes generation in or
// says so itself, or derives from a class that does.
func (c *class) generates() bool {
	return slices.ContainsFunc(c.lineage(), func(d *class) bool {
		return d.CanGenerate || slices.ContainsFunc(d.Bases, func(base string) bool { return strings.Contains(base, "GenerationMixin") })
	})
}

// examples returns what the docstrings of the type's directory load with the
// classes of the type, sorted. An auto class stands for the class whose
// docstring names it, where it builds that one; of a part it builds the whole.
func (r *release) examples(t *arch) []data.Example {
	mapped := slices.Concat(slices.Collect(maps.Values(t.models))...)
	var found []data.Example
	for _, c := range r.models.all {
		if c.dir != t.Module {
			continue
		}
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
