package choose

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// judgeDocumented says what became of the documented checkpoint. It finds the
// reference, which is what people mean by the architecture: the documented
// checkpoint or what stands for it, where that is proven and fit and nothing
// speaks against it, or its sibling that they use far more.
func (d *decision) judgeDocumented() {
	if d.arch.Documented == "" {
		return
	}
	d.Documented = "not asked yet"
	switch asked, model := d.facts.Documented, d.facts.Answer(); {
	case asked == nil || asked.Outcome == data.Unreachable:
		return
	case asked.Outcome == data.Disabled:
		d.Documented = "disabled by the Hub"
	case model != nil:
		d.weigh(model)
	default:
		d.Documented = "not on " + d.policy.hub
		if other := d.namesake(d.arch.Documented); other != nil {
			d.refer(other, "documented as "+d.arch.Documented+", which is not on "+d.policy.hub, "; "+other.ID+" has its name")
		}
	}
	if d.reference == nil {
		return
	}
	if other := d.sibling(d.reference); other != nil {
		d.refer(other, "from the owner of the documented "+d.reference.ID+", and used far more", "; people use "+other.ID)
	}
}

// refer takes a candidate for the reference, and says so of the documented
// checkpoint.
func (d *decision) refer(c *candidate, why, said string) {
	d.reference, d.referenceWhy = c, why
	d.Documented += said
}

// weigh takes the documented checkpoint for the reference where it is proven and
// fit, unless something speaks against it.
func (d *decision) weigh(model *data.Model) {
	accounts := d.policy.accounts
	why, ref := d.unproven(model), first(d.fit, func(c *candidate) bool { return c.documented })
	d.Documented = cmp.Or(why, "proven")
	if why == "" && ref == nil {
		no := d.Rejection(model.ID)
		d.Documented = "proven, but unfit: " + no.Why
		if no.Rule == "denied" && !accounts.Staging(model.Author) { // whoever may not be used is still the maker
			d.Owner, d.OwnerWhy = model.Author, ownsDocumented
		}
		return
	}
	other, converted := d.namesake(model.ID), d.namesake(model.ID+"-hf")
	published := first(d.fit, func(c *candidate) bool {
		return accounts.Official(c.Author) && c.derivation() < 2
	})
	ordinary := first(d.fit, func(c *candidate) bool {
		return ref != nil && c.Author == ref.Author && c.Parameters > 0 && c.Parameters <= min(ref.Parameters/4, giantParameters) &&
			c.purpose(d.arch) == "" && c.derivation() <= ref.derivation()
	})
	switch {
	case ref != nil && other != nil && !accounts.Official(ref.Author) &&
		(accounts.Staging(ref.Author) || other.downloads > 4*max(ref.downloads, 0)):
		d.refer(other, "documented as "+ref.ID+", and published by its owner", "; "+other.Author+" publishes the same model")
	case converted != nil && model.ModelType != "":
		d.refer(converted, "the conversion to transformers of the documented "+model.ID, "; "+converted.ID+" is its conversion")
	case ref == nil: // it is not proven
	case published != nil && accounts.Staging(ref.Author):
		d.Documented += fmt.Sprintf(", but %s holds copies only, and %s publishes its own", ref.Author, published.Author)
	case ordinary != nil && ref.Parameters > giantParameters:
		d.Owner, d.OwnerWhy = ref.Author, ownsDocumented
		d.Documented += fmt.Sprintf(", but a giant of %s parameters where %s has %s", Count(ref.Parameters), ref.Author, Count(ordinary.Parameters))
	default:
		d.refer(ref, "documented by transformers "+d.policy.catalog.Transformers+", and proven", "")
	}
}

const ownsDocumented = "publishes the documented checkpoint"

// siblingUse is how many times as much as the documented checkpoint a model of
// the same owner has to be used to be what people mean.
const siblingUse = 16

