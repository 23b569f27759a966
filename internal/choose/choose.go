// Package choose decides which checkpoint stands for an architecture, and
// keeps the reasons. It is a pure function of the catalog, the facts, the
// policy and the previous picks: same input, same picks.
//
// Candidates are first removed by named rules (policy, proof, fitness for use)
// and what is left is ordered by named tiers, one after the other. No scores
// are summed, so every decision has one tier that made it.
package choose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/names"
	"github.com/hfmodels/hfmodels/registrydata"
)

// runnersUp are kept for every pick.
const runnersUp = 4

// Choose decides for every architecture of the catalog. The only errors are
// the policy's: a pin or a denial that cannot be carried out.
func Choose(data *registrydata.Data, day string) (*registrydata.Picks, error) {
	policy, err := compile(data)
	if err != nil {
		return nil, err
	}
	decisions := make(map[string]*decision, len(data.Catalog.Archs))
	for i := range data.Catalog.Archs {
		d := newDecision(data, policy, &data.Catalog.Archs[i], day)
		decisions[d.arch.ModelType] = d
	}
	for i := range data.Catalog.Archs {
		decisions[data.Catalog.Archs[i].ModelType].own()
	}
	out := &registrydata.Picks{Schema: registrydata.Schema}
	for i := range data.Catalog.Archs {
		d := decisions[data.Catalog.Archs[i].ModelType]
		if d.roles[registrydata.RoleDefault] == nil {
			d.hosted(decisions)
		}
	}
	for i := range data.Catalog.Archs {
		out.Archs = append(out.Archs, decisions[data.Catalog.Archs[i].ModelType].result())
	}
	if err := policy.unfulfilled(decisions); err != nil {
		return nil, err
	}
	return out, nil
}

// decision is the work on one architecture.
type decision struct {
	arch         *registrydata.Arch
	archs        map[string]*registrydata.Arch // the catalog, by model type
	transformers string
	day          string
	policy       *rules
	facts        *registrydata.Facts
	previous     *registrydata.ArchPicks
	classes      map[string]bool
	tasks        map[string]registrydata.Task
	types        []string // model types that prove the architecture

	all      []*candidate
	fit      []*candidate
	stubs    []*candidate
	rejected []registrydata.Rejection

	reference       *candidate // the documented checkpoint, once proven and fit
	referenceWhy    string
	owner, ownerWhy string
	documented      string
	head            string // of the default, which a stub should share
	task            string // that a pick is being made for; "" for a role

	status registrydata.Status
	why    string
	host   string
	roles  map[string]*registrydata.Pick
	picked map[string]*registrydata.Pick // by task
	models map[string]*candidate         // every picked one, by id
}

func newDecision(data *registrydata.Data, policy *rules, arch *registrydata.Arch, day string) *decision {
	d := &decision{
		arch: arch, transformers: data.Catalog.Transformers, day: day, policy: policy,
		facts:   data.Facts[arch.ModelType],
		archs:   policy.archs,
		classes: classesOf(arch),
		tasks:   policy.tasks,
		types:   []string{arch.ModelType},
		roles:   make(map[string]*registrydata.Pick),
		picked:  make(map[string]*registrydata.Pick),
		models:  make(map[string]*candidate),
	}
	// A type that is only another spelling loads the same config class, so a
	// checkpoint that bears it is a checkpoint of this architecture.
	for i := range data.Catalog.Archs {
		if data.Catalog.Archs[i].AliasOf == arch.ModelType {
			if slices.ContainsFunc(data.Catalog.Archs, func(a registrydata.Arch) bool {
				return a.AliasOf == arch.ModelType && a.ConfigClass == arch.ConfigClass && a.Module == arch.Module
			}) {
				d.types = append(d.types, data.Catalog.Archs[i].ModelType)
			}
		}
	}
	if data.Picks != nil {
		i, found := slices.BinarySearchFunc(data.Picks.Archs, arch.ModelType, func(p registrydata.ArchPicks, t string) int {
			return strings.Compare(p.Arch, t)
		})
		if found {
			d.previous = &data.Picks.Archs[i]
		}
	}
	d.collect(data)
	return d
}

