package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/review"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/internal/usage"
	"github.com/hfmodels/hfmodels/live"
	"github.com/hfmodels/hfmodels/registrydata"
)

// find returns the architecture that a name stands for: its own name, that of a
// class, or the id of a checkpoint, of which it returns what is known.
func (r registry) find(name string) (hfmodels.Arch, *checkpoint, error) {
	arch, unknown := hfmodels.ParseArch(name)
	if unknown != nil {
		arch, _ = hfmodels.ArchOfClass(name)
	}
	if arch != 0 {
		return arch, nil, nil
	}
	c, err := r.checkpoint(name, unknown)
	if err != nil {
		return 0, nil, err
	}
	return c.arch, c, nil
}

// checkpoint is what is known of an id, whether or not it was chosen.
type checkpoint struct {
	data.Model // what the facts say, or the Hub now; the ID, and perhaps the type, where no more is known
	data.Counters
	known   string          // the id by which the registry knows it
	former  string          // the id that was asked for, where the model has another now
	lost    hub.Kind        // why the Hub has it no more
	another string          // what recreated says of it
	arch    hfmodels.Arch   // that the tables give it, or its own config, or the first that names it
	archs   []hfmodels.Arch // that it may be of: those of its configs, or else those that name it
	kept    bool            // the facts have it; no more than the id is known of others
}

// add notes that a model type names the id, and what the facts say of it, if they do.
// Of several rows the first is believed.
func (c *checkpoint) add(modelType string, fact *data.Model) {
	if fact != nil && !c.kept {
		c.Model, c.kept = *fact, true
	}
	named, _ := hfmodels.ParseArch(modelType)
	c.arch = cmp.Or(c.arch, named)
	if fact != nil {
		named, _ = hfmodels.ParseArch(cmp.Or(fact.ModelType, modelType))
	}
	if named != 0 && !slices.Contains(c.archs, named) {
		c.archs = append(c.archs, named)
	}
}

// checkpoints walks once over what a state has of every id, and returns it by the id
// in lower case. Where the state names an id that is lost as a candidate too, that
// was before; a former id leads to the present one.
func checkpoints(s *data.State) map[string]*checkpoint {
	all := make(map[string]*checkpoint)
	of := func(id string) *checkpoint {
		key := data.FoldID(id)
		all[key] = cmp.Or(all[key], &checkpoint{Model: data.Model{ID: id}})
		return all[key]
	}
	why := map[string]hub.Kind{data.Missing: hub.Missing, data.Disabled: hub.Disabled}
	for _, t := range slices.Sorted(maps.Keys(s.Facts)) {
		f := s.Facts[t]
		for m := range f.Models() {
			of(m.ID).add(t, m)
		}
		for id, outcome := range f.Lost {
			of(id).lost = why[outcome]
		}
		if d := f.Documented; d != nil && d.Model == nil {
			c := of(d.Asked)
			c.add(t, nil)
			c.lost = why[d.Outcome]
		}
	}
	for _, t := range slices.Sorted(maps.Keys(s.IDs)) {
		for _, id := range s.IDs[t] {
			c := of(id)
			c.add(t, nil)
			c.ModelType = cmp.Or(c.ModelType, t)
			c.lost = "" // it is back
		}
	}
	for former, id := range s.Aliases {
		if c := *of(id); !data.SameID(former, id) {
			c.former = former
			all[data.FoldID(former)] = &c
		}
	}
	return all
}

