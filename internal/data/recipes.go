package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// Recipes is what running says: how each architecture is built tiny, fed, and
// what came out. It is recipes.json, which archtest/python/probe.py writes.
type Recipes struct {
	Schema   int               `json:"schema"`
	Versions map[string]string `json:"versions"` // of what it was made with
	Archs    []Recipe          `json:"archs"`
}

// Recipe is the recipe of one architecture, or why there is none. Only the
// Python tests know its fields. Numbers are json.Number.
type Recipe map[string]any

// LoadRecipes reads recipes.json. Before the first probe there is none, and
// then no recipe either.
func LoadRecipes(fsys fs.FS) (*Recipes, error) {
	const name = "recipes.json"
	file, err := read(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return new(Recipes), nil
	}
	if err != nil {
		return nil, err
	}
	r := new(Recipes)
	dec := json.NewDecoder(bytes.NewReader(file))
	dec.UseNumber()
	if err := dec.Decode(r); err != nil {
		return nil, fmt.Errorf("registry data: %s: %w; write it again with: make recipes", name, err)
	}
	return r, nil
}
