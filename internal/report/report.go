// Package report makes the catalogue that people look at: a page, JSON and
// Markdown, of one committed state. It reads nothing but what it is given, and
// the same state is the same bytes.
package report

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// Input is the committed state.
type Input struct {
	Data    *data.State
	Recipes *data.Recipes
	History History
}

// History is how many architectures had which status at each day of facts.
type History struct {
	Snapshots []Snapshot `json:"snapshots,omitempty"` // oldest first
	// Missing says why there are no snapshots to compare.
	Missing string `json:"missing,omitempty"`
}

// Snapshot is one state of the past.
type Snapshot struct {
	Synced       string `json:"synced"` // day of the facts
	Transformers string `json:"transformers"`
	Counts
}

// Counts are numbers of architectures by status.
type Counts struct {
	Proven   int `json:"proven"`
	Hosted   int `json:"hosted"`
	Unproven int `json:"unproven"`
	None     int `json:"none"`
}

// CountsOf counts the architectures of picks by status.
func CountsOf(p *data.Picks) (c Counts) {
	for i := range p.Archs {
		c.add(p.Archs[i].Status)
	}
	return c
}

func (c *Counts) add(s data.Status) {
	switch s {
	case data.Proven:
		c.Proven++
	case data.Hosted:
		c.Hosted++
	case data.Unproven:
		c.Unproven++
	default:
		c.None++
	}
}

// All is the number of architectures.
func (c Counts) All() int { return c.Proven + c.Hosted + c.Unproven + c.None }

// Report is report.json. What is unknown is absent.
type Report struct {
	Generated string    `json:"generated"` // the generator's mark
	Schema    int       `json:"schema"`
	MadeFrom  data.Lock `json:"made_from"`
	Hub       string    `json:"hub"` // address that links lead to
	Counts    Counts    `json:"counts"`
	// Former are ids that models had before, with those they have now.
	Former   map[string]string `json:"former_ids"`
	History  History           `json:"history"`
	Hardware []Profile         `json:"hardware"`
	// RecipesFrom are the versions with which the recipes were searched.
	RecipesFrom map[string]string `json:"recipes_from,omitempty"`
	// Disproved are the rows of the documentation that should be mended, and
	// Unconfirmed those of which too little is known to say.
	Disproved   []DocumentedRow `json:"disproved"`
	Unconfirmed []DocumentedRow `json:"unconfirmed"`
	// Runs are where the measurements come from, the newest first.
	Runs  []Run  `json:"runs"`
	Archs []Arch `json:"archs"`
}

// Run is a run of the generated tests that measured something.
type Run struct {
	Started  string            `json:"started"`
	Machine  data.Machine      `json:"machine"`
	Versions map[string]string `json:"versions"`
}

// Measured is what a run measured of an architecture.
type Measured struct {
	Run int `json:"run"` // index of Report.Runs
	data.Measurement
}

// Arch is one architecture.
type Arch struct {
	Arch    string      `json:"arch"`
	Go      string      `json:"go"` // its constant in package hfmodels
	Family  string      `json:"family"`
	Status  data.Status `json:"status"`
	Why     string      `json:"why,omitempty"`
	Host    string      `json:"host,omitempty"`
	AliasOf string      `json:"alias_of,omitempty"`
	Part    bool        `json:"part,omitempty"`
	Parents []string    `json:"parents,omitempty"`

	Module        string            `json:"module"` // under transformers/models
	ConfigClass   string            `json:"config_class"`
	AutoClasses   []data.AutoClass  `json:"auto_classes,omitempty"`
	Preprocessors map[string]string `json:"preprocessors,omitempty"` // kind to class
	// AutoPreprocessors are the auto classes that load what its models need
	// beside them.
	AutoPreprocessors []string `json:"auto_preprocessors,omitempty"`
	Inputs            []string `json:"inputs,omitempty"`
	Tasks             []string `json:"tasks,omitempty"`
	Generates         bool     `json:"generates,omitempty"`

	Documented *Documented     `json:"documented,omitempty"`
	Owner      string          `json:"owner,omitempty"`
	OwnerWhy   string          `json:"owner_why,omitempty"`
	Roles      map[string]Pick `json:"roles,omitempty"`
	ByTask     map[string]Pick `json:"by_task,omitempty"`
	Models     []Model         `json:"models,omitempty"` // best first
	Rejected   []Rejected      `json:"rejected,omitempty"`
	// Truncated says that the Hub has more candidates than were read.
	Truncated bool   `json:"truncated,omitempty"`
	Checked   string `json:"checked,omitempty"` // day on which the Hub was asked
	Recipe    Recipe `json:"recipe"`
	// Measurements are what running it showed, the newest first.
	Measurements []Measured `json:"measurements,omitempty"`
}

