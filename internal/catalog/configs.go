package catalog

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/pysrc"
)

// configClass is a class of a configuration_*.py file.
type configClass struct {
	name, dir, file string
	bases           []string

	modelType  string   // "" where the class does not set it
	configKeys []string // base_config_key
	components []component
	composite  bool // the class sets components itself
	fields     []string
	checkpoint string // that the documentation names
}

// component is an entry of sub_configs.
type component struct {
	attr      string
	class     string
	modelType string // the default of AutoConfig, "" where there is none
}

// open reports whether any type fits: AutoConfig takes what the checkpoint
// says, and the base class says nothing.
func (c component) open() bool {
	return c.class == "AutoConfig" || c.class == "PreTrainedConfig" || c.class == "PretrainedConfig"
}

// configs holds the configuration classes of a release.
type configs struct {
	all    []*configClass // by file, then by place
	byName map[string][]*configClass
}

func readConfigs(f *files) (*configs, error) {
	names, err := f.list("configuration_")
	if err != nil {
		return nil, err
	}
	parsed, err := f.parseAll(names)
	if err != nil {
		return nil, err
	}
	cs := &configs{byName: map[string][]*configClass{}}
	for i, file := range parsed {
		for _, c := range file.Classes {
			class, err := readConfig(c)
			if err != nil {
				return nil, fmt.Errorf("%s: class %s: %w", names[i], c.Name, err)
			}
			class.file, class.dir = names[i], modelDir(names[i])
			cs.all = append(cs.all, class)
			cs.byName[class.name] = append(cs.byName[class.name], class)
		}
	}
	return cs, nil
}

// modelDir returns the directory of a file under models.
func modelDir(file string) string {
	return strings.TrimPrefix(path.Dir(file), modelsDir+"/")
}

func readConfig(c pysrc.Class) (*configClass, error) {
	class := &configClass{name: c.Name, bases: c.Bases}
	for _, st := range c.Attrs {
		if st.Annotation != "" {
			class.fields = append(class.fields, st.Target)
		}
		if st.Op != "=" {
			continue
		}
		var err error
		switch st.Target {
		case "model_type":
			var v []string
			if v, err = stringsOf(st.Source); err == nil && len(v) == 1 {
				class.modelType = v[0]
			}
		case "base_config_key":
			class.configKeys, err = stringsOf(st.Source)
		case "sub_configs", "sub_configs_defaults":
			class.composite = true
			class.components, err = readComponents(st.Source)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", st.Target, err)
		}
	}
	for _, m := range c.Methods {
		if m.Name == "__init__" {
			class.fields = append(class.fields, m.Params...)
		}
	}
	for _, d := range c.Decorators {
		e, err := d.Expr()
		if err != nil {
			return nil, err
		}
		if e.Kind != pysrc.Call || e.Text != "auto_docstring" {
			continue
		}
		for _, arg := range e.Items {
			if arg.Kind == pysrc.Keyword && arg.Text == "checkpoint" && arg.Items[0].Kind == pysrc.String {
				class.checkpoint = arg.Items[0].Text
			}
		}
	}
	if class.checkpoint == "" {
		class.checkpoint = linkedCheckpoint(c.Doc)
	}
	if !data.IsOwned(class.checkpoint) {
		class.checkpoint = ""
	}
	return class, nil
}

// stringsOf returns the strings of a string, a list or a tuple; None is none.
func stringsOf(src pysrc.Source) ([]string, error) {
	e, err := src.Expr()
	if err != nil {
		return nil, err
	}
	items := []pysrc.Expr{e}
	switch {
	case e.Kind == pysrc.Name && e.Text == "None":
		return nil, nil
	case e.Kind == pysrc.List || e.Kind == pysrc.Tuple:
		items = e.Items
	}
	var out []string
	for _, item := range items {
		if item.Kind != pysrc.String {
			return nil, notLiteral(item)
		}
		out = append(out, item.Text)
	}
	return out, nil
}

