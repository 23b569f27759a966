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
	tierTraining   = "training"
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
	key  func(*candidate) int                // nil: by id
	say  func(c *candidate, won bool) string // nil in a ranking, whose rows say why they are there
}

// keyed is a tier whose keys count from 0, and each of which has its words.
func keyed(name string, key func(*candidate) int, words ...string) tier {
	return tier{name, key, func(c *candidate, _ bool) string { return words[key(c)] }}
}

// Tiers that stand in several orders.
var (
	byPolicy     = tier{tierPolicy, (*candidate).preference, (*candidate).sayPreference}
	byAuthority  = tier{tierAuthority, (*candidate).authority, (*candidate).sayAuthority}
	byGiant      = tier{tierSize, (*candidate).giant, (*candidate).sayGiant}
	byPopularity = tier{
		tierPopularity, (*candidate).popularity,
		either("downloaded more than the next, counted in powers of two", "downloaded less, counted in powers of two"),
	}
	byLikes   = tier{tierLikes, (*candidate).liking, either("as popular as the next, and liked by more people", "as popular, but liked by fewer people")}
	bySmaller = tier{tierSmaller, (*candidate).bySize, (*candidate).saySize}
	byID      = tier{tierID, nil, either("first in the alphabet, as nothing else tells them apart", "later in the alphabet, and otherwise equal")}
)

// byDefault is the order for Default and Open. Up to and including size it
// rests on what seldom changes; an incumbent yields only to a challenger that
// wins there.
var byDefault = []tier{
	byPolicy,
	byAuthority,
	{tierBase, (*candidate).derivation, (*candidate).sayDerivation},
	byNarrowness((*candidate).purpose, "a general model"),
	keyed(tierName, func(c *candidate) int { return c.named(c.d.Arch) },
		"named after the architecture", "has the architecture's name further on", "named after a later or longer version", "not named after the architecture"),
	byGiant,
	byPopularity,
	byLikes,
	bySmaller,
	byID,
}

// byTask is the order for the default of a pipeline task. A base model whose
// class is known never gets here, so to be derived is not a fault; one that only its card
// calls made for the task may be such, whoever made it.
func byTask(task string) []tier {
	return []tier{
		byPolicy,
		pipelineDefault(task),
		lastOf(tierHead, task, byCard),
		byAuthority,
		lastOf(tierCard, task, byWider),
		byNarrowness((*candidate).domain, "not limited to a language or domain"),
		byGiant,
		byPopularity,
		byLikes,
		bySmaller,
		byID,
	}
}

// bySmall is the order for Small: among trained and general models of known size
// that somebody stands behind, the smallest.
var bySmall = []tier{
	byPolicy,
	{tierSmaller, (*candidate).bySizeStep, (*candidate).saySize},
	byAuthority,
	byPopularity,
	byID,
}

// byTiny is the order for Tiny, among stubs only: best is the class that the
// default's config names first.
func byTiny(best string) []tier {
	return []tier{
		{tierPolicy, (*candidate).testingOrder, (*candidate).sayTesting},
		keyed(tierName, func(c *candidate) int { return last(!strings.Contains(strings.ToLower(c.Name()), "random")) },
			"named as a stub with random weights", "not named as a stub with random weights"),
		keyed(tierHead, func(c *candidate) int { return last(!slices.Contains(c.Architectures, best)) },
			"has the default's head, "+best, "not known to have the default's head"),
		byPopularity,
		bySmaller,
		byID,
	}
}

// lasting reports whether the tier rests on what seldom changes.
func lasting(name string) bool {
	return name != tierPopularity && name != tierLikes && name != tierSmaller && name != tierID
}

// compare orders two candidates and names the tier that decided.
func compare(tiers []tier, a, b *candidate) (int, *tier) {
	for i := range tiers {
		t := &tiers[i]
		if t.key == nil {
			return strings.Compare(a.ID, b.ID), t
		}
		if c := cmp.Compare(t.key(a), t.key(b)); c != 0 {
			return c, t
		}
	}
	return 0, nil
}

func rank(tiers []tier, list []*candidate) []*candidate {
	return slices.SortedFunc(slices.Values(list), func(a, b *candidate) int {
		c, _ := compare(tiers, a, b)
		return c
	})
}
