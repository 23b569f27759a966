package choose

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// world is a Hub with one architecture of interest, bert, made by Maker.
type world struct {
	t     testing.TB
	state *data.State
	day   string
	days  int // of decisions
	arch  *data.Arch
	facts *data.Facts
}

const testPolicy = `
schema: 1
organizations:
  testing: [{name: Stubs, reason: test}, {name: other-stubs, reason: test}]
  official: [{name: Maker, reason: test}, {name: Known, reason: test}]
  staging: [{name: porter, reason: test}]
  copies: [{name: copier, reason: test}]
`

func newWorld(t testing.TB, policy string) *world {
	t.Helper()
	bert := data.Arch{
		ModelType: "bert", ConfigClass: "BertConfig", Module: "bert", Family: "encoder", Documented: "Maker/bert-base",
		AutoClass: []data.AutoClass{
			{Name: "AutoModel", Classes: []string{"BertModel"}},
			{Name: "AutoModelForMaskedLM", Classes: []string{"BertForMaskedLM"}},
			{Name: "AutoModelForSequenceClassification", Classes: []string{"BertForSequenceClassification"}},
		},
		Tasks: []string{"feature-extraction", "fill-mask", "text-classification", "zero-shot-classification"},
	}
	w := &world{t: t, day: "2026-08-22", facts: &data.Facts{Arch: "bert"}}
	w.state = &data.State{
		Catalog: &data.Catalog{
			Transformers: "5.23.0",
			Archs:        []data.Arch{bert},
			Tasks: []data.Task{
				{Name: "feature-extraction", AutoClasses: []string{"AutoModel"}},
				{Name: "fill-mask", AutoClasses: []string{"AutoModelForMaskedLM"}},
				{Name: "text-classification", AutoClasses: []string{"AutoModelForSequenceClassification"}, Default: "Known/bert-sst2"},
				{Name: "zero-shot-classification", AutoClasses: []string{"AutoModelForSequenceClassification"}},
			},
		},
		Facts:      map[string]*data.Facts{"bert": w.facts},
		Popularity: make(data.Popularity),
	}
	w.arch = &w.state.Catalog.Archs[0]
	w.setPolicy(policy)
	return w
}

func (w *world) setPolicy(text string) {
	w.t.Helper()
	var err error
	if w.state.Policy, err = data.ParsePolicy("policy.yaml", []byte(testPolicy+text+"\n")); err != nil {
		w.t.Fatal(err)
	}
}

// add puts models on the Hub, as "Maker/bert-base use=5000; me/b sst2":
// each proven, ungated, of 1,000 downloads and 110M parameters, unless it is said
// to be otherwise; "me/b gone" takes one away.
func (w *world) add(models string) *world {
	w.t.Helper()
	for text := range strings.SplitSeq(models, "; ") {
		if text == "" {
			continue
		}
		if id, gone := strings.CutSuffix(text, " gone"); gone {
			w.remove(id)
			continue
		}
		c := data.Model{ModelType: "bert", Parameters: 110e6, Gated: "no", Revision: strings.Repeat("a", 40), Architectures: []string{"BertForMaskedLM"}}
		counters := data.Counters{Downloads: 1000, Likes: 1}
		answer := data.Documented{Outcome: data.Found, Model: &c}
		arch := describe(w.t, text, &c, &counters, &answer)
		if arch != "" {
			w.state.Facts[arch].Documented = &answer
		}
		if answer.Outcome != data.Found {
			w.facts.Documented = &data.Documented{Asked: c.ID, Outcome: answer.Outcome}
			continue
		}
		if w.state.Popularity[c.ID] = counters; counters.Downloads < 0 && counters.Likes < 0 {
			delete(w.state.Popularity, c.ID)
		}
		f := cmp.Or(w.state.Facts[c.ModelType], w.facts)
		f.Candidates = slices.DeleteFunc(f.Candidates, func(old data.Model) bool { return old.ID == c.ID })
		f.Candidates = append(f.Candidates, c)
		if answer.Asked = cmp.Or(answer.Asked, c.ID); strings.EqualFold(answer.Asked, w.arch.Documented) {
			f.Documented = &answer
		}
	}
	return w
}

func (w *world) addf(format string, args ...any) *world {
	w.t.Helper()
	return w.add(fmt.Sprintf(format, args...))
}

