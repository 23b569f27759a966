package choose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Some tasks ask for more than their auto class shows: any sequence classifier
// has the head that zero-shot classification runs on, and few know inference.
// For these only the model's own pipeline tag counts.
var byTagOnly = set("zero-shot-classification any-to-any translation summarization sentence-similarity feature-extraction " +
	"image-feature-extraction zero-shot-audio-classification decision text-ranking image-to-text visual-document-retrieval " +
	"text-to-image text-to-speech")

// Transformers' documentation loads bare encoders with these heads, which then
// start at random. For these tasks a pair of class and checkpoint shows nothing.
var byTrainedHead = set("text-classification token-classification question-answering document-question-answering image-classification " +
	"image-segmentation audio-classification video-classification")

// Cards of bare encoders of these kinds name the task of the heads that others
// train onto them.
var encoderTags = set("audio-classification video-classification")

// Transformers maps models of speech to heads of these tasks, which are of text.
var ofText = set("fill-mask question-answering summarization text-classification text2text-generation token-classification")

// These tasks have the heads of others. The architectures that take such input
// serve them, but that a model was made for one only its own tag shows.
var byInput = set("audio-text-to-text video-text-to-text")

// Other pipeline tags of models that do the task as well.
var widerTags = map[string][]string{
	"text-to-audio":        {"text-to-speech"},
	"text2text-generation": {"summarization", "translation", "text-generation", "conversational"},
	"text-generation":      {"conversational", "image-text-to-text", "any-to-any", "audio-text-to-text", "video-text-to-text"},
	"image-text-to-text": {
		"any-to-any", "image-to-text", "text-generation", "visual-question-answering", "document-question-answering", "video-text-to-text",
	},
	"zero-shot-object-detection":   {"object-detection"},
	"text-classification":          {"zero-shot-classification"},
	"automatic-speech-recognition": {"audio-text-to-text"},
	"audio-text-to-text":           {"any-to-any"},
	"video-text-to-text":           {"any-to-any", "image-text-to-text"},
}

// evidence says how well it is known that a model was made for a task.
type evidence int

const (
	byHead     evidence = iota // its config names a head for the task, or its card the task where no head shows it
	byPipeline                 // transformers' own pipeline takes it where nobody names one
	byPairing                  // transformers' documentation loads it with a class for the task
	bySole                     // its architecture serves no other task
	byCard                     // only its card calls it made for the task
	byWider                    // its head serves the task, and its card names another that the head serves as well
	noEvidence
)

func (e evidence) say(c *candidate) string {
	return [...]string{
		byHead:     cmp.Or(when(c.Head() != "", "its config names "+c.Head()), "its card names the task"),
		byPipeline: "the default of transformers' own pipeline",
		byPairing:  "transformers documents it with a class for the task",
		bySole:     "its architecture serves no other task",
		byCard:     "only its card says that it was made for the task",
		byWider:    "its head serves the task, though its card names " + cmp.Or(c.Pipeline, "none"),
	}[e]
}

