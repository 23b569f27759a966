package choose

import "strings"

// Words of model names that say what a model is. They are evidence where the
// Hub has none: many cards name neither a base model nor a language.
var (
	tunedWords = set("finetuned finetune ft sft dpo orpo grpo merged merge abliterated uncensored distilled distill pruned heretic slerp ties lora " +
		"reap roleplay rp continued")
	alignedWords = set("instruct chat it inst thinking")
	rankingWords = set("reranker rerank marco msmarco retriever")
	domainWords  = []kindOfWords{
		{"a language", set("chinese zh cn german de french fr spanish es italian japanese ja jp korean ko kor russian ru arabic ar turkish tr dutch nl " +
			"polish pl portuguese hindi hi vietnamese vi finnish fi swedish sv greek thai indonesian persian fa hebrew ukrainian bengali " +
			"tamil danish czech romanian hungarian catalan basque nordic norwegian african indic")},
		{"a domain", set("bio biomed biomedical clinical med medical medicine radiology pubmed pubmedbert scibert legal law finance financial fin " +
			"finbert chem chemical smiles patent code coder math sql twitter tweet news nsfw roleplay cybersecurity skin invoice fashion " +
			"accident ocr docling table")},
	}
	purposeWords = []kindOfWords{
		{"a purpose", set("emotion sentiment toxic spam hate guard safeguard safety reward judge embedding embed embeddings reranker rerank retriever " +
			"ocr ner asr tts translation detector moderation")},
		{"a data set", set("squad squad2 squadv2 mnli nli sst sst2 qqp mrpc cola conll conll03 imdb emotions xsum cnn samsum cord docvqa rvlcdip vqa " +
			"vqav2 nlvr2 wtq wikisql tabfact arxiv pubmedqa msmarco marco stsb ag news gtzan librispeech 960h 100h common voice timit " +
			"gigaword multi_news cnndm")},
	}
)

// kindOfWords are words that narrow a model to one kind of thing.
type kindOfWords struct {
	kind  string
	words map[string]bool
}

func set(list string) map[string]bool {
	m := make(map[string]bool)
	for s := range strings.FieldsSeq(list) {
		m[s] = true
	}
	return m
}