// describe makes of a model, its counters, and what it is an answer to, what a text says, as
// "Maker/bert-base size=4e6 head=BertModel tags=lora,merge private".
func describe(t testing.TB, text string, c *data.Model, n *data.Counters, answer *data.Documented) (answers string) {
	words := strings.Fields(text)
	c.ID = words[0]
	c.Author, _, _ = strings.Cut(c.ID, "/")
	for _, word := range words[1:] {
		field, value, _ := strings.Cut(word, "=")
		list := strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
		number, _ := strconv.ParseFloat(value, 64)
		switch field {
		case "use": // downloads of a month
			n.Downloads = int64(number)
		case "likes":
			n.Likes = int64(number)
		case "size":
			c.Parameters = int64(number)
		case "bytes":
			c.Bytes = int64(number)
		case "head":
			c.Architectures = list
		case "sst2":
			c.Architectures, c.Pipeline = []string{"BertForSequenceClassification"}, "text-classification"
		case "nli":
			c.Architectures, c.Pipeline = []string{"BertForSequenceClassification"}, "zero-shot-classification"
		case "base":
			relation, id, given := strings.Cut(value, ":")
			if !given {
				relation, id = "finetune", value
			}
			c.Bases = append(c.Bases, data.Base{ID: id, Relation: relation})
		case "license":
			c.License = strings.Join(list, data.LicenseSeparator)
		case "tags":
			c.Tags = list
		case "languages":
			c.Languages = list
		case "formats":
			c.Formats = list
		case "private":
			c.Private = true
		case "disabled":
			c.Disabled = true
		case "remote":
			c.RemoteCode = true
		default:
			of := map[string]*string{
				"type": &c.ModelType, "library": &c.Library, "task": &c.Pipeline, "gated": &c.Gated, "created": &c.Created,
				"revision": &c.Revision, "quantized": &c.Quantized, "asked": &answer.Asked, "outcome": &answer.Outcome,
				"answers": &answers, // the architecture that documents it
			}[field]
			if of == nil {
				t.Fatalf("%q: a model has no %s", text, field)
			}
			*of = value
		}
	}
	return answers
}

// besideLlama adds an architecture whose models bert gets to see.
func (w *world) besideLlama() {
	w.others(data.Arch{ModelType: "llama", Documented: "x/llama", AutoClass: []data.AutoClass{{Name: "AutoModelForCausalLM", Classes: []string{"LlamaForCausalLM"}}}})
	delete(w.state.Facts, "llama")
}

func (w *world) remove(id string) *world {
	w.facts.Candidates = slices.DeleteFunc(w.facts.Candidates, func(c data.Model) bool { return c.ID == id })
	if d := w.facts.Documented; d != nil && d.Model != nil && d.Model.ID == id {
		w.facts.Documented = &data.Documented{Asked: d.Asked, Outcome: data.Missing}
	}
	return w
}

// choose decides, and makes the decision the incumbent of the next.
func (w *world) choose() map[string]data.ArchPicks {
	w.t.Helper()
	if err := w.decide(); err != nil {
		w.t.Fatal(err)
	}
	out := make(map[string]data.ArchPicks)
	for _, a := range w.state.Picks.Archs {
		out[a.Arch] = a
	}
	return out
}

func (w *world) decide() error {
	slices.SortFunc(w.facts.Candidates, func(a, b data.Model) int { return strings.Compare(a.ID, b.ID) })
	picks, err := Choose(w.state, w.day)
	if err == nil {
		w.state.Picks = picks
	}
	return err
}

func (w *world) bert() data.ArchPicks { w.t.Helper(); return w.choose()["bert"] }

// encode decides, and is what picks.json would hold.
func (w *world) encode() string {
	w.t.Helper()
	w.choose()
	b, err := data.Encode("picks.json", w.state.Picks)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

// others adds architectures around bert.
func (w *world) others(archs ...data.Arch) *world {
	w.state.Catalog.Archs = append(w.state.Catalog.Archs, archs...)
	slices.SortFunc(w.state.Catalog.Archs, func(a, b data.Arch) int { return strings.Compare(a.ModelType, b.ModelType) })
	for i := range w.state.Catalog.Archs {
		if a := &w.state.Catalog.Archs[i]; a.ModelType == "bert" {
			w.arch = a
		} else if w.state.Facts[a.ModelType] == nil {
			w.state.Facts[a.ModelType] = &data.Facts{Arch: a.ModelType}
		}
	}
	return w
}

// measured says of a model how it did when it was run at the revision that
// the test's models have.
func (w *world) measured(id, outcome string) *world {
	w.state.Measurements.Add(&data.Measurements{Rows: []data.Measurement{{
		Arch: "bert", Model: id, Revision: strings.Repeat("a", 40), Started: "2026-11-25T10:00:00Z", Transformers: "5.23.0",
		Outcome: outcome, Reason: "hub: no weights",
	}}})
	return w
}

// TestWorlds decides in small worlds, a line each of testdata/worlds.txt: the
// steps that make one, with " / " between them, and after "=>" what must then be
// among what is said of it, with " & " between, or "! " and what must not. "*"
// stands for a word. A line that begins with a tab goes on with the world above.
func TestWorlds(t *testing.T) {
	text, err := os.ReadFile("testdata/worlds.txt")
	if err != nil {
		t.Fatal(err)
	}
	var w *world
	for n, line := range strings.Split(string(text), "\n") {
		line, name, _ := strings.Cut(line, "  # ")
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] != '\t' {
			w = newWorld(t, "")
		}
		steps, checks, checked := strings.Cut(line, "=>")
		said := w.play(strings.Split(strings.TrimSpace(steps), " / "))
		if !checked {
			continue
		}
		for check := range strings.SplitSeq(strings.TrimSpace(checks), " & ") {
			check, not := strings.CutPrefix(check, "! ")
			pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(check), `\*`, `\S+`)
			switch {
			case strings.HasPrefix(check, "error "): // which goes on
			case strings.Contains(check, ": "):
				pattern += "$"
			default:
				pattern += "($|[ :])"
			}
			if so := regexp.MustCompile(pattern); slices.ContainsFunc(said, so.MatchString) == not {
				t.Errorf("worlds.txt:%d: %s: %q is %t\n%s\n\t%s", n+1, name, check, not, line, strings.Join(said, "\n\t"))
			}
		}
	}
}

