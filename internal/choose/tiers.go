package choose

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/registrydata"
)

// Names of the tiers, as they are printed. Policy, proof and fit remove
// candidates; the others order what is left.
const (
	tierPolicy     = "policy"
	tierOnly       = "only candidate"
	tierTask       = "task"
	tierHead       = "head"
	tierAuthority  = "authority"
	tierBase       = "base"
	tierGeneral    = "general"
	tierName       = "name"
	tierSize       = "size"
	tierPopularity = "popularity"
	tierLikes      = "likes"
	tierSmaller    = "smaller"
	tierID         = "id"
	tierIncumbent  = "incumbent"
	tierHost       = "host"
)

// A tier orders candidates by a key, the lower the better, and says of one
// candidate what its key rests on.
type tier struct {
	name string
	key  func(*decision, *candidate) int
	say  func(*decision, *candidate) string
}

// byDefault is the order for Default and Open. Up to and including size it
// rests on what seldom changes; an incumbent yields only to a challenger that
// wins there.
var byDefault = []tier{
	{tierPolicy, preference, sayPreference},
	{tierAuthority, authority, sayAuthority},
	{tierBase, derivation, sayDerivation},
	{tierGeneral, specialty, saySpecialty},
	{tierName, func(d *decision, c *candidate) int { return c.named(d.arch.ModelType) }, sayName},
	{tierSize, giant, sayGiant},
	{tierPopularity, popularity, sayPopularity},
	{tierLikes, func(_ *decision, c *candidate) int { return -int(c.likes) }, sayLikes},
	{tierSmaller, bySize, saySize},
	{tierID, nil, sayID},
}

// byTask is the order for the default of a pipeline task. A base model with an
// untrained head never gets here, so derived is no fault.
var byTask = []tier{
	{tierPolicy, preference, sayPreference},
	{tierTask, pipelineDefault, sayPipelineDefault},
	{tierAuthority, authority, sayAuthority},
	{tierHead, headless, sayHeadless},
	{tierGeneral, narrowness, sayNarrowness},
	{tierSize, giant, sayGiant},
	{tierPopularity, popularity, sayPopularity},
	{tierLikes, func(_ *decision, c *candidate) int { return -int(c.likes) }, sayLikes},
	{tierSmaller, bySize, saySize},
	{tierID, nil, sayID},
}

// bySmall is the order for Small: among trained models of known size that
// somebody stands behind, the smallest.
var bySmall = []tier{
	{tierPolicy, preference, sayPreference},
	{tierGeneral, specialty, saySpecialty},
	{tierSmaller, bySize, saySize},
	{tierAuthority, authority, sayAuthority},
	{tierPopularity, popularity, sayPopularity},
	{tierID, nil, sayID},
}

// byTiny is the order for Tiny, among stubs only.
var byTiny = []tier{
	{tierPolicy, testingOrder, func(_ *decision, c *candidate) string { return "published for tests by " + c.Author }},
	{tierName, func(_ *decision, c *candidate) int {
		if strings.Contains(strings.ToLower(c.Name()), "random") {
			return 0
		}
		return 1
	}, func(*decision, *candidate) string { return "named as a stub with random weights" }},
	{tierTask, sameHead, func(d *decision, c *candidate) string { return "has the default's head, " + d.head }},
	{tierPopularity, popularity, sayPopularity},
	{tierSmaller, bySize, saySize},
	{tierID, nil, sayID},
}

// compare orders two candidates and names the tier that decided.
func (d *decision) compare(tiers []tier, a, b *candidate) (int, *tier) {
	for i := range tiers {
		t := &tiers[i]
		var c int
		if t.key == nil {
			c = strings.Compare(a.ID, b.ID)
		} else {
			c = cmp.Compare(t.key(d, a), t.key(d, b))
		}
		if c != 0 {
			return c, t
		}
	}
	return 0, nil
}

func (d *decision) rank(tiers []tier, list []*candidate) []*candidate {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b *candidate) int {
		c, _ := d.compare(tiers, a, b)
		return c
	})
	return list
}

func sayID(*decision, *candidate) string { return "first by name, since nothing else tells them apart" }

func preference(d *decision, c *candidate) int {
	prefer := d.policy.Prefer
	key := slices.IndexFunc(prefer.Organizations, func(o string) bool { return strings.EqualFold(o, c.Author) })
	if key < 0 {
		key = len(prefer.Organizations)
	}
	key *= 2
	if len(prefer.Languages) > 0 && !slices.ContainsFunc(prefer.Languages, func(l string) bool { return slices.Contains(c.Languages, l) }) {
		key++
	}
	return key
}

