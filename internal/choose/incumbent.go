package choose

import "github.com/hfmodels/hfmodels/internal/data"

// incumbent is the place as it was filled before this run, nil if nothing filled
// it or a host did.
func (d *decision) incumbent(role, task string) *data.Place {
	if d.previous == nil || d.previous.Status == data.Hosted && role != data.RoleTiny {
		return nil
	}
	places, key := placesOf(d.previous, role, task)
	if p, found := places[key]; found {
		return &p
	}
	return nil
}

// defend returns the best of the ranked candidates, or an incumbent that is
// still fit: that stays unless the challenger wins at a tier above popularity, or
// is four times as popular on two days. One that is proven and fit loses to no
// stranger whom few use. The place says what became of the incumbent, and why one
// stays.
func (d *decision) defend(role string, tiers []tier, ranked []*candidate, old *data.Place) (*candidate, data.Place) {
	best := ranked[0]
	switch {
	case old == nil:
		return best, data.Place{}
	case best.ID == old.ID:
		return best, data.Place{Replaced: old.Replaced} // what came before stays on record
	}
	incumbent := find(old.ID, ranked)
	if incumbent == nil {
		return best, data.Place{Replaced: d.lost(old.ID, role)}
	}
	_, t := compare(tiers, best, incumbent)
	popular := incumbent.downloads >= 0 && best.downloads >= 4*incumbent.downloads
	respected := best.stub || best.known() || popular && !incumbent.known()
	// For Small the size is the point; elsewhere it only breaks ties.
	if respected && (lasting(t.name) || t.name == tierSmaller && role == data.RoleSmall) {
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
func (d *decision) lost(id, role string) *data.Rejection {
	if no := d.Rejection(id); no != nil {
		return no
	}
	c := find(id, d.fit, d.stubs)
	switch {
	case c != nil && role == data.RoleOpen && c.Gated != "no":
		return &data.Rejection{ID: id, Rule: "place", Why: "no longer known to be ungated"}
	case c != nil:
		return &data.Rejection{ID: id, Rule: "place", Why: "still a candidate, but no longer one for this place"}
	case d.facts != nil && d.facts.Lost[id] == data.Missing:
		return &data.Rejection{ID: id, Rule: "gone", Why: d.policy.hub + " has no such model any more"}
	case d.facts != nil && d.facts.Lost[id] == data.Disabled:
		return &data.Rejection{ID: id, Rule: "gone", Why: "disabled by the Hub"}
	}
	return &data.Rejection{ID: id, Rule: "gone", Why: "no longer among the candidates"}
}
