package catalog

import "slices"

// otherFamily is the family of a type that does not tell its own.
const otherFamily = "other"

// proteinTokenizers are the tokenizers of amino acids. All else in the wheel
// takes what they make for text.
var proteinTokenizers = []string{"EsmTokenizer", "EsmcTokenizer"}

// ownFamily tells the family of a type, that is what kind of model it is, from
// its auto classes, what it takes in and what its forward asks for. It is
// otherFamily where these do not say. The first rule that fits decides.
func (r *release) ownFamily(t *arch) string {
	contains := func(words []string, any ...string) bool {
		return slices.ContainsFunc(any, func(w string) bool { return slices.Contains(words, w) })
	}
	has := func(classes ...string) bool {
		return slices.ContainsFunc(classes, func(c string) bool { return t.models["AutoModelFor"+c] != nil })
	}
	takes := func(modalities ...string) bool { return contains(t.Modalities, modalities...) }
	var params []string
	if t.model != nil {
		params = t.model.Params
	}
	asks := func(names ...string) bool { return contains(params, names...) }
	vision, hears, reads := takes(image, video), takes(audio), takes(text)
	languageModel := has("MultimodalLM", "Seq2SeqLM", "ImageTextToText") || has("CausalLM") && !has("SpeechSeq2Seq", "TextToWaveform")

	switch {
	case takes(series):
		return "time-series"
	case asks("rewards"):
		return "reinforcement"
	case asks("protein_input_ids") || slices.Contains(proteinTokenizers, r.class(tokenizerTable, t.ModelType)):
		return "biology"
	// The boxes of words, or the paths of markup.
	case asks("bbox", "xpath_tags_seq") || slices.Contains(t.class.Fields, "max_2d_position_embeddings"):
		return "document"
	case has("TextToWaveform", "TextToSpectrogram") && !languageModel,
		has("SpeechSeq2Seq") && reads && !hears: // a speech model that takes text alone
		return "text-to-audio"
	case hears && vision,
		hears && reads && languageModel,
		asks("inputs") && !hears: // inputs of any kind
		return "multimodal"
	case hears: // also with text
		return "audio"
	case vision && (reads || has("ImageTextToText")): // text in or out
		return "vision-text"
	case vision && (!takes(image) || has("VideoClassification")):
		return "video"
	case vision:
		return "vision"
	case !reads:
		return otherFamily
	case has("Seq2SeqLM") || asks("decoder_input_ids"):
		return "encoder-decoder"
	case has("MaskedLM"):
		return "encoder"
	// A cache and no token types, which the copies of BERT take.
	case has("CausalLM") || asks("past_key_values", "cache", "cache_params") && !asks("token_type_ids"):
		return "decoder"
	case t.models["AutoModel"] != nil || t.Part:
		return "encoder"
	}
	return otherFamily
}

// setFamilies decides the family of each type. A part that does not tell its
// own has that of the types that contain it, if those agree.
func (r *release) setFamilies() {
	for _, t := range r.types {
		t.Family = r.ownFamily(t)
	}
	for _, t := range r.types {
		if t.Family != otherFamily || !t.Part || len(t.Parents) == 0 {
			continue
		}
		family := r.byName[t.Parents[0]].Family
		if !slices.ContainsFunc(t.Parents, func(p string) bool { return r.byName[p].Family != family }) {
			t.Family = family
		}
	}
}
