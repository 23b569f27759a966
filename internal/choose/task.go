package choose

import (
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Some tasks ask for more than their auto class shows: any sequence classifier
// has the head that zero-shot classification runs on, and few know inference.
// For these only the model's own pipeline tag counts.
var byTagOnly = set("zero-shot-classification", "any-to-any", "translation", "summarization", "sentence-similarity",
	"feature-extraction", "image-feature-extraction", "zero-shot-audio-classification", "decision")

// Other pipeline tags that show that a model was made for a task.
var sameTask = map[string][]string{
	"text-to-audio":        {"text-to-speech"},
	"text2text-generation": {"summarization", "translation"},
}

// made reports whether a model was really made for a task: it says so by its
// pipeline tag or its head, and neither contradicts.
func (d *decision) made(c *candidate, task string) bool {
	if task == "text-classification" && c.word(rankingWords) != "" {
		return false // it has a classifier's head, and often the tag
	}
	tagged := c.Pipeline == task || slices.Contains(sameTask[task], c.Pipeline)
	if byTagOnly[task] {
		return tagged
	}
	// A class that transformers no longer maps says nothing: old configs name
	// classes that were renamed since.
	heads, mapped := d.heads(task), false
	for _, class := range c.Architectures {
		class = strings.TrimPrefix(strings.TrimPrefix(class, "TF"), "Flax")
		if heads[class] {
			return true
		}
		mapped = mapped || d.classes[class]
	}
	return tagged && !mapped
}

// heads are the model classes that serve a task for the architecture.
func (d *decision) heads(task string) map[string]bool {
	m := make(map[string]bool)
	for _, name := range d.policy.tasks[task].AutoClasses {
		for _, ac := range d.arch.AutoClass {
			if ac.Name == name {
				for _, c := range ac.Classes {
					m[c] = true
				}
			}
		}
	}
	return m
}

// madeFor are the candidates for the default of a task: made for it, and from
// the owner or a known publisher, or with at least knownDownloads.
func (d *decision) madeFor(task string) []*candidate {
	return slices.DeleteFunc(slices.Clone(d.fit), func(c *candidate) bool {
		if !d.made(c, task) {
			return true
		}
		enough := int64(knownDownloads)
		if old := d.incumbent("", task); old != nil && old.ID == c.ID {
			enough /= 4 // else one at the mark would come and go
		}
		stranger := authority(d, c) == 3 && !strings.EqualFold(d.policy.tasks[task].Default, c.ID)
		return stranger && (c.downloads < enough || c.domain(d.arch) != "" && !d.narrowDefault())
	})
}

// narrowDefault reports whether the architecture itself is bound to a language
// or domain, as camembert is to French.
func (d *decision) narrowDefault() bool {
	best := d.models[d.roles[data.RoleDefault].ID]
	return best != nil && best.domain(d.arch) != ""
}

// knownDownloads a month are more than the author and passing crawlers make.
const knownDownloads = 1000

// pipelineDefault puts the model first that transformers' own pipeline takes
// for the task where nobody names one, then the architecture's default.
func pipelineDefault(task string) tier {
	key := func(d *decision, c *candidate) int {
		switch {
		case strings.EqualFold(d.policy.tasks[task].Default, c.ID):
			return 0
		case d.isDefault(c):
			return 1
		}
		return 2
	}
	return tier{name: tierTask, key: key, say: func(d *decision, c *candidate, _ bool) string {
		switch key(d, c) {
		case 0:
			return "the default of transformers' own pipeline"
		case 1:
			return "the architecture's default, and made for the task"
		}
		return "neither the default of a pipeline nor of the architecture"
	}}
}

// taskHead puts a model whose config names a head for the task before one that
// only its card calls made for it.
func taskHead(task string) tier {
	key := func(d *decision, c *candidate) int {
		if byTagOnly[task] {
			return 0
		}
		heads := d.heads(task)
		if slices.ContainsFunc(c.Architectures, func(class string) bool { return heads[class] }) {
			return 0
		}
		return 1
	}
	return tier{name: tierHead, key: key, say: func(d *decision, c *candidate, _ bool) string {
		if key(d, c) == 0 {
			return "its config names a head for the task: " + c.Head()
		}
		return "made for the task by its card's word only"
	}}
}