// Pick is a decision, with the auto class that loads the model for its place.
type Pick struct {
	data.Place
	AutoClass string `json:"auto_class,omitempty"`
}

// Model is a picked model.
type Model struct {
	data.Pick
	Created   string `json:"created,omitempty"`   // day
	Downloads *int64 `json:"downloads,omitempty"` // of 30 days
}

// Rejected are the candidates that one rule removed for one reason.
type Rejected struct {
	Rule string   `json:"rule"`
	Why  string   `json:"why"`
	IDs  []string `json:"ids"`
}

// Recipe says whether the tiny level of the generated tests runs the
// architecture.
type Recipe struct {
	// Outcome is "full", "part" where not all that it takes in is fed and
	// matters, or "none".
	Outcome string   `json:"outcome"`
	Missing []string `json:"missing,omitempty"` // the inputs that are not run
	Why     string   `json:"why,omitempty"`     // there is none
	Class   string   `json:"class,omitempty"`
	// Parameters is the size of the tiny model.
	Parameters int64 `json:"parameters,omitempty"`
}

const publicHub = "https://huggingface.co"

// New collects the report of a state.
func New(in Input) (*Report, error) {
	d := in.Data
	if d.Picks == nil || d.Lock == nil {
		return nil, errors.New("report: the registry data has no picks yet: run go run ./gen")
	}
	r := &Report{
		Schema: 1, MadeFrom: *d.Lock, Hub: publicHub, Counts: CountsOf(d.Picks), Former: make(map[string]string), History: in.History,
		Disproved: []DocumentedRow{}, Unconfirmed: []DocumentedRow{}, Runs: []Run{}, RecipesFrom: in.Recipes.Versions, Hardware: hardware,
	}
	if d.Lock.Recorded == "" && strings.HasPrefix(d.Lock.Endpoint, "https://") {
		r.Hub = strings.TrimRight(d.Lock.Endpoint, "/")
	}
	maps.Copy(r.Former, d.Aliases)
	for i := range d.Measurements {
		run := &d.Measurements[i]
		r.Runs = append(r.Runs, Run{run.Started, run.Machine, run.Versions})
	}
	c := newCollector(in)
	for i := range d.Catalog.Archs {
		a := &d.Catalog.Archs[i]
		p := d.Picks.Of(a.ModelType)
		if p == nil {
			return nil, errors.New("report: picks.json lacks " + a.ModelType + ": run go run ./gen emit")
		}
		row := c.arch(a, p)
		if doc := row.Documented; doc != nil {
			full := DocumentedRow{a.ModelType, a.Module, a.ConfigClass, *doc, p.Host, p.Roles[data.RoleDefault].ID}
			switch {
			case doc.Verdict.disproves():
				r.Disproved = append(r.Disproved, full)
			case !doc.Verdict.confirms():
				r.Unconfirmed = append(r.Unconfirmed, full)
			}
		}
		r.Archs = append(r.Archs, row)
	}
	return r, nil
}

// collector looks things up.
type collector struct {
	state   *data.State
	models  map[string]*data.Model
	recipes map[string]data.Recipe
	serves  map[string][]string // task to auto classes
}

