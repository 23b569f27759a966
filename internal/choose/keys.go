package choose

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

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

func sayPreference(_ *decision, c *candidate, _ bool) string {
	return "preferred by the policy: " + c.Author
}

// authority ranks by who made the architecture: the checkpoint its
// documentation names, then others of the owner, then known organisations.
func authority(d *decision, c *candidate) int {
	switch {
	case c == d.reference:
		return 0
	case d.owner != "" && strings.EqualFold(c.Author, d.owner):
		return 1
	case d.policy.accounts.Official(c.Author):
		return 2
	}
	return stranger
}

// stranger is the authority of an account that is neither the owner nor a known
// publisher.
const stranger = 3

func sayAuthority(d *decision, c *candidate, won bool) string {
	switch authority(d, c) {
	case 0:
		return d.referenceWhy
	case 1:
		if d.reference != nil && !won {
			return "from " + d.owner + " too, but not its reference, " + d.reference.ID
		}
		return fmt.Sprintf("%s %s", d.owner, d.ownerWhy)
	case 2:
		return c.Author + " is a known publisher, though not the owner"
	}
	return "neither documented nor from a known publisher"
}

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
	if key < 2 && (slices.ContainsFunc(derivedTags, c.has) || c.word(tunedWords) != "") {
		key = 2
	}
	if key == 0 && c.word(alignedWords) != "" {
		key = 1
	}
	return key
}

func sayDerivation(d *decision, c *candidate, _ bool) string {
	switch derivation(d, c) {
	case 0:
		return "derived from nothing that its card or name tells"
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

// language is the one language that a model is bound to, "" for English, which
// is the rule, and for several.
func (c *candidate) language() string {
	if len(c.Languages) != 1 || c.Languages[0] == "en" || c.Languages[0] == "multilingual" {
		return ""
	}
	return c.Languages[0]
}

// domain says which language or domain a model is narrowed to, "" for none.
func (c *candidate) domain(arch *data.Arch) string {
	if l := c.language(); l != "" {
		return "the language " + l
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

// purpose says what a model is narrowed to, purposes and single data sets
// included; "" for a general one.
func (c *candidate) purpose(arch *data.Arch) string {
	if why := c.domain(arch); why != "" {
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
	if c.domain(d.arch) != "" {
		return 1
	}
	return 0
}

func sayNarrowness(d *decision, c *candidate, _ bool) string {
	if s := c.domain(d.arch); s != "" {
		return "made for " + s
	}
	return "bound to no language or domain"
}

func specialty(d *decision, c *candidate) int {
	if c.purpose(d.arch) != "" {
		return 1
	}
	return 0
}

func saySpecialty(d *decision, c *candidate, _ bool) string {
	if s := c.purpose(d.arch); s != "" {
		return "made for " + s
	}
	return "a general model"
}

func naming(d *decision, c *candidate) int { return c.named(d.arch.ModelType) }

func sayNaming(d *decision, c *candidate, _ bool) string {
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

// giant puts a giant after the others where its maker has a model of ordinary
// size. An unknown size is no loss.
func giant(d *decision, c *candidate) int {
	if c.size() > giantParameters && slices.ContainsFunc(d.fit, func(o *candidate) bool {
		return o.Author == c.Author && o.size() > 0 && o.size() <= giantParameters
	}) {
		return 1
	}
	return 0
}

func sayGiant(_ *decision, c *candidate, _ bool) string {
	switch n := c.size(); {
	case n == 0:
		return "of unknown size"
	case n > giantParameters:
		return "a giant of " + Count(n) + " parameters"
	default:
		return "of ordinary size: " + Count(n) + " parameters"
	}
}

// popularity counts in powers of two, so that it moves rarely.
func popularity(_ *decision, c *candidate) int { return -bucket(c.downloads) }

func bucket(downloads int64) int {
	if downloads < 0 {
		return -1
	}
	return bits.Len64(uint64(downloads)) // 0 for none, then floor(log2)+1
}

func sayPopularity(_ *decision, _ *candidate, won bool) string {
	if won {
		return "downloaded more than the next, in powers of two"
	}
	return "downloaded less, in powers of two"
}

func liking(_ *decision, c *candidate) int { return -int(c.likes) }

func sayLikes(_ *decision, _ *candidate, won bool) string {
	if won {
		return "as popular as the next, and liked by more people"
	}
	return "as popular, but liked by fewer people"
}

func sayID(_ *decision, _ *candidate, won bool) string {
	if won {
		return "first by name, since nothing else tells them apart"
	}
	return "later by name, and else no different"
}

// bySize takes the size that the name states where the Hub knows none, and
// puts those last that state none either.
func bySize(_ *decision, c *candidate) int {
	n := c.size()
	if n == 0 {
		return math.MaxInt
	}
	return int(n)
}

// bySizeStep takes sizes for equal that differ by less than about the square root
// of two, so that a stranger to the owner does not win by a few tensors.
func bySizeStep(d *decision, c *candidate) int {
	n := bySize(d, c)
	if n == math.MaxInt {
		return n
	}
	return int(2 * math.Log2(float64(n)))
}

func saySize(_ *decision, c *candidate, won bool) string {
	size := Count(c.size()) + " parameters"
	switch {
	case c.size() == 0:
		return "of unknown size"
	case c.Parameters == 0:
		size += ", as its name says"
	}
	if won {
		return "the smaller, of " + size
	}
	return "not as small: " + size
}

func testingOrder(d *decision, c *candidate) int {
	i := slices.IndexFunc(d.policy.Organizations["testing"], func(o data.Organization) bool { return strings.EqualFold(o.Name, c.Author) })
	if i < 0 {
		return len(d.policy.Organizations["testing"])
	}
	return i
}

func sayTesting(d *decision, c *candidate, _ bool) string {
	if i := testingOrder(d, c); i < len(d.policy.Organizations["testing"]) {
		return "published for tests by " + c.Author + ", which the policy puts first of those that have one"
	}
	return "published by " + c.Author + ", which the policy does not rank"
}

func randomness(_ *decision, c *candidate) int {
	if strings.Contains(strings.ToLower(c.Name()), "random") {
		return 0
	}
	return 1
}

func sayRandomness(d *decision, c *candidate, _ bool) string {
	if randomness(d, c) == 0 {
		return "named as a stub with random weights"
	}
	return "not named as a stub with random weights"
}

// sameHead puts the stubs first whose config names the same class as the default's.
func sameHead(best string) tier {
	key := func(_ *decision, c *candidate) int {
		if c.Head() == "" || c.Head() != best {
			return 1
		}
		return 0
	}
	return tier{name: tierHead, key: key, say: func(d *decision, c *candidate, _ bool) string {
		if key(d, c) == 0 {
			return "has the default's head, " + best
		}
		return "not known to have the default's head"
	}}
}

// Count prints a number as people say it: 110M, 7.6B.
func Count(n int64) string {
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
