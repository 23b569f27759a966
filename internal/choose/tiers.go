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
// candidate what its key rests on. Where that is a counter, it says only who
// had more: a figure would change with every refresh.
type tier struct {
	name string
	key  func(*decision, *candidate) int // nil: by id
	say  func(*decision, *candidate) string
	more [2]string // instead of say: of the winner, of the loser
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

// byTask is the order for the default of a pipeline task. A base model with an
// untrained head never gets here, so derived is no fault.
var byTask = []tier{
	{name: tierPolicy, key: preference, say: sayPreference},
	{name: tierTask, key: pipelineDefault, say: sayPipelineDefault},
	{name: tierAuthority, key: authority, say: sayAuthority},
	{name: tierHead, key: headless, say: sayHeadless},
	{name: tierGeneral, key: narrowness, say: sayNarrowness},
	{name: tierSize, key: giant, say: sayGiant},
	byPopularity,
	byLikes,
	{name: tierSmaller, key: bySize, say: saySize},
	byID,
}

// bySmall is the order for Small: among trained models of known size that
// somebody stands behind, the smallest general one.
var bySmall = []tier{
	{name: tierPolicy, key: preference, say: sayPreference},
	{name: tierGeneral, key: specialty, say: saySpecialty},
	{name: tierSmaller, key: bySize, say: saySize},
	{name: tierAuthority, key: authority, say: sayAuthority},
	byPopularity,
	byID,
}

// byTiny is the order for Tiny, among stubs only.
var byTiny = []tier{
	{name: tierPolicy, key: testingOrder, say: sayTesting},
	{name: tierName, key: unrandom, say: sayRandom},
	{name: tierHead, key: otherHead, say: sayHead},
	byPopularity,
	{name: tierSmaller, key: bySize, say: saySize},
	byID,
}

// The tiers that rest on counters, and the last of every order.
var (
	byPopularity = tier{name: tierPopularity, key: popularity, more: [2]string{"downloaded at least twice as often as the next", "downloaded less"}}
	byLikes      = tier{name: tierLikes, key: liking, more: [2]string{"as popular as the next, and liked by more people", "liked by fewer people"}}
	byID         = tier{name: tierID, more: [2]string{"first by name, since nothing else tells them apart", "later by name, and else no different"}}
)

// won says why the candidate won at this tier, lost why it did not.
func (t *tier) won(d *decision, c *candidate) string {
	if t.say == nil {
		return t.more[0]
	}
	return t.say(d, c)
}

func (t *tier) lost(d *decision, c *candidate) string {
	if t.say == nil {
		return t.more[1]
	}
	return t.say(d, c)
}

// settled reports whether the tier of this name rests on what seldom changes.
func settled(name string) bool {
	return name != tierPopularity && name != tierLikes && name != tierSmaller && name != tierID
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
