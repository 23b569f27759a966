package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// findArchs returns the model types that are meant, however they are spelled.
func findArchs(c *data.Catalog, given []string) ([]string, error) {
	byName := make(map[string]string, len(c.Archs))
	var known []string
	for _, a := range c.Archs {
		byName[names.Fold(a.ModelType)] = a.ModelType
		known = append(known, a.ModelType)
	}
	var found []string
	var errs []error
	for _, g := range given {
		t, ok := byName[names.Fold(g)]
		switch {
		case !ok:
			near := cmp.Or(usage.Near(g, known), "; hfmodels list has them all")
			errs = append(errs, fmt.Errorf("%q is no model type of transformers %s%s", g, c.Transformers, near))
		case !slices.Contains(found, t):
			found = append(found, t)
		}
	}
	return found, errors.Join(errs...)
}
