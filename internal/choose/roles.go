package choose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// dropCuttings removes what others than the owner cut out of a composite: it
// does not stand for the part, and the composite does.
func (d *decision) dropCuttings() {
	owner := d.documenter()
	d.fit = slices.DeleteFunc(d.fit, func(c *candidate) bool {
		if strings.EqualFold(c.Author, owner) {
			return false
		}
		d.reject(c, "cutting", "cut out of a composite model, and not by its owner")
		return true
	})
}

// open are the candidates for Open: known to be ungated, and from somebody who
// can stand for the architecture. What strangers derived cannot stand for it.
func (d *decision) open() []*candidate {
	return those(d.fit, func(c *candidate) bool {
		return c.Gated == "no" && (c.authority() < stranger || c.isDefault())
	})
}

// known reports whether somebody stands behind the model: the owner, a known
// publisher, or enough people who use it.
func (c *candidate) known() bool {
	return c.authority() < stranger || c.downloads >= knownDownloads
}

// forDefault are the candidates for Default: the known ones, or all where there
// are none.
func (d *decision) forDefault() []*candidate {
	if !slices.ContainsFunc(d.fit, (*candidate).known) {
		return d.fit
	}
	return those(d.fit, func(c *candidate) bool { return c.known() || d.atMark(c) })
}

// fewUse begins the reason of a default that is not known.
const fewUse = "by a stranger whom few use, as nobody known has one: "

// atMark reports whether a default that was known to enough people when it was
// chosen is still used by a quarter of that: else one at the mark would come and
// go. Unknown counters decide nothing.
func (d *decision) atMark(c *candidate) bool {
	old := d.incumbent(data.RoleDefault)
	return old.ID == c.ID && !strings.HasPrefix(old.Reason, fewUse) && (c.downloads < 0 || c.downloads >= knownDownloads/4)
}

func (c *candidate) isDefault() bool {
	return c.d.places[data.RoleDefault].ID == c.ID
}

// smallParameters at two bytes each are 10 GB of weights: what a large CPU
// machine still runs.
const smallParameters = 5_000_000_000

// small are the candidates for Small: of known size, not above the default's,
// and from somebody who trains models. Where the default's size is unknown
// nothing can be said to be smaller.
func (d *decision) small(best *candidate) []*candidate {
	return those(d.fit, func(c *candidate) bool {
		return 0 < c.Parameters && c.Parameters <= min(best.Parameters, smallParameters) &&
			(c == best || c.authority() < stranger && c.derivation() < 2 && d.sameKind(c, best))
	})
}

// sameKind reports whether a model can do what the default can. Where its
// class is not known its task or its name must show it: an encoder of sentences
// is not a small language model.
func (d *decision) sameKind(c, best *candidate) bool {
	switch {
	case c.Pipeline != "" && best.Pipeline != "" && c.Pipeline != best.Pipeline:
		return false
	case c.Head() != "" && best.Head() != "":
		return slices.Contains(c.Architectures, best.Head())
	}
	return c.Pipeline != "" && c.Pipeline == best.Pipeline || c.named(d.Arch) < 3
}

// tiny are the stubs that were made with random weights, so far as one can
// see. A model that only calls itself a test may be anything.
func (d *decision) tiny() []*candidate {
	return those(d.stubs, func(c *candidate) bool {
		return d.policy.accounts.Testing(c.Author) || randomName.MatchString(c.Name())
	})
}

var randomName = regexp.MustCompile(`(?i)random|tiny|dummy`)
