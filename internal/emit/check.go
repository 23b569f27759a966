package emit

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// maxMembers is the number of constants that fit a Set beside its unused lowest bit.
const maxMembers = 63

// problems collects what is wrong, so that one run shows all of it.
type problems []error

func (p *problems) add(format string, args ...any) {
	*p = append(*p, fmt.Errorf(format, args...))
}

func (p problems) err() error {
	if err := errors.Join(p...); err != nil {
		return fmt.Errorf("emit: the input cannot become code:\n%w", err)
	}
	return nil
}

// checkNames reports words that would become the same constant. TypeCheck finds
// those that are the name of something written by hand.
func (p *problems) checkNames(cat *data.Catalog, v vocabulary) {
	if n := max(len(v.tasks), len(v.modalities)); n > maxMembers {
		p.add("%d tasks or modalities: a Set holds %d", n, maxMembers)
	}
	owner := make(map[string]string)
	claim := func(ident, what string) {
		if other, ok := owner[ident]; ok {
			p.add("%s and %s would both be the constant %s", other, what, ident)
		}
		owner[ident] = what
	}
	for _, a := range slices.Compact(slices.Clone(v.archs)) {
		claim(names.GoName(a), fmt.Sprintf("architecture %q", a))
	}
	for _, t := range v.tasks {
		claim(taskConst(t), fmt.Sprintf("task %q", t))
	}
	for _, m := range v.modalities {
		claim(modalityConst(m), fmt.Sprintf("modality %q", m))
	}
	for _, f := range v.families {
		claim(familyConst(f), fmt.Sprintf("family %q", f))
	}
}
