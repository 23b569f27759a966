package choose

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// last is the key of a tier that puts what is so, 1, after what is not, 0.
func last(so bool) int {
	if so {
		return 1
	}
	return 0
}

// either says one thing of the winner and another of a loser.
func either(winner, loser string) func(*candidate, bool) string {
	return func(_ *candidate, won bool) string {
		return cmp.Or(when(won, winner), loser)
	}
}

func (c *candidate) preference() int {
	prefer := c.d.policy.Prefer
	key := slices.IndexFunc(prefer.Organizations, func(o string) bool { return strings.EqualFold(o, c.Author) })
	if key < 0 {
		key = len(prefer.Organizations)
	}
	spoken := func(l string) bool { return slices.Contains(c.Languages, l) }
	return 2*key + last(!slices.ContainsFunc(prefer.Languages, spoken))
}

func (c *candidate) sayPreference(bool) string { return "preferred by the policy: " + c.Author }

// authority ranks by who made the architecture: the checkpoint its
// documentation names, then others of the owner, then known organisations.
func (c *candidate) authority() int {
	switch d := c.d; {
	case d.reference != nil && c.ID == d.reference.ID:
		return 0
	case d.Owner != "" && strings.EqualFold(c.Author, d.Owner):
		return 1
	case d.policy.accounts.Official(c.Author):
		return 2
	}
	return stranger
}

// stranger is the authority of an account that is neither the owner nor a known
// publisher.
const stranger = 3

func (c *candidate) sayAuthority(won bool) string {
	d, level := c.d, c.authority()
	if level == 1 && d.reference != nil && !won {
		return "from " + d.Owner + " too, but " + d.reference.ID + " stands for the architecture"
	}
	return [...]string{
		d.referenceWhy, d.Owner + " " + d.OwnerWhy, c.Author + " is a known publisher, though not the owner",
		"neither documented nor from a known publisher",
	}[level]
}

// derivation is 0 for a base model, 1 for one that its own maker tuned, 2 for
// what somebody made of it.
func (c *candidate) derivation() int {
	switch {
	case c.base(c.foreign) != "", c.tag(derivedTags...) != "", c.word(tunedWords) != "":
		return 2
	case len(c.Bases) > 0, c.word(alignedWords) != "":
		return 1
	}
	return 0
}

// foreign reports whether the base is another account's.
func (c *candidate) foreign(b data.Base) bool {
	org, _, _ := strings.Cut(b.ID, "/")
	return !strings.EqualFold(org, c.Author)
}

func (c *candidate) sayDerivation(bool) string {
	by, tuned := c.derivation(), c.word(tunedWords)
	of := cmp.Or(c.base(c.foreign), c.base(func(data.Base) bool { return true }))
	return cmp.Or(when(by == 0, "made from no other model, as far as its card and name tell"), when(by == 1, "tuned by its own maker"),
		when(of != "", "derived from "+of), when(tuned != "", "derived, as its name says: "+tuned), "derived, as its tags say")
}

// language is the one language that a model is bound to, "" for English, which
// is the rule, and for several.
func (c *candidate) language() string {
	if len(c.Languages) == 1 && c.Languages[0] != "en" && c.Languages[0] != "multilingual" {
		return c.Languages[0]
	}
	return ""
}

// domain says which language or domain a model is narrowed to, "" for none.
func (c *candidate) domain(arch *data.Arch) string {
	l := c.language()
	return cmp.Or(when(l != "", "the language "+l), c.narrowed(arch, domainWords))
}

// purpose says what a model is narrowed to, purposes and single data sets
// included; "" for a general one.
func (c *candidate) purpose(arch *data.Arch) string {
	sentences := c.Library == "sentence-transformers" || c.Pipeline == "sentence-similarity" || c.Pipeline == "text-ranking"
	return cmp.Or(c.domain(arch), c.narrowed(arch, purposeWords), when(sentences, "comparing sentences"))
}

// narrowed says to what the first word of the name narrows that is in a list.
// The architecture's own words narrow nothing.
func (c *candidate) narrowed(arch *data.Arch, lists map[string]string) string {
	own := words(arch.ModelType)
	for _, w := range c.words {
		if kind := lists[w]; kind != "" && !slices.Contains(own, w) {
			return kind + ": " + w
		}
	}
	return ""
}

// byNarrowness puts what is narrowed to something after what is not.
func byNarrowness(narrowed func(*candidate, *data.Arch) string, general string) tier {
	return tier{
		name: tierGeneral,
		key:  func(c *candidate) int { return last(narrowed(c, c.d.arch) != "") },
		say: func(c *candidate, _ bool) string {
			s := narrowed(c, c.d.arch)
			return cmp.Or(when(s != "", "made for "+s), general)
		},
	}
}

// giantParameters is beyond what one machine of eight accelerators holds at
// two bytes a parameter, with room to run.
const giantParameters = 100_000_000_000

// giant puts a giant after the others where its maker has a model of ordinary
// size. An unknown size does not lose.
func (c *candidate) giant() int {
	return last(c.size() > giantParameters && slices.ContainsFunc(c.d.fit, func(o *candidate) bool {
		return o.Author == c.Author && o.size() > 0 && o.size() <= giantParameters
	}))
}

