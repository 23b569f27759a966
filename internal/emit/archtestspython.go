package emit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// PythonTest is what the template of the Python tests sees. Row, Recipe and
// NoRecipe are Python source as black writes it, from the column at which the
// template puts them.
type PythonTest struct {
	ModelType, ConfigClass, Family, Status string

	Classes  string // the model classes, with commas
	Tasks    string // with commas
	PickLine string // what the hub level loads, or why there is nothing
	Row      string
	Recipe   string
	NoRecipe string // why there is no recipe, as the argument of pytest.mark.skip
	// HasRecipe is set where the tiny level can run. Without names what that
	// does not feed, as in image_video.
	HasRecipe bool
	Without   string
}

// PythonFile is the name of the Python test of an architecture.
func PythonFile(modelType string) string { return "test_hf_" + names.FileName(modelType) + ".py" }

// hasModelClass reports whether an architecture has a class to be tested.
func hasModelClass(a *data.Arch) bool { return len(a.AutoClass) > 0 }

// Python returns test_hf_NAME.py for each of the architectures that has a
// model class, for all of those if none is named.
func (in Tests) Python(archs []string) (map[string][]byte, error) {
	rows, err := in.rows(archs)
	if err != nil {
		return nil, err
	}
	tmpl, err := parse("python/test.py.tmpl")
	if err != nil {
		return nil, err
	}
	serves := make(map[string][]string, len(in.Catalog.Tasks))
	for _, t := range in.Catalog.Tasks {
		serves[t.Name] = t.AutoClasses
	}
	recipes := make(map[any]data.Recipe, len(in.Recipes.Archs))
	for _, r := range in.Recipes.Archs {
		recipes[r["model_type"]] = r
	}
	files := make(map[string][]byte, len(rows))
	for _, r := range rows {
		if !hasModelClass(r.arch) {
			continue
		}
		recipe := recipes[r.arch.ModelType]
		if recipe == nil {
			recipe = data.Recipe{
				"model_type": r.arch.ModelType, "outcome": "none",
				"reason": "no-recipe", "why": "no recipe: make recipes searches for one",
			}
		}
		name := PythonFile(r.arch.ModelType)
		t, err := pythonTest(r, serves, recipe)
		if err != nil {
			return nil, fmt.Errorf("emit: %s: %w", name, err)
		}
		var out bytes.Buffer
		out.WriteString("# " + Mark + "\n")
		if err := tmpl.Execute(&out, t); err != nil {
			return nil, fmt.Errorf("emit: %s: %w", name, err)
		}
		files[name] = out.Bytes()
	}
	return files, checkPython(files)
}

func pythonTest(r archRow, serves map[string][]string, recipe data.Recipe) (PythonTest, error) {
	a, p := r.arch, r.picks
	t := PythonTest{
		ModelType: a.ModelType, ConfigClass: a.ConfigClass, Family: a.Family, Status: string(p.Status),
		Tasks:     strings.Join(tasksOf(a), ", "),
		PickLine:  pyDoc(pickLine(p)),
		HasRecipe: recipe["outcome"] == "ok",
	}
	t.Without = strings.Join(missing(recipe), "_")
	why, _ := recipe["why"].(string)
	t.NoRecipe = "reason=" + pyString(why)
	if len("@pytest.mark.skip()")+len(t.NoRecipe) > blackWidth {
		t.NoRecipe = "\n    " + t.NoRecipe + "\n"
	}
	var classes []string
	for _, c := range autoClasses(a) {
		for _, class := range c.Classes {
			if !slices.Contains(classes, class) {
				classes = append(classes, class)
			}
		}
	}
	t.Classes = strings.Join(classes, ", ")
	var err error
	if t.Row, err = pyLiteral(pythonRow(r, serves), len("ROW: dict[str, Any] = ")); err != nil {
		return t, err
	}
	t.Recipe, err = pyLiteral(recipe, len("RECIPE: dict[str, Any] = "))
	return t, err
}

// missing returns what a recipe does not feed of what the architecture takes.
func missing(recipe data.Recipe) []string {
	var names []string
	list, _ := recipe["missing"].([]any)
	for _, m := range list {
		names = append(names, fmt.Sprint(m))
	}
	return names
}

// pickLine says what the hub level loads.
func pickLine(p *data.ArchPicks) string {
	m, _ := hubPick(p)
	switch {
	case m == nil && p.Host != "":
		return "none, " + p.Host + " answers for it"
	case m == nil:
		return "none, " + cmp.Or(p.Why, string(p.Status))
	case m.Revision == "":
		return m.ID + " at an unknown revision"
	}
	return m.ID + " at " + m.Revision
}

// pythonRow is what the harness compares with the library and the Hub.
func pythonRow(r archRow, serves map[string][]string) Dict {
	a, p := r.arch, r.picks
	var autos, tasks Dict
	has := make(map[string]bool)
	for _, c := range autoClasses(a) {
		autos = append(autos, Item{c.Name, c.Classes})
		has[c.Name] = true
	}
	for _, task := range tasksOf(a) {
		by := []string{}
		for _, c := range serves[task] {
			if has[c] {
				by = append(by, c)
			}
		}
		tasks = append(tasks, Item{task, by})
	}
	row := Dict{{"model_type", a.ModelType}, {"family", a.Family}, {"config_class", a.ConfigClass}}
	for _, i := range []Item{
		{"alias_of", a.AliasOf},
		{"auto_classes", autos},
		{"tasks", tasks},
		{"tokenizer", a.Tokenizer},
		{"processor", a.Processor},
		{"image_processor", a.ImageProcessor},
		{"video_processor", a.VideoProcessor},
		{"feature_extractor", a.FeatureExtractor},
		{"status", string(p.Status)},
	} {
		if s, ok := i.Value.(string); !ok || s != "" {
			row = append(row, i)
		}
	}
	return append(row, Item{"pick", pythonPick(p)})
}

// hubPick is the model that the hub level loads, and the task it is tried
// with: one that it is the default for, else one that it was made for.
func hubPick(p *data.ArchPicks) (*data.Pick, string) {
	def, ok := p.Roles[data.RoleDefault]
	if !ok || p.Status != data.Proven {
		return nil, ""
	}
	m := p.Pick(def.ID) // checkPicks has seen that it is there
	for _, task := range m.Tasks {
		if p.Tasks[task].ID == m.ID {
			return m, task
		}
	}
	if len(m.Tasks) > 0 {
		return m, m.Tasks[0]
	}
	return m, ""
}

// pythonPick is None where there is nothing to load. What is unknown is left
// out.
func pythonPick(p *data.ArchPicks) any {
	m, task := hubPick(p)
	if m == nil {
		return nil
	}
	d := Dict{{"id", m.ID}}
	if m.Revision != "" {
		d = append(d, Item{"revision", m.Revision})
	}
	if task != "" {
		d = append(d, Item{"task", task})
	}
	if m.Parameters > 0 {
		d = append(d, Item{"parameters", m.Parameters})
	}
	if m.Bytes > 0 {
		d = append(d, Item{"bytes", m.Bytes})
	}
	return d
}
