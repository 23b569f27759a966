package choose

import (
	"github.com/hfmodels/hfmodels/internal/data"
)

func (d *decision) result() data.ArchPicks {
	r := data.ArchPicks{
		Arch: d.arch.ModelType, Status: d.status, Why: d.why, Host: d.host,
		Documented: d.documented, Owner: d.owner, OwnerWhy: d.ownerWhy, Rejected: d.rejected,
	}
	if len(d.roles) > 0 {
		r.Roles = make(map[string]data.Place)
		for k, p := range d.roles {
			r.Roles[k] = *p
		}
	}
	if len(d.picked) > 0 {
		r.Tasks = make(map[string]data.Place)
		for k, p := range d.picked {
			r.Tasks[k] = *p
		}
	}
	for _, c := range d.models {
		pick := data.Pick{ID: c.ID, Model: c.Model}
		for _, t := range d.arch.Tasks {
			if d.made(c, t) {
				pick.Tasks = append(pick.Tasks, t)
			}
		}
		r.Picks = append(r.Picks, pick)
	}
	return r
}