// collect gathers the candidates of the architecture and of its aliases, and
// the documented checkpoint.
func (d *decision) collect(data *registrydata.Data) {
	seen := make(map[string]*candidate)
	add := func(c *registrydata.Candidate) *candidate {
		if seen[c.ID] == nil {
			seen[c.ID] = newCandidate(c, data.Popularity, &d.policy.organizations)
			d.all = append(d.all, seen[c.ID])
		}
		return seen[c.ID]
	}
	for _, t := range d.types {
		if f := data.Facts[t]; f != nil {
			for i := range f.Candidates {
				add(&f.Candidates[i])
			}
		}
	}
	if d.facts != nil && d.facts.Documented != nil && d.facts.Documented.Model != nil {
		add(d.facts.Documented.Model).documented = true
	}
	slices.SortFunc(d.all, func(a, b *candidate) int { return strings.Compare(a.ID, b.ID) })
}

// own decides from the architecture's own candidates.
func (d *decision) own() {
	for _, c := range d.all {
		if r := d.reject(c); r == nil {
			d.fit = append(d.fit, c)
		} else {
			d.rejected = append(d.rejected, registrydata.Rejection{ID: c.ID, Rule: r.name, Why: r.why(d, c)})
			if r.name == "stub" {
				d.stubs = append(d.stubs, c)
			}
		}
	}
	d.judgeDocumented()
	d.findOwner()

	if d.arch.Part {
		d.dropCuttings()
	}
	best := d.pick(registrydata.RoleDefault, "", byDefault, d.fit)
	if best != nil {
		d.status = registrydata.Proven
		d.head = best.head()
		d.pick(registrydata.RoleOpen, "", byDefault, d.open())
		d.pick(registrydata.RoleSmall, "", bySmall, d.small(best))
		for _, task := range d.arch.Tasks {
			d.pick("", task, byTask, d.madeFor(task))
		}
	}
	d.pick(registrydata.RoleTiny, "", byTiny, d.tiny())
}

func (d *decision) reject(c *candidate) *rule {
	for i := range fitness {
		if fitness[i].why(d, c) != "" {
			return &fitness[i]
		}
	}
	return nil
}

// dropCuttings removes what others than the owner cut out of a composite: it
// does not stand for the part, and the composite does.
func (d *decision) dropCuttings() {
	owner, _, _ := strings.Cut(d.arch.Documented, "/")
	if d.facts != nil && d.facts.Documented != nil && d.facts.Documented.Model != nil {
		owner = d.facts.Documented.Model.Author
	}
	d.fit = slices.DeleteFunc(d.fit, func(c *candidate) bool {
		if strings.EqualFold(c.Author, owner) {
			return false
		}
		d.rejected = append(d.rejected, registrydata.Rejection{ID: c.ID, Rule: "cutting", Why: "cut out of a composite model, and not by its owner"})
		return true
	})
}

// open are the candidates for Open: known to be ungated, and from somebody who
// can stand for the architecture. What strangers derived is no stand-in.
func (d *decision) open() []*candidate {
	return slices.DeleteFunc(slices.Clone(d.fit), func(c *candidate) bool {
		return c.Gated != "no" || authority(d, c) == 3 && !d.isDefault(c)
	})
}

func (d *decision) isDefault(c *candidate) bool {
	p := d.roles[registrydata.RoleDefault]
	return p != nil && p.ID == c.ID
}

// smallParameters at two bytes each are 10 GB of weights: what a large CPU
// machine still runs.
const smallParameters = 5_000_000_000

