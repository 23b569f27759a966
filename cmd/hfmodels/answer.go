package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/internal/usage"
	"github.com/hfmodels/hfmodels/registrydata"
)

// ownPolicy reads the user's policy, nil if there is none.
func ownPolicy(opts *options) (*data.Policy, error) {
	if opts.policy == "" {
		return nil, nil
	}
	text, err := os.ReadFile(opts.policy)
	if err != nil {
		return nil, fmt.Errorf("reading your policy: %w", err)
	}
	return data.ParsePolicy(opts.policy, text)
}

// ownRegistry is the directory of HF_REGISTRY_PATH, "" if there is none.
func ownRegistry() string {
	if p := os.Getenv("HF_REGISTRY_PATH"); p != "" {
		return hub.Expand(os.Getenv, p)
	}
	return ""
}

// ofRegistry names the user's registry in an error about it.
func ofRegistry(err error) error {
	dir := ownRegistry()
	switch {
	case dir == "":
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("HF_REGISTRY_PATH=%s: %w: it has to name a directory laid out as registrydata", dir, err)
	}
	return fmt.Errorf("HF_REGISTRY_PATH=%s: %w", dir, err)
}

// load returns the picks: the committed ones or those of the user's registry,
// or what the user's policy makes of the same facts.
func load(opts *options) (*data.Picks, error) {
	own, err := ownPolicy(opts)
	if err != nil {
		return nil, err
	}
	var picks, whole fs.FS = registrydata.FS, registrydata.All
	if dir := ownRegistry(); dir != "" {
		picks = os.DirFS(dir)
		whole = picks
	}
	if own == nil {
		p, err := data.LoadPicks(picks)
		if err == nil {
			return p, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, ofRegistry(err)
		}
	}
	raw, err := data.Load(whole)
	if err != nil {
		return nil, ofRegistry(err)
	}
	if own != nil {
		for _, s := range choose.Slips(own, raw) {
			opts.note(opts.cmd, "%s: no candidate bears %q%s", s.Where, s.Name, usage.Near(s.Name, s.Known))
		}
		raw.Policy = own.Over(raw.Policy)
	}
	day := ""
	if raw.Lock != nil {
		day = raw.Lock.Synced
	}
	return choose.Choose(raw, day)
}

// find returns the decision for the architecture that a user named.
func find(opts *options, name string) (hfmodels.Arch, *data.ArchPicks, error) {
	arch, err := parseArch(name)
	if err != nil {
		return 0, nil, err
	}
	a, err := decided(opts, arch)
	if err != nil {
		return 0, nil, err
	}
	if a == nil {
		return 0, nil, fmt.Errorf("this program knows %s, and the registry does not: they are of different releases", arch)
	}
	return arch, a, nil
}

// parseArch is hfmodels.ParseArch, and also tells a checkpoint's id from an
// architecture.
func parseArch(name string) (hfmodels.Arch, error) {
	arch, err := hfmodels.ParseArch(name)
	if err == nil || !strings.Contains(name, "/") {
		return arch, err
	}
	var picks []string
	for a := range hfmodels.Archs() {
		for m := range a.Models() {
			if strings.EqualFold(m.ID, name) {
				picks = append(picks, a.String())
			}
		}
	}
	if len(picks) == 0 {
		return 0, fmt.Errorf("%q is a checkpoint's id and not an architecture; its config.model_type is its architecture", name)
	}
	return 0, fmt.Errorf("%q is a checkpoint's id and not an architecture; it is picked for %s", name, strings.Join(picks, ", "))
}

// decided is the decision for one architecture, nil if there is none. Without
// a policy or a registry of the user's only that one is decoded.
func decided(opts *options, arch hfmodels.Arch) (*data.ArchPicks, error) {
	if opts.policy == "" && ownRegistry() == "" {
		return data.LoadArchPicks(registrydata.FS, arch.String())
	}
	picks, err := load(opts)
	if err != nil {
		return nil, err
	}
	return picks.Of(arch.String()), nil
}

