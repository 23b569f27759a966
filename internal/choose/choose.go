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
	"regexp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// runnersUp are kept for every pick.
const runnersUp = 4

// Choose decides for every architecture of the catalog. The only errors are
// the policy's: a pin or a denial that cannot be carried out.
func Choose(state *data.State, day string) (*data.Picks, error) {
	state.LearnBases()
	policy := compile(state)
	var all []*decision
	decisions := make(map[string]*decision)
	for i := range state.Catalog.Archs {
		d := newDecision(state, policy, &state.Catalog.Archs[i], day)
		d.own()
		all, decisions[d.Arch] = append(all, d), d
	}
	out := &data.Picks{Schema: data.Schema}
	for _, d := range all { // a host has to be decided before what it answers for
		if d.Status == "" {
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

// decision is the work on one architecture, and what comes of it.
type decision struct {
	data.ArchPicks
	arch     *data.Arch
	day      string // of the facts
	policy   *rules
	facts    *data.Facts
	previous *data.ArchPicks
	types    []string        // model types that prove the architecture
	classes  map[string]bool // that its auto classes build

	all, fit, stubs []*candidate

	reference    *candidate // the documented checkpoint, once proven and fit
	referenceWhy string
	missed       *candidate // the best one that preferences turn away

	places map[string]data.Place // by role or task, which share no names
	models map[string]*candidate // that fill a place, by id
}

func newDecision(state *data.State, policy *rules, arch *data.Arch, day string) *decision {
	d := &decision{
		ArchPicks: data.ArchPicks{Arch: arch.ModelType},
		arch:      arch, day: day, policy: policy,
		facts:    cmp.Or(state.Facts[arch.ModelType], new(data.Facts)),
		previous: cmp.Or(state.Picks.Of(arch.ModelType), new(data.ArchPicks)),
		types:    state.Catalog.Proving(arch.ModelType),
		classes:  classesOf(arch, func(string) bool { return true }),
		places:   make(map[string]data.Place),
		models:   make(map[string]*candidate),
	}
	d.collect(state)
	return d
}

// collect gathers the candidates of the architecture and of its aliases, and
// the documented checkpoint. The Hub takes an id in any case: of two ids that
// differ in nothing else, the one of which more is known names the repository.
// How much it is used does not count, because that changes every day.
func (d *decision) collect(state *data.State) {
	answer, models := "", []*data.Model(nil)
	if m := d.facts.Answer(); m != nil {
		answer, models = m.ID, append(models, m)
	}
	for _, t := range d.types {
		candidates := cmp.Or(state.Facts[t], new(data.Facts)).Candidates
		for i := range candidates {
			models = append(models, &candidates[i])
		}
	}
	known := func(c *candidate) int {
		return 8*last(c.Parameters > 0) + 4*last(c.ID == answer) + 2*last(c.Revision != "") + last(c.downloads >= 0)
	}
	best := make(map[string]*candidate) // by id in lower case
	for _, m := range models {
		c, id := newCandidate(d, m, state.Popularity), strings.ToLower(m.ID)
		c.documented = strings.EqualFold(m.ID, answer)
		if old := best[id]; old == nil || cmp.Or(cmp.Compare(known(old), known(c)), strings.Compare(c.ID, old.ID)) < 0 {
			best[id] = c
		}
	}
	d.all = slices.SortedFunc(maps.Values(best), func(a, b *candidate) int { return strings.Compare(a.ID, b.ID) })
}

// own decides from the architecture's own candidates.
func (d *decision) own() {
	for _, c := range d.all {
		d.judge(c)
	}
	d.judgeDocumented()
	if d.Owner == "" {
		d.Owner, d.OwnerWhy = d.findOwner()
	}
	d.prefer()
	head := ""
	if best := d.pick(data.RoleDefault, byDefault, d.forDefault()); best != nil {
		d.Status, head = data.Proven, best.Head()
		// What strangers derived cannot stand for the architecture.
		d.pick(data.RoleOpen, byDefault, those(d.fit, func(c *candidate) bool {
			return c.Gated == "no" && (c.authority() < stranger || c.isDefault())
		}))
		d.pick(data.RoleSmall, bySmall, d.small(best))
		for _, task := range d.arch.Tasks {
			d.pick(task, byTask(task), d.madeFor(task, best))
		}
	}
	// A model that only calls itself a test may be anything.
	d.pick(data.RoleTiny, byTiny(head), those(d.stubs, func(c *candidate) bool {
		return d.policy.accounts.Testing(c.Author) || randomName.MatchString(c.Name())
	}))
}

var randomName = regexp.MustCompile(`(?i)random|tiny|dummy`)

// judge tells the fit candidates from those that a rule removes.
func (d *decision) judge(c *candidate) {
	for _, rule := range fitness {
		if why := rule.why(c); why != "" {
			d.reject(c, rule.name, why)
			if rule.name == "stub" && c.unwanted() == "" {
				d.stubs = append(d.stubs, c)
			}
			return
		}
	}
	d.fit = append(d.fit, c)
}

func (d *decision) reject(c *candidate, rule, why string) {
	d.Rejected = append(d.Rejected, data.Rejection{ID: c.ID, Rule: rule, Why: why})
}

// first is the first candidate for which that is so, or nil.
func first(list []*candidate, so func(*candidate) bool) *candidate {
	if i := slices.IndexFunc(list, so); i >= 0 {
		return list[i]
	}
	return nil
}

// those are the candidates for which that is so.
func those(list []*candidate, so func(*candidate) bool) []*candidate {
	return slices.DeleteFunc(slices.Clone(list), func(c *candidate) bool { return !so(c) })
}

// find returns the candidate of that id, nil if no list has it.
func find(id string, lists ...[]*candidate) *candidate {
	return first(slices.Concat(lists...), func(c *candidate) bool { return data.SameID(c.ID, id) })
}

// pick settles a role or a task: a pin if there is one, else the best of the
// list, unless the incumbent may stay.
func (d *decision) pick(name string, tiers []tier, list []*candidate) *candidate {
	var p data.Place
	// A pin is not bound to the list: a task's pin need not show the task.
	best := first(slices.Concat(d.fit, d.stubs), func(c *candidate) bool { return c.pinned(name) != "" && c.stub == (name == data.RoleTiny) })
	switch {
	case best != nil:
		p = data.Place{Tier: tierPolicy, Reason: "pinned: " + best.pinned(name)}
	case len(list) > 0:
		best, p = d.best(name, tiers, rank(tiers, list))
	default:
		return nil
	}
	p.ID = best.ID
	d.places[name], d.models[best.ID] = p, best
	return best
}

// best is the first of the ranked candidates, or the incumbent, with what it was
// chosen for and who lost.
func (d *decision) best(name string, tiers []tier, ranked []*candidate) (*candidate, data.Place) {
	best, p := d.defend(name, tiers, ranked)
	for _, c := range ranked {
		if c == best || len(p.RunnersUp) == runnersUp {
			continue
		}
		sign, t := compare(tiers, best, c)
		up := data.RunnerUp{ID: c.ID, Tier: t.name, Why: t.say(c, false)}
		if sign > 0 { // only an incumbent stays before a better one
			up.Tier, up.Why = tierIncumbent, "ahead by "+t.name+", but not by enough or not for long enough"
		}
		p.RunnersUp = append(p.RunnersUp, up)
	}
	switch {
	case p.Tier != "": // an incumbent that stays keeps its reason
	case len(ranked) > 1:
		_, t := compare(tiers, best, ranked[1])
		p.Tier, p.Reason = t.name, t.say(best, true)
	case best == d.reference && name == data.RoleDefault:
		p.Tier, p.Reason = tierAuthority, best.sayAuthority(true)
	default:
		p.Tier, p.Reason = tierOnly, "the only candidate for this place"
		if name == data.RoleDefault && len(d.fit) > 1 {
			p.Reason = "the only candidate that the owner, a known publisher or many people stand behind"
		}
	}
	p.Reason = strings.TrimPrefix(p.Reason, fewUse)
	if name == data.RoleDefault && !best.known(name) {
		p.Reason = fewUse + p.Reason
	}
	return best, p
}

func (d *decision) result() data.ArchPicks {
	d.Roles, d.Tasks = make(map[string]data.Place), make(map[string]data.Place)
	for name, p := range d.places {
		if slices.Contains(data.Roles(), name) {
			d.Roles[name] = p
		} else {
			d.Tasks[name] = p
		}
	}
	for _, c := range d.models {
		pick := data.Pick{ID: c.ID, Model: c.Model}
		for _, t := range d.arch.Tasks {
			if c.evidence(t) != noEvidence {
				pick.Tasks = append(pick.Tasks, t)
			}
		}
		d.Picks = append(d.Picks, pick)
	}
	d.Converted = d.converted(d.Roles[data.RoleDefault].ID)
	return d.ArchPicks
}

// converted are copies of a checkpoint for other programs, by id. An account that has
// several of one format, for numbers of different width, is shown with the first.
func (d *decision) converted(id string) (all []data.Conversion) {
	has := make(map[string]bool)
	for _, c := range d.all {
		format := c.format()
		known := strings.EqualFold(c.Author, d.Owner) || d.policy.accounts.Copies(c.Author) || d.policy.accounts.Official(c.Author)
		of := slices.ContainsFunc(c.Bases, func(b data.Base) bool { return b.Relation == "quantized" && data.SameID(b.ID, id) })
		if of && known && format != "" && !has[c.Author+format] {
			has[c.Author+format] = true
			all = append(all, data.Conversion{ID: c.ID, Format: format})
		}
	}
	return all
}

// format is the format of another program that a copy is in, "" for none.
func (c *candidate) format() string {
	switch {
	case slices.Contains(c.Formats, "gguf"):
		return "gguf"
	case c.Library == "mlx" || c.tag("mlx") != "":
		return "mlx"
	case slices.Contains(c.Formats, "onnx") && !slices.Contains(c.Formats, "safetensors"):
		return "onnx"
	}
	return ""
}
