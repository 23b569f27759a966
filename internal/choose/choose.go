// Package choose decides which checkpoint stands for an architecture, and
// keeps the reasons. It is a pure function of the catalog, the facts, the
// policy and the previous picks: same input, same picks.
//
// Candidates are first removed by named rules (policy, proof, fitness for use)
// and what is left is ordered by named tiers, one after the other. No scores
// are summed, so every decision has one tier that made it.
package choose

import (
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
	decisions := make(map[string]*decision, len(state.Catalog.Archs))
	for i := range state.Catalog.Archs {
		d := newDecision(state, policy, &state.Catalog.Archs[i], day)
		decisions[d.arch.ModelType] = d
	}
	for i := range state.Catalog.Archs {
		decisions[state.Catalog.Archs[i].ModelType].own()
	}
	out := &data.Picks{Schema: data.Schema}
	for i := range state.Catalog.Archs {
		d := decisions[state.Catalog.Archs[i].ModelType]
		if d.roles[data.RoleDefault] == nil {
			d.hosted(decisions)
		}
	}
	for i := range state.Catalog.Archs {
		out.Archs = append(out.Archs, decisions[state.Catalog.Archs[i].ModelType].result())
	}
	if err := policy.unfulfilled(decisions); err != nil {
		return nil, err
	}
	state.Join(out)
	return out, nil
}

// decision is the work on one architecture.
type decision struct {
	arch         *data.Arch
	transformers string
	day          string
	policy       *rules
	facts        *data.Facts
	previous     *data.ArchPicks
	classes      map[string]bool
	tasks        map[string]data.Task
	types        []string // model types that prove the architecture

	all      []*candidate
	fit      []*candidate
	stubs    []*candidate
	rejected []data.Rejection

	reference       *candidate // the documented checkpoint, once proven and fit
	referenceWhy    string
	owner, ownerWhy string
	documented      string
	head            string // of the default, which a stub should share
	task            string // that a pick is being made for; "" for a role

	status data.Status
	why    string
	host   string
	roles  map[string]*data.Place
	picked map[string]*data.Place // by task
	models map[string]*candidate  // every picked one, by id
}

func newDecision(state *data.State, policy *rules, arch *data.Arch, day string) *decision {
	d := &decision{
		arch: arch, transformers: state.Catalog.Transformers, day: day, policy: policy,
		facts:    state.Facts[arch.ModelType],
		previous: state.Picks.Of(arch.ModelType),
		classes:  classesOf(arch),
		tasks:    policy.tasks,
		types:    state.Catalog.Proving(arch),
		roles:    make(map[string]*data.Place),
		picked:   make(map[string]*data.Place),
		models:   make(map[string]*candidate),
	}
	d.collect(state)
	return d
}

// collect gathers the candidates of the architecture and of its aliases, and
// the documented checkpoint.
func (d *decision) collect(state *data.State) {
	seen := make(map[string]*candidate)
	add := func(c *data.Model) *candidate {
		if seen[c.ID] == nil {
			seen[c.ID] = newCandidate(c, state.Popularity, d.policy.accounts)
			d.all = append(d.all, seen[c.ID])
		}
		return seen[c.ID]
	}
	for _, t := range d.types {
		if f := state.Facts[t]; f != nil {
			for i := range f.Candidates {
				add(&f.Candidates[i])
			}
		}
	}
	if m := d.facts.Answer(); m != nil {
		add(m).documented = true
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
	best := d.pick(data.RoleDefault, "", byDefault, d.fit)
	if best != nil {
		d.status = data.Proven
		d.head = best.Head()
		d.pick(data.RoleOpen, "", byDefault, d.open())
		d.pick(data.RoleSmall, "", bySmall, d.small(best))
		for _, task := range d.arch.Tasks {
			d.pick("", task, byTask, d.madeFor(task))
		}
	}
	d.pick(data.RoleTiny, "", byTiny, d.tiny())
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
	d.task = task
	place, old := d.roles, d.incumbent(role, task)
	key := role
	if task != "" {
		place, key = d.picked, task
	}
	if pin := d.policy.pin(d.arch.ModelType, role, task); pin != nil {
		// A pin is not bound to the list: a task's pin need not show the task.
		for _, c := range slices.Concat(d.fit, d.stubs) {
			if c.ID == pin.ID && c.stub == (role == data.RoleTiny) {
				pin.done = true
				place[key] = &data.Place{ID: c.ID, Tier: tierPolicy, Reason: "pinned: " + pin.Reason}
				d.models[c.ID] = c
				return c
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	ranked := d.rank(tiers, list)
	p := &data.Place{}
	best := ranked[0]
	if old != nil && best.ID != old.ID {
		best = d.defend(role, tiers, ranked, old, p)
	}
	p.ID = best.ID
	if old != nil && best.ID == old.ID {
		p.Replaced = old.Replaced // what came before stays on record
	}
	for _, c := range ranked {
		if c == best || len(p.RunnersUp) == runnersUp {
			continue
		}
		sign, t := d.compare(tiers, best, c)
		if sign > 0 { // only an incumbent stays behind a better one
			p.RunnersUp = append(p.RunnersUp, data.RunnerUp{ID: c.ID, Tier: tierIncumbent, Why: "ahead at " + t.name + ", but not by enough or not for long enough"})
			continue
		}
		p.RunnersUp = append(p.RunnersUp, data.RunnerUp{ID: c.ID, Tier: t.name, Why: t.say(d, c, false)})
	}
	switch {
	case p.Tier != "": // an incumbent that stays keeps its reason
	case len(ranked) == 1:
		p.Tier, p.Reason = tierOnly, "the only fit candidate"
		if task != "" || role != data.RoleDefault {
			p.Reason = "the only candidate " + onlyFor(role, task)
		}
		if c := best; c == d.reference && role == data.RoleDefault {
			p.Tier, p.Reason = tierAuthority, sayAuthority(d, c, true)
		}
	default:
		_, t := d.compare(tiers, best, ranked[1])
		p.Tier, p.Reason = t.name, t.say(d, best, true)
	}
	place[key] = p
	d.models[best.ID] = best
	return best
}

func onlyFor(role, task string) string {
	switch {
	case task != "":
		return "made for " + task
	case role == data.RoleOpen:
		return "known to be ungated"
	case role == data.RoleSmall:
		return "known to be small enough"
	}
	return "made for tests"
}
