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
	Transformers string `json:"transformers"` // version, as 5.23.0
	WheelSHA256  string `json:"wheel_sha256"`
	Tasks        []Task `json:"tasks"` // sorted by name
	Archs        []Arch `json:"archs"` // sorted by model type, byte order
}

// Arch returns the architecture of that model type, nil if there is none.
func (c *Catalog) Arch(modelType string) *Arch { return find(c.Archs, modelType) }

// Proving lists the model types whose checkpoints are the architecture's: its
// own, and those that are only another spelling of it, as they load the same
// config class.
func (c *Catalog) Proving(a *Arch) []string {
	types := []string{a.ModelType}
	for _, other := range c.Archs {
		if other.AliasOf == a.ModelType && other.ConfigClass == a.ConfigClass && other.Module == a.Module {
			types = append(types, other.ModelType)
		}
	}
	return types
}

// Task is a task of the Hub or of transformers' pipelines, and what runs it.
type Task struct {
	Name string `json:"name"`
	// About describes a task that the Hub does not have.
	About string `json:"about,omitempty"`
	// Aliases are other names by which transformers' pipelines know the task,
	// sorted.
	Aliases []string `json:"aliases,omitempty"`
	// AutoClasses serve the task; none does where transformers has no models
	// for it.
	AutoClasses []string `json:"auto_classes,omitempty"`
	// Library runs the task where transformers does not, or with classes of
	// transformers, as sentence-transformers does. It is the name that pip knows.
	Library string `json:"library,omitempty"`
	// Default is the pipeline's own default model.
	Default string `json:"default,omitempty"`
	// Pipeline is false for a task for which transformers has no pipeline.
	Pipeline bool `json:"pipeline"`
}

// Arch is one model type.
type Arch struct {
	ModelType   string `json:"model_type"`
	ConfigClass string `json:"config_class"`
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

	Family     string      `json:"family"`
	Modalities []string    `json:"modalities,omitempty"` // inputs, sorted
	AutoClass  []AutoClass `json:"auto_classes,omitempty"`
	Tasks      []string    `json:"tasks,omitempty"` // sorted
	Generates  bool        `json:"generates,omitempty"`

	Tokenizer        string `json:"tokenizer,omitempty"`
	Processor        string `json:"processor,omitempty"`
	ImageProcessor   string `json:"image_processor,omitempty"`
	VideoProcessor   string `json:"video_processor,omitempty"`
	FeatureExtractor string `json:"feature_extractor,omitempty"`

	// Documented is the checkpoint that the documentation of the config class
	// names. It is evidence, not truth.
	Documented string `json:"documented,omitempty"`
	// Examples are what the docstrings of the model classes load, sorted. They
	// are evidence, not truth.
	Examples []Example `json:"examples,omitempty"`
}

// Example is a model class with a checkpoint that an example loads with it.
type Example struct {
	Class string `json:"class"`
	ID    string `json:"id"`
}

// AutoClass is an auto class with the model classes it builds for one model
// type, the default first.
type AutoClass struct {
	Name    string   `json:"name"`
	Classes []string `json:"classes"`
}

// validate checks the form of all that the catalogue says: it becomes Go code,
// file names and text on terminals.
func (c *Catalog) validate() error {
	if len(c.Archs) == 0 {
		return errors.New("no architectures")
	}
	if err := rising(c.Archs); err != nil {
		return err
	}
	types := make([]string, len(c.Archs))
	for i, a := range c.Archs {
		types[i] = a.ModelType
	}
	if err := names.CheckAll(types); err != nil {
		return err
	}
	var p problems
	p.check("transformers", IsVersion, c.Transformers)
	for _, a := range c.Archs {
		p.check("model type", IsModelType, a.ModelType)
		p.check(a.ModelType+": family, input or task", IsTask, slices.Concat([]string{a.Family}, a.Modalities, a.Tasks)...)
		p.check(a.ModelType+": class", IsClass, a.ConfigClass, a.Tokenizer, a.Processor, a.ImageProcessor, a.VideoProcessor, a.FeatureExtractor)
		p.check(a.ModelType+": documented", IsRepo, a.Documented)
		for _, auto := range a.AutoClass {
			p.check(a.ModelType+": auto class", IsClass, append(auto.Classes, auto.Name)...)
		}
		for _, t := range append(a.Parents, a.AliasOf) {
			if t != "" && !slices.Contains(types, t) {
				p.add(fmt.Errorf("%s: parent or alias_of %q is not in the catalogue", a.ModelType, t))
			}
		}
	}
	spelling := make(map[string]string)
	for _, t := range c.Tasks {
		p.check("task", IsTask, append(t.Aliases, t.Name)...)
		p.check("task "+t.Name+": default", IsRepo, t.Default)
		for _, name := range append(t.Aliases, t.Name) {
			if other := spelling[names.Fold(name)]; other != "" {
				p.add(fmt.Errorf("tasks %q and %q are the same but for spelling", other, name))
			}
			spelling[names.Fold(name)] = name
		}
	}
	return p.join()
}
