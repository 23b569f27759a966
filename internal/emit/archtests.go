package emit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// Tests makes the generated tests from a state with picks.
type Tests struct{ *data.State }

// ArchTest is what the templates see of an architecture. Of its strings only
// those of names are sure to be fit for code; the others are quoted there.
type ArchTest struct {
	Mark, Module     string
	Package          string // of the Go test
	ModelType, Ident string // Ident is the Go name
	Family           string
	Picks            []RolePick // of the roles that are filled

	Since string // the first release of transformers that knows it; "" where unknown

	// Class is what the Python test builds tiny, and Missing the kinds of
	// input that this is not fed; NoClass is why nothing is built. Pick is what
	// the hub level loads, at that Revision, and Task what it is tried with.
	// Each may be empty.
	// Release is of the transformers that the catalog was read from.
	Class, Missing, NoClass, Pick, Revision, Task, Release string
}

// RolePick is the pick of a role, as id@revision.
type RolePick struct{ Role, Model string }

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
	return in.each("test.go.tmpl", archs, func(a *data.Arch, t *ArchTest) string {
		t.Package = packageName
		return names.FileName(a.ModelType) + "_gen_test.go"
	})
}

// PythonFile is the name of the Python test of an architecture.
func PythonFile(modelType string) string { return "test_hf_" + names.FileName(modelType) + ".py" }

// Python returns test_hf_NAME.py for each of the architectures that has a
// model class, for all of those if none is named.
func (in Tests) Python(archs []string) (map[string][]byte, error) {
	return in.each("test.py.tmpl", archs, func(a *data.Arch, t *ArchTest) string {
		if len(a.AutoClass) == 0 {
			return ""
		}
		r := in.Recipes.Of(a.ModelType)
		t.Class, _ = r["class"].(string)
		t.NoClass, _ = r["reason"].(string)
		missing, _ := r["missing"].([]any)
		t.Missing = strings.Trim(strings.ReplaceAll(fmt.Sprint(missing), " ", ", "), "[]")
		return PythonFile(a.ModelType)
	})
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

// each returns what a template makes of the named architectures, or of all.
// fill completes what the template sees, and returns the name of the file, or
// "" if the architecture gets none.
func (in Tests) each(name string, archs []string, fill func(*data.Arch, *ArchTest) string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	spans := in.Releases.Spans(in.Catalog.Transformers)
	for i := range in.Catalog.Archs {
		a := &in.Catalog.Archs[i]
		picks := in.Picks.Of(a.ModelType)
		if picks == nil || len(archs) > 0 && !slices.Contains(archs, a.ModelType) {
			continue
		}
		t := ArchTest{
			Mark: Mark, Module: Module, ModelType: a.ModelType, Ident: names.GoName(a.ModelType), Family: a.Family,
			Release: in.Catalog.Transformers, Since: spans[a.ModelType].Since,
		}
		t.place(picks)
		file := fill(a, &t)
		if file == "" {
			continue
		}
		src, err := execute(name, t)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		files[file] = src
	}
	return files, nil
}

// place fills in the picks. The hub level loads the default, unless it is the
// host's, and tries it with a task that it is the default for, or else with
// one that it was made for.
func (t *ArchTest) place(p *data.ArchPicks) {
	for _, role := range data.Roles() {
		m := p.Pick(p.Roles[role].ID)
		if m == nil {
			continue
		}
		at := m.ID
		if m.Revision != "" {
			at += "@" + m.Revision
		}
		t.Picks = append(t.Picks, RolePick{names.GoName(role), at})
		if role == data.RoleDefault && p.Status == data.Proven {
			t.Pick, t.Revision = m.ID, m.Revision
			i := slices.IndexFunc(m.Tasks, func(task string) bool { return p.Tasks[task].ID == m.ID })
			if len(m.Tasks) > 0 {
				t.Task = m.Tasks[max(i, 0)]
			}
		}
	}
}
