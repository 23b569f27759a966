package emit

import (
	"fmt"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Shrink reports an error if the new picks are fewer than before by more than
// one in fifty: architectures, defaults or models. Before may be nil.
func Shrink(before, after *data.Picks) error {
	old, now := contents(before), contents(after)
	for _, what := range []string{"architectures", "defaults", "models"} {
		var lost []string
		for _, name := range sortedKeys(old[what]) {
			if !now[what][name] {
				lost = append(lost, name)
			}
		}
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
	archs, defaults, models := map[string]bool{}, map[string]bool{}, map[string]bool{}
	if p != nil {
		for _, a := range p.Archs {
			archs[a.Arch] = true
			if _, ok := a.Roles[data.RoleDefault]; ok {
				defaults[a.Arch] = true
			}
			for _, m := range a.Picks {
				models[a.Arch+" "+m.ID] = true
			}
		}
	}
	return map[string]map[string]bool{"architectures": archs, "defaults": defaults, "models": models}
}