func newCollector(in Input) *collector {
	d := in.Data
	c := &collector{
		d, make(map[string]*data.Model), make(map[string]data.Recipe), make(map[string][]string),
	}
	for _, t := range d.Catalog.Tasks {
		c.serves[t.Name] = t.AutoClasses
	}
	for _, r := range in.Recipes.Archs {
		if t, ok := r["model_type"].(string); ok {
			c.recipes[t] = r
		}
	}
	// In the order of the names: a model may stand in the facts of several
	// architectures, and not all of them need be of one day.
	for _, t := range slices.Sorted(maps.Keys(d.Facts)) {
		for m := range d.Facts[t].Models() {
			c.note(m)
		}
	}
	return c
}

func (c *collector) note(m *data.Model) {
	if have := c.models[m.ID]; have == nil || have.Created == "" && m.Created != "" {
		c.models[m.ID] = m
	}
}

func (c *collector) arch(a *data.Arch, p *data.ArchPicks) Arch {
	out := Arch{
		Arch: a.ModelType, Go: names.GoName(a.ModelType), Family: a.Family, Status: p.Status, Why: p.Why, Host: p.Host, AliasOf: a.AliasOf,
		Part: a.Part, Parents: a.Parents, Module: a.Module, ConfigClass: a.ConfigClass, AutoClasses: a.AutoClass,
		Preprocessors: preprocessors(a), Inputs: a.Modalities, Tasks: a.Tasks, Generates: a.Generates,
		Documented: c.documented(a, p), Owner: p.Owner, OwnerWhy: p.OwnerWhy,
		Rejected: grouped(p.Rejected), Recipe: c.recipe(a),
	}
	if f := c.state.Facts[a.ModelType]; f != nil {
		out.Truncated, out.Checked = f.Truncated, f.Checked
	}
	for i := range c.state.Measurements {
		for _, m := range c.state.Measurements[i].Rows {
			if m.Arch == a.ModelType {
				out.Measurements = append(out.Measurements, Measured{i, m})
			}
		}
	}
	loads := c.loads(a, p)
	out.AutoPreprocessors = autoPreprocessors(loads)
	models := make(map[string]*data.Pick, len(p.Picks))
	for i := range p.Picks {
		m := &p.Picks[i]
		models[m.ID] = m
		out.Models = append(out.Models, c.model(m))
	}
	if host := c.state.Picks.Of(p.Host); host != nil {
		for i := range host.Picks { // the host knows what they were made for
			models[host.Picks[i].ID] = &host.Picks[i]
		}
	}
	pick := func(p data.Place, task string) Pick { return Pick{p, c.autoClass(loads, models[p.ID], task)} }
	if len(p.Roles) > 0 {
		out.Roles = make(map[string]Pick, len(p.Roles))
		for role, one := range p.Roles {
			out.Roles[role] = pick(one, "")
		}
	}
	if len(p.Tasks) > 0 {
		out.ByTask = make(map[string]Pick, len(p.Tasks))
		for task, one := range p.Tasks {
			out.ByTask[task] = pick(one, task)
		}
	}
	return out
}

// loads is the architecture with whose classes the models are loaded: the host
// of one that lives inside it, the type of which one is another spelling.
func (c *collector) loads(a *data.Arch, p *data.ArchPicks) *data.Arch {
	if h := c.state.Catalog.Arch(p.Host); h != nil {
		return h
	}
	if alias := c.state.Catalog.Arch(a.AliasOf); alias != nil && len(a.AutoClass) == 0 {
		return alias
	}
	return a
}

// autoPreprocessors names what a processor is loaded with, or else its parts.
func autoPreprocessors(a *data.Arch) []string {
	if a.Processor != "" {
		return []string{"AutoProcessor"}
	}
	var out []string
	for _, p := range []struct{ class, auto string }{
		{a.Tokenizer, "AutoTokenizer"},
		{a.ImageProcessor, "AutoImageProcessor"},
		{a.FeatureExtractor, "AutoFeatureExtractor"},
		{a.VideoProcessor, "AutoVideoProcessor"},
	} {
		if p.class != "" {
			out = append(out, p.auto)
		}
	}
	return out
}

