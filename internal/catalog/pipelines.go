package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/pysrc"
)

const (
	pipelinesFile = "transformers/pipelines/__init__.py"
	tasksTable    = "SUPPORTED_TASKS"
	aliasesTable  = "TASK_ALIASES"
)

// hubTasks are tasks that the Hub has as pipeline tags, with the auto class
// that serves them. They are in the catalog where transformers has the auto
// class and no pipeline of that name. All but the last two are from
// SUPPORTED_TASKS of transformers 4.57.6, the last release with all of these
// pipelines; keypoint-detection and time-series-forecasting never had one.
var hubTasks = []data.Task{
	{Name: "image-to-image", AutoClasses: []string{"AutoModelForImageToImage"}},
	{Name: "image-to-text", AutoClasses: []string{"AutoModelForVision2Seq"}},
	{Name: "question-answering", AutoClasses: []string{"AutoModelForQuestionAnswering"}},
	{Name: "summarization", AutoClasses: []string{"AutoModelForSeq2SeqLM"}},
	{Name: "text2text-generation", AutoClasses: []string{"AutoModelForSeq2SeqLM"}},
	{Name: "translation", AutoClasses: []string{"AutoModelForSeq2SeqLM"}},
	{Name: "visual-question-answering", AutoClasses: []string{"AutoModelForVisualQuestionAnswering"}},
	{Name: "keypoint-detection", AutoClasses: []string{"AutoModelForKeypointDetection"}},
	{Name: "time-series-forecasting", AutoClasses: []string{"AutoModelForTimeSeriesPrediction"}},
}

var (
	taskName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	revision = regexp.MustCompile(`^[0-9a-f]{7,40}$`)
)

// readTasks returns the pipeline tasks of the release and the hubTasks that
// its auto classes serve, sorted by name.
func readTasks(f *files, autoClasses []string) ([]data.Task, error) {
	file, err := f.parse(pipelinesFile)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: the file is missing", pipelinesFile)
	}
	if err != nil {
		return nil, err
	}
	var tasks []data.Task
	aliases := map[string]string{}
	for _, st := range file.Statements {
		switch st.Target {
		case tasksTable:
			tasks, err = supportedTasks(st)
		case aliasesTable:
			aliases, err = taskAliases(st)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", pipelinesFile, st.Target, err)
		}
	}
	if len(tasks) == 0 {
		return nil, fmt.Errorf("%s: %s is missing or empty", pipelinesFile, tasksTable)
	}
	for _, t := range tasks {
		for _, class := range t.AutoClasses {
			if !slices.Contains(autoClasses, class) {
				return nil, fmt.Errorf("%s: task %s runs on %s, which has no table", pipelinesFile, t.Name, class)
			}
		}
	}
	for _, h := range hubTasks {
		known := slices.ContainsFunc(tasks, func(t data.Task) bool { return t.Name == h.Name })
		if !known && slices.Contains(autoClasses, h.AutoClasses[0]) {
			h.AutoClasses = slices.Clone(h.AutoClasses)
			tasks = append(tasks, h)
		}
	}
	slices.SortFunc(tasks, func(a, b data.Task) int { return strings.Compare(a.Name, b.Name) })
	for _, alias := range slices.Sorted(maps.Keys(aliases)) {
		named := func(name string) int {
			return slices.IndexFunc(tasks, func(t data.Task) bool { return t.Name == name })
		}
		i := named(aliases[alias])
		if i < 0 || named(alias) >= 0 {
			return nil, fmt.Errorf("%s: %s: %s stands for %s, which is no task, or is a task itself", pipelinesFile, aliasesTable, alias, aliases[alias])
		}
		tasks[i].Aliases = append(tasks[i].Aliases, alias)
	}
	return tasks, nil
}

// taskAliases reads {"ner": "token-classification"}.
func taskAliases(st pysrc.Statement) (map[string]string, error) {
	e, err := st.Expr()
	if err != nil {
		return nil, err
	}
	if st.Op != "=" || e.Kind != pysrc.Dict {
		return nil, notLiteral(e)
	}
	aliases := make(map[string]string, len(e.Items))
	for _, item := range e.Items {
		if item.Kind != pysrc.Pair || item.Items[0].Kind != pysrc.String || item.Items[1].Kind != pysrc.String {
			return nil, notLiteral(item)
		}
		alias := item.Items[0].Text
		if !taskName.MatchString(alias) {
			return nil, fmt.Errorf("line %d: %q is no name of a task", item.Line, alias)
		}
		aliases[alias] = item.Items[1].Text
	}
	return aliases, nil
}

