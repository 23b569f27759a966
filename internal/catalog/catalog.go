// Package catalog reads a transformers wheel as text and tells what that
// release says of itself: the model types, their classes, what contains what,
// the tasks they serve and the checkpoints that the documentation names. No
// Python runs.
//
// The wheel comes from outside and changes shape between releases. What the
// package looks for and does not find, or cannot read, is an error that names
// the file; it never makes the catalog smaller.
package catalog

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// ReadFile reads the wheel at a path.
func ReadFile(path string) (*data.Catalog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the transformers wheel: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening the transformers wheel: %w", err)
	}
	c, err := Read(f, st.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Read reads a wheel of size bytes. The same bytes always give the same
// catalog.
func Read(r io.ReaderAt, size int64) (*data.Catalog, error) {
	fsys, sum, err := openWheel(r, size)
	if err != nil {
		return nil, err
	}
	c, err := readFS(fsys)
	if err != nil {
		return nil, err
	}
	c.WheelSHA256 = sum
	return c, nil
}

// readFS reads the files of an unpacked wheel.
func readFS(fsys fs.FS) (*data.Catalog, error) {
	f := &files{fsys: fsys, left: maxTotal}
	version, err := f.version()
	if err != nil {
		return nil, err
	}
	r, err := readRelease(f)
	if err != nil {
		return nil, fmt.Errorf("transformers %s: %w", version, err)
	}
	c := r.catalog()
	c.Transformers = version
	return c, nil
}

// release is all that was read of one release.
type release struct {
	auto       *autoFiles
	configs    *configs
	models     *models
	types      *types
	comp       *composition
	processors map[string]processors // by model type
	tasks      []data.Task
}

// processors are the classes that prepare the inputs of a type; "" for none.
type processors struct {
	tokenizer, processor, image, video, feature string
}

func readRelease(f *files) (*release, error) {
	r := &release{}
	var err error
	if r.auto, err = readAuto(f); err != nil {
		return nil, err
	}
	if r.configs, err = readConfigs(f); err != nil {
		return nil, err
	}
	if err = r.configs.inherit(); err != nil {
		return nil, err
	}
	if r.models, err = readModels(f); err != nil {
		return nil, err
	}
	if r.types, err = readTypes(r.auto, r.configs); err != nil {
		return nil, err
	}
	if err = names.CheckAll(slices.Sorted(maps.Keys(r.types.byName))); err != nil {
		return nil, fmt.Errorf("%s: %w", r.auto.tables[configTable].file, err)
	}
	if err = markParts(r.types, r.configs); err != nil {
		return nil, err
	}
	if r.comp, err = compose(r.types, r.configs); err != nil {
		return nil, err
	}
	if err = r.readProcessors(); err != nil {
		return nil, err
	}
	if err = r.mapModels(); err != nil {
		return nil, err
	}
	if r.tasks, err = readTasks(f, slices.Sorted(maps.Values(r.auto.autoClass))); err != nil {
		return nil, err
	}
	return r, nil
}

// readProcessors reads the five tables of what goes before a model. Their
// keys that are no model types (byt5, nllb) are names of tokenizers alone.
func (r *release) readProcessors() error {
	r.processors = map[string]processors{}
	for _, name := range []string{tokenizerTable, processorTable, imageTable, videoTable, featureTable} {
		t := r.auto.tables[name]
		for _, row := range t.rows {
			class, err := processorName(row.value)
			if err != nil {
				return fmt.Errorf("%s: %s: row %s: %w", t.file, name, row.key, err)
			}
			p := r.processors[row.key]
			switch name {
			case tokenizerTable:
				p.tokenizer = class
			case processorTable:
				p.processor = class
			case imageTable:
				p.image = class
			case videoTable:
				p.video = class
			case featureTable:
				p.feature = class
			}
			r.processors[row.key] = p
		}
	}
	return nil
}

// neverWritten are classes that a table of some release names and that the
// release does not have: PerceptionEncoder in 4.57.6.
var neverWritten = []string{"PerceptionEncoder"}

// mapModels reads the tables of model classes and finds each class.
func (r *release) mapModels() error {
	for _, name := range r.auto.modelTables() {
		table := r.auto.tables[name]
		for _, row := range table.rows {
			fail := func(err error) error {
				return fmt.Errorf("%s: %s: row %s: %w", table.file, name, row.key, err)
			}
			t := r.types.byName[row.key]
			if t == nil {
				return fail(fmt.Errorf("no such model type in %s", configTable))
			}
			classes, err := classNames(row.value)
			if err != nil {
				return fail(err)
			}
			classes = slices.DeleteFunc(classes, func(c string) bool { return slices.Contains(neverWritten, c) })
			if len(classes) == 0 {
				continue
			}
			for i, c := range classes {
				model, err := r.models.mapped(t.dir, c)
				if err != nil {
					return fail(err)
				}
				// The bare model tells best what the type takes in.
				if i == 0 && (t.model == nil || name == modelTable) {
					t.model = model
				}
				t.generates = t.generates || r.models.generates(model)
			}
			if auto := r.auto.autoClass[name]; auto != "" {
				t.models[auto] = classes
			}
		}
	}
	for _, t := range r.types.all {
		if t.model == nil {
			t.model = r.models.builtFrom(t.class)
		}
	}
	return nil
}

func (r *release) catalog() *data.Catalog {
	modalities := map[string][]string{}
	for _, t := range r.types.all {
		modalities[t.name] = r.modalities(t)
	}
	families := r.families(modalities)

	c := &data.Catalog{Schema: data.Schema, Tasks: r.tasks}
	for _, t := range r.types.all {
		p := r.processors[t.name]
		a := data.Arch{
			ModelType:        t.name,
			ConfigClass:      t.class.name,
			Module:           t.dir,
			Part:             t.part,
			Rule:             t.rule,
			Parents:          r.comp.parents[t.name],
			Components:       r.comp.components[t.name],
			Family:           families[t.name],
			Modalities:       modalities[t.name],
			Tasks:            tasksOf(t, families[t.name], modalities[t.name], r.tasks),
			Generates:        t.generates,
			Tokenizer:        p.tokenizer,
			Processor:        p.processor,
			ImageProcessor:   p.image,
			VideoProcessor:   p.video,
			FeatureExtractor: p.feature,
			Documented:       t.class.checkpoint,
		}
		if !t.canonical() {
			a.AliasOf = t.class.modelType
		}
		for _, auto := range slices.Sorted(maps.Keys(t.models)) {
			a.AutoClass = append(a.AutoClass, data.AutoClass{Name: auto, Classes: t.models[auto]})
		}
		c.Archs = append(c.Archs, a)
	}
	return c
}
