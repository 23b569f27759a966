package catalog

import (
	"fmt"
	"iter"
	"path"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// configClass is a class of a configuration_*.py file.
type configClass struct {
	Name       string      `json:"name"`
	File       string      `json:"file"`
	Bases      []string    `json:"bases"`
	ModelType  string      `json:"model_type"`  // "" where the class does not set it
	ConfigKeys []string    `json:"config_keys"` // base_config_key
	Components []component `json:"components"`  // sub_configs, nil where the class does not set it
	Fields     []string    `json:"fields"`      // annotated ones, and the parameters of __init__
	Documented string      `json:"documented"`  // the checkpoint that the documentation names

	dir     string         // under models
	parents []*configClass // of Bases, those that the release has

	// What the class or the first one that it derives from sets.
	modelType  string
	configKeys []string
	components []component
}

// component is an entry of sub_configs.
type component struct {
	Attr      string `json:"attr"`
	Class     string `json:"class"`
	ModelType string `json:"model_type"` // the default of AutoConfig, "" where there is none

	// config is nil where any type fits: AutoConfig takes what the checkpoint
	// says, and the base class says nothing.
	config *configClass
}

// configs holds the configuration classes of a release.
type configs struct {
	all    []*configClass // by file, then by place
	byName map[string][]*configClass
}

// newConfigs connects classes with those that they derive from and contain.
func newConfigs(all []*configClass) (*configs, error) {
	cs := &configs{all: all, byName: map[string][]*configClass{}}
	for _, c := range all {
		c.dir = modelDir(c.File)
		cs.byName[c.Name] = append(cs.byName[c.Name], c)
		if !data.IsOwned(c.Documented) {
			c.Documented = ""
		}
	}
	for _, c := range all {
		fail := func(err error) error { return fmt.Errorf("%s: class %s: %w", c.File, c.Name, err) }
		for _, base := range c.Bases {
			b, err := cs.find(c.dir, base)
			if err != nil {
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
		for d := range c.lineage() {
			if c.modelType == "" {
				c.modelType = d.ModelType
			}
			if len(c.configKeys) == 0 {
				c.configKeys = d.ConfigKeys
			}
			if c.components == nil {
				c.components = d.Components
			}
		}
	}
	return cs, nil
}

// modelDir returns the directory of a file under models.
func modelDir(file string) string {
	return strings.TrimPrefix(path.Dir(file), modelsDir+"/")
}

// find returns the class of that name, from the directory first. Where the
// directory has none, it must be the only one of its name; nil if there is none.
func (cs *configs) find(dir, name string) (*configClass, error) {
	found := cs.byName[name]
	for _, c := range found {
		if c.dir == dir {
			return c, nil
		}
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("config class %s is not in %s, and both %s and %s have one", name, dir, found[0].File, found[1].File)
}

// want is find for a class that there has to be.
func (cs *configs) want(dir, name string) (*configClass, error) {
	c, err := cs.find(dir, name)
	if err == nil && c == nil {
		err = fmt.Errorf("config class %s is in no configuration_*.py file", name)
	}
	return c, err
}

func (c *configClass) lineage() iter.Seq[*configClass] {
	return lineage(c, func(c *configClass) []*configClass { return c.parents })
}

// lineage yields a class and those that it derives from, each once, depth first.
func lineage[C comparable](c C, parents func(C) []C) iter.Seq[C] {
	return func(yield func(C) bool) {
		seen := map[C]bool{}
		var walk func(C) bool
		walk = func(c C) bool {
			if seen[c] {
				return true
			}
			seen[c] = true
			if !yield(c) {
				return false
			}
			for _, p := range parents(c) {
				if !walk(p) {
					return false
				}
			}
			return true
		}
		walk(c)
	}
}
