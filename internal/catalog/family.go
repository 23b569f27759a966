package catalog

import (
	"slices"
	"strings"
)

// The families: what kind of model a type is, so that it gets the right
// template. Each type has one.
const (
	familyEncoder        = "encoder"
	familyDecoder        = "decoder"
	familyEncoderDecoder = "encoder-decoder"
	familyVision         = "vision"
	familyVisionText     = "vision-text"
	familyAudio          = "audio"
	familyVideo          = "video"
	familyTextToAudio    = "text-to-audio"
	familyMultimodal     = "multimodal"
	familyDocument       = "document"
	familyTimeSeries     = "time-series"
	familyBiology        = "biology"
	familyReinforcement  = "reinforcement"
	familyOther          = "other"
)

// proteinTokenizers are the tokenizers of amino acids. All else in the wheel
// takes what they make for text.
var proteinTokenizers = []string{"EsmTokenizer", "EsmcTokenizer"}

// ownFamily tells the family of a type from its auto classes, what it takes
// in and what its forward asks for. It is familyOther where these do not say.
//
// The first rule that fits decides:
//
//	time-series      takes a series
//	reinforcement    forward takes rewards
//	biology          takes proteins
//	document         forward takes the boxes of words or the paths of markup
//	text-to-audio    makes a waveform or a spectrogram and is no language
//	                 model; or is a speech model that takes text alone
//	multimodal       sound together with images or video; sound and text in a
//	                 language model; inputs of any kind
//	audio            sound, also with text
//	vision-text      images or video with text, in or out
//	video            video without still images, or classifies video
//	vision           images
//	encoder-decoder  text to text, or forward takes decoder_input_ids
//	encoder          fills masks
//	decoder          causal language model, or forward takes a cache and no
//	                 token types, which the copies of BERT do
//	encoder          any other model of text that has a bare or a classifying
//	                 model
func (r *release) ownFamily(t *arch) string {
	has := func(classes ...string) bool {
		return slices.ContainsFunc(classes, func(c string) bool { return t.models["AutoModelFor"+c] != nil })
	}
	takes := func(m ...string) bool {
		return slices.ContainsFunc(m, func(m string) bool { return slices.Contains(t.Modalities, m) })
	}
	var params []string
	if t.model != nil {
		params = t.model.params
	}
	asks := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(params, n) })
	}
	named := func(s string) bool {
		in := func(n string) bool { return strings.Contains(n, s) }
		if slices.ContainsFunc(params, in) {
			return true
		}
		for attr := range t.Components {
			if in(attr) {
				return true
			}
		}
		return false
	}
	vision, hears, reads := takes(image, video), takes(audio), takes(text)
	languageModel := has("MultimodalLM", "Seq2SeqLM", "ImageTextToText") || has("CausalLM") && !has("SpeechSeq2Seq", "TextToWaveform")

	switch {
	case takes(series):
		return familyTimeSeries
	case asks("rewards"):
		return familyReinforcement
	case named("protein") || slices.Contains(proteinTokenizers, r.class(tokenizerTable, t.ModelType)):
		return familyBiology
	case asks("bbox", "xpath_tags_seq") || slices.Contains(t.class.Fields, "max_2d_position_embeddings"):
		return familyDocument
	case has("TextToWaveform", "TextToSpectrogram") && !languageModel,
		has("SpeechSeq2Seq") && reads && !hears:
		return familyTextToAudio
	case hears && vision,
		hears && reads && languageModel,
		asks("inputs") && !hears:
		return familyMultimodal
	case hears:
		return familyAudio
	case vision && (reads || has("ImageTextToText", "Vision2Seq")):
		return familyVisionText
	case vision && (!takes(image) || has("VideoClassification")):
		return familyVideo
	case vision:
		return familyVision
	case !reads:
		return familyOther
	case has("Seq2SeqLM") || asks("decoder_input_ids"):
		return familyEncoderDecoder
	case has("MaskedLM"):
		return familyEncoder
	case has("CausalLM") || asks("past_key_values", "cache", "cache_params") && !asks("token_type_ids"):
		return familyDecoder
	case t.models["AutoModel"] != nil || has("SequenceClassification", "TokenClassification", "TextEncoding") || t.Part:
		return familyEncoder
	}
	return familyOther
}

// setFamilies decides the family of each type. A part that does not tell its
// own has that of the types that contain it, if those agree.
func (r *release) setFamilies() {
	for _, t := range r.types.all {
		t.Family = r.ownFamily(t)
	}
	// Parts nest: go on while there is something to pass down, a level at a time.
	for changed := true; changed; {
		changed = false
		before := map[string]string{}
		for _, t := range r.types.all {
			before[t.ModelType] = t.Family
		}
		for _, t := range r.types.all {
			if t.Family != familyOther || !t.Part || len(t.Parents) == 0 {
				continue
			}
			from := before[t.Parents[0]]
			agree := !slices.ContainsFunc(t.Parents, func(p string) bool { return before[p] != from })
			if agree && from != familyOther {
				t.Family, changed = from, true
			}
		}
	}
}
