package catalog

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/pysrc"
)

// table is one of the mappings of models/auto, its rows in order.
type table struct {
	name string
	file string // where it was assigned last
	rows []row
	at   map[string]int // key to row
}

type row struct {
	key   string
	value pysrc.Expr
}

// maxRows is far above any table of any release: the largest has 804 rows.
const maxRows = 20_000

// set adds rows. A key that is there keeps its place and takes the new value,
// as in a Python dict.
func (t *table) set(rows []row) error {
	for _, r := range rows {
		if i, ok := t.at[r.key]; ok {
			t.rows[i].value = r.value
			continue
		}
		if len(t.rows) == maxRows {
			return fmt.Errorf("line %d: more than %d rows", r.value.Line, maxRows)
		}
		t.at[r.key] = len(t.rows)
		t.rows = append(t.rows, r)
	}
	return nil
}

// The tables that every release has. The tables of model classes are found
// by their names.
const (
	configTable    = "CONFIG_MAPPING_NAMES"
	specialTable   = "SPECIAL_MODEL_TYPE_TO_MODULE_NAME"
	modelTable     = "MODEL_MAPPING_NAMES"
	tokenizerTable = "TOKENIZER_MAPPING_NAMES"
	processorTable = "PROCESSOR_MAPPING_NAMES"
	imageTable     = "IMAGE_PROCESSOR_MAPPING_NAMES"
	videoTable     = "VIDEO_PROCESSOR_MAPPING_NAMES"
	featureTable   = "FEATURE_EXTRACTOR_MAPPING_NAMES"
)

var requiredTables = []string{
	configTable, specialTable, modelTable, tokenizerTable, processorTable, imageTable, videoTable, featureTable,
}

// Two lists go with the tables; a release may have neither.
const (
	deprecatedList = "DEPRECATED_MODELS"
	// Types in this list that have no tokenizer of their own get the class
	// that the loop after it assigns.
	wrongTokenizerList = "MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS"
)

var (
	modelTableName = regexp.MustCompile(`^MODEL_\w*NAMES$`)
	tableName      = regexp.MustCompile(`^(MODEL_\w*NAMES|\w+_MAPPING_NAMES|` + specialTable + `)$`)
)

// withoutAutoClass are the tables of model classes that back no auto class in
// any release read so far. Another one that backs none is an error, so that
// it is looked at before it is left out.
var withoutAutoClass = []string{
	"MODEL_FOR_IMAGE_MAPPING_NAMES",
	"MODEL_FOR_CAUSAL_IMAGE_MODELING_MAPPING_NAMES",
	"MODEL_FOR_RETRIEVAL_MAPPING_NAMES",
	"MODEL_FOR_TIME_SERIES_CLASSIFICATION_MAPPING_NAMES",
	"MODEL_FOR_TIME_SERIES_REGRESSION_MAPPING_NAMES",
}

// autoFiles is what models/auto says.
type autoFiles struct {
	tables map[string]*table
	lists  map[string][]string
	// autoClass maps a table of model classes to the auto class over it.
	autoClass map[string]string
}

// readAuto evaluates models/auto/*.py. The files share one set of names, as
// they import each other's tables.
func readAuto(f *files) (*autoFiles, error) {
	names, err := fs.Glob(f.fsys, autoDir+"/*.py")
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		base := path.Base(name)
		return strings.HasPrefix(base, "modeling_tf_") || strings.HasPrefix(base, "modeling_flax_")
	})
	// The generated tables come first, then the configurations: the others
	// build on both. The rest does not depend on its order.
	for _, first := range []string{"configuration_auto.py", "auto_mappings.py"} {
		if i := slices.Index(names, autoDir+"/"+first); i >= 0 {
			names = slices.Insert(slices.Delete(names, i, i+1), 0, autoDir+"/"+first)
		}
	}
	parsed, err := f.parseAll(names)
	if err != nil {
		return nil, err
	}
	a := &autoFiles{tables: map[string]*table{}, lists: map[string][]string{}, autoClass: map[string]string{}}
	for i, file := range parsed {
		if err := a.evaluate(names[i], file); err != nil {
			return nil, fmt.Errorf("%s: %w", names[i], err)
		}
	}
	return a, a.check()
}

func (a *autoFiles) evaluate(name string, file *pysrc.File) error {
	mappings := map[string]string{} // X_MAPPING to X_MAPPING_NAMES
	for _, st := range file.Statements {
		var err error
		switch {
		case tableName.MatchString(st.Target):
			err = a.tableStatement(name, st)
		case st.Target == deprecatedList || st.Target == wrongTokenizerList:
			err = a.listStatement(st)
		case strings.HasSuffix(st.Target, "_MAPPING") && st.Op == "=":
			err = lazyMapping(mappings, st)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", st.Target, err)
		}
	}
	return a.autoClasses(mappings, file.Classes)
}

