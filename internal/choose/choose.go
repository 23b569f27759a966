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
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// runnersUp are kept for every pick.
const runnersUp = 4

// Choose decides for every architecture of the catalog. The only errors are
// the policy's: a pin or a denial that cannot be carried out.
func Choose(state *data.State, day string) (*data.Picks, error) {
	policy, err := compile(state)
	if err != nil {
		return nil, err
	}
	var all []*decision
	decisions := make(map[string]*decision)
	for i := range state.Catalog.Archs {
		d := newDecision(state, policy, &state.Catalog.Archs[i], day)
		d.own()
		all, decisions[d.arch.ModelType] = append(all, d), d
	}
	out := &data.Picks{Schema: data.Schema}
	for _, d := range all { // a host has to be decided before what it answers for
		if _, ok := d.roles[data.RoleDefault]; !ok {
			d.hosted(decisions)
		}
		out.Archs = append(out.Archs, d.result())
	}
	if err := policy.unfulfilled(decisions); err != nil {
		return nil, err
	}
	out.Rankings = policy.rankings(all, state.Picks)
	state.Join(out)
	return out, nil
}

// decision is the work on one architecture.
type decision struct {
	arch     *data.Arch
	day      string // of the facts
	policy   *rules
	facts    *data.Facts
	previous *data.ArchPicks
	types    []string        // model types that prove the architecture
	classes  map[string]bool // that its auto classes build

	all      []*candidate
	fit      []*candidate
	stubs    []*candidate
	rejected []data.Rejection

	reference       *candidate // the documented checkpoint, once proven and fit
	referenceWhy    string
	owner, ownerWhy string
	documented      string

	status data.Status
	why    string
	host   string
	roles  map[string]data.Place
	tasks  map[string]data.Place
	models map[string]*candidate // that fill a place, by id
}

func newDecision(state *data.State, policy *rules, arch *data.Arch, day string) *decision {
	d := &decision{
		arch: arch, day: day, policy: policy,
		facts:    state.Facts[arch.ModelType],
		previous: state.Picks.Of(arch.ModelType),
		types:    state.Catalog.Proving(arch),
		classes:  make(map[string]bool),
		roles:    make(map[string]data.Place),
		tasks:    make(map[string]data.Place),
		models:   make(map[string]*candidate),
	}
	for _, auto := range arch.AutoClass {
		for _, class := range auto.Classes {
			d.classes[class] = true
		}
	}
	d.collect(state)
	return d
}

// collect gathers the candidates of the architecture and of its aliases, and
// the documented checkpoint. The Hub takes an id in any case: of two ids that
// differ in nothing else, the one of which more is known names the repository.
// How much it is used does not count, because that changes every day.
func (d *decision) collect(state *data.State) {
	add := func(m *data.Model) { d.all = append(d.all, newCandidate(m, state.Popularity, d.policy.accounts)) }
	if m := d.facts.Answer(); m != nil {
		add(m)
	}
	for _, t := range d.types {
		if f := state.Facts[t]; f != nil {
			for i := range f.Candidates {
				add(&f.Candidates[i])
			}
		}
	}
	answer := ""
	if m := d.facts.Answer(); m != nil {
		answer = m.ID
	}
	known := func(c *candidate) (n int) {
		for _, yes := range []bool{c.Parameters > 0, c.ID == answer, c.Revision != "", c.downloads >= 0} {
			if n *= 2; yes {
				n++
			}
		}
		return n
	}
	spellings := make(map[string]*candidate)
	for _, c := range d.all {
		id := strings.ToLower(c.ID)
		if old := spellings[id]; old == nil || cmp.Or(cmp.Compare(known(old), known(c)), strings.Compare(c.ID, old.ID)) < 0 {
			spellings[id] = c
		}
	}
	d.all = slices.Collect(maps.Values(spellings))
	for _, c := range d.all {
		c.documented = strings.EqualFold(c.ID, answer)
	}
	slices.SortFunc(d.all, func(a, b *candidate) int { return strings.Compare(a.ID, b.ID) })
}