// sibling finds a base model of the same owner that is used far more than the
// documented checkpoint, or nil: a general one of the same kind and no giant, unless
// the documented one is narrow, or as large. What the default was stays until the
// ratio changes fourfold, so that noise changes nothing. Unknown counters decide nothing.
func (d *decision) sibling(ref *candidate) (found *candidate) {
	was, most := d.incumbent(data.RoleDefault).ID, siblingUse*max(ref.downloads, 1)-1
	for _, c := range d.fit {
		use := c.downloads
		switch {
		case c == ref || c.documented || !strings.EqualFold(c.Author, ref.Author) || c.derivation() > ref.derivation(),
			c.purpose(d.arch) != "" && c.purpose(d.arch) != ref.purpose(d.arch),
			c.size() > max(giantParameters, ref.size()) || !d.sameKind(c, ref) && ref.purpose(d.arch) == "":
			continue
		case was == c.ID && min(use, ref.downloads) < 0:
			use = math.MaxInt64
		case min(use, ref.downloads) < 0:
			continue
		case was == c.ID:
			use *= 4
		case was == ref.ID:
			use /= 4
		}
		if use > most {
			found, most = c, use
		}
	}
	return found
}

// namesake finds a known publisher's checkpoint of the same name under another
// account: the owner's, where the documentation names a copy or a former name.
func (d *decision) namesake(id string) *candidate {
	_, name, _ := strings.Cut(id, "/")
	var found *candidate
	for _, c := range d.fit {
		if strings.EqualFold(c.Name(), name) && d.policy.accounts.Official(c.Author) && (found == nil || c.downloads > found.downloads) {
			found = c
		}
	}
	return found
}

// findOwner names the organisation that made the architecture, with the
// evidence.
func (d *decision) findOwner() (owner, why string) {
	accounts := d.policy.accounts
	if d.reference != nil {
		return d.reference.Author, ownsDocumented
	}
	has := func(org string) bool {
		return slices.ContainsFunc(d.fit, func(c *candidate) bool { return strings.EqualFold(c.Author, org) && c.derivation() < 2 })
	}
	// The documentation may name the wrong checkpoint of the right owner.
	asked := d.documenter()
	if asked != "" && !accounts.Staging(asked) && has(asked) {
		return asked, "is the account that the documentation names, though with another model"
	}
	org, n := leader(d.all, func(c *candidate) (orgs []string) {
		for _, b := range c.Bases {
			if org, _, ok := strings.Cut(b.ID, "/"); ok && c.foreign(b) {
				orgs = append(orgs, org)
			}
		}
		return orgs
	})
	if n >= 2 && has(org) && !accounts.Copies(org) {
		return org, fmt.Sprintf("made the models that %d other candidates are derived from", n)
	}
	base := those(d.fit, func(c *candidate) bool {
		return c.derivation() == 0 && c.purpose(d.arch) == "" && !accounts.Copies(c.Author)
	})
	known := those(base, func(c *candidate) bool { return accounts.Official(c.Author) })
	for i, list := range [][]*candidate{known, base} {
		org, n := leader(list, func(c *candidate) []string { return []string{c.Author} })
		what := [...]string{"the proven base models of known publishers", "the proven base models"}[i]
		// An account that is the only one with any is not the owner for that.
		if n > 0 && (n < len(list) || accounts.Official(org) || strings.EqualFold(org, asked)) {
			return org, fmt.Sprintf("has the most of %s: %d of %d", what, n, len(list))
		}
	}
	return "", ""
}

// documenter is the account that the documentation names, as it is called now.
func (d *decision) documenter() string {
	if m := d.facts.Answer(); m != nil {
		return m.Author
	}
	account, _, _ := strings.Cut(d.arch.Documented, "/")
	return account
}

// leader returns the name that stands most often, and how often; a tie proves
// nothing. Downloads do not count: they would change the owner from week to week.
func leader(list []*candidate, of func(*candidate) []string) (string, int) {
	n, best, tie := make(map[string]int), "", false
	for _, c := range list {
		for _, name := range of(c) {
			n[name]++
		}
	}
	for name := range n {
		if n[name] >= n[best] {
			best, tie = name, n[name] == n[best]
		}
	}
	if tie {
		return "", 0
	}
	return best, n[best]
}