// tableStatement evaluates a line that starts with the name of a table.
func (a *autoFiles) tableStatement(file string, st pysrc.Statement) error {
	if st.Op == ":" {
		return nil
	}
	e, err := st.Expr()
	if err != nil {
		return err
	}
	t := a.tables[st.Target]
	switch {
	case st.Op == "=":
		rows, err := a.rows(e)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return fmt.Errorf("line %d: the table is empty", st.Line)
		}
		t = &table{name: st.Target, file: file, at: map[string]int{}}
		a.tables[st.Target] = t
		return t.set(rows)
	case t == nil:
		return fmt.Errorf("line %d: the table is not known here", st.Line)
	case st.Op == "" && e.Kind == pysrc.Call && e.Text == st.Target+".update" && len(e.Items) == 1:
		rows, err := a.rows(e.Items[0])
		if err != nil {
			return err
		}
		return t.set(rows)
	case st.Op == "[]=" && st.Target == tokenizerTable && len(a.lists[wrongTokenizerList]) > 0:
		for _, key := range a.lists[wrongTokenizerList] {
			if _, ok := t.at[key]; !ok {
				if err := t.set([]row{{key, e}}); err != nil {
					return err
				}
			}
		}
		return nil
	case st.Op == "[]=" && (st.Target == imageTable || st.Target == videoTable):
		// The loop that blanks the classes of libraries that are not
		// installed.
		return nil
	}
	return fmt.Errorf("line %d: a statement of a form that is not known", st.Line)
}

func (a *autoFiles) listStatement(st pysrc.Statement) error {
	e, err := st.Expr()
	if err != nil {
		return err
	}
	if st.Op != "=" || e.Kind != pysrc.List && e.Kind != pysrc.Set {
		return fmt.Errorf("line %d: not a list", st.Line)
	}
	var list []string
	for _, item := range e.Items {
		if item.Kind != pysrc.String {
			return notLiteral(item)
		}
		list = append(list, item.Text)
	}
	// Python's order of a set is no order.
	slices.Sort(list)
	a.lists[st.Target] = list
	return nil
}

func notLiteral(e pysrc.Expr) error { return fmt.Errorf("line %d: not a literal", e.Line) }

// rows evaluates what a table is made from: a dict, a list of pairs, another
// table, or one of these in OrderedDict(…), list(…) or a star.
func (a *autoFiles) rows(e pysrc.Expr) ([]row, error) {
	switch e.Kind {
	case pysrc.Name:
		t, ok := a.tables[e.Text]
		if !ok {
			return nil, fmt.Errorf("line %d: table %s is not known here", e.Line, e.Text)
		}
		return t.rows, nil
	case pysrc.Call:
		if of, ok := strings.CutSuffix(e.Text, ".items"); ok && len(e.Items) == 0 {
			return a.rows(pysrc.Expr{Kind: pysrc.Name, Text: of, Line: e.Line})
		}
		if e.Text != "OrderedDict" && e.Text != "dict" && e.Text != "list" {
			return nil, notLiteral(e)
		}
		return a.rowsOfEach(e.Items)
	case pysrc.Dict, pysrc.List, pysrc.Tuple:
		return a.rowsOfEach(e.Items)
	case pysrc.Star, pysrc.DoubleStar:
		return a.rows(e.Items[0])
	}
	return nil, notLiteral(e)
}