// play makes the steps, and says what was decided last. It decides after each
// step that is of models, a day after the decision before.
func (w *world) play(steps []string) (said []string) {
	w.t.Helper()
	for _, step := range steps {
		verb, rest, _ := strings.Cut(step, " ")
		pairs := func(do func(name, value string)) {
			for pair := range strings.FieldsSeq(rest) {
				name, value, _ := strings.Cut(pair, "=")
				do(name, value)
			}
		}
		switch verb {
		case "policy": // over the test's own, its lists after "; "
			w.setPolicy(strings.ReplaceAll(rest, "; ", "\n"))
		case "documented": // the checkpoint that bert's documentation names
			w.arch.Documented = strings.TrimPrefix(rest, "nothing")
		case "recorded":
			w.state.Lock = &data.Lock{Recorded: rest}
		case "formerly":
			w.state.Aliases = make(data.Aliases)
			pairs(func(old, now string) { w.state.Aliases[old] = now })
		case "lost":
			w.facts.Lost = make(map[string]string)
			pairs(func(id, outcome string) { w.facts.Lost[id] = outcome })
		case "measured":
			pairs(func(id, outcome string) { w.measured(id, outcome) })
		case "llama": // is another architecture whose models bert gets to see
			w.besideLlama()
		case "bert": // has these fields
			w.decode(rest, w.arch)
		case "arch":
			var arch data.Arch
			w.decode(rest, &arch)
			w.others(arch)
		case "task":
			var task data.Task
			w.decode(rest, &task)
			tasks := &w.state.Catalog.Tasks
			*tasks = append(slices.DeleteFunc(*tasks, func(old data.Task) bool { return old.Name == task.Name }), task)
		case "use": // downloads
			pairs(func(id, n string) {
				c := w.state.Popularity[id]
				c.Downloads, _ = strconv.ParseInt(n, 10, 64)
				w.state.Popularity[id] = c
			})
			said = w.said()
		case "same": // day as that of the decision before
			w.days--
		case "again":
			said = w.said()
		default:
			w.add(step)
			said = w.said()
		}
	}
	return said
}

func (w *world) decode(text string, v any) {
	w.t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
}

// said decides, and says all that was decided: of bert, and after "@" and its name
// of every other architecture.
func (w *world) said() (lines []string) {
	w.t.Helper()
	w.days++
	w.day = fmt.Sprintf("day %d", 100+w.days)
	if err := w.decide(); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			lines = append(lines, "error "+line)
		}
		return lines
	}
	for _, a := range w.state.Picks.Archs {
		add := func(format string, args ...any) {
			line := strings.TrimSuffix(fmt.Sprintf(format, args...), ": ")
			if a.Arch != "bert" {
				line = "@" + a.Arch + " " + line
			}
			lines = append(lines, line)
		}
		add("status %s: %s", a.Status, a.Why)
		add("host %s", a.Host)
		add("documented %s", a.Documented)
		add("owner %s: %s", cmp.Or(a.Owner, "none"), a.OwnerWhy)
		add("rejections %d", len(a.Rejected))
		for _, no := range a.Rejected {
			add("rejected %s by %s: %s", no.ID, no.Rule, no.Why)
		}
		for _, c := range a.Converted {
			add("converted %s: %s", c.ID, c.Format)
		}
		for _, m := range a.Picks {
			add("%s is made for %s", m.ID, strings.Join(m.Tasks, ", "))
		}
		places := maps.Clone(a.Roles)
		maps.Copy(places, a.Tasks)
		for _, name := range slices.Concat(data.Roles(), w.state.Catalog.Arch(a.Arch).Tasks) {
			p, filled := places[name]
			if !filled {
				add("%s none", name)
				continue
			}
			add("%s %s by %s: %s", name, p.ID, p.Tier, p.Reason)
			for _, r := range p.RunnersUp {
				add("%s before %s by %s: %s", name, r.ID, r.Tier, r.Why)
			}
			if p.Replaced == nil {
				add("%s replaces none", name)
			} else {
				add("%s replaces %s by %s: %s", name, p.Replaced.ID, p.Replaced.Rule, p.Replaced.Why)
			}
		}
	}
	for _, task := range append(w.state.Catalog.Tasks, data.Task{}) {
		name, order := cmp.Or(task.Name, "no task"), []string{}
		for _, m := range w.state.Picks.Ranking(task.Name) {
			order = append(order, m.ID+" by "+m.Tier)
			lines = append(lines, fmt.Sprintf("%s ranks %s for %s: %s", name, m.ID, m.Arch, m.Reason))
		}
		lines = append(lines, "ranking "+name+": "+cmp.Or(strings.Join(order, ", "), "none"))
	}
	return lines
}