// own decides from the architecture's own candidates.
func (d *decision) own() {
	for _, c := range d.all {
		if r := d.reject(c); r == nil {
			d.fit = append(d.fit, c)
		} else {
			d.rejected = append(d.rejected, data.Rejection{ID: c.ID, Rule: r.name, Why: r.why(d, c)})
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
	head := ""
	if best := d.pick(data.RoleDefault, "", byDefault, d.forDefault()); best != nil {
		d.status, head = data.Proven, best.Head()
		d.pick(data.RoleOpen, "", byDefault, d.open())
		d.pick(data.RoleSmall, "", bySmall, d.small(best))
		for _, task := range d.arch.Tasks {
			d.pick("", task, byTask(task), d.madeFor(task))
		}
	}
	d.pick(data.RoleTiny, "", byTiny(head), d.tiny())
}

func (d *decision) reject(c *candidate) *rule {
	for i := range fitness {
		if fitness[i].why(d, c) != "" {
			return &fitness[i]
		}
	}
	return nil
}

// pick settles a role or a task: a pin if there is one, else the best of the
// list, unless the incumbent may stay.
func (d *decision) pick(role, task string, tiers []tier, list []*candidate) *candidate {
	settle := func(c *candidate, p data.Place) *candidate {
		p.ID = c.ID
		if task != "" {
			d.tasks[task] = p
		} else {
			d.roles[role] = p
		}
		d.models[c.ID] = c
		return c
	}
	if pin := d.policy.pin(d.arch.ModelType, role, task); pin != nil {
		// A pin is not bound to the list: a task's pin need not show the task.
		for _, c := range slices.Concat(d.fit, d.stubs) {
			if c.ID == pin.ID && c.stub == (role == data.RoleTiny) {
				pin.done = true
				return settle(c, data.Place{Tier: tierPolicy, Reason: "pinned: " + pin.Reason})
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	ranked := d.rank(tiers, list)
	best, p := d.defend(role, tiers, ranked, d.incumbent(role, task))
	for _, c := range ranked {
		if c == best || len(p.RunnersUp) == runnersUp {
			continue
		}
		sign, t := d.compare(tiers, best, c)
		up := data.RunnerUp{ID: c.ID, Tier: t.name, Why: t.say(d, c, false)}
		if sign > 0 { // only an incumbent stays before a better one
			up.Tier, up.Why = tierIncumbent, "ahead at "+t.name+", but not by enough or not for long enough"
		}
		p.RunnersUp = append(p.RunnersUp, up)
	}
	switch {
	case p.Tier != "": // an incumbent that stays keeps its reason
	case len(ranked) > 1:
		_, t := d.compare(tiers, best, ranked[1])
		p.Tier, p.Reason = t.name, t.say(d, best, true)
	case best == d.reference && role == data.RoleDefault:
		p.Tier, p.Reason = tierAuthority, sayAuthority(d, best, true)
	default:
		p.Tier, p.Reason = tierOnly, "the only "+d.onlyFor(role, task)
	}
	p.Reason = strings.TrimPrefix(p.Reason, fewUse)
	if role == data.RoleDefault && !slices.ContainsFunc(d.fit, d.known) && !d.atMark(best) {
		p.Reason = fewUse + p.Reason
	}
	return settle(best, p)
}

func (d *decision) onlyFor(role, task string) string {
	switch {
	case task != "":
		return "candidate made for " + task
	case role == data.RoleOpen:
		return "candidate known to be ungated"
	case role == data.RoleSmall:
		return "candidate known to be small enough"
	case role == data.RoleTiny:
		return "candidate made for tests"
	case len(d.fit) > 1:
		return "fit candidate that is known" // the others come from strangers whom few use
	}
	return "fit candidate"
}

func (d *decision) result() data.ArchPicks {
	r := data.ArchPicks{
		Arch: d.arch.ModelType, Status: d.status, Why: d.why, Host: d.host,
		Documented: d.documented, Owner: d.owner, OwnerWhy: d.ownerWhy,
		Roles: d.roles, Tasks: d.tasks, Rejected: d.rejected,
	}
	for _, c := range d.models {
		pick := data.Pick{ID: c.ID, Model: c.Model}
		for _, t := range d.arch.Tasks {
			if d.made(c, t) {
				pick.Tasks = append(pick.Tasks, t)
			}
		}
		r.Picks = append(r.Picks, pick)
	}
	return r
}