// checkpoint returns what is known of an id, which may be a former one and in
// any letter case. If the name is not an id, the error is unknown.
func (r registry) checkpoint(name string, unknown error) (*checkpoint, error) {
	state, err := r.evidence(name)
	if err != nil {
		return nil, err
	}
	var c *checkpoint
	if former, _ := state.Aliases.Present(name); former != "" || len(state.Facts) > 0 { // else nothing names the id
		c = checkpoints(state)[data.FoldID(name)]
	}
	switch {
	case c == nil, c.arch == 0 && c.former == "":
		return nil, near(name, state, unknown)
	case c.arch == 0:
		return nil, fmt.Errorf("%s was renamed to %s, which is not among the candidates of any architecture", usage.Quote(name), c.ID)
	}
	counters, ok := state.Popularity[c.ID]
	if !ok {
		counters = data.Counters{Downloads: -1, Likes: -1}
	}
	var chosen hfmodels.Model
	if r.picks == nil {
		chosen, _ = hfmodels.ByID(c.ID)
	}
	c.known, c.Counters, c.arch = c.ID, counters, cmp.Or(chosen.Arch, append(c.archs, c.arch)[0])
	return c, nil
}

// near is the error for a name that is not a known id, with similar ids, or those of
// the same name where nobody has that owner, the most used first. The error is unknown
// where the name does not look like an id, and no id has it.
func near(name string, state *data.State, unknown error) error {
	ids := slices.AppendSeq(slices.Concat(slices.Collect(maps.Values(state.IDs))...), maps.Keys(state.Popularity))
	slices.Sort(ids)
	ids = slices.Compact(ids)
	owner, base := path.Split(name)
	same := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !data.SameID(path.Base(id), base) })
	slices.SortStableFunc(same, func(a, b string) int {
		return cmp.Compare(state.Popularity[b].Downloads, state.Popularity[a].Downloads)
	})
	like := usage.Near(name, ids)
	ofOwner := func(id string) bool {
		return owner != "" && len(id) > len(owner) && data.SameID(id[:len(owner)], owner)
	}
	if len(same) > 0 && !slices.ContainsFunc(ids, ofOwner) {
		like = "; checkpoints of that name: " + strings.Join(same[:min(len(same), 3)], ", ")
	}
	_, former := hfmodels.Former(name)
	switch {
	case strings.ContainsAny(name, "/@:") && !data.IsRepo(name):
		return usage.Errorf("%s is not an id; an id is OWNER/NAME, such as google-bert/bert-base-uncased", usage.Quote(name))
	case strings.Contains(name, "/"):
		return fmt.Errorf("unknown checkpoint %s: it is not among the candidates of any architecture%s", usage.Quote(name), like)
	case len(same) > 0 && !former:
		return fmt.Errorf("%w%s", unknown, like)
	case former:
		return unknown
	}
	tasks := strings.Replace(usage.Near(name, namesOf(hfmodels.Tasks())), "; near", "; tasks near", 1)
	return fmt.Errorf("%w; no stable release of transformers from 4.0.0 to %s has an architecture of that name%s", unknown, hfmodels.TransformersVersion, tasks)
}

// evidence is the part of the registry that tells of an id: all ids, former ones
// too, the counters, and the facts that name it. To decode all embedded facts
// takes a quarter of a second. Of no id it is all.
func (r registry) evidence(id string) (*data.State, error) {
	if r.state != nil {
		return r.state, nil
	} else if id == "" {
		return data.Load(registrydata.All)
	}
	s := &data.State{Facts: make(map[string]*data.Facts), Popularity: make(data.Popularity), Policy: new(data.Policy)}
	var err error
	read := func(name string, v any) {
		text, unread := registrydata.All.ReadFile(name)
		err = cmp.Or(err, unread, json.Unmarshal(text, v))
	}
	read("aliases.json", &s.Aliases)
	read("ids.json", &s.IDs)
	read("repositories.json", &s.Repositories)
	_, id = s.Aliases.Present(id)
	counters, unread := registrydata.All.ReadFile("popularity.json")
	err = cmp.Or(err, unread)
	count := func(id string) {
		if row := gjson.GetBytes(counters, gjson.Escape(id)); row.Exists() {
			s.Popularity[id] = data.Counters{Downloads: row.Get("downloads").Int(), Likes: row.Get("likes").Int()}
		}
	}
	named := make(map[string][]string)
	for t, ids := range s.IDs {
		for _, known := range ids {
			if data.SameID(known, id) {
				named[t], s.Facts[t] = ids, new(data.Facts)
				read(data.FactsPath(t), s.Facts[t])
				count(known)
			}
		}
	}
	if len(named) > 0 {
		s.IDs = named
		return s, err
	}
	for _, ids := range s.IDs { // those of the same name are shown
		for _, known := range ids {
			if data.SameID(path.Base(known), path.Base(id)) {
				count(known)
			}
		}
	}
	return s, err
}