// evidence says how well it is known that a model was made for a task: its
// pipeline tag or its head says so, and neither contradicts.
func (c *candidate) evidence(task string) evidence {
	d := c.d
	if strings.HasSuffix(d.Arch, "assistant") {
		return noEvidence // a draft head generates nothing by itself
	}
	// A ranker has a classifier's head or an encoder's body, and often the tag.
	if c.word(rankingWords) != "" {
		classifiers := d.heads("text-classification")
		switch {
		case task != "text-ranking":
			return noEvidence
		case c.Pipeline != task && slices.ContainsFunc(c.Architectures, func(class string) bool { return classifiers[class] }):
			return byWider
		}
	}
	if ofText[task] && slices.Contains(d.arch.Modalities, "audio") {
		return noEvidence
	}
	// The pipelines for features take bare encoders, which nobody made for that.
	ownDefault := c.taken(task) && task != "feature-extraction" && task != "image-feature-extraction"
	// Some cards name a task beside the one that is meant: text2text-generation for a
	// translator, sentence-similarity for what extracts features, and feature-extraction
	// for what embeds sentences or images.
	translates := task == "translation" && c.Pipeline == "text2text-generation" && c.word(translationWords) != "" && c.Head() != ""
	embeds := task == "feature-extraction" && c.Pipeline == "sentence-similarity" ||
		task == "image-feature-extraction" && c.Pipeline == "feature-extraction" && slices.Contains(d.arch.Tasks, task) ||
		task == "sentence-similarity" && c.Pipeline == "feature-extraction" && (c.Library == "sentence-transformers" || c.word(embeddingWords) != "")
	exact, silent := c.Pipeline == task || translates || embeds, c.Pipeline == "" && !byInput[task] // its card does not contradict
	wider := slices.Contains(widerTags[task], c.Pipeline) || c.Pipeline == "" && byInput[task]
	switch {
	case exact && (byTagOnly[task] || byInput[task]):
		return byHead
	case byTagOnly[task] && !ownDefault:
		return noEvidence
	}
	// A class that transformers no longer maps says nothing: old configs name
	// classes that were renamed since. Those of other frameworks say the same.
	heads, mapped := d.heads(task), false
	for _, class := range c.Architectures {
		class = strings.TrimPrefix(strings.TrimPrefix(class, "TF"), "Flax")
		switch {
		case heads[class] && (exact || silent):
			return byHead
		case task == "text-generation" && wider && len(heads) > 0 && d.heads(c.Pipeline)[class]:
			return byWider // a class that reads images as well, where another of the architecture reads text only
		// For fill-mask not: what writes texts may have the same class.
		case heads[class] && (wider || task != "fill-mask" && !byTagOnly[c.Pipeline] && !byInput[task] && d.heads(c.Pipeline)[class]):
			return byWider
		}
		mapped = mapped || d.classes[class]
	}
	if ownDefault {
		return byPipeline
	}
	pair := func(e data.Example) bool { return heads[e.Class] && strings.EqualFold(e.ID, c.ID) }
	trained := !byTrainedHead[task] && (task != "text-generation" || d.arch.Family != "encoder")
	switch {
	case trained && slices.ContainsFunc(d.arch.Examples, pair) && (exact || silent):
		return byPairing
	case encoderTags[task] && c.derivation() < 2:
		return noEvidence
	case exact && len(heads) > 0 && len(c.Architectures) == 0:
		return byHead // no class is known that could contradict its card
	case silent && !byTrainedHead[task] && len(d.arch.Tasks) == 1 && d.arch.Tasks[0] == task && len(c.Architectures) == 0:
		return bySole
	case exact && !mapped:
		return byCard
	case wider && !mapped && len(heads) > 0:
		return byWider
	}
	return noEvidence
}

// heads are the model classes that serve a task for the architecture. Its classes
// may be those of the task, and it still not take the input.
func (d *decision) heads(task string) map[string]bool {
	served, autos := slices.Contains(d.arch.Tasks, task), d.policy.tasks[task].AutoClasses
	return classesOf(d.arch, func(auto string) bool { return served && slices.Contains(autos, auto) })
}

// madeFor are the candidates for the default of a task: made for it, and known.
// Where the architecture's default is bound to a language, as camembert's is to
// French, a model for others only is left out, and a stranger's for that language
// may stay. A stranger's model counts only where its class is known, and not for
// text-generation if the architecture is an encoder.
// Where the task had no default before, a stranger needs twice knownDownloads.
func (d *decision) madeFor(task string, best *candidate) []*candidate {
	encoder := task == "text-generation" && d.arch.Family == "encoder"
	ours := func(c *candidate) bool { return c.authority() < stranger || c.taken(task) }
	list := those(d.fit, func(c *candidate) bool {
		if c.evidence(task) == noEvidence || best.language() != "" && len(c.Languages) > 0 && !slices.Contains(c.Languages, best.language()) {
			return false
		}
		narrow := encoder || c.domain(d.arch) != "" && best.domain(d.arch) == ""
		return ours(c) || c.known(task) && !narrow && len(c.Architectures) > 0
	})
	sure := func(c *candidate) bool { return ours(c) || c.downloads >= 2*knownDownloads }
	if d.incumbent(task).ID == "" && d.previous.Arch != "" && !slices.ContainsFunc(list, sure) {
		return nil
	}
	return list
}

// taken reports whether transformers' own pipeline takes the model for the task
// where nobody names one.
func (c *candidate) taken(task string) bool {
	return strings.EqualFold(c.d.policy.tasks[task].Default, c.ID)
}

// pipelineDefault puts the model first that transformers' own pipeline takes
// for the task where nobody names one, then the architecture's default.
func pipelineDefault(task string) tier {
	return keyed(tierTask, func(c *candidate) int {
		if c.taken(task) {
			return 0
		}
		return 1 + last(!c.isDefault())
	}, "the default of transformers' own pipeline", "the architecture's default, and made for the task",
		"not the default of a pipeline or of the architecture")
}

// lastOf puts the models last of which there is only that kind of evidence.
func lastOf(name, task string, kind evidence) tier {
	return tier{
		name: name,
		key:  func(c *candidate) int { return last(c.evidence(task) == kind) },
		say:  func(c *candidate, _ bool) string { return c.evidence(task).say(c) },
	}
}
