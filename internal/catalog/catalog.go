// Package catalog reads a transformers wheel as text and tells what that
// release says of itself: the model types, their classes, what contains what,
// the tasks they serve and the checkpoints that the documentation names. The
// tasks of the Hub are a table here, as the wheel does not know all of them.
// Python parses the files and runs none of them: source.py prints what they
// say, and the rules are here.
//
// The wheel comes from outside and changes shape between releases. What the
// package looks for and does not find, or cannot read, is an error that names
// the file; it never makes the catalog smaller. Only what has a name that the
// project cannot use is left out, alone and with a warning: a model type, also
// for that of its class, or a task.
package catalog

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Read reads a wheel, with python3. The same bytes always give the same
// catalog. The warnings are about what it leaves out.
func Read(ctx context.Context, wheel string) (c *data.Catalog, warnings []string, err error) {
	file, err := data.ReadFile(wheel)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the transformers wheel: %w", err)
	}
	src, err := parse(ctx, wheel)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", wheel, err)
	}
	r, err := newRelease(src)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: transformers %s: %w", wheel, src.Version, err)
	}
	c = r.catalog()
	c.WheelSHA256 = fmt.Sprintf("%x", sha256.Sum256(file))
	return c, r.warnings, nil
}

// release is what the rules work on.
type release struct {
	*source
	tasks   []data.Task
	configs *classes
	models  *classes
	types   []*arch // sorted by name
	byName  map[string]*arch
	byClass map[*class][]*arch
}

func newRelease(src *source) (*release, error) {
	tasks, err := readTasks(src)
	if err != nil {
		return nil, err
	}
	r := &release{source: src, tasks: tasks}
	if r.configs, err = newClasses("configuration", src.Configs); err != nil {
		return nil, err
	}
	if r.models, err = newClasses("modeling", src.Models); err != nil {
		return nil, err
	}
	if err = r.readTypes(); err != nil {
		return nil, err
	}
	if n := len(r.warnings); n > maxLeftOut {
		return nil, fmt.Errorf("%d names cannot be used, so the form of names is another one now: %s", n, r.warnings[0])
	}
	if err = r.markParts(); err != nil {
		return nil, err
	}
	r.compose()
	return r, r.mapModels()
}

// mapModels finds the classes that the tables of model classes name.
func (r *release) mapModels() error {
	for _, name := range slices.Sorted(maps.Keys(r.Tables)) {
		table := r.Tables[name]
		if !isModelTable(name) {
			continue
		}
		for _, modelType := range slices.Sorted(maps.Keys(table.Rows)) {
			t, classes := r.byName[modelType], table.Rows[modelType]
			if r.leftOut[modelType] {
				continue
			}
			fail := func(err error) error { return fmt.Errorf("%s: %s: row %s: %w", table.File, name, modelType, err) }
			if t == nil || len(classes) == 0 {
				return fail(fmt.Errorf("no such model type in %s, or no class", configTable))
			}
			for i, c := range classes {
				model, err := r.models.want(t.Module, c)
				if err != nil {
					return fail(err)
				}
				// The bare model tells best what the type takes in.
				if i == 0 && (t.model == nil || name == modelTable) {
					t.model = model
				}
				t.Generates = t.Generates || model.generates()
			}
			if auto := r.AutoClasses[name]; auto != "" {
				t.models[auto] = classes
			}
		}
	}
	for _, t := range r.types {
		// A type that no table maps has the first class of its directory that is built
		// from its configuration, and is not the base of the others.
		for _, c := range r.models.all {
			if t.model == nil && c.dir == t.class.dir && c.Config == t.class.Name && !strings.Contains(c.Name, "PreTrainedModel") {
				t.model = c
			}
		}
	}
	return nil
}

// catalog decides what a type takes in, then its family, then its tasks: each
// rests on the one before.
func (r *release) catalog() *data.Catalog {
	for _, t := range r.types {
		t.Modalities = r.modalities(t)
	}
	r.setFamilies()

	c := &data.Catalog{Schema: data.Schema, Transformers: r.Version, Tasks: r.tasks}
	for _, t := range r.types {
		t.Tasks = t.tasks(c.Tasks)
		t.Tokenizer = r.class(tokenizerTable, t.ModelType)
		t.Processor = r.class(processorTable, t.ModelType)
		t.ImageProcessor = r.class(imageTable, t.ModelType)
		t.VideoProcessor = r.class(videoTable, t.ModelType)
		t.FeatureExtractor = r.class(featureTable, t.ModelType)
		for _, auto := range slices.Sorted(maps.Keys(t.models)) {
			t.AutoClass = append(t.AutoClass, data.AutoClass{Name: auto, Classes: t.models[auto]})
		}
		t.Examples = r.examples(t)
		c.Archs = append(c.Archs, t.Arch)
	}
	return c
}
