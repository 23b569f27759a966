package catalog

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

//go:embed source.py
var script string

// source is what the Python files of a wheel say, as source.py prints it.
type source struct {
	Version     string                `json:"version"`
	Date        string                `json:"date"`         // on which the wheel was built, "" if it does not say
	Tables      map[string]table      `json:"tables"`       // by name
	AutoClasses map[string]string     `json:"auto_classes"` // by the name of the table behind it
	Tasks       map[string]*data.Task `json:"tasks"`
	Aliases     map[string]string     `json:"aliases"` // of tasks
	Configs     []*class              `json:"configs"` // by file, then by place
	Models      []*class              `json:"models"`  // the same

	leftOut  map[string]bool // model types
	warnings []string        // about these and about tasks
}

// maxLeftOut is far more than the odd names of a release, which has none.
const maxLeftOut = 20

// leaveOut leaves out a model type that has a name that cannot be used.
func (s *source) leaveOut(modelType, format string, args ...any) {
	if s.leftOut[modelType] {
		return // one reason is enough
	}
	s.leftOut[modelType] = true
	s.warn("the model type %q is left out: "+format, append([]any{modelType}, args...)...)
}

func (s *source) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// table is one of the mappings of models/auto: the classes of each model type.
// Of model classes the first is the default. Of the slow and the fast tokenizer,
// and of the backends of a processor, the auto class prefers the last.
type table struct {
	File string              `json:"file"` // where it was assigned last
	Rows map[string][]string `json:"rows"`
}

// The tables that every release has. The tables of model classes are found
// by their names.
const (
	configTable    = "CONFIG_MAPPING_NAMES"
	moduleTable    = "SPECIAL_MODEL_TYPE_TO_MODULE_NAME"
	modelTable     = "MODEL_MAPPING_NAMES"
	tokenizerTable = "TOKENIZER_MAPPING_NAMES"
	processorTable = "PROCESSOR_MAPPING_NAMES"
	imageTable     = "IMAGE_PROCESSOR_MAPPING_NAMES"
	videoTable     = "VIDEO_PROCESSOR_MAPPING_NAMES"
	featureTable   = "FEATURE_EXTRACTOR_MAPPING_NAMES"
)

// withoutAutoClass are the tables of model classes that back no auto class in
// any release read so far. Another one that backs none is an error, so that
// somebody looks at it before it is left out.
var withoutAutoClass = []string{
	"MODEL_FOR_IMAGE_MAPPING_NAMES",
	"MODEL_FOR_CAUSAL_IMAGE_MODELING_MAPPING_NAMES",
	"MODEL_FOR_RETRIEVAL_MAPPING_NAMES",
	"MODEL_FOR_TIME_SERIES_CLASSIFICATION_MAPPING_NAMES",
	"MODEL_FOR_TIME_SERIES_REGRESSION_MAPPING_NAMES",
}

const (
	modelsDir     = "transformers/models"
	autoDir       = modelsDir + "/auto"
	pipelinesFile = "transformers/pipelines/__init__.py"
)

// parseTimeout bounds the time for one wheel. A release takes some ten seconds.
const parseTimeout = 5 * time.Minute

// Python is the program that runs Python 3. On Windows the Python of python.org has
// no python3, and the python3 of Windows itself opens a shop.
func Python() string {
	if runtime.GOOS == "windows" {
		return "python"
	}
	return "python3"
}

// parse reads a wheel, and checks what it says.
func parse(ctx context.Context, wheel string) (*source, error) {
	s := &source{leftOut: map[string]bool{}}
	if err := run(ctx, "catalog", wheel, s); err != nil {
		return nil, err
	}
	return s, s.check()
}

// run lets a reader of the script read a package, of which it gets the path, and
// decodes what it prints. Nothing of the package is imported or run.
func run(ctx context.Context, reader, file string, into any) error {
	python, err := exec.LookPath(Python())
	if err != nil {
		return fmt.Errorf("python 3.9 or newer has to be installed as %s, to parse the package: %w", Python(), err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, parseTimeout, fmt.Errorf("python3 was not done after %v", parseTimeout))
	defer cancel()
	// Isolated: modules come from Python's own library alone, not from the
	// environment or the current directory.
	cmd := exec.CommandContext(ctx, python, "-I", "-S", "-W", "ignore", "-", reader, file)
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(script), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		last := strings.TrimSpace(lines[len(lines)-1])
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 1 && last != "" {
			return errors.New(last)
		}
		// Python did not get to say what is wrong: the line is the file that it read.
		return fmt.Errorf("%s: %w", cmp.Or(last, python), cmp.Or(context.Cause(ctx), err))
	}
	d := json.NewDecoder(&stdout)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("output of source.py: %w", err)
	}
	return nil
}

// check checks the form of all that may get into the catalog but the names of
// model types, that no table is missing, and that each is of a known kind.
func (s *source) check() error {
	if !data.IsVersion(s.Version) {
		return fmt.Errorf("transformers/__init__.py: __version__ is %q", s.Version)
	}
	for _, name := range []string{
		configTable, moduleTable, modelTable, tokenizerTable, processorTable, imageTable, videoTable, featureTable,
	} {
		if s.Tables[name].Rows == nil {
			return fmt.Errorf("%s: table %s is missing", autoDir, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Tables)) {
		t := s.Tables[name]
		for _, key := range slices.Sorted(maps.Keys(t.Rows)) {
			for _, v := range t.Rows[key] {
				if name == moduleTable && names.Check(v) != nil || name != moduleTable && !data.IsClass(v) {
					s.leaveOut(key, "%s: %s: %q is not the name of a class or directory", t.File, name, v)
				}
			}
		}
		if isModelTable(name) && s.AutoClasses[name] == "" && !slices.Contains(withoutAutoClass, name) {
			return fmt.Errorf("%s: table %s is new and backs no auto class: see withoutAutoClass in internal/catalog", t.File, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.AutoClasses)) {
		if s.Tables[name].Rows == nil || !data.IsClass(s.AutoClasses[name]) {
			return fmt.Errorf("%s: table %s of %q is missing", autoDir, name, s.AutoClasses[name])
		}
	}
	for _, c := range slices.Concat(s.Configs, s.Models) {
		for _, part := range c.Components {
			if !data.IsClass(part.Attr) {
				return fmt.Errorf("%s: class %s: component %q is not an attribute", c.File, c.Name, part.Attr)
			}
		}
		for _, m := range c.Modalities {
			if inputs[m] == nil {
				return fmt.Errorf("%s: class %s: unknown modality %q", c.File, c.Name, m)
			}
		}
	}
	return nil
}

func isModelTable(name string) bool { return strings.HasPrefix(name, "MODEL_") }

// class returns the class that a table of tokenizers or processors has for a
// type, "" for none.
func (s *source) class(table, modelType string) string {
	row := s.Tables[table].Rows[modelType]
	if len(row) == 0 {
		return ""
	}
	return row[len(row)-1]
}
