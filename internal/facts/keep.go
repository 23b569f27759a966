package facts

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// How many candidates of each kind an architecture keeps. The Hub has tens of
// thousands of some; what cannot win and explains nothing is dropped.
const (
	keepPopular  = 40
	keepPerTask  = 6
	keepStubs    = 8
	keepOfOwners = 15
	keepSmall    = 8
	smallEnough  = 1000 // downloads that a small model needs to be kept
)

// Keep reduces the candidates of an architecture to those that may fill a
// place: the ones named in must, the most popular, those of each task, of the
// organisations that publish their own work, the smallest, and stubs. The
// result is sorted by id.
func Keep(list []data.Model, arch *data.Arch, must map[string]bool, policy *data.Policy, pop data.Popularity) []data.Model {
	list = append([]data.Model{}, list...) // [] in the file if it is empty, and not null
	slices.SortFunc(list, func(a, b data.Model) int {
		return cmp.Or(cmp.Compare(pop[b.ID].Downloads, pop[a.ID].Downloads), strings.Compare(a.ID, b.ID))
	})
	accounts := policy.Organizations.Accounts()
	owner, _, _ := strings.Cut(arch.Documented, "/")

	isStub := func(c *data.Model) bool { return accounts.Testing(c.Author) }
	isOwn := func(c *data.Model) bool {
		return accounts.Official(c.Author) || strings.EqualFold(c.Author, owner)
	}
	keep := make(map[string]bool)
	take := func(n int, list []data.Model, want func(*data.Model) bool) {
		for i := range list {
			if n > 0 && want(&list[i]) {
				keep[list[i].ID] = true
				n--
			}
		}
	}
	take(len(list), list, func(c *data.Model) bool { return must[c.ID] })
	take(keepPopular, list, func(c *data.Model) bool { return !isStub(c) })
	take(keepOfOwners, list, isOwn)
	take(keepStubs, list, isStub)
	for _, task := range arch.Tasks {
		take(keepPerTask, list, func(c *data.Model) bool { return c.Pipeline == task })
		take(keepPerTask, list, func(c *data.Model) bool { return c.Pipeline == task && isOwn(c) })
	}
	take(keepPerTask, list, func(c *data.Model) bool { return c.Gated == "no" && isOwn(c) })
	bySize := slices.SortedStableFunc(slices.Values(list), func(a, b data.Model) int { return cmp.Compare(a.Parameters, b.Parameters) })
	take(keepSmall, bySize, func(c *data.Model) bool {
		return c.Parameters > 0 && !isStub(c) && (isOwn(c) || pop[c.ID].Downloads >= smallEnough)
	})

	list = slices.DeleteFunc(list, func(c data.Model) bool { return !keep[c.ID] })
	slices.SortFunc(list, func(a, b data.Model) int { return strings.Compare(a.ID, b.ID) })
	return list
}