func supportedTasks(st pysrc.Statement) ([]data.Task, error) {
	e, err := st.Expr()
	if err != nil {
		return nil, err
	}
	if st.Op != "=" || e.Kind != pysrc.Dict {
		return nil, notLiteral(e)
	}
	var tasks []data.Task
	for _, item := range e.Items {
		if item.Kind != pysrc.Pair || item.Items[0].Kind != pysrc.String || item.Items[1].Kind != pysrc.Dict {
			return nil, notLiteral(item)
		}
		t := data.Task{Name: item.Items[0].Text, Pipeline: true}
		if !taskName.MatchString(t.Name) {
			return nil, fmt.Errorf("line %d: %q is no name of a task", item.Line, t.Name)
		}
		if slices.ContainsFunc(tasks, func(o data.Task) bool { return o.Name == t.Name }) {
			return nil, fmt.Errorf("line %d: task %s is there twice", item.Line, t.Name)
		}
		if t.AutoClasses, err = pipelineClasses(entry(item.Items[1], "pt")); err == nil {
			t.Default, t.DefaultRevision, err = pipelineDefault(entry(item.Items[1], "default"))
		}
		if err != nil {
			return nil, fmt.Errorf("task %s: %w", t.Name, err)
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}

// entry returns the value of a string key of a dict; Opaque where there is
// none.
func entry(dict pysrc.Expr, key string) pysrc.Expr {
	if dict.Kind == pysrc.Dict {
		for _, item := range dict.Items {
			if item.Kind == pysrc.Pair && item.Items[0].Kind == pysrc.String && item.Items[0].Text == key {
				return item.Items[1]
			}
		}
	}
	return pysrc.Expr{Line: dict.Line}
}

// pipelineClasses reads (AutoModelForCTC,) if is_torch_available() else ().
func pipelineClasses(e pysrc.Expr) ([]string, error) {
	if e.Kind == pysrc.Cond {
		e = e.Items[0]
	}
	if e.Kind != pysrc.Tuple || len(e.Items) == 0 {
		return nil, notLiteral(e)
	}
	var classes []string
	for _, item := range e.Items {
		if item.Kind != pysrc.Name {
			return nil, notLiteral(item)
		}
		classes = append(classes, item.Text)
	}
	return classes, nil
}

// pipelineDefault reads {"model": ("id", "revision")}, where the pair may sit
// under a "pt" of its own. The translation of 4.57 has a default for each pair
// of languages instead, and so none.
func pipelineDefault(e pysrc.Expr) (id, rev string, err error) {
	if e.Kind != pysrc.Dict {
		return "", "", notLiteral(e)
	}
	if len(e.Items) > 0 && e.Items[0].Kind == pysrc.Pair && e.Items[0].Items[0].Kind == pysrc.Tuple {
		return "", "", nil
	}
	m := entry(e, "model")
	if m.Kind == pysrc.Dict {
		m = entry(m, "pt")
	}
	if m.Kind != pysrc.Tuple || len(m.Items) != 2 || m.Items[0].Kind != pysrc.String || m.Items[1].Kind != pysrc.String {
		return "", "", notLiteral(m)
	}
	id, rev = m.Items[0].Text, m.Items[1].Text
	if !data.IsOwned(id) || !revision.MatchString(rev) {
		return "", "", fmt.Errorf("line %d: %q at %q is no repository with a revision", m.Line, id, rev)
	}
	return id, rev, nil
}

// The tasks that run on plain AutoModel: its table has most types, so it says
// nothing of who serves them.
const (
	featureExtraction      = "feature-extraction"
	imageFeatureExtraction = "image-feature-extraction"
)

// tasksOf returns the tasks that a type serves, sorted. A task on plain
// AutoModel is served by the types of that table whose one input is what the
// pipeline feeds, text or an image, and whose bare model gives features of it
// and not sound. zero-shot-audio-classification needs a method for each of
// two inputs, which no table tells, and no type gets it.
func tasksOf(t *arch, family string, modalities []string, tasks []data.Task) []string {
	var served []string
	for _, task := range tasks {
		serves := func(class string) bool {
			if t.models[class] == nil || class != "AutoModel" {
				return t.models[class] != nil
			}
			only := ""
			switch task.Name {
			case featureExtraction:
				only = text
			case imageFeatureExtraction:
				only = image
			}
			return len(modalities) == 1 && modalities[0] == only && family != familyTextToAudio
		}
		if slices.ContainsFunc(task.AutoClasses, serves) {
			served = append(served, task.Name)
		}
	}
	return served
}
