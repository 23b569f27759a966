package emit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"go/format"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
	"github.com/hfmodels/hfmodels/templates"
)

// Tests makes the generated tests from a state with picks.
type Tests struct{ *data.State }

// ArchTest is what the templates see of an architecture. Of its strings only
// those of names are sure to be fit for code; the others are quoted there.
type ArchTest struct {
	Tests
	data.Arch
	Package string // of the Go test
	Since   string // the first release of transformers that knows it; "" where unknown
	Recipe  data.Recipe
	picks   *data.ArchPicks
}

// Pick is the pick of a role, as id@revision, "" where nothing fills it.
func (t ArchTest) Pick(role string) string {
	m := t.picks.Pick(t.picks.Roles[role].ID)
	if m == nil {
		return ""
	}
	return strings.TrimSuffix(m.ID+"@"+m.Revision, "@")
}

// Default is what the hub level loads: the default, unless it is the host's.
func (t ArchTest) Default() *data.Pick {
	if t.picks.Status != data.Proven {
		return nil
	}
	return t.picks.Pick(t.picks.Roles[data.RoleDefault].ID)
}

// Task is what the hub level tries the default with: a task that it is the default
// for, or else one that it was made for; "" where there is none.
func (t ArchTest) Task() string {
	tasks := t.Default().Tasks
	i := slices.IndexFunc(tasks, func(task string) bool { return t.picks.Tasks[task].ID == t.Default().ID })
	if len(tasks) == 0 {
		return ""
	}
	return tasks[max(i, 0)]
}

// All returns the test files of the project: archtest/NAME_gen_test.go for
// each architecture, and archtest/python/test_hf_NAME.py for each that has a
// model class.
func (in Tests) All() (map[string][]byte, error) {
	inGo, err := in.Go("archtest_test", nil)
	inPython, pythonErr := in.Python(nil)
	files := In("archtest", inGo)
	maps.Copy(files, In(filepath.Join("archtest", "python"), inPython))
	return files, cmp.Or(err, pythonErr)
}

// Go returns NAME_gen_test.go for each of the architectures, for all of them
// if none is named.
func (in Tests) Go(packageName string, archs []string) (map[string][]byte, error) {
	return in.each("test.go.tmpl", archs, func(a *data.Arch) string { return names.FileName(a.ModelType) + "_gen_test.go" }, packageName)
}

// PythonFile is the name of the Python test of an architecture.
func PythonFile(modelType string) string { return "test_hf_" + names.FileName(modelType) + ".py" }

// Python returns test_hf_NAME.py for each of the architectures that has a
// model class, for all of those if none is named.
func (in Tests) Python(archs []string) (map[string][]byte, error) {
	return in.each("test.py.tmpl", archs, func(a *data.Arch) string {
		if len(a.AutoClass) == 0 {
			return ""
		}
		return PythonFile(a.ModelType)
	}, "")
}

// PythonData returns test_hf_NAME.json for each of the architectures that has
// a model class: what its test reads where there is no registrydata.
func (in Tests) PythonData(archs []string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	for _, a := range in.Catalog.Archs {
		if len(a.AutoClass) == 0 || !slices.Contains(archs, a.ModelType) {
			continue
		}
		catalog := *in.Catalog
		catalog.Archs = []data.Arch{a}
		catalog.Tasks = slices.DeleteFunc(slices.Clone(catalog.Tasks), func(t data.Task) bool {
			return !slices.Contains(a.Tasks, t.Name)
		})
		known := data.Recipes{Schema: data.Schema, Versions: in.Recipes.Versions, Archs: []data.Recipe{}}
		if r := in.Recipes.Of(a.ModelType); r != nil {
			known.Archs = append(known.Archs, r)
		}
		text, err := json.MarshalIndent(map[string]any{"catalog": catalog, "recipes": known}, "", " ")
		if err != nil {
			return nil, fmt.Errorf("the data of %s: %w", a.ModelType, err)
		}
		name := strings.TrimSuffix(PythonFile(a.ModelType), ".py") + ".json"
		files[name] = slices.Concat([]byte(`{ "generated": "`+Mark+"\",\n"), text[len("{\n"):], []byte("\n"))
	}
	return files, nil
}

// each returns what a template makes of the named architectures, or of all. The
// name of a file is "" if the architecture gets none.
func (in Tests) each(template string, archs []string, name func(*data.Arch) string, packageName string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	spans := in.Releases.Spans(in.Catalog.Transformers)
	for _, a := range in.Catalog.Archs {
		file, picks := name(&a), in.Picks.Of(a.ModelType)
		if file == "" || picks == nil || len(archs) > 0 && !slices.Contains(archs, a.ModelType) {
			continue
		}
		src, err := execute(template, ArchTest{in, a, packageName, spans[a.ModelType].Since, in.Recipes.Of(a.ModelType), picks})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		files[file] = src
	}
	return files, nil
}

// parsed are the templates of package templates. Their function quote writes what
// means the same in Go and in Python; inner leaves out the quotes.
var parsed = template.Must(template.New("").Funcs(template.FuncMap{
	"mark":   func() string { return Mark },
	"module": func() string { return Module },
	"roles":  data.Roles,
	"const":  names.GoName,
	"quote":  strconv.QuoteToASCII,
	"inner":  func(s string) string { q := strconv.QuoteToASCII(s); return q[1 : len(q)-1] },
}).ParseFS(templates.FS, "*/*.tmpl"))

// execute is what a template makes of a value, formatted where it is Go.
func execute(name string, of any) ([]byte, error) {
	var out bytes.Buffer
	err := parsed.ExecuteTemplate(&out, name, of)
	src := out.Bytes()
	if err == nil && strings.HasSuffix(name, ".go.tmpl") {
		src, err = format.Source(src)
	}
	if err != nil {
		return nil, fmt.Errorf("emit: %s: %w", name, err)
	}
	return src, nil
}