func (c *collector) model(m *data.Pick) Model {
	out := Model{Pick: *m}
	// -1 is how some callers say unknown; here it is absent.
	out.Parameters, out.Bytes = max(0, m.Parameters), max(0, m.Bytes)
	if facts := c.models[m.ID]; facts != nil {
		out.Created = facts.Created
	}
	if n, ok := c.state.Popularity[m.ID]; ok && n.Downloads >= 0 {
		out.Downloads = &n.Downloads
	}
	return out
}

func preprocessors(a *data.Arch) map[string]string {
	m := make(map[string]string)
	for kind, class := range map[string]string{
		"tokenizer": a.Tokenizer, "processor": a.Processor, "image_processor": a.ImageProcessor,
		"video_processor": a.VideoProcessor, "feature_extractor": a.FeatureExtractor,
	} {
		if class != "" {
			m[kind] = class
		}
	}
	return m
}

// autoClass names the auto class that loads a model for a task, or for what it
// was made for.
func (c *collector) autoClass(a *data.Arch, m *data.Pick, task string) string {
	if m == nil {
		return ""
	}
	head := m.Head() // unless it is of an older release
	if !slices.ContainsFunc(a.AutoClass, func(x data.AutoClass) bool { return slices.Contains(x.Classes, head) }) {
		head = ""
	}
	builds := func(name string) bool {
		i := slices.IndexFunc(a.AutoClass, func(x data.AutoClass) bool { return x.Name == name })
		return i >= 0 && (head == "" || slices.Contains(a.AutoClass[i].Classes, head))
	}
	has := func(name string) bool {
		return slices.ContainsFunc(a.AutoClass, func(x data.AutoClass) bool { return x.Name == name })
	}
	for _, ok := range []func(string) bool{builds, has} {
		if i := slices.IndexFunc(c.serves[task], ok); i >= 0 {
			return c.serves[task][i]
		}
	}
	for _, t := range m.Tasks {
		if i := slices.IndexFunc(c.serves[t], builds); i >= 0 {
			return c.serves[t][i]
		}
	}
	if head != "" {
		for _, x := range a.AutoClass {
			if x.Name != "AutoModelForPreTraining" && builds(x.Name) {
				return x.Name
			}
		}
	}
	if has("AutoModel") {
		return "AutoModel"
	}
	if len(a.AutoClass) > 0 {
		return a.AutoClass[0].Name
	}
	return ""
}

// grouped puts the candidates together that one rule removed for one reason.
func grouped(all []data.Rejection) []Rejected {
	var out []Rejected
	for _, r := range all {
		i := slices.IndexFunc(out, func(g Rejected) bool { return g.Rule == r.Rule && g.Why == r.Why })
		if i < 0 {
			i = len(out)
			out = append(out, Rejected{Rule: r.Rule, Why: r.Why})
		}
		out[i].IDs = append(out[i].IDs, r.ID)
	}
	for i := range out {
		slices.Sort(out[i].IDs)
	}
	slices.SortFunc(out, func(a, b Rejected) int { return cmp.Or(strings.Compare(a.Rule, b.Rule), strings.Compare(a.Why, b.Why)) })
	return out
}

func (c *collector) recipe(a *data.Arch) Recipe {
	r := c.recipes[a.ModelType]
	text := func(key string) string { s, _ := r[key].(string); return s }
	switch {
	case r != nil && text("outcome") == "ok":
		out := Recipe{Outcome: text("exercised"), Class: text("class")}
		if missing, ok := r["missing"].([]any); ok {
			for _, m := range missing {
				if s, ok := m.(string); ok {
					out.Missing = append(out.Missing, s)
				}
			}
		}
		if n, ok := r["parameters"].(interface{ Int64() (int64, error) }); ok {
			out.Parameters, _ = n.Int64()
		}
		return out
	case r != nil:
		return Recipe{Outcome: "none", Why: text("why")}
	case len(a.AutoClass) == 0:
		return Recipe{Outcome: "none", Why: "no auto class builds it alone, so there is nothing to run"}
	}
	return Recipe{Outcome: "none", Why: "no recipe was searched yet: make recipes"}
}
