package choose

import "github.com/hfmodels/hfmodels/internal/data"

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
	respected := best.stub || best.known() || popular && !incumbent.known()
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
	if !lasting(p.Tier) {
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
