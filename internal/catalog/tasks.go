package catalog

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// hubTasks are the tasks that the Hub shows for models: PIPELINE_DATA of the
// npm package @huggingface/tasks 0.21.54, without those that it hides. At the
// end are tasks that only transformers has; they are described.
//
// The auto classes are those of a release that has no pipeline of that name. A
// pipeline of the release says itself which classes it runs, and has those of
// alsoRuns besides, which it takes without saying so. A library, as pip
// names it, runs the task where transformers has no class for it, or with
// classes of transformers. The libraries are those of LIBRARY_TASK_MAPPING and
// the Hub's pages of the tasks; where these name none, the one that most
// models of the task are for.
var hubTasks = []data.Task{
	// Text.
	hubTask("text-classification", "", "AutoModelForSequenceClassification"),
	hubTask("token-classification", "", "AutoModelForTokenClassification"),
	hubTask("table-question-answering", "", "AutoModelForTableQuestionAnswering"),
	hubTask("question-answering", "", "AutoModelForQuestionAnswering"),
	hubTask("zero-shot-classification", "", "AutoModelForSequenceClassification"),
	hubTask("translation", "", "AutoModelForSeq2SeqLM"),
	hubTask("summarization", "", "AutoModelForSeq2SeqLM"),
	hubTask("feature-extraction", "", "AutoModel"),
	hubTask("text-generation", "", "AutoModelForCausalLM"),
	hubTask("fill-mask", "", "AutoModelForMaskedLM"),
	hubTask("sentence-similarity", "sentence-transformers", "AutoModel"),
	hubTask("text-ranking", "sentence-transformers", "AutoModelForSequenceClassification"),
	// Sound.
	hubTask("text-to-speech", "", "AutoModelForTextToWaveform", "AutoModelForTextToSpectrogram"),
	hubTask("text-to-audio", "", "AutoModelForTextToWaveform", "AutoModelForTextToSpectrogram"),
	hubTask("automatic-speech-recognition", "", "AutoModelForCTC", "AutoModelForSpeechSeq2Seq"),
	hubTask("audio-to-audio", "speechbrain"),
	hubTask("audio-classification", "", "AutoModelForAudioClassification"),
	hubTask("voice-activity-detection", "pyannote.audio"),
	// Images and video.
	hubTask("depth-estimation", "", "AutoModelForDepthEstimation"),
	hubTask("image-classification", "", "AutoModelForImageClassification"),
	hubTask("object-detection", "", "AutoModelForObjectDetection"),
	hubTask("image-segmentation", "", "AutoModelForImageSegmentation", "AutoModelForSemanticSegmentation"),
	hubTask("text-to-image", "diffusers"),
	hubTask("image-to-text", "", "AutoModelForImageTextToText"),
	hubTask("image-to-image", "", "AutoModelForImageToImage"),
	hubTask("image-to-video", "diffusers"),
	hubTask("unconditional-image-generation", "diffusers"),
	hubTask("video-classification", "", "AutoModelForVideoClassification"),
	hubTask("text-to-video", "diffusers"),
	hubTask("zero-shot-image-classification", "", "AutoModelForZeroShotImageClassification"),
	hubTask("mask-generation", "", "AutoModelForMaskGeneration"),
	hubTask("zero-shot-object-detection", "", "AutoModelForZeroShotObjectDetection"),
	hubTask("text-to-3d", "diffusers"),
	hubTask("image-to-3d", "diffusers"),
	hubTask("image-feature-extraction", "", "AutoModel"),
	hubTask("keypoint-detection", "", "AutoModelForKeypointDetection", "AutoModelForPoseEstimation"),
	hubTask("video-to-video", "diffusers"),
	// Several kinds of input.
	hubTask("audio-text-to-text", "", "AutoModelForMultimodalLM", "AutoModelForSeq2SeqLM"),
	hubTask("image-text-to-text", "", "AutoModelForImageTextToText"),
	hubTask("image-text-to-image", "diffusers"),
	hubTask("image-text-to-video", "diffusers"),
	hubTask("visual-question-answering", "", "AutoModelForVisualQuestionAnswering"),
	hubTask("document-question-answering", "", "AutoModelForDocumentQuestionAnswering"),
	hubTask("video-text-to-text", "", "AutoModelForImageTextToText"),
	// No other auto class builds the classes of colpali and its like.
	hubTask("visual-document-retrieval", "", "AutoModelForPreTraining"),
	hubTask("any-to-any", "", "AutoModelForMultimodalLM"),
	// Anything else.
	hubTask("reinforcement-learning", "stable-baselines3"),
	hubTask("robotics", "lerobot"),
	hubTask("tabular-classification", "scikit-learn"),
	hubTask("tabular-regression", "scikit-learn"),
	hubTask("time-series-forecasting", "", "AutoModelForTimeSeriesPrediction"),
	hubTask("graph-ml", "torch-geometric"),

	{Name: "decision", About: "answer questions about a text by the probability of each of the options given"},
	{Name: "keypoint-matching", About: "find the points that two images have in common"},
	{
		Name: "text2text-generation", About: "make a text from a text, such as a translation or a summary",
		AutoClasses: []string{"AutoModelForSeq2SeqLM"},
	},
	{Name: "zero-shot-audio-classification", About: "classify sound by labels that are given with it"},
}

