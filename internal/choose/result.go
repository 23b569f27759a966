package choose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

func (d *decision) result() data.ArchPicks {
	r := data.ArchPicks{
		Arch: d.arch.ModelType, Status: d.status, Why: d.why, Host: d.host,
		Documented: d.documented, Owner: d.owner, OwnerWhy: d.ownerWhy, Rejected: d.rejected,
	}
	if len(d.roles) > 0 {
		r.Roles = make(map[string]data.Pick)
		for k, p := range d.roles {
			r.Roles[k] = *p
		}
	}
	if len(d.picked) > 0 {
		r.Tasks = make(map[string]data.Pick)
		for k, p := range d.picked {
			r.Tasks[k] = *p
		}
	}
	for _, c := range d.models {
		r.Models = append(r.Models, d.model(c))
	}
	slices.SortFunc(r.Models, func(a, b data.PickedModel) int {
		return cmp.Or(cmp.Compare(r.Place(a.ID), r.Place(b.ID)), strings.Compare(a.ID, b.ID))
	})
	return r
}

func (d *decision) model(c *candidate) data.PickedModel {
	m := data.PickedModel{
		ID: c.ID, Revision: c.Revision, Parameters: c.Parameters, Bytes: c.Bytes,
		License: c.License, Gated: c.Gated, Head: c.head(), Formats: c.Formats, DType: mainDType(c.DTypes),
	}
	for _, t := range d.arch.Tasks {
		if d.made(c, t) {
			m.Tasks = append(m.Tasks, t)
		}
	}
	return m
}

func mainDType(split map[string]int64) string {
	best := ""
	for t, n := range split {
		if best == "" || n > split[best] || n == split[best] && t < best {
			best = t
		}
	}
	return best
}
