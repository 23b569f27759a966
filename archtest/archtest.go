// Package archtest is what the generated tests of architectures call.
//
// gen writes the tests: one for every architecture in this directory, and
// "gen tests ARCH… --out DIR" writes those of some architectures into a module
// of your own. Each names the checkpoints that were picked for its
// architecture, so that tables which answer otherwise fail by name.
package archtest

import (
	"fmt"
	"iter"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/review"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/registrydata"
)

// Picks are the checkpoints that a test expects in the roles of an
// architecture, each as id@revision, or as id where the revision is unknown.
// An empty one expects that nothing fills the role.
type Picks struct{ Default, Open, Small, Tiny string }

// Check tests the compiled row of an architecture: it answers with the given
// picks, and what it says of each of its models is what the Hub said, and of the
// architecture what transformers said. The evidence of that is registrydata/facts
// and the catalog, which are built into the module.
//
// With HFMODELS_LIVE=1 the Hub itself is asked whether each model still is what
// the row says. Its address and token are those of Hugging Face's own tools:
// HF_ENDPOINT, HF_TOKEN and so on.
func Check(t *testing.T, a hfmodels.Arch, want Picks) {
	t.Helper()
	for role, want := range [...]string{want.Default, want.Open, want.Small, want.Tiny} {
		m, _ := a.Pick(hfmodels.Role(role))
		if got := pinned(m); got != want {
			t.Errorf("%v: the table has %q, this test expects %q", hfmodels.Role(role), got, want)
		}
	}
	state, err := evidence()
	if err != nil {
		t.Fatal(err)
	}
	r := row{a.Info(), slices.Collect(a.Models())}
	r.check(state, t.Errorf)
	if os.Getenv("HFMODELS_LIVE") == "1" {
		r.live(t, state)
	}
}

// pinned is a model as a test names it.
func pinned(m hfmodels.Model) string {
	if m.Revision == "" {
		return m.ID
	}
	return m.ID + "@" + m.Revision
}

// evidence reads the committed state, once for all tests of a binary.
var evidence = sync.OnceValues(func() (*data.State, error) { return data.Load(registrydata.All) })

// row is what the tables say of an architecture.
type row struct {
	hfmodels.Info
	models []hfmodels.Model
}

// check compares the row with the facts, and says what does not hold.
func (r row) check(state *data.State, say func(format string, args ...any)) {
	fact := func(id string) *data.Model { return state.Fact(id, r.Arch.String(), r.Host.String()) }
	def, ok := r.pick(hfmodels.Default)
	switch r.Status {
	case hfmodels.Proven:
		if !ok || def.Arch != r.Arch {
			say("it is proven, but its default %q is of %v", def.ID, def.Arch)
		}
	case hfmodels.Hosted:
		if !ok || def.Arch != r.Host || r.Host.Info().Status != hfmodels.Proven {
			say("it is hosted by %v, which is %v, but its default %q is of %v", r.Host, r.Host.Info().Status, def.ID, def.Arch)
		}
	default:
		if ok {
			say("it is %v, but has the default %s", r.Status, def.ID)
		}
	}
	for _, m := range r.models {
		c := fact(m.ID)
		if c == nil {
			say("registrydata/facts know no candidate %s of %v", m.ID, r.Arch)
			continue
		}
		if !slices.Contains(state.Catalog.Proving(m.Arch.String()), c.ModelType) || m.Arch != r.Arch && m.Arch != r.Host {
			say("%s: its config.model_type is %q, which does not prove %v", m.ID, c.ModelType, m.Arch)
		}
		if c.Private || c.Disabled {
			say("%s: it is private or disabled", m.ID)
		}
		if m.Roles.Has(hfmodels.Open) && c.Gated != "no" {
			say("%s: it is the open pick, but its gating is %q", m.ID, c.Gated)
		}
		if m.Roles.Has(hfmodels.Tiny) && !stub(m.ID) {
			say("%s: it is the tiny pick, but nothing says that it was made for tests", m.ID)
		}
		said := table.Row(m.Arch, m.ID, c, nil)
		for name, v := range differing(m, said, "Revision", "Parameters", "Bytes", "License", "Gating", "Formats", "Head") {
			say("%s: the table has %s %v, the facts have %v", m.ID, name, v[0], v[1])
		}
	}
	if c := state.Catalog.Arch(r.Arch.String()); c != nil {
		for name, v := range differing(r.Info, *c, "Family", "ConfigClass", "Tokenizer", "Processor", "ImageProcessor",
			"VideoProcessor", "FeatureExtractor", "Documented", "Part", "Generates") {
			say("the table has %s %v, the catalog has %v", name, v[0], v[1])
		}
		if got, want := r.Tasks.String(), strings.Join(c.Tasks, ","); got != want {
			say("the table has the tasks %s, the catalog has %s", got, want)
		}
	}
	if small, ok := r.pick(hfmodels.Small); ok {
		s, d := fact(small.ID), fact(def.ID)
		if s != nil && d != nil && d.Parameters > 0 && s.Parameters > d.Parameters {
			say("the small %s has %d parameters, more than the default %s with %d", s.ID, s.Parameters, d.ID, d.Parameters)
		}
	}
}

// differing yields the fields that two structs hold differently, with both values.
func differing(a, b any, names ...string) iter.Seq2[string, [2]string] {
	return func(yield func(string, [2]string) bool) {
		for _, name := range names {
			x, y := reflect.ValueOf(a).FieldByName(name), reflect.ValueOf(b).FieldByName(name)
			if v := [2]string{fmt.Sprint(x), fmt.Sprint(y)}; v[0] != v[1] && !yield(name, v) {
				return
			}
		}
	}
}

// pick is the model of the row that fills a role.
func (r row) pick(role hfmodels.Role) (hfmodels.Model, bool) {
	i := slices.IndexFunc(r.models, func(m hfmodels.Model) bool { return m.Roles.Has(role) })
	if i < 0 {
		return hfmodels.Model{}, false
	}
	return r.models[i], true
}

// stub reports whether a model was made for tests, by its account or its name.
func stub(id string) bool {
	return slices.ContainsFunc([]string{"tiny", "random", "dummy", "test"}, func(word string) bool {
		return strings.Contains(strings.ToLower(id), word)
	})
}

// client is one for all tests of a binary, so that they share the Hub's quota.
var client = sync.OnceValues(func() (*hub.Client, error) { return hub.Open() })

// live asks the Hub about every model of the row.
func (r row) live(t *testing.T, state *data.State) {
	t.Helper()
	c, err := client()
	if err != nil {
		t.Fatal(err)
	}
	known := state.Known()
	for _, m := range r.models {
		now, _, err := c.Detail(t.Context(), m.ID)
		if err != nil {
			t.Errorf("live: %s: %v", m.ID, err)
			continue
		}
		fact := state.Fact(m.ID, r.Arch.String(), r.Host.String())
		if fact == nil { // check said so
			continue
		}
		for _, p := range review.Problems(state.Catalog.Proving(m.Arch.String()), known[data.FoldID(now.ID)], fact, &now) {
			t.Errorf("live: %s: %s", m.ID, p)
		}
	}
}
