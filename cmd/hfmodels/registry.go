package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/internal/usage"
	"github.com/hfmodels/hfmodels/registrydata"
)

// registry is what answers: the compiled tables, or what the user's policy or
// the registry of HF_REGISTRY_PATH makes of the facts.
type registry struct {
	picks *data.Picks  // nil: the compiled tables
	state *data.State  // what the picks were made from; nil with them
	own   *data.Policy // the user's, nil if there is none
}

// policyText reads the user's policy; it returns nil if there is none.
func (o *options) policyText() ([]byte, error) {
	if o.policy == "" {
		return nil, nil
	}
	text, err := data.ReadFile(o.policy)
	if err != nil {
		return nil, usage.Errorf("reading your policy: %w", err)
	}
	return text, nil
}

// registry loads what answers.
func (o *options) registry() (r registry, err error) {
	text, err := o.policyText()
	if text != nil {
		if r.own, err = data.ParsePolicy(o.policy, text); err != nil {
			err = usage.Errorf("%w", err)
		}
	}
	dir := hub.Dir("HF_REGISTRY_PATH")
	if err != nil || r.own == nil && dir == "" {
		return r, err
	}
	var files fs.FS = registrydata.All
	if dir != "" {
		files = os.DirFS(dir)
	}
	if r.state, err = data.Load(files); err != nil { // ours loads
		return r, usage.Errorf("HF_REGISTRY_PATH=%s, which must be a directory laid out as registrydata: %w", dir, err)
	}
	r.picks = r.state.Picks
	if r.own != nil {
		for _, line := range choose.Slips(r.own, r.state) {
			o.note("%s", line)
		}
		r.state.Policy, r.picks = r.own.Over(r.state.Policy), nil
	}
	if r.picks == nil {
		r.picks, err = choose.Choose(r.state, cmp.Or(r.state.Lock, new(data.Lock)).Synced)
	}
	return r, err
}

// lacks is the error for an architecture that the registry does not have.
func (r registry) lacks(a hfmodels.Arch) error {
	if r.picks == nil || r.picks.Of(a.String()) != nil {
		return nil
	}
	return fmt.Errorf("this program knows %s, and the registry does not: they are of different releases", a)
}

// info is Arch.Info with the status that the registry has.
func (r registry) info(a hfmodels.Arch) hfmodels.Info {
	i := a.Info()
	if p := r.picks.Of(a.String()); p != nil {
		i.Why = p.Why
		i.Status = hfmodels.Status(p.Status)
		i.Host, _ = hfmodels.ParseArch(p.Host)
	}
	return i
}

// model returns the model that fills a place.
func (r registry) model(a hfmodels.Arch, p place) (m hfmodels.Model, ok bool) {
	switch {
	case r.picks != nil:
		return table.Place(r.picks.Of(a.String()), a, p.role, p.task)
	case p.task != 0:
		return a.DefaultFor(p.task)
	}
	return a.Pick(p.role)
}

// places returns the places that are filled, in the order of Arch.Models.
func (r registry) places(a hfmodels.Arch) iter.Seq2[place, hfmodels.Model] {
	order := []place{{role: hfmodels.Default}, {role: hfmodels.Open}, {role: hfmodels.Small}}
	for t := range hfmodels.Tasks() {
		order = append(order, place{task: t})
	}
	return func(yield func(place, hfmodels.Model) bool) {
		for _, p := range append(order, place{role: hfmodels.Tiny}) {
			if m, ok := r.model(a, p); ok && !yield(p, m) {
				return
			}
		}
	}
}

// ranked is hfmodels.Ranked on this registry.
func (r registry) ranked(t hfmodels.Task) []hfmodels.Model {
	if r.picks == nil {
		return slices.Collect(hfmodels.Ranked(t))
	}
	return table.Ranked(r.picks, t)
}

// query is hfmodels.Select on this registry.
func (r registry) query(q hfmodels.Query) (hfmodels.Selection, error) {
	if r.picks == nil {
		return hfmodels.Select(q)
	}
	return table.Select(r.picks, q)
}

// noModel says why nothing fills a place.
func (r registry) noModel(arch hfmodels.Arch, at place) error {
	why := r.info(arch).Why // the architecture has no default of its own, or another one hosts it
	if _, ok := r.model(arch, place{role: hfmodels.Default}); ok || why == "" {
		why = "no candidate is fit for it; see: hfmodels show " + arch.String() + " --why"
	}
	if at.task != 0 && slices.ContainsFunc(r.ranked(at.task), func(m hfmodels.Model) bool { return m.Arch == arch }) {
		why = fmt.Sprintf("single models of it are made for that; try: hfmodels select --arch %s --pipeline-tag %s", arch, at.task)
	}
	return fmt.Errorf("%s has no %s checkpoint: %s", arch, at, why)
}

// decisions are the picks with what lost to them, of the architectures and rankings
// that name the text. To decode all of picks.json takes long.
func (r registry) decisions(text string) (*data.Picks, error) {
	if r.picks != nil {
		return r.picks, nil
	}
	file, err := registrydata.All.ReadFile("picks.json")
	p, name := new(data.Picks), strconv.Quote(text)
	decode := func(row gjson.Result, v any) bool {
		if !strings.Contains(row.Raw, name) {
			return false
		}
		err = cmp.Or(err, json.Unmarshal([]byte(row.Raw), v))
		return true
	}
	for _, row := range gjson.GetBytes(file, "archs").Array() {
		if a := new(data.ArchPicks); decode(row, a) {
			p.Archs = append(p.Archs, *a)
		}
	}
	for _, row := range gjson.GetBytes(file, "rankings").Array() {
		if t := new(data.Ranking); decode(row, t) {
			p.Rankings = append(p.Rankings, *t)
		}
	}
	return p, err
}

// knows reports whether a stable release of transformers knows an architecture.
func knows(a hfmodels.Arch, release string) (bool, error) {
	releases, err := data.Read[data.Releases](registrydata.All, "releases.json")
	if err != nil {
		return false, err
	}
	all := releases.Releases
	if !slices.ContainsFunc(all, func(r data.Release) bool { return data.CompareVersions(r.Version, release) == 0 }) {
		return false, usage.Errorf("%q is not one of the %d stable releases of transformers that are known here, %s to %s without those that were yanked",
			release, len(all), all[0].Version, all[len(all)-1].Version)
	}
	span, ok := releases.Spans(release)[a.String()]
	return ok && span.Until == "", nil
}