// alsoRuns are auto classes that a pipeline tries in its code only.
var alsoRuns = map[string][]string{
	"image-segmentation": {"AutoModelForInstanceSegmentation", "AutoModelForUniversalSegmentation"},
}

func hubTask(name, library string, autoClasses ...string) data.Task {
	return data.Task{Name: name, Library: library, AutoClasses: autoClasses}
}

// readTasks returns the pipeline tasks of the release and the hubTasks, sorted
// by name. An alias that the Hub has as a task is a task here.
func readTasks(s *source) ([]data.Task, error) {
	if len(s.Tasks) == 0 {
		return nil, fmt.Errorf("%s: SUPPORTED_TASKS is missing or empty", pipelinesFile)
	}
	tasks, autoClasses := map[string]*data.Task{}, slices.Collect(maps.Values(s.AutoClasses))
	for _, name := range slices.Sorted(maps.Keys(s.Tasks)) {
		t := s.Tasks[name]
		alike := func(h data.Task) bool { return h.Name != name && names.Fold(h.Name) == names.Fold(name) }
		if !data.IsTask(name) || names.Check(name) != nil || slices.ContainsFunc(hubTasks, alike) {
			s.warn("the task %q is left out: %s: it does not have the form of a task, or is one of the Hub in another spelling", name, pipelinesFile)
			delete(s.Tasks, name)
			continue
		}
		if !data.IsOwned(t.Default) {
			s.warn("the default of the task %s is left out: %s: %q is not the id of a repository", name, pipelinesFile, t.Default)
			t.Default = ""
		}
		for _, class := range t.AutoClasses {
			if !slices.Contains(autoClasses, class) {
				return nil, fmt.Errorf("%s: task %s runs on %q, which has no table", pipelinesFile, name, class)
			}
		}
		t.Name, t.Pipeline = name, true
		for _, class := range alsoRuns[name] {
			if slices.Contains(autoClasses, class) && !slices.Contains(t.AutoClasses, class) {
				t.AutoClasses = append(t.AutoClasses, class)
			}
		}
		tasks[name] = t
	}
	for _, alias := range slices.Sorted(maps.Keys(s.Aliases)) {
		t := s.Tasks[s.Aliases[alias]]
		switch {
		case !data.IsTask(alias) || s.Tasks[alias] != nil || t == nil:
			s.warn("the alias %q is left out: %s: it is not a valid name, it is a task itself, or %q is not a task", alias, pipelinesFile, s.Aliases[alias])
		case slices.ContainsFunc(hubTasks, func(h data.Task) bool { return h.Name == alias }):
			tasks[alias] = &data.Task{Name: alias, AutoClasses: t.AutoClasses, Default: t.Default, Pipeline: true}
		default:
			t.Aliases = append(t.Aliases, alias)
		}
	}
	for _, h := range hubTasks {
		if t := tasks[h.Name]; t != nil {
			t.Library, t.About = h.Library, h.About
			continue
		}
		h.AutoClasses = slices.DeleteFunc(slices.Clone(h.AutoClasses), func(c string) bool { return !slices.Contains(autoClasses, c) })
		if h.About == "" || len(h.AutoClasses) > 0 {
			tasks[h.Name] = &h
		}
	}
	var sorted []data.Task
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		sorted = append(sorted, *tasks[name])
	}
	return sorted, nil
}

// checkpointTasks are tasks that single checkpoints are trained for. Their
// auto classes build many models that were not, so no type gets them.
var checkpointTasks = []string{"image-to-text", "sentence-similarity", "text-ranking", "visual-document-retrieval"}

// tasks returns the tasks that a type serves, sorted. The table of plain AutoModel
// has most types, so a task on that is served by those of them whose one input is
// what the pipeline feeds, text or an image, and whose bare model gives features of it
// and not sound. zero-shot-audio-classification needs a method for each of
// two inputs, which no table tells, so no type gets it. The auto classes that
// answer questions about sound or video build models for images and speech, too,
// and some of those that segment images build models for video, so there the inputs tell.
func (t *arch) tasks(all []data.Task) []string {
	input := map[string]string{"feature-extraction": text, "image-feature-extraction": image}
	fed := map[string]bool{
		"image-segmentation": slices.Contains(t.Modalities, image),
		"audio-text-to-text": slices.Equal(t.Modalities, []string{audio, text}) && t.models["AutoModelForSpeechSeq2Seq"] == nil,
		"video-text-to-text": slices.Contains(t.Modalities, video) && slices.Contains(t.Modalities, text),
	}
	var served []string
	for _, task := range all {
		serves := func(class string) bool {
			if class != "AutoModel" || t.models[class] == nil {
				return t.models[class] != nil
			}
			return len(t.Modalities) == 1 && t.Modalities[0] == input[task.Name] && t.Family != "text-to-audio"
		}
		takes, asked := fed[task.Name]
		if (takes || !asked) && !slices.Contains(checkpointTasks, task.Name) && slices.ContainsFunc(task.AutoClasses, serves) {
			served = append(served, task.Name)
		}
	}
	return served
}
