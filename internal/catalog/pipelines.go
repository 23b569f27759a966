package catalog

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hfmodels/hfmodels/internal/data"
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

// readTasks returns the pipeline tasks of the release and the hubTasks that
// its auto classes serve, sorted by name.
func readTasks(s *source) ([]data.Task, error) {
	tasks := map[string]*data.Task{}
	for name, t := range s.Tasks {
		t.Name, t.Pipeline = name, true
		tasks[name] = t
	}
	for _, h := range hubTasks {
		if slices.Contains(slices.Collect(maps.Values(s.AutoClasses)), h.AutoClasses[0]) && tasks[h.Name] == nil {
			tasks[h.Name] = &h
		}
	}
	for _, alias := range slices.Sorted(maps.Keys(s.Aliases)) {
		t := tasks[s.Aliases[alias]]
		if t == nil || tasks[alias] != nil {
			return nil, fmt.Errorf("%s: alias %s is a task itself, or of %q, which is not one", pipelinesFile, alias, s.Aliases[alias])
		}
		t.Aliases = append(t.Aliases, alias)
	}
	var sorted []data.Task
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		sorted = append(sorted, *tasks[name])
	}
	return sorted, nil
}

// The tasks that run on plain AutoModel: its table has most types, so it says
// nothing of who serves them.
const (
	featureExtraction      = "feature-extraction"
	imageFeatureExtraction = "image-feature-extraction"
)

// tasks returns the tasks that a type serves, sorted. A task on plain
// AutoModel is served by the types of that table whose one input is what the
// pipeline feeds, text or an image, and whose bare model gives features of it
// and not sound. zero-shot-audio-classification needs a method for each of
// two inputs, which no table tells, and no type gets it.
func (t *arch) tasks(all []data.Task) []string {
	input := map[string]string{featureExtraction: text, imageFeatureExtraction: image}
	var served []string
	for _, task := range all {
		serves := func(class string) bool {
			if class != "AutoModel" || t.models[class] == nil {
				return t.models[class] != nil
			}
			return len(t.Modalities) == 1 && t.Modalities[0] == input[task.Name] && t.Family != familyTextToAudio
		}
		if slices.ContainsFunc(task.AutoClasses, serves) {
			served = append(served, task.Name)
		}
	}
	return served
}
