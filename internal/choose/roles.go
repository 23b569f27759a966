package choose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// knownDownloads a month are more than the author and passing crawlers make.
const knownDownloads = 1000

// known reports whether somebody stands behind the model: the owner, a known
// publisher, or enough people who use it. For one at the mark not to come and go,
// to stay in a place takes a quarter of the downloads. Unknown counters decide
// nothing.
func (c *candidate) known(place string) bool {
	old := c.d.incumbent(place)
	stays := old.ID == c.ID && !strings.HasPrefix(old.Reason, fewUse) && (c.downloads < 0 || c.downloads >= knownDownloads/4)
	return stays || c.authority() < stranger || c.downloads >= knownDownloads
}

// forDefault are the candidates for Default: the known ones, or all where there
// are none. Where preferences turn away a general model, none that is made for one
// purpose takes its place, but what is the default already stays.
func (d *decision) forDefault() []*candidate {
	list := those(d.fit, func(c *candidate) bool {
		stays := c.ID == d.incumbent(data.RoleDefault).ID
		if d.missed == nil || d.missed.purpose(d.arch) != "" || c.purpose(d.arch) == "" || stays {
			return true
		}
		order, _ := compare(byDefault, c, d.missed)
		return order < 0
	})
	if known := those(list, func(c *candidate) bool { return c.known(data.RoleDefault) }); len(known) > 0 {
		return known
	}
	return list
}

// fewUse begins the reason of a default that is not known.
const fewUse = "by a stranger whom few use, as nobody known has one: "

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
			(c == best || c.authority() < stranger && c.derivation() < 2 && d.sameKind(c, best) && c.purpose(d.arch) == "")
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
	return c.Pipeline != "" && c.Pipeline == best.Pipeline || c.named(d.Arch) < 3 || c.named(archVersion.ReplaceAllString(d.Arch, "")) < 2
}

// archVersion is the version at the end of an architecture's name, as of deberta-v2.
var archVersion = regexp.MustCompile(`[-_]?v?[0-9][0-9_.]*$`)

// incumbent is the place as it was filled before this run, the zero value if
// nothing filled it or a host did.
func (d *decision) incumbent(name string) data.Place {
	if d.previous.Status == data.Hosted && name != data.RoleTiny {
		return data.Place{}
	}
	if p, isRole := d.previous.Roles[name]; isRole {
		return p
	}
	return d.previous.Tasks[name]
}

// defend returns the best of the ranked candidates, or an incumbent that is
// still fit: that stays unless the challenger wins at a tier above popularity, or
// is four times as popular on two days. One that is proven and fit loses to no
// stranger whom few use. The place says what became of the incumbent, and why one
// stays.
func (d *decision) defend(name string, tiers []tier, ranked []*candidate) (*candidate, data.Place) {
	best, old := ranked[0], d.incumbent(name)
	if old.ID == "" || old.ID == best.ID {
		return best, data.Place{Replaced: old.Replaced} // what came before stays on record
	}
	incumbent := find(old.ID, ranked)
	if incumbent == nil {
		return best, data.Place{Replaced: d.lost(old.ID, name)}
	}
	_, t := compare(tiers, best, incumbent)
	popular := incumbent.downloads >= 0 && best.downloads >= 4*incumbent.downloads
	respected := best.stub || best.known(name) || popular
	// For Small the size is the point; elsewhere it only breaks ties.
	if respected && (lasting(t.name) || t.name == tierSmaller && name == data.RoleSmall) {
		return best, data.Place{Replaced: &data.Rejection{ID: old.ID, Rule: t.name, Why: t.say(incumbent, false)}}
	}
	p := data.Place{Tier: old.Tier, Reason: old.Reason, Replaced: old.Replaced}
	if popular {
		since := d.day
		if old.Challenger != nil && old.Challenger.ID == best.ID {
			since = old.Challenger.Since
		}
		if since < d.day {
			return best, data.Place{Replaced: &data.Rejection{ID: old.ID, Rule: tierPopularity, Why: "a quarter as popular on two days"}}
		}
		p.Challenger = &data.Challenger{ID: best.ID, Since: since}
	}
	if !lasting(p.Tier) || p.Tier == tierOnly {
		p.Tier, p.Reason = tierIncumbent, "chosen before, and no better one since"
	}
	return incumbent, p
}

// lost says what became of a pick that is not among those that are ranked.
func (d *decision) lost(id, name string) *data.Rejection {
	if no := d.Rejection(id); no != nil {
		return no
	}
	no := data.Rejection{ID: id, Rule: "gone", Why: "no longer among the candidates"}
	switch c, outcome := find(id, d.fit, d.stubs), d.facts.Lost[id]; {
	case c != nil && name == data.RoleOpen && c.Gated != "no":
		no.Rule, no.Why = "place", "no longer known to be ungated"
	case c != nil:
		no.Rule, no.Why = "place", "still a candidate, but no longer one for this place"
	case outcome == data.Missing:
		no.Why = d.policy.hub + " has no such model any more"
	case outcome == data.Disabled:
		no.Why = "disabled by the Hub"
	}
	return &no
}