// showID shows a checkpoint with the places that it fills, or why it fills none,
// below the lines that are said of it; JSON has the members of from besides.
func showID(opts *options, r registry, c *checkpoint, said []string, from members) error {
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	count := func(n int64) (any, string) {
		if n < 0 {
			return nil, unknown
		}
		return n, choose.Count(n)
	}
	downloads, used := count(c.Downloads)
	likes, liked := count(c.Likes)
	say("architecture %s, downloads %s, likes %s", c.arch, used, liked)
	if c.former != "" {
		say("renamed from %s", c.former)
	}
	if c.Doubt != "" {
		say("size unknown: %s", c.Doubt)
	}
	m := table.Row(c.arch, c.ID, &c.Model, []string{c.Pipeline})
	// isIn reports whether the row is that of m. The first row tells the reason,
	// and more of the tasks than the facts do.
	isIn := func(row hfmodels.Model) bool {
		same := data.SameID(row.ID, c.known)
		if same && m.Reason == "" {
			m.Reason, m.Tasks = row.Reason, row.Tasks
		}
		return same
	}
	places, rankings, whyNone := []members{}, []members{}, []string{}
	for a := range hfmodels.Archs() {
		for p, row := range r.places(a) {
			if isIn(row) {
				places = append(places, members{"arch": a, "place": p.String(), "reason": row.Reason})
				say("the %s checkpoint of %s: %s", p, a, row.Reason)
			}
		}
	}
	if len(places) == 0 {
		var err error
		if whyNone, err = r.whyNone(c); err != nil {
			return err
		}
		for _, why := range whyNone {
			say("fills no place: %s", why)
		}
	}
	for t := range hfmodels.Tasks() {
		rows := r.ranked(t)
		if i := slices.IndexFunc(rows, isIn); i >= 0 {
			rankings = append(rankings, members{"task": t, "rank": i + 1, "of": len(rows), "reason": rows[i].Reason})
			say("%d of %d for %s: %s", i+1, len(rows), t, rows[i].Reason)
		}
	}
	m.Reason = cmp.Or(m.Reason, strings.Join(whyNone, "; "))
	out := ofModel(c.arch, m, members{
		"former": known(c.former), "downloads": downloads, "likes": likes, "doubt": known(c.Doubt),
		"places": places, "rankings": rankings, "why_none": whyNone,
	}, from)
	out.human = func(on screen) { on.model(m, said...) }
	return opts.print(out)
}

// whyNone says why a checkpoint fills no place, a line for each architecture that
// considered it.
func (r registry) whyNone(c *checkpoint) (all []string, err error) {
	picks, err := r.decisions(c.known)
	if err != nil {
		return nil, err
	}
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, a := range picks.Archs {
		if no := a.Rejection(c.known); no != nil {
			say("turned away from %s by the rule %s: %s", a.Arch, no.Rule, no.Why)
			continue
		}
		for _, p := range a.AllPlaces() {
			if i := slices.IndexFunc(p.RunnersUp, func(u data.RunnerUp) bool { return data.SameID(u.ID, c.known) }); i >= 0 {
				say("a runner-up of %s, the %s checkpoint of %s; lost at %s: %s",
					p.ID, cmp.Or(p.Role, p.Task), a.Arch, p.RunnersUp[i].Tier, p.RunnersUp[i].Why)
				break
			}
		}
	}
	switch m, ok := r.model(c.arch, place{}); {
	case len(all) > 0:
	case !ok:
		say("%s has no default checkpoint: %s", c.arch, r.info(c.arch).Why)
	case c.kept:
		say("a fit candidate of %s, behind its default %s", c.arch, m.ID)
	default:
		say("not among the candidates of %s that are kept: the most used, and those of its owner and of known publishers", c.arch)
	}
	return all, nil
}