// readComponents reads {"text_config": FooTextConfig, "vision_config":
// SubConfigSpec(config_class=AutoConfig, model_type="clip_vision_model")}.
func readComponents(src pysrc.Source) ([]component, error) {
	e, err := src.Expr()
	if err != nil {
		return nil, err
	}
	if e.Kind != pysrc.Dict {
		return nil, notLiteral(e)
	}
	var out []component
	for _, item := range e.Items {
		if item.Kind != pysrc.Pair || item.Items[0].Kind != pysrc.String {
			return nil, notLiteral(item)
		}
		c := component{attr: item.Items[0].Text}
		if !identifier.MatchString(c.attr) {
			return nil, fmt.Errorf("line %d: %q is no attribute", item.Line, c.attr)
		}
		switch v := item.Items[1]; {
		case v.Kind == pysrc.Name:
			c.class = v.Text
		case v.Kind == pysrc.Call && v.Text == "SubConfigSpec":
			for _, arg := range v.Items {
				switch {
				case arg.Kind != pysrc.Keyword:
					return nil, notLiteral(arg)
				case arg.Text == "config_class" && arg.Items[0].Kind == pysrc.Name:
					c.class = arg.Items[0].Text
				case arg.Text == "model_type" && arg.Items[0].Kind == pysrc.String:
					c.modelType = arg.Items[0].Text
				case arg.Text == "config_class" || arg.Text == "model_type":
					return nil, notLiteral(arg)
				}
			}
		default:
			return nil, notLiteral(v)
		}
		if c.class == "" {
			return nil, fmt.Errorf("line %d: %s has no class", item.Line, c.attr)
		}
		out = append(out, c)
	}
	return out, nil
}

var (
	docLink    = regexp.MustCompile(`\[([^\]\s]+)\]\(https://huggingface\.co/([^)\s]+)\)`)
	blanks     = regexp.MustCompile(`\s*\n\s*`)
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
)

// linkedCheckpoint returns the checkpoint that a docstring links to, as the
// releases up to 5.0 write it: [org/name](https://huggingface.co/org/name).
func linkedCheckpoint(doc string) string {
	if !strings.Contains(doc, "https://huggingface.co/") {
		return ""
	}
	// A link may be wrapped anywhere.
	for _, m := range docLink.FindAllStringSubmatch(blanks.ReplaceAllString(doc, ""), -1) {
		if m[1] == strings.TrimSuffix(m[2], "/") {
			return m[1]
		}
	}
	return ""
}

// find returns the class of that name, from the directory first. Where the
// directory has none it must be the only one of its name.
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
	return nil, fmt.Errorf("config class %s is not in %s, and both %s and %s have one", name, dir, found[0].file, found[1].file)
}

// component returns the class of a component that is not open.
func (cs *configs) component(owner *configClass, c component) (*configClass, error) {
	class, err := cs.find(owner.dir, c.class)
	if err == nil && class == nil {
		err = fmt.Errorf("config class %s is in no configuration_*.py file", c.class)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: class %s: component %s: %w", owner.file, owner.name, c.attr, err)
	}
	return class, nil
}

// resolve returns the first class that says yes, of c and the classes it
// derives from; nil where none does.
func (cs *configs) resolve(c *configClass, yes func(*configClass) bool) (*configClass, error) {
	var seen []*configClass
	var walk func(c *configClass) (*configClass, error)
	walk = func(c *configClass) (*configClass, error) {
		if c == nil || slices.Contains(seen, c) {
			return nil, nil
		}
		seen = append(seen, c)
		if yes(c) {
			return c, nil
		}
		for _, base := range c.bases {
			b, err := cs.find(c.dir, base)
			if err != nil {
				return nil, err
			}
			if found, err := walk(b); found != nil || err != nil {
				return found, err
			}
		}
		return nil, nil
	}
	return walk(c)
}

// inherit fills in what the classes take from those they derive from.
func (cs *configs) inherit() error {
	filled := make([]configClass, len(cs.all))
	for i, c := range cs.all {
		filled[i] = *c
		for _, attr := range []struct {
			set  func(*configClass) bool
			take func(from *configClass)
		}{
			{
				func(c *configClass) bool { return c.modelType != "" },
				func(from *configClass) { filled[i].modelType = from.modelType },
			},
			{
				func(c *configClass) bool { return len(c.configKeys) > 0 },
				func(from *configClass) { filled[i].configKeys = from.configKeys },
			},
			{
				func(c *configClass) bool { return c.composite },
				func(from *configClass) { filled[i].components = from.components },
			},
		} {
			from, err := cs.resolve(c, attr.set)
			if err != nil {
				return fmt.Errorf("%s: class %s: %w", c.file, c.name, err)
			}
			if from != nil {
				attr.take(from)
			}
		}
	}
	// All at once: no class may inherit from one that is filled in already.
	for i, c := range cs.all {
		*c = filled[i]
	}
	return nil
}
