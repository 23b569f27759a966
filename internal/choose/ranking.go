package choose

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// A ranking orders the checkpoints that were made for a task, over all
// architectures. What was decided for the architectures is its input: only
// candidates that are proven and fit there are ranked.

// rankings ranks for every task of the catalogue, and orders the defaults for
// no task.
func (r *rules) rankings(decisions []*decision, previous *data.Picks) []data.Ranking {
	// A model that proves another spelling as well is ranked for the first one.
	slices.SortStableFunc(decisions, func(a, b *decision) int { return cmp.Compare(last(a.arch.AliasOf != ""), last(b.arch.AliasOf != "")) })
	var all []data.Ranking
	for _, task := range slices.Concat([]data.Task{{}}, r.catalog.Tasks) {
		if task.Name != "" && len(task.AutoClasses) == 0 {
			continue // transformers has no models for it, whatever a card says
		}
		if list := contenders(decisions, task, previous.Ranking(task.Name)); len(list) > 0 {
			all = append(all, ranking(task, list))
		}
	}
	return all
}

// contenders are the candidates that were made for the task, by an owner or a known
// publisher, or for no task the defaults, each once. A stranger's model is not
// ranked: it would be the answer wherever a limit turns all other models away.
func contenders(decisions []*decision, task data.Task, old []data.Ranked) []*candidate {
	var list []*candidate
	seen := make(map[string]bool)
	for _, d := range decisions {
		for _, c := range d.fit {
			n, ranked := *c, c.isDefault()
			if task.Name != "" {
				n.made = c.evidence(task.Name)
				ranked = n.made != noEvidence && (c.authority() < stranger || c.wanted() || c.taken(task.Name))
			}
			if ranked && !seen[strings.ToLower(c.ID)] {
				n.remember(old)
				seen[strings.ToLower(c.ID)] = true
				list = append(list, &n)
			}
		}
	}
	return list
}

// ranking orders the contenders, and keeps the rows that reach the tables.
func ranking(task data.Task, list []*candidate) data.Ranking {
	tiers := byRank(task)
	list = rank(tiers, list)
	// The next choice knows nothing of a row that is cut now, so its past
	// must not count now either: else a row would come and go. Of the defaults
	// none is cut.
	for again := task.Name != ""; again; {
		kept := worthRows(list, task.Name)
		again = false
		for _, c := range list {
			if !kept[c.ID] && c.place < math.MaxInt {
				c.remember(nil)
				again = true
			}
		}
		if list = rank(tiers, list); !again {
			list = those(list, func(c *candidate) bool { return kept[c.ID] })
		}
	}
	// Where the old order and today's facts agree, the facts are named.
	named := slices.DeleteFunc(tiers, func(t tier) bool { return t.name == tierIncumbent })
	out := data.Ranking{Task: task.Name}
	for i, c := range list {
		row := data.Ranked{ID: c.ID, Arch: c.d.Arch, Tier: tierOnly, Reason: c.whyRanked(task.Name), Popularity: c.level, Model: c.Model}
		if i+1 < len(list) {
			sign, t := compare(named, c, list[i+1])
			if row.Tier = t.name; sign > 0 {
				row.Tier = tierIncumbent
			}
		}
		out.Models = append(out.Models, row)
	}
	return out
}

// remember takes the place and the popularity that the model had in the
// previous ranking.
func (c *candidate) remember(old []data.Ranked) {
	c.place = math.MaxInt
	level := 0.0 // logarithm to the base four, 1 for one download
	if c.downloads > 0 {
		level = math.Log2(float64(c.downloads))/2 + 1
	}
	c.level = int(level)
	if i := slices.IndexFunc(old, func(r data.Ranked) bool { return r.ID == c.ID }); i >= 0 {
		c.place = i
		if was := float64(old[i].Popularity); c.downloads < 0 || was-0.5 <= level && level < was+1.5 {
			c.level = old[i].Popularity
		}
	}
}