// model is a checkpoint as JSON shows it. What is unknown is null.
type model struct {
	ID         string   `json:"id"`
	Revision   *string  `json:"revision"`
	Parameters *int64   `json:"parameters"`
	Bytes      *int64   `json:"bytes"`
	License    *string  `json:"license"`
	Gated      *string  `json:"gated"`
	Tasks      []string `json:"tasks"`
	Reason     string   `json:"reason"`
}

func modelOf(m hfmodels.Model) model {
	out := model{
		ID: m.ID, Revision: known(m.Revision), Parameters: known(m.Parameters), Bytes: known(m.Bytes),
		License: known(string(m.License)), Tasks: []string{}, Reason: m.Reason,
	}
	if m.Gating != hfmodels.GatingUnknown {
		out.Gated = known(m.Gating.String())
	}
	for t := range m.Tasks.All() {
		out.Tasks = append(out.Tasks, t.String())
	}
	return out
}

// columns are those of a model with --format agent.
var columns = []string{"id", "revision", "parameters", "bytes", "license", "gated", "tasks", "reason"}

func (m model) columns() []string {
	number := func(n *int64) string {
		if n == nil {
			return unknown
		}
		return strconv.FormatInt(*n, 10)
	}
	return []string{
		m.ID, orUnknown(m.Revision), number(m.Parameters), number(m.Bytes),
		orUnknown(m.License), orUnknown(m.Gated), strings.Join(m.Tasks, ","), m.Reason,
	}
}

// answer is an architecture as JSON shows it. A role that nothing fills is
// absent.
type answer struct {
	Arch    string           `json:"arch"`
	Family  string           `json:"family"`
	Status  string           `json:"status"`
	Host    *string          `json:"host"`
	Why     string           `json:"why,omitempty"`
	Default *model           `json:"default,omitempty"`
	Open    *model           `json:"open,omitempty"`
	Small   *model           `json:"small,omitempty"`
	Tiny    *model           `json:"tiny,omitempty"`
	ByTask  map[string]model `json:"by_task"`
}

func answerOf(arch hfmodels.Arch, a *data.ArchPicks) answer {
	role := func(r hfmodels.Role) *model {
		m, ok := table.Place(a, arch, r, 0)
		if !ok {
			return nil
		}
		out := modelOf(m)
		return &out
	}
	out := answer{
		Arch: a.Arch, Family: string(arch.Info().Family), Status: string(a.Status), Host: known(a.Host), Why: a.Why,
		Default: role(hfmodels.Default), Open: role(hfmodels.Open), Small: role(hfmodels.Small), Tiny: role(hfmodels.Tiny),
		ByTask: make(map[string]model),
	}
	for name := range a.Tasks {
		// A registry of another release may know tasks that this one does not.
		if t, err := hfmodels.ParseTask(name); err == nil {
			if m, ok := table.Place(a, arch, 0, t); ok {
				out.ByTask[name] = modelOf(m)
			}
		}
	}
	return out
}

// places are the models of an answer with the name of the place that each
// fills, in the order of Arch.Models.
func (a answer) places() (names []string, models []model) {
	add := func(name string, m *model) {
		if m != nil {
			names, models = append(names, name), append(models, *m)
		}
	}
	add("default", a.Default)
	add("open", a.Open)
	add("small", a.Small)
	for _, task := range sorted(a.ByTask) {
		m := a.ByTask[task]
		add(task, &m)
	}
	add("tiny", a.Tiny)
	return names, models
}

// known returns nil for the zero value, which stands for unknown.
func known[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

const unknown = "unknown"

func orUnknown(s *string) string {
	if s == nil {
		return unknown
	}
	return usage.Printable(*s)
}

func size(n *int64) string {
	if n == nil {
		return unknown
	}
	return choose.Count(*n)
}
