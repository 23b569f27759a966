package emit

import (
	"fmt"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// ShrinkError says that the new picks hold clearly less than those before.
type ShrinkError struct {
	What     string // architectures, defaults or models
	Old, New int
	Lost     []string // what only the old picks hold, at most 20
}

func (e *ShrinkError) Error() string {
	return fmt.Sprintf("the tables would shrink from %d %s to %d, losing %s; if that is meant, pass --allow-shrink",
		e.Old, e.What, e.New, strings.Join(e.Lost, ", "))
}

// Shrink returns a *ShrinkError if the new picks lose more than one in fifty of
// the architectures, of the defaults or of the models. Before may be nil.
func Shrink(before, after *data.Picks) error {
	old, now := content(before), content(after)
	for i, what := range []string{"architectures", "defaults", "models"} {
		if lost := len(old[i]) - len(now[i]); lost*50 > len(old[i]) {
			e := &ShrinkError{What: what, Old: len(old[i]), New: len(now[i])}
			for _, name := range sortedKeys(old[i]) {
				if !now[i][name] && len(e.Lost) < 20 {
					e.Lost = append(e.Lost, name)
				}
			}
			return e
		}
	}
	return nil
}

// content is the architectures, those with a default, and the models of each
// as "arch id".
func content(p *data.Picks) [3]map[string]bool {
	archs, defaults, models := map[string]bool{}, map[string]bool{}, map[string]bool{}
	if p != nil {
		for _, a := range p.Archs {
			archs[a.Arch] = true
			if a.Roles[data.RoleDefault].ID != "" {
				defaults[a.Arch] = true
			}
			for _, m := range a.Picks {
				models[a.Arch+" "+m.ID] = true
			}
		}
	}
	return [3]map[string]bool{archs, defaults, models}
}