// byRank is the order for a task. Popularity is coarse and remembered, and what
// was ranked before comes before what is new at the same popularity, so that
// noise in the counters changes nothing. For no task, use alone orders.
func byRank(task data.Task) []tier {
	byUse := []tier{
		{name: tierPopularity, key: func(c *candidate) int { return -c.level }},
		{name: tierDefault, key: func(c *candidate) int { return last(!c.isDefault()) }},
		{name: tierIncumbent, key: func(c *candidate) int { return c.place }},
		byLikes, bySmaller, byID,
	}
	if task.Name == "" {
		return byUse
	}
	return append([]tier{
		{name: tierPolicy, key: func(c *candidate) int {
			if c.pinned(task.Name) != "" {
				return -1
			}
			return c.preference()
		}},
		{name: tierTask, key: func(c *candidate) int { return last(!c.taken(task.Name)) }},
		{name: tierHead, key: func(c *candidate) int {
			if task.Name == "text2text-generation" && (c.Pipeline == "summarization" || c.Pipeline == "translation") {
				return int(bySole) // its card names a kind of the task
			}
			return int(max(c.made, bySole)) // that is as good as a head
		}},
		{name: tierGeneral, key: func(c *candidate) int { // its architecture may be narrow, too
			return last(c.domain(new(data.Arch)) != "" || task.Name == "text2text-generation" && c.word(translationWords) != "" ||
				task.Name == "feature-extraction" && !slices.Contains(c.d.arch.Modalities, "text")) // most have texts
		}},
		{name: tierTraining, key: func(c *candidate) int { // most who ask for text want an answer to theirs
			chat, _ := c.Training([]string{task.Name})
			return last(!chat)
		}},
		{name: tierSize, key: func(c *candidate) int { return last(c.size() > giantParameters) }},
	}, byUse...)
}

// Deciding is the tier that puts the first of these rows of a ranking before the
// row that follows the last: the highest of those between neighbours.
func Deciding(task string, rows []data.Ranked) string {
	for _, t := range byRank(data.Task{Name: task}) {
		if slices.ContainsFunc(rows, func(r data.Ranked) bool { return r.Tier == t.name }) {
			return t.name
		}
	}
	return tierOnly
}

// whyRanked says why the model is in the ranking at all.
func (c *candidate) whyRanked(task string) string {
	if task == "" {
		return "the default of " + c.d.Arch
	}
	by := [...]string{"the default of " + c.d.Arch, "by the owner of " + c.d.Arch, "by a known publisher", "wanted by the policy or the pipeline"}
	return c.made.say(c) + "; " + by[c.authority()]
}

// rowsOfRanking are kept whatever they are.
const rowsOfRanking = 24

// worthRows are the rows of a task's ranking that reach the tables: the best, and
// the best few of each size, of each licence and of each ladder of sizes that the owner
// of a best one has, the best of each account, of each of its sizes and licences, and
// its ungated one, so that a limit finds one of them. A base model that
// instructions were not trained into comes after all chat models, and giants come
// last, so the best few of both are kept, too.
func worthRows(list []*candidate, task string) map[string]bool {
	kept, count, ladders := make(map[string]bool), make(map[string]int), make(map[string]bool)
	for i, c := range list {
		_, base := c.Training([]string{task})
		size := when(c.Parameters > 0, strconv.Itoa(c.bySizeStep()))
		by, open, bases, baseSize := "by "+c.Author+" ", c.Gated == "no", when(base, "all"), when(base, size)
		ladders[c.d.Arch] = ladders[c.d.Arch] || i < rowsOfRanking
		ladder := ladders[c.d.Arch] && c.authority() < 2 && c.purpose(c.d.arch) == ""
		groups := map[string]int{
			"all": rowsOfRanking, "size " + size: 4, by + "all": 1, by + size: 1, by + when(open, "open"): 1,
			"base " + bases: 4, "base " + baseSize: 1, "base " + by + bases: 1, "base " + by + baseSize: 1,
			"ladder " + c.d.Arch + " " + when(ladder, size): 1, "giant " + when(c.size() > giantParameters, "all"): 8,
		}
		for _, l := range c.Licenses() {
			groups["licence "+l], groups[l+" "+size], groups[by+l+" all"], groups[by+l+" "+size] = 4, 1, 1, 1
			groups["base "+l+" "+baseSize], groups["open "+l+" "+when(open, size)] = 1, 1
		}
		for group, few := range groups {
			kept[c.ID] = kept[c.ID] || !strings.HasSuffix(group, " ") && count[group] < few // a name that ends in a space names no group
			count[group]++
		}
	}
	return kept
}
