package choose

import (
	"cmp"
	"slices"
	"strings"
)

// Names of the tiers, as they are printed. Policy, proof and fit remove
// candidates; the others order what is left.
const (
	tierPolicy     = "policy"
	tierOnly       = "only candidate"
	tierTask       = "task"
	tierHead       = "head"
	tierCard       = "card"
	tierAuthority  = "authority"
	tierBase       = "base"
	tierGeneral    = "general"
	tierName       = "name"
	tierSize       = "size"
	tierPopularity = "popularity"
	tierLikes      = "likes"
	tierSmaller    = "smaller"
	tierDefault    = "default"
	tierID         = "id"
	tierIncumbent  = "incumbent"
)

// A tier orders candidates by a key, the lower the better, and says of one
// that won or lost there what its key rests on. Where that is a counter, it
// says only who had more: a figure would change with every refresh.
type tier struct {
	name string
	key  func(*decision, *candidate) int // nil: by id
	say  func(d *decision, c *candidate, won bool) string
}

// byDefault is the order for Default and Open. Up to and including size it
// rests on what seldom changes; an incumbent yields only to a challenger that
// wins there.
var byDefault = []tier{
	{name: tierPolicy, key: preference, say: sayPreference},
	{name: tierAuthority, key: authority, say: sayAuthority},
	{name: tierBase, key: derivation, say: sayDerivation},
	{name: tierGeneral, key: specialty, say: saySpecialty},
	{name: tierName, key: naming, say: sayNaming},
	{name: tierSize, key: giant, say: sayGiant},
	byPopularity,
	byLikes,
	{name: tierSmaller, key: bySize, say: saySize},
	byID,
}

// byTask is the order for the default of a pipeline task. A base model whose
// class is known never gets here, so derived is no fault; one that only its card
// calls made for the task may be such, whoever made it.
func byTask(task string) []tier {
	return []tier{
		{name: tierPolicy, key: preference, say: sayPreference},
		pipelineDefault(task),
		lastOf(tierHead, task, byCard),
		{name: tierAuthority, key: authority, say: sayAuthority},
		lastOf(tierCard, task, byWider),
		{name: tierGeneral, key: narrowness, say: sayNarrowness},
		{name: tierSize, key: giant, say: sayGiant},
		byPopularity,
		byLikes,
		{name: tierSmaller, key: bySize, say: saySize},
		byID,
	}
}

// bySmall is the order for Small: among trained models of known size that
// somebody stands behind, the smallest general one.
var bySmall = []tier{
	{name: tierPolicy, key: preference, say: sayPreference},
	{name: tierGeneral, key: specialty, say: saySpecialty},
	{name: tierSmaller, key: bySizeStep, say: saySize},
	{name: tierAuthority, key: authority, say: sayAuthority},
	byPopularity,
	byID,
}

// byTiny is the order for Tiny, among stubs only: best is the class that the
// default's config names first.
func byTiny(best string) []tier {
	return []tier{
		{name: tierPolicy, key: testingOrder, say: sayTesting},
		{name: tierName, key: randomness, say: sayRandomness},
		sameHead(best),
		byPopularity,
		{name: tierSmaller, key: bySize, say: saySize},
		byID,
	}
}

var (
	byPopularity = tier{name: tierPopularity, key: popularity, say: sayPopularity}
	byLikes      = tier{name: tierLikes, key: liking, say: sayLikes}
	byID         = tier{name: tierID, say: sayID}
)

// lasting reports whether the tier rests on what seldom changes.
func (t *tier) lasting() bool {
	return t.name != tierPopularity && t.name != tierLikes && t.name != tierSmaller && t.name != tierID
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
