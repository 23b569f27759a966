package catalog

import (
	"maps"
	"slices"
	"strings"
)

// What a model takes in. The words are those of input_modalities.
const (
	audio  = "audio"
	image  = "image"
	series = "time" // a time series
	text   = "text"
	video  = "video"
)

// modalities returns what a type takes in, sorted; none where the release
// does not tell.
//
// For a type of its own that is what its model class declares, less what
// nothing else confirms: SAM declares text and Blt images because a base
// class does. For a class that declares nothing, what its forward takes decides.
func (r *release) modalities(t *arch) []string {
	if t.Part && !t.hasHead() {
		return r.partModalities(t)
	}
	c := t.model
	if c == nil {
		// A configuration and a processor without a model of its own.
		return sorted(r.processorModalities(t))
	}
	if len(c.modalities) > 0 {
		if len(c.params) == 0 {
			return c.modalities
		}
		seen := r.processorModalities(t)
		for _, p := range c.params {
			maps.Copy(seen, paramHints(p))
		}
		for attr := range t.Components {
			maps.Copy(seen, nameHints(attr))
		}
		return slices.DeleteFunc(slices.Clone(c.modalities), func(m string) bool { return !seen[m] })
	}
	taken := c.taken()
	if len(taken) == 0 && len(c.MainInput) == 0 {
		// A class without a forward, which only generates.
		taken = r.processorModalities(t)
	}
	if t.models["AutoModelForVideoClassification"] != nil && taken[image] && !taken[video] {
		delete(taken, image)
		taken[video] = true
	}
	return sorted(taken)
}

// partModalities tells what a part takes in from its own class, or from where
// it sits in others. What a class inherits is less sure, as the base class is
// mostly that of the whole; and input_ids may be the codes of another part.
func (r *release) partModalities(t *arch) []string {
	if t.model != nil && len(t.model.Modalities) > 0 {
		return t.model.Modalities
	}
	at := map[string]bool{}
	for _, parent := range t.Parents {
		for attr, part := range r.types.byName[parent].Components {
			if part == t.ModelType {
				maps.Copy(at, positionOf(attr))
			}
		}
	}
	if len(at) == 0 {
		for _, key := range t.class.configKeys {
			maps.Copy(at, positionOf(key))
		}
	}
	if len(at) > 0 || t.model == nil {
		return sorted(at)
	}
	taken := t.model.taken()
	delete(taken, text)
	if len(taken) > 0 {
		return sorted(taken)
	}
	if declared := t.model.modalities; len(declared) == 1 && declared[0] != text {
		return declared
	}
	return nil
}

// hasHead reports whether the type has a model for a task, and not only a
// bare one for others to build on.
func (t *arch) hasHead() bool {
	for class := range t.models {
		if class != "AutoModel" && class != "AutoBackbone" && class != "AutoModelForTextEncoding" {
			return true
		}
	}
	return false
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// taken returns what the forward of a class takes in, and failing that what
// its main input is.
func (c *modelClass) taken() map[string]bool {
	taken := map[string]bool{}
	for _, names := range [][]string{c.params, c.mainInput} {
		for _, name := range names {
			maps.Copy(taken, inputOf(name))
		}
		if len(taken) > 0 {
			break
		}
	}
	return taken
}

// inputOf tells a modality by the name of an input of a model.
func inputOf(name string) map[string]bool {
	switch {
	case strings.HasSuffix(name, "input_ids") && !strings.HasPrefix(name, "decoder_"):
		return map[string]bool{text: true}
	case strings.HasPrefix(name, "pixel_values_video"):
		return map[string]bool{video: true}
	case strings.HasSuffix(name, "pixel_values"), name == "flattened_patches":
		return map[string]bool{image: true}
	case strings.HasSuffix(name, "input_values"), strings.HasSuffix(name, "input_features"), name == "spectrogram":
		return map[string]bool{audio: true}
	case name == "past_values":
		return map[string]bool{series: true}
	}
	return nil
}

// positionOf tells the modality of a part by the key it sits under.
func positionOf(key string) map[string]bool {
	switch {
	case strings.HasPrefix(key, "text_"):
		return map[string]bool{text: true}
	case strings.HasPrefix(key, "vision_"), strings.HasPrefix(key, "image_"):
		return map[string]bool{image: true}
	case strings.HasPrefix(key, "video_"):
		return map[string]bool{video: true}
	case strings.HasPrefix(key, "audio_video_"):
		return map[string]bool{audio: true, video: true}
	case strings.HasPrefix(key, "audio_"), strings.HasPrefix(key, "speech_"):
		return map[string]bool{audio: true}
	}
	return nil
}

// paramHints returns the modalities that a parameter of forward may belong
// to, taken widely: it serves to find declarations that nothing bears out.
func paramHints(name string) map[string]bool {
	hints := nameHints(name)
	if strings.Contains(name, "input_ids") {
		hints[text] = true
	}
	if strings.Contains(name, "past_values") {
		hints[series] = true
	}
	if strings.Contains(name, "input_values") || strings.Contains(name, "input_features") {
		hints[audio] = true
	}
	if strings.Contains(name, "frame") {
		hints[video] = true
	}
	// A text-free perceiver takes "inputs" of any kind.
	if name == "inputs" {
		hints[text], hints[image], hints[audio], hints[video] = true, true, true, true
	}
	return hints
}

func nameHints(name string) map[string]bool {
	hints := map[string]bool{}
	for _, part := range []string{"pixel", "image", "visual", "vision", "video", "flattened_patches"} {
		if strings.Contains(name, part) {
			hints[image], hints[video] = true, true
		}
	}
	for _, part := range []string{"audio", "speech"} {
		if strings.Contains(name, part) {
			hints[audio] = true
		}
	}
	if strings.Contains(name, "text") {
		hints[text] = true
	}
	return hints
}

// processorModalities tells what the processors of a type prepare.
func (r *release) processorModalities(t *arch) map[string]bool {
	made := map[string]bool{}
	for table, modality := range map[string]string{
		tokenizerTable: text, imageTable: image, videoTable: video, featureTable: audio,
	} {
		if r.class(table, t.ModelType) != "" {
			made[modality] = true
		}
	}
	return made
}
