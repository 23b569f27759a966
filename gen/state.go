package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

// dataDir is the directory of the committed state.
func dataDir() string {
	if dir := os.Getenv("HF_REGISTRY_PATH"); dir != "" {
		return dir
	}
	return "registrydata"
}

func loadData() (*data.State, error) {
	if err := haveData(); err != nil {
		return nil, err
	}
	state, err := data.Load(os.DirFS(dataDir()))
	if err != nil && os.Getenv("HF_REGISTRY_PATH") != "" {
		return nil, fmt.Errorf("HF_REGISTRY_PATH=%s: %w", dataDir(), err)
	}
	return state, err
}

// haveData reports an error where there is no state at all.
func haveData() error {
	_, err := os.Stat(filepath.Join(dataDir(), "policy.yaml"))
	switch {
	case err == nil:
		return nil
	case os.Getenv("HF_REGISTRY_PATH") != "":
		return fmt.Errorf("HF_REGISTRY_PATH=%s: it has to name a directory laid out as registrydata: %w", dataDir(), err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no registry data in %s: run this in the root of the hfmodels checkout, or set HF_REGISTRY_PATH", dataDir())
	}
	return err
}

// source is the registry data of a command that runs anywhere: that of the
// checkout or of HF_REGISTRY_PATH, or else what this program was built with.
func source() fs.FS {
	if haveData() == nil || os.Getenv("HF_REGISTRY_PATH") != "" {
		return os.DirFS(dataDir())
	}
	return registrydata.All
}

// decided loads the state of a command that runs anywhere, with the picks that
// the user's policy makes of it, and finds the architectures that are meant.
func decided(policy string, archs []string) (*data.State, []string, error) {
	state, err := data.Load(source())
	if err != nil {
		return nil, nil, err
	}
	if state.Lock == nil || state.Picks == nil {
		return nil, nil, fmt.Errorf("%s has no picks yet: run go run ./gen", dataDir())
	}
	found, err := findArchs(state.Catalog, archs)
	if err == nil && policy != "" {
		err = byPolicy(state, policy, found)
	}
	return state, found, err
}

// encoder is anything with a canonical form.
type encoder interface{ Encode() ([]byte, error) }

// save replaces one file of the state, or leaves the old one.
func save(name string, v encoder) error {
	state, err := v.Encode()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	path := filepath.Join(dataDir(), filepath.FromSlash(name))
	if old, err := os.ReadFile(path); err == nil && string(old) == string(state) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("saving %s: %w", path, err)
	}
	if err := renameio.WriteFile(path, state, 0o644); err != nil {
		return fmt.Errorf("saving %s: %w", path, err)
	}
	return nil
}
