package choose

import (
	"slices"

	"github.com/hfmodels/hfmodels/internal/data"
)

// incumbent is the pick before this run, if its candidate is still there.
func (d *decision) incumbent(role, task string) *data.Place {
	if d.previous == nil || d.previous.Status == data.Hosted && role != data.RoleTiny {
		return nil
	}
	var p data.Place
	var found bool
	if task != "" {
		p, found = d.previous.Tasks[task]
	} else {
		p, found = d.previous.Roles[role]
	}
	if !found {
		return nil
	}
	return &p
}

// defend keeps an incumbent that is still fit unless the challenger wins at a
// tier above popularity, or is four times as popular in two refreshes.
func (d *decision) defend(role string, tiers []tier, ranked []*candidate, old *data.Place, p *data.Place) *candidate {
	best := ranked[0]
	i := slices.IndexFunc(ranked, func(c *candidate) bool { return c.ID == old.ID })
	if i < 0 {
		p.Replaced = d.lost(old.ID, role)
		for _, r := range d.rejected {
			if r.ID == old.ID {
				p.Replaced = &r
			}
		}
		return best
	}
	held := ranked[i]
	_, t := d.compare(tiers, best, held)
	// For Small the size is the point; elsewhere it only breaks ties.
	if settled(t.name) || t.name == tierSmaller && &tiers[0] == &bySmall[0] {
		p.Replaced = &data.Rejection{ID: old.ID, Rule: t.name, Why: t.say(d, held, false)}
		return best
	}
	if held.downloads >= 0 && best.downloads >= 4*held.downloads {
		since := d.day
		if old.Challenger != nil && old.Challenger.ID == best.ID {
			since = old.Challenger.Since
		}
		if since < d.day {
			p.Replaced = &data.Rejection{ID: old.ID, Rule: tierPopularity, Why: "a quarter as popular in two refreshes"}
			return best
		}
		p.Challenger = &data.Challenger{ID: best.ID, Since: since}
	}
	p.Tier, p.Reason = old.Tier, old.Reason
	if !settled(p.Tier) {
		p.Tier, p.Reason = tierIncumbent, "chosen before, and no better one since"
	}
	return held
}

// lost says what became of a pick that is not among those that are ranked.
func (d *decision) lost(id, role string) *data.Rejection {
	for _, c := range slices.Concat(d.fit, d.stubs) {
		if c.ID != id {
			continue
		}
		why := "still a candidate, but no longer one for this place"
		if role == data.RoleOpen && c.Gated != "no" {
			why = "no longer known to be ungated"
		}
		return &data.Rejection{ID: id, Rule: "place", Why: why}
	}
	why := "no longer among the candidates"
	if d.facts != nil {
		switch d.facts.Lost[id] {
		case data.Missing:
			why = d.policy.hub + " has no such model any more"
		case data.Disabled:
			why = "disabled by the Hub"
		}
	}
	return &data.Rejection{ID: id, Rule: "gone", Why: why}
}
