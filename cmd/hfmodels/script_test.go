package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hfmodels": main})
}

// fixture is a registry of a few architectures, whose decisions no refresh changes.
func fixture() string {
	dir, err := filepath.Abs("testdata/registry")
	if err != nil {
		panic(err)
	}
	return dir
}

// useFixture makes it the registry, with no variable that changes the answers.
func useFixture(t *testing.T) {
	for _, name := range []string{"HFMODELS_POLICY", "FORCE_API_CALLS"} {
		t.Setenv(name, "")
	}
	t.Setenv("HF_REGISTRY_PATH", fixture())
	t.Setenv("USE_STATIC_REGISTRY", "1")
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HFMODELS_POLICY", "")
			env.Setenv("HF_REGISTRY_PATH", fixture())
			registry, err := filepath.Abs("../../registrydata")
			env.Setenv("REGISTRYDATA", registry)
			return err
		},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}