func (a *autoFiles) rowsOfEach(items []pysrc.Expr) ([]row, error) {
	var all []row
	for _, item := range items {
		pair := item.Kind == pysrc.Pair || item.Kind == pysrc.Tuple
		if pair && len(item.Items) == 2 && item.Items[0].Kind == pysrc.String {
			all = append(all, row{item.Items[0].Text, item.Items[1]})
			continue
		}
		if pair {
			return nil, notLiteral(item)
		}
		rows, err := a.rows(item)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// lazyMapping notes X_MAPPING = _LazyAutoMapping(CONFIG_MAPPING_NAMES, names).
func lazyMapping(mappings map[string]string, st pysrc.Statement) error {
	e, err := st.Expr()
	if err != nil {
		return err
	}
	if e.Kind == pysrc.Call && e.Text == "_LazyAutoMapping" && len(e.Items) == 2 && e.Items[1].Kind == pysrc.Name {
		mappings[st.Target] = e.Items[1].Text
	}
	return nil
}

// autoClasses notes which auto class has which table. A private class stands
// for the public one that derives from it.
func (a *autoFiles) autoClasses(mappings map[string]string, classes []pysrc.Class) error {
	private := map[string]string{} // class to table
	for _, c := range classes {
		names := ""
		for _, st := range c.Attrs {
			if st.Target != "_model_mapping" || st.Op != "=" {
				continue
			}
			e, err := st.Expr()
			if err != nil {
				return fmt.Errorf("class %s: %w", c.Name, err)
			}
			if e.Kind == pysrc.Name && e.Text == "None" {
				continue
			}
			if names = mappings[e.Text]; e.Kind != pysrc.Name || names == "" {
				return fmt.Errorf("line %d: class %s: its _model_mapping is not known", st.Line, c.Name)
			}
		}
		if names == "" && len(c.Bases) > 0 {
			names = private[c.Bases[0]]
		}
		switch {
		case names == "":
		case strings.HasPrefix(c.Name, "_"):
			private[c.Name] = names
		case a.autoClass[names] != "":
			return fmt.Errorf("line %d: both %s and %s have the table %s", c.Line, a.autoClass[names], c.Name, names)
		case !className.MatchString(c.Name):
			return fmt.Errorf("line %d: auto class %q: not a class name", c.Line, c.Name)
		default:
			a.autoClass[names] = c.Name
		}
	}
	return nil
}

// check finds tables that are missing, or that nothing is known of.
func (a *autoFiles) check() error {
	for _, name := range requiredTables {
		if a.tables[name] == nil {
			return fmt.Errorf("%s: table %s is missing", autoDir, name)
		}
	}
	for _, name := range a.modelTables() {
		if a.autoClass[name] == "" && !slices.Contains(withoutAutoClass, name) {
			return fmt.Errorf("%s: table %s is new and backs no auto class: see withoutAutoClass in internal/catalog", a.tables[name].file, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.autoClass)) {
		if a.tables[name] == nil {
			return fmt.Errorf("%s: table %s of %s is missing", autoDir, name, a.autoClass[name])
		}
	}
	return nil
}

// modelTables returns the names of the tables of model classes, sorted.
func (a *autoFiles) modelTables() []string {
	var names []string
	for name := range a.tables {
		if modelTableName.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// classNames returns the classes of a row of a table of model classes, the
// default first.
func classNames(e pysrc.Expr) ([]string, error) {
	items := []pysrc.Expr{e}
	if e.Kind == pysrc.Tuple {
		items = e.Items
	}
	var names []string
	for _, item := range items {
		switch {
		case item.Kind != pysrc.String:
			return nil, notLiteral(item)
		case !className.MatchString(item.Text):
			return nil, fmt.Errorf("line %d: %q is no class name", item.Line, item.Text)
		}
		names = append(names, item.Text)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("line %d: no class", e.Line)
	}
	return names, nil
}

var className = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,127}$`)

// processorName returns the one class of a row of the tokenizer and
// processor tables; "" where the row has none. A tuple is (slow, fast), a
// dict is keyed by backend: the fast class is the one that the auto class
// loads, so it goes before the slow one.
func processorName(e pysrc.Expr) (string, error) {
	switch e.Kind {
	case pysrc.String:
		if !className.MatchString(e.Text) {
			return "", fmt.Errorf("line %d: %q is no class name", e.Line, e.Text)
		}
		return e.Text, nil
	case pysrc.Name:
		if e.Text == "None" {
			return "", nil
		}
	case pysrc.Cond:
		// The first branch is the one with the library installed. The
		// library of the Mistral tokenizers is no dependency of
		// transformers, and without it the second one holds.
		if strings.HasPrefix(e.Text, "is_mistral_common_available") {
			return processorName(e.Items[1])
		}
		return processorName(e.Items[0])
	case pysrc.Tuple:
		for i := len(e.Items) - 1; i >= 0; i-- {
			if name, err := processorName(e.Items[i]); name != "" || err != nil {
				return name, err
			}
		}
		return "", nil
	case pysrc.Dict:
		var fast, slow string
		for _, item := range e.Items {
			if item.Kind != pysrc.Pair || item.Items[0].Kind != pysrc.String {
				return "", notLiteral(item)
			}
			name, err := processorName(item.Items[1])
			if err != nil {
				return "", err
			}
			switch backend := item.Items[0].Text; backend {
			case "torchvision":
				fast = name
			case "pil":
				slow = name
			default:
				return "", fmt.Errorf("line %d: backend %q is not known", item.Line, backend)
			}
		}
		return cmp.Or(fast, slow), nil
	}
	return "", notLiteral(e)
}
