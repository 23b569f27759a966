package choose

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// candidate is a model of the Hub with what the rules derive from its facts.
type candidate struct {
	*data.Model
	d                *decision // that it is a candidate of
	downloads, likes int64     // -1 unknown

	documented bool // transformers documents it for the architecture at hand
	stub       bool // made for tests, with random weights
	words      []string
	versions   []string // the words, but with a version in one: 25 of 2.5

	// In the ranking of a task there is a copy of the candidate with these.
	made  evidence // that it was made for the task
	level int      // its popularity, as data.Ranked has it
	place int      // in the previous ranking, past all others where it was not in it
}

// words splits a model's name where people do: at punctuation, between letters
// and digits never, so that "4bit" stays one word.
func words(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return strings.ContainsRune("-_. +", r)
	})
}

func newCandidate(d *decision, c *data.Model, pop data.Popularity) *candidate {
	n, accounts := &candidate{Model: c, d: d, downloads: -1, likes: -1, words: words(c.Name())}, d.policy.accounts
	n.versions = words(versionPoint.ReplaceAllString(c.Name(), "$1"))
	if counters, ok := pop[c.ID]; ok {
		n.downloads, n.likes = counters.Downloads, counters.Likes
	}
	n.stub = accounts.Testing(c.Author) || stubName.MatchString(c.Name()) ||
		strings.HasPrefix(strings.ToLower(c.Name()), "tiny-") && c.Parameters < stubParameters && !accounts.Official(c.Author)
	return n
}

var versionPoint = regexp.MustCompile(`\.([0-9])`)

var stubName = regexp.MustCompile(`(?i)(^|[-_.])(tiny|small|mini)[-_.]random([-_.]|$)|random[-_.](tiny|small)|^(random|dummy)[-_.]|[-_.](dummy|random)$|tiny[-_.](dummy|dev|debug)|random[-_.]init|random[-_.]weights|internal[-_.]testing|^(test|testing|ci)[-_.]|[-_.](test|testing)$`)

// A model that a person calls tiny-something may be trained or not. Below this
// many parameters, or at an unknown number, it is taken for a stub unless its
// owner trains models.
const stubParameters = 20_000_000

// tag is the first of the tags that the card has, "" for none.
func (c *candidate) tag(tags ...string) string {
	for _, want := range tags {
		if slices.Contains(c.Tags, want) {
			return want
		}
	}
	return ""
}

// base is the first of the models it was made from for which that is so, "" for none.
func (c *candidate) base(so func(data.Base) bool) string {
	if i := slices.IndexFunc(c.Bases, so); i >= 0 {
		return c.Bases[i].ID
	}
	return ""
}

// word is the first word of the name that is in the list, "" for none.
func (c *candidate) word(list map[string]bool) string {
	for _, w := range c.words {
		if list[w] {
			return w
		}
	}
	return ""
}

// size is the number of parameters, which the name states where the Hub does
// not know it; 0 where neither does.
func (c *candidate) size() int64 { return cmp.Or(c.Parameters, data.StatedParameters(c.ID)) }

// named says how a checkpoint's name carries the architecture's: 0 in front
// (DeepSeek-V3 for deepseek_v3), 1 further on, 2 as the beginning of a longer
// or later name (DeepSeek-V3.1), 3 not at all.
func (c *candidate) named(arch string) int {
	want := names.Fold(arch)
	level := 3
	if strings.Contains(names.Fold(c.Name()), want) {
		level = 2
	}
	for i := range c.versions {
		joined := ""
		for _, w := range c.versions[i:] {
			if joined += w; joined == want {
				level = min(level, i, 1)
			}
		}
	}
	return level
}