func sayPreference(_ *decision, c *candidate) string { return "preferred by the policy: " + c.Author }

// authority ranks by who made the architecture: the checkpoint its
// documentation names, then others of the owner, then known organisations.
func authority(d *decision, c *candidate) int {
	switch {
	case c == d.reference:
		return 0
	case d.owner != "" && strings.EqualFold(c.Author, d.owner):
		return 1
	case d.policy.official(c.Author):
		return 2
	}
	return 3
}

func sayAuthority(d *decision, c *candidate) string {
	switch authority(d, c) {
	case 0:
		return d.referenceWhy
	case 1:
		return fmt.Sprintf("%s %s", d.owner, d.ownerWhy)
	case 2:
		return c.Author + " is a known publisher, and not the owner"
	}
	return "neither documented nor from a known publisher"
}

var (
	tunedWords = set("finetuned", "finetune", "ft", "sft", "dpo", "orpo", "grpo", "merged", "merge", "abliterated", "uncensored",
		"distilled", "distill", "pruned", "heretic", "slerp", "ties", "lora", "reap", "roleplay", "rp", "v0", "continued")
	alignedWords = set("instruct", "chat", "it", "inst", "thinking")
)

// derivation is 0 for a base model, 1 for one that its own maker tuned, 2 for
// what somebody made of it.
func derivation(_ *decision, c *candidate) int {
	key := 0
	for _, b := range c.Bases {
		org, _, _ := strings.Cut(b.ID, "/")
		if strings.EqualFold(org, c.Author) {
			key = max(key, 1)
		} else {
			key = 2
		}
	}
	if key < 2 && (c.has("generated_from_trainer") || c.has("merge") || c.has("mergekit") || c.has("abliterated") || c.has("uncensored") || c.word(tunedWords) != "") {
		key = 2
	}
	if key == 0 && c.word(alignedWords) != "" {
		key = 1
	}
	return key
}

func sayDerivation(d *decision, c *candidate) string {
	switch derivation(d, c) {
	case 0:
		return "a base model"
	case 1:
		return "tuned by its own maker"
	}
	for _, b := range c.Bases {
		return "derived from " + b.ID
	}
	if w := c.word(tunedWords); w != "" {
		return "derived, as its name says: " + w
	}
	return "derived, as its tags say"
}

var (
	languageWords = set("chinese", "zh", "cn", "german", "de", "french", "fr", "spanish", "es", "italian", "japanese", "ja", "jp", "korean", "ko", "kor",
		"russian", "ru", "arabic", "ar", "turkish", "tr", "dutch", "nl", "polish", "pl", "portuguese", "pt", "hindi", "hi", "vietnamese", "vi",
		"finnish", "fi", "swedish", "sv", "greek", "thai", "indonesian", "persian", "fa", "hebrew", "ukrainian", "bengali", "tamil", "danish", "czech",
		"romanian", "hungarian", "catalan", "basque", "nordic", "norwegian", "african", "indic")
	domainWords = set("bio", "biomed", "biomedical", "clinical", "med", "medical", "medicine", "radiology", "pubmed", "pubmedbert", "scibert", "legal", "law",
		"finance", "financial", "fin", "finbert", "chem", "chemical", "smiles", "patent", "code", "coder", "math", "sql", "twitter", "tweet", "news",
		"nsfw", "roleplay", "cybersecurity", "skin", "invoice", "fashion", "accident")
	purposeWords = set("emotion", "sentiment", "toxic", "spam", "hate", "guard", "safeguard", "safety", "reward", "judge", "embedding", "embed", "embeddings",
		"reranker", "rerank", "retriever", "ocr", "ner", "asr", "tts", "translation", "detector", "moderation")
	dataSetWords = set("squad", "squad2", "squadv2", "mnli", "nli", "sst", "sst2", "qqp", "mrpc", "cola", "conll", "conll03", "imdb", "emotions", "xsum", "cnn",
		"samsum", "cord", "docvqa", "rvlcdip", "vqa", "vqav2", "nlvr2", "wtq", "wikisql", "tabfact", "arxiv", "pubmedqa", "msmarco", "marco", "stsb", "ag", "news", "gtzan",
		"librispeech", "960h", "100h", "common", "voice", "timit", "gigaword", "multi_news", "cnndm")
)