func (c *candidate) sayGiant(bool) string {
	n := c.size()
	return cmp.Or(when(n == 0, "of unknown size"), when(n > giantParameters, "a giant of "+Count(n)+" parameters"),
		"of ordinary size: "+Count(n)+" parameters")
}

// popularity counts in powers of two, so that it moves rarely. An unknown number
// comes after 0.
func (c *candidate) popularity() int {
	if c.downloads < 0 {
		return 1
	}
	return -bits.Len64(uint64(c.downloads))
}

func (c *candidate) liking() int { return -int(c.likes) }

// bySize takes the size that the name states where the Hub knows none, and
// puts those last that state none either. The bits of a float are in its order
// and fit an int of 32 bits, as sizes do not; what is the same to seven digits is
// equal.
func (c *candidate) bySize() int {
	return int(math.Float32bits(float32(cmp.Or(c.size(), math.MaxInt64))))
}

// bySizeStep takes sizes for equal that differ by less than about the square root
// of two, so that a stranger to the owner does not win by a few tensors.
func (c *candidate) bySizeStep() int {
	return int(2 * math.Log2(float64(cmp.Or(c.size(), math.MaxInt64))))
}

func (c *candidate) saySize(won bool) string {
	size := Count(c.size()) + " parameters" + when(c.Parameters == 0, ", as its name says")
	return cmp.Or(when(c.size() == 0, "of unknown size"), when(won, "the smaller, of "+size), "not as small: "+size)
}

func (c *candidate) testingOrder() int {
	testing := c.d.policy.Organizations["testing"]
	i := slices.IndexFunc(testing, func(o data.Organization) bool { return strings.EqualFold(o.Name, c.Author) })
	if i < 0 {
		return len(testing)
	}
	return i
}

func (c *candidate) sayTesting(won bool) string {
	listed := c.testingOrder() < len(c.d.policy.Organizations["testing"])
	return "published by " + c.Author + cmp.Or(when(won, ", the first testing account of the policy that has one"),
		when(listed, ", a later testing account of the policy"), ", which is not a testing account of the policy")
}

// Count prints a number as people say it: 110M, 7.6B.
func Count(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}} {
		switch {
		case n >= 10*u.size:
			return fmt.Sprintf("%d%s", n/u.size, u.name)
		case n >= u.size:
			return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/float64(u.size)), ".0") + u.name
		}
	}
	return fmt.Sprint(n)
}

// Words of model names that say what a model is. They are evidence where the
// Hub has none: many cards name neither a base model nor a language.
var (
	tunedWords = set("finetuned finetune ft sft dpo orpo grpo merged merge abliterated uncensored distilled distill pruned heretic " +
		"slerp ties lora reap roleplay rp continued")
	alignedWords     = set("instruct chat it inst thinking")
	rankingWords     = set("reranker rerank marco msmarco retriever")
	embeddingWords   = set("embed embedding embeddings bge e5")
	translationWords = set("mt mmt m2m100 nllb translate translation")
	domainWords      = kinds(
		"a language", "chinese zh cn german de french fr spanish es italian japanese ja jp korean ko kor russian ru arabic ar turkish "+
			"tr dutch nl polish pl portuguese hindi hi vietnamese vi finnish fi swedish sv greek el thai indonesian persian fa da cs "+
			"hebrew ukrainian bengali tamil danish czech romanian hungarian catalan basque nordic norwegian african indic pashto dari "+
			"burmese urdu telugu malayalam kannada marathi gujarati punjabi nepali sinhala khmer lao mongolian kazakh uzbek kurdish "+
			"azerbaijani armenian georgian amharic swahili yoruba hausa igbo somali zulu afrikaans malay tagalog filipino javanese "+
			"bulgarian serbian croatian bosnian slovak slovenian lithuanian latvian estonian icelandic irish welsh galician albanian latin",
		"a domain", "bio biomed biomedical clinical med medical medicine radiology pubmed pubmedbert scibert legal law finance "+
			"financial fin finbert chem chemical smiles patent code coder math sql twitter tweet news nsfw roleplay "+
			"cybersecurity skin invoice fashion accident ocr docling table",
	)
	purposeWords = kinds(
		"a purpose", "emotion sentiment toxic spam hate guard safeguard safety reward judge embedding embed embeddings reranker rerank "+
			"retriever ocr ner asr tts translation translate detector moderation",
		"a data set", "squad squad2 squadv2 mnli nli sst sst2 qqp mrpc cola conll conll03 imdb emotions xsum cnn samsum cord docvqa "+
			"rvlcdip vqa vqav2 nlvr2 wtq wikisql tabfact arxiv pubmedqa msmarco marco stsb ag news gtzan librispeech 960h "+
			"100h common voice timit gigaword multi_news cnndm",
	)
)

// kinds are words with the kind of thing to which they narrow a model; the kinds
// come with a list of words each.
func kinds(lists ...string) map[string]string {
	m := make(map[string]string)
	for i := 0; i < len(lists); i += 2 {
		for w := range strings.FieldsSeq(lists[i+1]) {
			m[w] = lists[i]
		}
	}
	return m
}

func set(list string) map[string]bool {
	m := make(map[string]bool)
	for s := range strings.FieldsSeq(list) {
		m[s] = true
	}
	return m
}
