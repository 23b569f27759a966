package emit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// PackageFile is the name of the file that Package makes.
const PackageFile = "hfmodels_gen.go"

// Package returns the table of a user's own package: the picks of the
// architectures. The file imports nothing of this module, so what it says
// stays as it was written. If the architectures were named, one for which no
// checkpoint is left is an error, with what removed its candidates.
func Package(name string, archs []string, named bool, state *data.State) ([]byte, error) {
	var empty []error
	for _, arch := range archs {
		a := state.Picks.Of(arch)
		if _, ok := a.Roles[data.RoleDefault]; !ok && named {
			empty = append(empty, fmt.Errorf("no checkpoint is left for %s%s", arch, removed(state.Catalog, a)))
		}
	}
	if err := errors.Join(empty...); err != nil {
		return nil, fmt.Errorf("%w\nAllow one of them in your policy, or leave the architecture out", err)
	}
	return execute("package.go.tmpl", map[string]any{"Name": name, "Archs": archs, "Picks": state.Picks, "Source": sourceOf(state.Lock)})
}

// removed says why the first few candidates were removed, the documented one
// before others.
func removed(cat *data.Catalog, a *data.ArchPicks) string {
	if len(a.Rejected) == 0 {
		return ": " + a.Why
	}
	rejected := slices.Clone(a.Rejected)
	documented := cat.Arch(a.Arch).Documented
	if i := slices.IndexFunc(rejected, func(r data.Rejection) bool { return r.ID == documented }); i >= 0 {
		rejected = slices.Insert(slices.Delete(rejected, i, i+1), 0, a.Rejected[i])
	}
	const shown = 5
	var b strings.Builder
	for _, r := range rejected[:min(shown, len(rejected))] {
		fmt.Fprintf(&b, "\n  %s: %s: %s", r.ID, r.Rule, r.Why)
	}
	if n := len(rejected) - shown; n > 0 {
		fmt.Fprintf(&b, "\n  and %d more", n)
	}
	return b.String()
}