// recreated says that a name leads to another repository than the one that is known
// by it, and that the policy does not accept; "" where it does not.
func recreated(s *data.State, id string, m *data.Model) string {
	was := s.Known()[data.FoldID(id)]
	if !was.Differs(m.Identity()) || s.Accepts(m.ID, m.Repository) {
		return ""
	}
	return fmt.Sprintf("is another repository now (%s) than the one that is known by this name (%s): do not load it before you know why", m.Identity(), was)
}

// showLiveID asks the Hub about one checkpoint, and adds the places that it
// fills. Where the Hub does not answer, or has it no more, what is known of it is
// shown; noArch is the error for a name that is neither.
func showLiveID(opts *options, r registry, id string, noArch error) error {
	c, unknown := r.checkpoint(id, noArch)
	var m data.Model
	var counters data.Counters
	client, err := hub.Open(func(o *hub.Options) { o.Tries, o.MaxWait = 1, -1 })
	if err == nil {
		m, counters, err = client.Detail(opts.cmd.Context(), id)
	}
	no, gone := fmt.Errorf("%s: %w", usage.Quote(id), err), hub.Is(err, hub.Missing, hub.Disabled)
	switch {
	case err == nil:
	case c == nil && gone && data.IsOwned(id):
		return no
	case c == nil && gone:
		return unknown
	case c == nil:
		return usage.Partialf("%w; the Hub could not be asked: %w", unknown, err)
	default:
		from := members{"source": live.Compiled, "why": err.Error()}
		if hub.Dir("HF_REGISTRY_PATH") != "" {
			from["source"] = live.Registry
		}
		if gone {
			return cmp.Or(showID(opts, r, c, []string{"the Hub has it no more, and this is what was known"}, from), no)
		}
		opts.note("the Hub could not be asked, so this is what the tables know: %v", err)
		return showID(opts, r, c, nil, from)
	}
	if c == nil {
		c, _ = r.checkpoint(m.ID, nil) // known by its present name, perhaps
	}
	state, err := r.evidence(id)
	if err != nil {
		return err
	}
	if another := recreated(state, id, &m); another != "" {
		return fmt.Errorf("%s %s", m.ID, another)
	}
	arch, err := hfmodels.ParseArch(m.ModelType)
	if c == nil && err != nil {
		names := "no model type"
		if m.ModelType != "" {
			names = m.ModelType + ", which is not an architecture of transformers " + hfmodels.TransformersVersion
		}
		return fmt.Errorf("%s is on the Hub, but its config names %s", m.ID, names)
	}
	c = cmp.Or(c, &checkpoint{Model: m, known: m.ID})
	before := c.Model
	before.ID = m.ID // a new name is said below
	changed := review.Problems([]string{cmp.Or(before.ModelType, m.ModelType)}, data.Identity{}, &before, &m)
	said := "from the Hub, now"
	if len(changed) > 0 {
		said += ", which contradicts what places and ranks rest on: " + strings.Join(changed, "; ")
	}
	c.Model, c.Counters, c.arch, c.former = m, counters, cmp.Or(arch, c.arch), ""
	if !data.SameID(m.ID, id) {
		c.former = id
	}
	err = showID(opts, r, c, []string{said}, members{"source": live.Hub, "why": nil, "changed": changed})
	if m.Disabled {
		err = cmp.Or(err, fmt.Errorf("%s: %w", m.ID, hub.Disabled))
	}
	return err
}