// small are the candidates for Small: of known size, not above the default's,
// and from somebody who trains models. Where the default's size is unknown
// nothing can be said to be smaller.
func (d *decision) small(best *candidate) []*candidate {
	if best.size() == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(d.fit), func(c *candidate) bool {
		n := c.size()
		return n == 0 || n > best.size() || n > smallParameters ||
			c != best && (authority(d, c) == 3 || derivation(d, c) == 2 || !sameKind(c, best))
	})
}

// sameKind reports whether two models can do the same, so far as is known: an
// encoder of sentences is no small language model.
func sameKind(a, b *candidate) bool {
	return (a.head() == "" || b.head() == "" || a.head() == b.head()) && (a.Pipeline == "" || b.Pipeline == "" || a.Pipeline == b.Pipeline)
}

// tiny are the stubs that were made with random weights, so far as one can
// see. A model that only calls itself a test may be anything.
func (d *decision) tiny() []*candidate {
	return slices.DeleteFunc(slices.Clone(d.stubs), func(c *candidate) bool {
		name := strings.ToLower(c.Name())
		return !d.policy.testing(c.Author) && !strings.Contains(name, "random") && !strings.Contains(name, "tiny") && !strings.Contains(name, "dummy")
	})
}

// pick settles a role or a task: a pin if there is one, else the best of the
// list, unless the incumbent may stay.
func (d *decision) pick(role, task string, tiers []tier, list []*candidate) *candidate {
	d.task = task
	place, old := d.roles, d.incumbent(role, task)
	key := role
	if task != "" {
		place, key = d.picked, task
	}
	if pin := d.policy.pin(d.arch.ModelType, role, task); pin != nil {
		// A pin is not bound to the list: a task's pin need not show the task.
		for _, c := range slices.Concat(d.fit, d.stubs) {
			if c.ID == pin.ID && c.stub == (role == registrydata.RoleTiny) {
				pin.done = true
				place[key] = &registrydata.Pick{ID: c.ID, Tier: tierPolicy, Reason: "pinned: " + pin.Reason}
				d.models[c.ID] = c
				return c
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	ranked := d.rank(tiers, list)
	p := &registrydata.Pick{}
	best := ranked[0]
	if old != nil && best.ID != old.ID {
		best = d.defend(tiers, ranked, old, p)
	}
	p.ID = best.ID
	for _, c := range ranked {
		if c == best || len(p.RunnersUp) == runnersUp {
			continue
		}
		sign, t := d.compare(tiers, best, c)
		if sign > 0 { // only an incumbent stays behind a better one
			p.RunnersUp = append(p.RunnersUp, registrydata.RunnerUp{ID: c.ID, Tier: tierIncumbent, Why: t.say(d, c) + ", and not for long enough"})
			continue
		}
		p.RunnersUp = append(p.RunnersUp, registrydata.RunnerUp{ID: c.ID, Tier: t.name, Why: t.say(d, c)})
	}
	switch {
	case p.Tier != "": // an incumbent that stays keeps its reason
	case len(ranked) == 1:
		p.Tier, p.Reason = tierOnly, "the only fit candidate"
		if task != "" || role == registrydata.RoleOpen || role == registrydata.RoleTiny {
			p.Reason = "the only candidate " + onlyFor(role, task)
		}
		if c := best; c == d.reference && role == registrydata.RoleDefault {
			p.Tier, p.Reason = tierAuthority, sayAuthority(d, c)
		}
	default:
		_, t := d.compare(tiers, best, ranked[1])
		p.Tier, p.Reason = t.name, t.say(d, best)
	}
	place[key] = p
	d.models[best.ID] = best
	return best
}

func onlyFor(role, task string) string {
	switch {
	case task != "":
		return "made for " + task
	case role == registrydata.RoleOpen:
		return "known to be ungated"
	}
	return "made for tests"
}

// incumbent is the pick before this run, if its candidate is still there.
func (d *decision) incumbent(role, task string) *registrydata.Pick {
	if d.previous == nil || d.previous.Status == registrydata.Hosted && role != registrydata.RoleTiny {
		return nil
	}
	var p registrydata.Pick
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
func (d *decision) defend(tiers []tier, ranked []*candidate, old *registrydata.Pick, p *registrydata.Pick) *candidate {
	best := ranked[0]
	i := slices.IndexFunc(ranked, func(c *candidate) bool { return c.ID == old.ID })
	if i < 0 {
		p.Replaced = &registrydata.Rejection{ID: old.ID, Rule: "gone", Why: "no longer among the candidates"}
		for _, r := range d.rejected {
			if r.ID == old.ID {
				p.Replaced = &r
			}
		}
		return best
	}
	held := ranked[i]
	_, t := d.compare(tiers, best, held)
	structural := t.name != tierPopularity && t.name != tierLikes && t.name != tierSmaller && t.name != tierID
	if t.name == tierSmaller && slices.ContainsFunc(tiers, func(t tier) bool { return t.name == tierLikes }) == false {
		structural = true // for Small, the size is the point
	}
	if structural {
		p.Replaced = &registrydata.Rejection{ID: old.ID, Rule: t.name, Why: t.say(d, held)}
		return best
	}
	if bucket(best.downloads) >= bucket(held.downloads)+2 && held.downloads >= 0 {
		since := d.day
		if old.Challenger != nil && old.Challenger.ID == best.ID {
			since = old.Challenger.Since
		}
		if since < d.day {
			p.Replaced = &registrydata.Rejection{ID: old.ID, Rule: tierPopularity, Why: "a quarter as popular in two refreshes"}
			return best
		}
		p.Challenger = &registrydata.Challenger{ID: best.ID, Since: since}
	}
	p.Tier, p.Reason = old.Tier, old.Reason
	if p.Tier == tierPopularity || p.Tier == tierLikes || p.Tier == tierSmaller || p.Tier == tierID {
		p.Tier, p.Reason = tierIncumbent, "chosen before, and no better one since"
	}
	return held
}

func (d *decision) result() registrydata.ArchPicks {
	r := registrydata.ArchPicks{
		Arch: d.arch.ModelType, Status: d.status, Why: d.why, Host: d.host,
		Documented: d.documented, Owner: d.owner, OwnerWhy: d.ownerWhy, Rejected: d.rejected,
	}
	if len(d.roles) > 0 {
		r.Roles = make(map[string]registrydata.Pick)
		for k, p := range d.roles {
			r.Roles[k] = *p
		}
	}
	if len(d.picked) > 0 {
		r.Tasks = make(map[string]registrydata.Pick)
		for k, p := range d.picked {
			r.Tasks[k] = *p
		}
	}
	for _, c := range d.models {
		r.Models = append(r.Models, d.model(c))
	}
	slices.SortFunc(r.Models, func(a, b registrydata.PickedModel) int {
		return cmp.Or(cmp.Compare(r.Place(a.ID), r.Place(b.ID)), strings.Compare(a.ID, b.ID))
	})
	return r
}

func (d *decision) model(c *candidate) registrydata.PickedModel {
	m := registrydata.PickedModel{
		ID: c.ID, Revision: c.Revision, Parameters: c.Parameters, Bytes: c.Bytes,
		License: c.License, Gated: c.Gated, Head: c.head(), Formats: c.Formats, DType: mainDType(c.DTypes),
	}
	for _, t := range d.arch.Tasks {
		if d.made(c, t) {
			m.Tasks = append(m.Tasks, t)
		}
	}
	return m
}

func mainDType(split map[string]int64) string {
	best := ""
	for t, n := range split {
		if best == "" || n > split[best] || n == split[best] && t < best {
			best = t
		}
	}
	return best
}

// judgeDocumented says what became of the documented checkpoint, and makes it
// the reference where it is proven, fit, and nothing speaks against it.
func (d *decision) judgeDocumented() {
	if d.arch.Documented == "" {
		return
	}
	doc := (*registrydata.Documented)(nil)
	if d.facts != nil {
		doc = d.facts.Documented
	}
	switch {
	case doc == nil || doc.Outcome == registrydata.Unreachable:
		d.documented = "not asked yet"
		return
	case doc.Outcome == registrydata.Disabled:
		d.documented = "disabled by the Hub"
		return
	case doc.Model == nil:
		d.documented = "not on the Hub"
		if other := d.namesake(d.arch.Documented); other != nil {
			d.documented = "not on the Hub; " + other.ID + " bears its name"
			d.reference, d.referenceWhy = other, "documented as "+d.arch.Documented+", where the Hub has none"
		}
		return
	case doc.Model.ModelType == "":
		d.documented = "its config states no model_type"
		return
	case !slices.Contains(d.types, doc.Model.ModelType):
		d.documented = "its config.model_type is " + doc.Model.ModelType
		if other := d.namesake(doc.Model.ID + "-hf"); other != nil {
			d.documented += "; " + other.ID + " is its conversion"
			d.reference, d.referenceWhy = other, "the conversion to transformers of the documented "+doc.Model.ID
		}
		return
	}
	d.documented = "proven"
	i := slices.IndexFunc(d.fit, func(c *candidate) bool { return c.documented })
	if i < 0 {
		for _, r := range d.rejected {
			if r.ID == doc.Model.ID {
				d.documented = "proven, but unfit: " + r.Why
			}
		}
		return
	}
	ref := d.fit[i]
	if other := d.namesake(ref.ID); other != nil && !d.policy.official(ref.Author) &&
		(d.policy.staging(ref.Author) || other.downloads > 4*max(ref.downloads, 0)) {
		d.documented = "proven; " + other.Author + " publishes the same model"
		d.reference, d.referenceWhy = other, "documented as "+ref.ID+", and published by its owner"
		return
	}
	if other := d.published(ref); other != nil {
		d.documented = fmt.Sprintf("proven, but %s holds copies only, and %s publishes its own", ref.Author, other.Author)
		return
	}
	if other := d.ordinary(ref); other != nil {
		d.owner, d.ownerWhy = ref.Author, "owns the documented checkpoint"
		d.documented = fmt.Sprintf("proven, but a giant of %s parameters where %s has %s", count(ref.Parameters), ref.Author, count(other.Parameters))
		return
	}
	d.reference, d.referenceWhy = ref, fmt.Sprintf("documented by transformers %s, and proven", d.transformers)
}

// namesake finds a known publisher's checkpoint of the same name under another
// account: the owner's, where the documentation names a copy or a former name.
func (d *decision) namesake(id string) *candidate {
	org, name, _ := strings.Cut(id, "/")
	var found *candidate
	for _, c := range d.fit {
		if strings.EqualFold(c.Name(), name) && (!strings.EqualFold(c.Author, org) || strings.HasSuffix(id, "-hf")) && d.policy.official(c.Author) &&
			(found == nil || c.downloads > found.downloads) {
			found = c
		}
	}
	return found
}

// published finds a known publisher's checkpoint where the documentation names
// an account that only holds copies.
func (d *decision) published(ref *candidate) *candidate {
	if !d.policy.staging(ref.Author) {
		return nil
	}
	for _, c := range d.fit {
		if c.Author != ref.Author && d.policy.official(c.Author) && derivation(d, c) < 2 {
			return c
		}
	}
	return nil
}

// ordinary finds a model of the same owner that is at most a quarter of a
// giant.
func (d *decision) ordinary(ref *candidate) *candidate {
	if ref.Parameters <= giantParameters {
		return nil
	}
	for _, c := range d.fit {
		if c.Author == ref.Author && c.Parameters > 0 && c.Parameters <= ref.Parameters/4 && c.Parameters <= giantParameters &&
			specialty(d, c) == 0 && derivation(d, c) <= derivation(d, ref) {
			return c
		}
	}
	return nil
}

// findOwner names the organisation that made the architecture, with the
// evidence.
func (d *decision) findOwner() {
	if d.owner != "" {
		return
	}
	if d.reference != nil {
		d.owner, d.ownerWhy = d.reference.Author, "owns the documented checkpoint"
		return
	}
	has := func(org string) bool {
		return slices.ContainsFunc(d.fit, func(c *candidate) bool { return strings.EqualFold(c.Author, org) && derivation(d, c) < 2 })
	}
	// The documentation may name the wrong checkpoint of the right owner.
	asked, _, _ := strings.Cut(d.arch.Documented, "/")
	if d.facts != nil && d.facts.Documented != nil && d.facts.Documented.Model != nil {
		asked = d.facts.Documented.Model.Author
	}
	if asked != "" && !d.policy.staging(asked) && has(asked) {
		d.owner, d.ownerWhy = asked, "is whom the documentation names, though with another model"
		return
	}
	if org, n := d.most(func(c *candidate) []string {
		var orgs []string
		for _, b := range c.Bases {
			if org, _, ok := strings.Cut(b.ID, "/"); ok && !strings.EqualFold(org, c.Author) {
				orgs = append(orgs, org)
			}
		}
		return orgs
	}, d.all); n >= 2 && has(org) && !d.policy.copies(org) {
		d.owner, d.ownerWhy = org, fmt.Sprintf("made what %d other candidates are derived from", n)
		return
	}
	base := slices.DeleteFunc(slices.Clone(d.fit), func(c *candidate) bool {
		return derivation(d, c) > 0 || specialty(d, c) > 0 || d.policy.copies(c.Author)
	})
	known := slices.DeleteFunc(slices.Clone(base), func(c *candidate) bool { return !d.policy.official(c.Author) })
	for _, list := range [][]*candidate{known, base} {
		if org, n := d.most(func(c *candidate) []string { return []string{c.Author} }, list); n > 0 {
			d.owner, d.ownerWhy = org, fmt.Sprintf("has most of the proven base models: %d of %d", n, len(list))
			return
		}
	}
}

// most returns the name that stands most often, and how often; on a tie the
// one with the most downloads, then the first by name.
func (d *decision) most(of func(*candidate) []string, list []*candidate) (string, int) {
	n, downloads := make(map[string]int), make(map[string]int64)
	for _, c := range list {
		for _, name := range of(c) {
			n[name]++
			downloads[name] = max(downloads[name], c.downloads)
		}
	}
	best := ""
	for name := range n {
		if best == "" || cmp.Or(cmp.Compare(n[best], n[name]), cmp.Compare(downloads[best], downloads[name]), strings.Compare(name, best)) < 0 {
			best = name
		}
	}
	return best, n[best]
}

// hosted answers for an architecture that has no checkpoints of its own by one
// that contains it, and otherwise says why there is no answer.
func (d *decision) hosted(decisions map[string]*decision) {
	host, c, why := d.findHost(decisions)
	if c == nil {
		d.status, d.why = registrydata.None, "transformers documents no checkpoint, and the Hub shows none"
		if d.arch.Documented != "" {
			d.status = registrydata.Unproven
			d.why = fmt.Sprintf("the documented checkpoint %s is not proven: %s", d.arch.Documented, d.documented)
			if d.documented == "proven" || strings.HasPrefix(d.documented, "proven,") {
				d.why = "the documented checkpoint is " + d.documented
			}
		}
		return
	}
	d.status, d.host, d.why = registrydata.Hosted, host.arch.ModelType, why
	reason := fmt.Sprintf("%s lives inside %s", d.arch.ModelType, host.arch.ModelType)
	d.roles[registrydata.RoleDefault] = &registrydata.Pick{ID: c.ID, Tier: tierHost, Reason: reason}
	d.models[c.ID] = c
	open := c
	if open.Gated != "no" {
		open = nil
		if p := host.roles[registrydata.RoleOpen]; p != nil {
			open = host.models[p.ID]
		}
	}
	if open != nil {
		d.roles[registrydata.RoleOpen] = &registrydata.Pick{ID: open.ID, Tier: tierHost, Reason: reason}
		d.models[open.ID] = open
	}
}

func (d *decision) findHost(decisions map[string]*decision) (*decision, *candidate, string) {
	defaultOf := func(h *decision) *candidate {
		if h == nil || h.status != registrydata.Proven {
			return nil
		}
		return h.models[h.roles[registrydata.RoleDefault].ID]
	}
	if h := decisions[d.arch.AliasOf]; h != nil {
		for _, c := range h.rank(byDefault, h.fit) {
			if c.named(d.arch.ModelType) < 3 {
				return h, c, "its config class is " + h.arch.ModelType + "'s"
			}
		}
		if c := defaultOf(h); c != nil {
			return h, c, "its config class is " + h.arch.ModelType + "'s"
		}
	}
	var doc *candidate
	var inside *decision
	if d.facts != nil && d.facts.Documented != nil && d.facts.Documented.Model != nil {
		m := d.facts.Documented.Model
		if h := decisions[m.ModelType]; h != nil && h != d {
			inside = h
			if i := slices.IndexFunc(h.fit, func(c *candidate) bool { return c.ID == m.ID }); i >= 0 {
				doc = h.fit[i]
			}
		}
	}
	if doc != nil && doc.named(d.arch.ModelType) < 3 {
		return inside, doc, "the documented checkpoint bears its name and declares " + inside.arch.ModelType
	}
	if doc != nil && (slices.Contains(d.ancestors(), inside.arch.ModelType) || d.within(inside.arch.ModelType)) {
		return inside, doc, "the documented checkpoint declares " + inside.arch.ModelType + ", which contains it or all of its parts"
	}
	for _, parent := range d.ancestors() {
		if c := defaultOf(decisions[parent]); c != nil {
			return decisions[parent], c, parent + " contains it"
		}
	}
	if doc != nil && strings.HasPrefix(names.Fold(d.arch.ModelType), names.Fold(inside.arch.ModelType)) {
		return inside, doc, "the documented checkpoint declares " + inside.arch.ModelType + ", which it extends"
	}
	return nil, nil, ""
}

// within reports whether the host, at whatever depth, contains the type, or
// all parts that it is made of.
func (d *decision) within(host string) bool {
	inside := make(map[string]bool)
	var open func(string)
	open = func(t string) {
		if a := d.archs[t]; a != nil {
			for _, part := range a.Components {
				if part != "" && !inside[part] {
					inside[part] = true
					open(part)
				}
			}
		}
	}
	open(host)
	if inside[d.arch.ModelType] {
		return true
	}
	for _, part := range d.arch.Components {
		if !inside[part] {
			return false
		}
	}
	return len(d.arch.Components) > 0
}

// ancestors are the types that contain this one, nearest first; those of the
// same module come before others of the same distance.
func (d *decision) ancestors() []string {
	var out []string
	seen := map[string]bool{d.arch.ModelType: true}
	level := []string{d.arch.ModelType}
	for len(level) > 0 {
		var next []string
		for _, t := range level {
			a := d.archs[t]
			if a == nil {
				continue
			}
			for _, p := range a.Parents {
				if !seen[p] {
					seen[p] = true
					next = append(next, p)
				}
			}
		}
		slices.SortFunc(next, func(a, b string) int {
			same := func(t string) int {
				if x := d.archs[t]; x != nil && x.Module == d.arch.Module {
					return 0
				}
				return 1
			}
			return cmp.Or(cmp.Compare(same(a), same(b)), strings.Compare(a, b))
		})
		out = append(out, next...)
		level = next
	}
	return out
}
