package emit

import (
	"errors"
	"fmt"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// maxMembers is the number of constants that fit a Set beside its unused lowest bit.
const maxMembers = 63

// problems collects what is wrong, so that one run shows all of it.
type problems []error

func (p problems) err() error {
	if err := errors.Join(p...); err != nil {
		return fmt.Errorf("the input cannot become code:\n%w", err)
	}
	return nil
}

// checkNames reports words that would become the same constant. TypeCheck finds
// those that are the name of something written by hand.
func (p *problems) checkNames(_ *data.Catalog, v vocabulary) {
	if n := max(len(v.tasks), len(v.modalities)); n > maxMembers {
		*p = append(*p, fmt.Errorf("%d tasks or modalities: a Set holds %d", n, maxMembers))
	}
	owner := make(map[string]string)
	for _, kind := range []struct {
		name  string
		words []string
		ident func(string) string
	}{
		{"architecture", v.archs, names.GoName},
		{"task", v.tasks, taskConst},
		{"modality", v.modalities, modalityConst},
		{"family", v.families, familyConst},
	} {
		for _, word := range kind.words {
			ident, what := kind.ident(word), fmt.Sprintf("%s %q", kind.name, word)
			if other, ok := owner[ident]; ok {
				*p = append(*p, fmt.Errorf("%s and %s would both be the constant %s", other, what, ident))
			}
			owner[ident] = what
		}
	}
}
