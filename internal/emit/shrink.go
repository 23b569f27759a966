package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Shrink reports an error if the new picks are fewer than before by more than
// one in fifty: architectures, defaults or models. Before may be nil.
func Shrink(before, after *data.Picks) error {
	old, now := contents(before), contents(after)
	for _, what := range []string{"architectures", "defaults", "models"} {
		lost := slices.DeleteFunc(sortedKeys(old[what]), func(name string) bool { return now[what][name] })
		if before, after := len(old[what]), len(now[what]); (before-after)*50 > before {
			return fmt.Errorf("the tables would shrink from %d %s to %d, losing %s; if that is meant, pass --allow-shrink",
				before, what, after, strings.Join(lost[:min(20, len(lost))], ", "))
		}
	}
	return nil
}

// contents are the architectures, those with a default, and the models of each
// as "arch id".
func contents(p *data.Picks) map[string]map[string]bool {
	found := map[string]map[string]bool{"architectures": {}, "defaults": {}, "models": {}}
	if p == nil {
		return found
	}
	for _, a := range p.Archs {
		found["architectures"][a.Arch] = true
		if _, ok := a.Roles[data.RoleDefault]; ok {
			found["defaults"][a.Arch] = true
		}
		for _, m := range a.Picks {
			found["models"][a.Arch+" "+m.ID] = true
		}
	}
	return found
}