// narrow says which language or domain a model is narrowed to, "" for none.
func (c *candidate) narrow(arch *registrydata.Arch) string {
	if len(c.Languages) == 1 && c.Languages[0] != "en" && c.Languages[0] != "multilingual" {
		return "the language " + c.Languages[0]
	}
	own := set(words(arch.ModelType)...)
	for _, w := range c.words {
		switch {
		case own[w]:
		case languageWords[w]:
			return "a language: " + w
		case domainWords[w]:
			return "a domain: " + w
		}
	}
	return ""
}

// special says what a model is narrowed to, purposes and single data sets
// included; "" for a general one.
func (c *candidate) special(arch *registrydata.Arch) string {
	if why := c.narrow(arch); why != "" {
		return why
	}
	own := set(words(arch.ModelType)...)
	for _, w := range c.words {
		switch {
		case own[w]:
		case purposeWords[w]:
			return "a purpose: " + w
		case dataSetWords[w]:
			return "a data set: " + w
		}
	}
	if arch.Family != "vision" && (c.Library == "sentence-transformers" || c.Pipeline == "sentence-similarity" || c.Pipeline == "text-ranking") {
		return "comparing sentences"
	}
	return ""
}

func narrowness(d *decision, c *candidate) int {
	if c.narrow(d.arch) != "" {
		return 1
	}
	return 0
}

func sayNarrowness(d *decision, c *candidate) string {
	if s := c.narrow(d.arch); s != "" {
		return "made for " + s
	}
	return "bound to no language or domain"
}

func specialty(d *decision, c *candidate) int {
	if c.special(d.arch) != "" {
		return 1
	}
	return 0
}

func saySpecialty(d *decision, c *candidate) string {
	if s := c.special(d.arch); s != "" {
		return "made for " + s
	}
	return "a general model"
}

func sayName(d *decision, c *candidate) string {
	switch c.named(d.arch.ModelType) {
	case 0:
		return "bears the architecture's name"
	case 1:
		return "bears the architecture's name further on"
	case 2:
		return "named after a later or longer version"
	}
	return "named otherwise"
}

// giantParameters is beyond what one machine of eight accelerators holds at
// two bytes a parameter, with room to run.
const giantParameters = 100_000_000_000

// giant puts ordinary sizes before giants; an unknown size is no ordinary one.
func giant(_ *decision, c *candidate) int {
	if n := c.size(); n > 0 && n <= giantParameters {
		return 0
	}
	return 1
}

func sayGiant(_ *decision, c *candidate) string {
	switch n := c.size(); {
	case n == 0:
		return "of unknown size"
	case n > giantParameters:
		return "a giant of " + count(n) + " parameters"
	}
	return "of ordinary size: " + count(c.size()) + " parameters"
}

// popularity counts in powers of two, so that it moves rarely.
func popularity(_ *decision, c *candidate) int { return -bucket(c.downloads) }

func bucket(downloads int64) int {
	if downloads < 0 {
		return -1
	}
	return bits.Len64(uint64(downloads)) // 0 for none, then floor(log2)+1
}

func sayPopularity(_ *decision, c *candidate) string {
	switch {
	case c.downloads < 0:
		return "downloads unknown"
	case c.downloads == 0:
		return "no downloads a month"
	}
	return fmt.Sprintf("at least %s downloads a month", count(1<<(bucket(c.downloads)-1)))
}

func sayLikes(_ *decision, c *candidate) string {
	if c.likes < 0 {
		return "likes unknown"
	}
	return "liked by more people"
}

// bySize puts unknown sizes last.
func bySize(_ *decision, c *candidate) int {
	if c.size() == 0 {
		return math.MaxInt
	}
	return int(c.size())
}

func saySize(_ *decision, c *candidate) string {
	if c.size() == 0 {
		return "of unknown size"
	}
	return count(c.size()) + " parameters"
}

func testingOrder(d *decision, c *candidate) int {
	i := slices.IndexFunc(d.policy.Organizations.Testing, func(o registrydata.Organization) bool { return strings.EqualFold(o.Name, c.Author) })
	if i < 0 {
		return len(d.policy.Organizations.Testing)
	}
	return i
}

func sameHead(d *decision, c *candidate) int {
	if c.head() == "" || d.head == "" || c.head() != d.head {
		return 1
	}
	return 0
}

func (c *candidate) head() string {
	if len(c.Architectures) == 0 {
		return ""
	}
	return c.Architectures[0]
}

// count prints a number as people say it: 110M, 7.6B.
func count(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}} {
		if n >= u.size {
			if n >= 10*u.size {
				return fmt.Sprintf("%d%s", n/u.size, u.name)
			}
			return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/float64(u.size)), ".0") + u.name
		}
	}
	return fmt.Sprint(n)
}
