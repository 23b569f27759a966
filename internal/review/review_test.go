package review

import (
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/registrydata"
)

func state(t *testing.T, policy string, archs ...registrydata.ArchPicks) State {
	t.Helper()
	p, err := registrydata.ParsePolicy("policy.yaml", []byte("schema: 1\n"+policy))
	if err != nil {
		t.Fatal(err)
	}
	return State{Picks: &registrydata.Picks{Archs: archs}, Policy: p}
}

func arch(name, def, revision string, tasks ...string) registrydata.ArchPicks {
	a := registrydata.ArchPicks{Arch: name, Status: registrydata.Proven, Roles: map[string]registrydata.Pick{}, Tasks: map[string]registrydata.Pick{}}
	if def == "" {
		a.Status, a.Why = registrydata.Unproven, "nothing confirms it"
		return a
	}
	a.Roles["default"] = registrydata.Pick{ID: def, Tier: "authority", Reason: "documented"}
	a.Models = append(a.Models, registrydata.PickedModel{ID: def, Revision: revision, Parameters: 110e6, License: "mit", Gated: "auto"})
	for _, task := range tasks {
		a.Tasks[task] = registrydata.Pick{ID: def, Tier: "task", Reason: "the default"}
	}
	return a
}

func TestNothingDecidedAnew(t *testing.T) {
	same := state(t, "", arch("bert", "a/b", "1"))
	if d := Compare(same, same); !d.Empty() || d.Markdown() != "" {
		t.Errorf("a state differs from itself: %+v", d)
	}
	// A revision alone is no decision: it is counted, and prints nothing.
	d := Compare(same, state(t, "", arch("bert", "a/b", "2")))
	if !d.Empty() || d.Revisions != 1 || d.Markdown() != "" {
		t.Errorf("a moved revision gave %+v", d)
	}
}

func TestMarkdown(t *testing.T) {
	changed := arch("bert", "c/d_e", "1")
	p := changed.Roles["default"]
	p.Replaced = &registrydata.Rejection{ID: "a/b", Rule: "unproven", Why: "its config.model_type is <llama> | x"}
	changed.Roles["default"] = p
	d := Compare(
		state(t, "", arch("bert", "a/b", "1", "fill-mask"), arch("gone", "a/b", "1"), arch("lost", "a/b", "1")),
		state(t, "deny:\n  - {id: x/y, reason: broken}\n", changed, arch("lost", "", ""), arch("new", "n/n", "1")),
	)
	const want = "## 3 defaults changed\n" +
		"\n" +
		"| architecture | before | now | why |\n" +
		"|---|---|---|---|\n" +
		"| `bert` | [a/b](https://huggingface.co/a/b)<br>110M, mit, gated | [c/d\\_e](https://huggingface.co/c/d_e)<br>110M, mit, gated | unproven: its config.model\\_type is &lt;llama&gt; \\| x |\n" +
		"| `lost` | [a/b](https://huggingface.co/a/b)<br>110M, mit, gated | none | gone: no candidate is left |\n" +
		"| `new` | none | [n/n](https://huggingface.co/n/n)<br>110M, mit, gated | authority: documented |\n" +
		"\n" +
		"### Architectures that stand otherwise\n" +
		"\n" +
		"| architecture | before | now | |\n" +
		"|---|---|---|---|\n" +
		"| `lost` | proven | unproven | nothing confirms it |\n" +
		"\n" +
		"### Architectures added\n\n- `new`\n\n" +
		"### Architectures removed\n\n- `gone`\n\n" +
		"### Policy\n\n- added denial: x/y: broken\n\n" +
		"<details><summary>1 other role or task</summary>\n" +
		"\n" +
		"| architecture | place | before | now | why |\n" +
		"|---|---|---|---|---|\n" +
		"| `bert` | fill-mask | [a/b](https://huggingface.co/a/b)<br>110M, mit, gated | none | gone: no candidate is left |\n" +
		"\n" +
		"</details>\n"
	if got := d.Markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(d.Markdown(), "<llama>") {
		t.Error("what came from the Hub is read as HTML")
	}
}
