package data

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hfmodels/hfmodels/internal/names"
)

// Catalog is what one release of transformers says of itself: read from its
// wheel, never from the Hub. It is catalog.json.
type Catalog struct {
	Schema       int    `json:"schema"`
	Transformers string `json:"transformers" form:"version"` // version, as 5.23.0
	WheelSHA256  string `json:"wheel_sha256" form:"digest"`
	Tasks        []Task `json:"tasks"`               // sorted by name
	Archs        []Arch `json:"archs" form:"sorted"` // by model type, byte order
}

// Arch returns the architecture of that model type, nil if there is none.
func (c *Catalog) Arch(modelType string) *Arch { return find(c.Archs, modelType) }

// Proving lists the model types whose checkpoints are those of architectures:
// their own, and those that are only another spelling of one, as they load the
// same config class. Names of no architecture add nothing.
func (c *Catalog) Proving(archs ...string) (types []string) {
	for _, name := range archs {
		a := c.Arch(name)
		if a == nil {
			continue
		}
		types = append(types, name)
		for i := range c.Archs {
			other := &c.Archs[i]
			if other.AliasOf == name && other.ConfigClass == a.ConfigClass && other.Module == a.Module {
				types = append(types, other.ModelType)
			}
		}
	}
	return types
}

// Task is a task of the Hub or of transformers' pipelines, and what runs it.
type Task struct {
	Name string `json:"name" form:"task!"`
	// About describes a task that the Hub does not have.
	About string `json:"about,omitempty"`
	// Aliases are other names by which transformers' pipelines know the task,
	// sorted.
	Aliases []string `json:"aliases,omitempty" form:"task!"`
	// AutoClasses serve the task; none does where transformers has no models
	// for it.
	AutoClasses []string `json:"auto_classes,omitempty" form:"class!"`
	// Library runs the task where transformers does not, or with classes of
	// transformers, as sentence-transformers does. It is the name that pip knows.
	Library string `json:"library,omitempty"`
	// Default is the pipeline's own default model.
	Default string `json:"default,omitempty" form:"repository id"`
	// Pipeline is false for a task for which transformers has no pipeline.
	Pipeline bool `json:"pipeline"`
}

// Arch is one model type.
type Arch struct {
	ModelType   string `json:"model_type" form:"model type!"`
	ConfigClass string `json:"config_class" form:"class"`
	Module      string `json:"module"` // directory under transformers/models
	// AliasOf is set where the config class declares another model type: a
	// config saved under this name comes back as that one.
	AliasOf string `json:"alias_of,omitempty"`
	// Part marks a type that transformers uses only inside others. Parents are
	// the types that contain it.
	Part    bool     `json:"part"`
	Parents []string `json:"parents,omitempty"`
	// Components are the parts of a composite: attribute to model type, ""
	// where the wheel leaves the type open.
	Components map[string]string `json:"components,omitempty"`
	// OpenParts is set where some component may be of any type: the components
	// then name examples.
	OpenParts bool `json:"open_parts,omitempty"`

	Family     string      `json:"family" form:"task"`
	Modalities []string    `json:"modalities,omitempty" form:"task!"` // inputs, sorted
	AutoClass  []AutoClass `json:"auto_classes,omitempty"`
	Tasks      []string    `json:"tasks,omitempty" form:"task!"` // sorted
	Generates  bool        `json:"generates,omitempty"`

	Tokenizer        string `json:"tokenizer,omitempty" form:"class"`
	Processor        string `json:"processor,omitempty" form:"class"`
	ImageProcessor   string `json:"image_processor,omitempty" form:"class"`
	VideoProcessor   string `json:"video_processor,omitempty" form:"class"`
	FeatureExtractor string `json:"feature_extractor,omitempty" form:"class"`

	// Documented is the checkpoint that the documentation of the config class
	// names. It is evidence, not truth.
	Documented string `json:"documented,omitempty" form:"repository id"`
	// Examples are what the docstrings of the model classes load, sorted. They
	// are evidence, not truth.
	Examples []Example `json:"examples,omitempty"`
}

// Example is a model class with a checkpoint that an example loads with it.
type Example struct {
	Class string `json:"class" form:"class!"`
	ID    string `json:"id" form:"repository id!"`
}

// AutoClass is an auto class with the model classes it builds for one model
// type, the default first.
type AutoClass struct {
	Name    string   `json:"name" form:"class!"`
	Classes []string `json:"classes" form:"class!"`
}

// validate checks the form of all that the catalogue says: it becomes Go code,
// file names and text on terminals.
func (c *Catalog) validate() error {
	if len(c.Archs) == 0 {
		return errors.New("no architectures")
	}
	types := make([]string, len(c.Archs))
	for i, a := range c.Archs {
		types[i] = a.ModelType
	}
	if err := names.CheckAll(types); err != nil {
		return err
	}
	for _, a := range c.Archs {
		for _, t := range append(a.Parents, a.AliasOf) {
			if t != "" && !slices.Contains(types, t) {
				return fmt.Errorf("%s: parent or alias_of %q is not in the catalogue", a.ModelType, t)
			}
		}
	}
	return nil
}
