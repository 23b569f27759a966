package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hfmodels/hfmodels/internal/emit"
)

// generated says whether the tests of an architecture can be made and compile.
type generated struct {
	Arch     string   `json:"arch"`
	Go       string   `json:"go"`
	Python   string   `json:"python"`
	Problems []string `json:"problems"`
}

// What became of a generated test, besides fails.
const (
	compiles     = "compiles"
	noModelClass = "none"         // there is no model class to test
	notCompiled  = "not compiled" // there is no python3 to do it
)

func (g *generated) Outcome() string {
	switch {
	case len(g.Problems) > 0:
		return fails
	case g.Python == notCompiled:
		return unknown
	}
	return holds
}

func (g *generated) say() string {
	out := fmt.Sprintf("Go %s, Python %s", g.Go, g.Python)
	for _, p := range g.Problems {
		out += "; " + p
	}
	return out
}

// generateTests makes the tests of architectures in memory and compiles them:
// all at once, and one by one if that fails, to say which.
func generateTests(in emit.Tests, archs []string) ([]generated, error) {
	_, goErr := in.Go("hfmodels_test", archs)
	py, pyErr := in.Python(archs)
	if pyErr == nil {
		pyErr = emit.CompilePython(py)
	}
	noPython := errors.Is(pyErr, emit.ErrNoPython)
	var out []generated
	failed := false
	for _, a := range archs {
		g := generated{Arch: a, Go: compiles, Python: compiles, Problems: []string{}}
		if goErr != nil {
			if _, err := in.Go("hfmodels_test", []string{a}); err != nil {
				g.Go = fails
				g.Problems = append(g.Problems, err.Error())
			}
		}
		files := py
		if pyErr != nil && !noPython {
			var err error
			files, err = in.Python([]string{a})
			if err == nil {
				err = emit.CompilePython(files)
			}
			if err != nil {
				g.Python = fails
				g.Problems = append(g.Problems, err.Error())
			}
		}
		switch _, made := files[emit.PythonFile(a)]; {
		case g.Python == fails:
		case !made:
			g.Python = noModelClass
		case noPython:
			g.Python = notCompiled
		}
		out = append(out, g)
		failed = failed || len(g.Problems) > 0
	}
	if noPython {
		pyErr = nil
	}
	// What is wrong with all of them is wrong with what they are made from.
	all := !slices.ContainsFunc(out, func(g generated) bool { return !slices.Equal(g.Problems, out[0].Problems) })
	if err := errors.Join(goErr, pyErr); err != nil && (!failed || all && len(out) > 1) {
		return nil, fmt.Errorf("verify: no tests can be made: %w", err)
	}
	return out, nil
}
