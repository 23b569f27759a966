package catalog

import (
	"maps"
	"regexp"
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
	// A bare model is for others to build on.
	if bare := len(t.models) == 0 || len(t.models) == 1 && t.models["AutoModel"] != nil; t.Part && bare {
		return r.partModalities(t)
	}
	c := t.model
	if c == nil {
		// A configuration and a processor without a model of its own.
		return sorted(r.processorModalities(t))
	}
	if len(c.Modalities) > 0 {
		seen := r.processorModalities(t)
		for _, p := range c.Params {
			mentions.add(seen, p)
		}
		for attr := range t.Components {
			mentions.add(seen, attr)
		}
		return slices.DeleteFunc(slices.Clone(c.Modalities), func(m string) bool { return !seen[m] })
	}
	taken := c.taken()
	if len(taken) == 0 { // a class without a forward, which only generates
		taken = r.processorModalities(t)
	}
	return sorted(taken)
}

// partModalities tells what a part takes in from its own class, or from where
// it sits in others. What a class inherits is less sure, as the base class is
// mostly that of the whole; and input_ids may be the codes of another part.
func (r *release) partModalities(t *arch) []string {
	if t.model != nil && len(t.model.declared) > 0 {
		return t.model.declared
	}
	at := map[string]bool{}
	for _, parent := range t.Parents {
		for attr, part := range r.byName[parent].Components {
			if part == t.ModelType {
				positions.add(at, attr)
			}
		}
	}
	if len(at) == 0 {
		for _, key := range t.class.ConfigKeys {
			positions.add(at, key)
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
	if declared := t.model.Modalities; len(declared) == 1 && declared[0] != text {
		return declared
	}
	return nil
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// taken returns what the forward of a class takes in, and what its main input is.
func (c *class) taken() map[string]bool {
	taken := map[string]bool{}
	for _, name := range slices.Concat(c.Params, c.MainInput) {
		if !strings.HasPrefix(name, "decoder_") || !strings.HasSuffix(name, "input_ids") {
			inputs.add(taken, name)
		}
	}
	return taken
}

// hints are patterns of names, by the modality that such a name tells of.
type hints map[string]*regexp.Regexp

var (
	// inputs are the inputs of a model.
	inputs = hints{
		text:   regexp.MustCompile(`input_ids$`),
		image:  regexp.MustCompile(`pixel_values$|^flattened_patches$`),
		video:  regexp.MustCompile(`^pixel_values_video`),
		audio:  regexp.MustCompile(`(input_values|input_features)$|^spectrogram$`),
		series: regexp.MustCompile(`^past_values$`),
	}
	// positions are the keys that parts sit under.
	positions = hints{
		text:  regexp.MustCompile(`^text_`),
		image: regexp.MustCompile(`^(vision|image)_`),
		video: regexp.MustCompile(`^(audio_)?video_`),
		audio: regexp.MustCompile(`^(audio|speech)_`),
	}
	// mentions are words in the parameters of forward and the names of
	// components, taken widely: they serve to find declarations that nothing
	// bears out. A text-free perceiver takes "inputs" of any kind.
	mentions = hints{
		text:   regexp.MustCompile(`text|input_ids|^inputs$`),
		image:  regexp.MustCompile(`pixel|image|visual|vision|video|flattened_patches|^inputs$`),
		video:  regexp.MustCompile(`pixel|image|visual|vision|video|flattened_patches|^inputs$|frame`),
		audio:  regexp.MustCompile(`audio|speech|input_values|input_features|^inputs$`),
		series: regexp.MustCompile(`past_values`),
	}
)

// add adds the modalities that a name tells of.
func (h hints) add(to map[string]bool, name string) {
	for modality, names := range h {
		if names.MatchString(name) {
			to[modality] = true
		}
	}
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
