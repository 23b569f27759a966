package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/registrydata"
)

// load returns the picks: the committed ones, or those that the user's policy
// makes of the same facts.
func load(opts *options) (*registrydata.Picks, error) {
	if opts.policy == "" {
		return registrydata.LoadPicks(registrydata.Embedded())
	}
	text, err := os.ReadFile(opts.policy)
	if err != nil {
		return nil, fmt.Errorf("reading your policy: %w", err)
	}
	own, err := registrydata.ParsePolicy(opts.policy, text)
	if err != nil {
		return nil, err
	}
	data, err := registrydata.Load(registrydata.EmbeddedAll())
	if err != nil {
		return nil, err
	}
	data.Policy = own.Over(data.Policy)
	return choose.Choose(data, data.Lock.Synced)
}

// find returns the decision for the architecture that a user named.
func find(opts *options, name string) (hfmodels.Arch, *registrydata.ArchPicks, error) {
	arch, err := hfmodels.ParseArch(name)
	if err != nil {
		return 0, nil, err
	}
	picks, err := load(opts)
	if err != nil {
		return 0, nil, err
	}
	i, found := slices.BinarySearchFunc(picks.Archs, arch.String(), func(a registrydata.ArchPicks, t string) int { return strings.Compare(a.Arch, t) })
	if !found {
		return 0, nil, fmt.Errorf("the tables know %s, and the picks do not: this program was built from mixed states", arch)
	}
	return arch, &picks.Archs[i], nil
}

// model is a pick as JSON shows it. What is unknown is null.
type model struct {
	ID         string   `json:"id"`
	Revision   *string  `json:"revision"`
	Parameters *int64   `json:"parameters"`
	Bytes      *int64   `json:"bytes"`
	DType      *string  `json:"dtype"`
	License    *string  `json:"license"`
	Gated      *string  `json:"gated"`
	Tasks      []string `json:"tasks"`
	Reason     string   `json:"reason"`
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

func answerOf(arch hfmodels.Arch, a *registrydata.ArchPicks) answer {
	out := answer{
		Arch: a.Arch, Family: string(arch.Info().Family), Status: string(a.Status), Host: known(a.Host), Why: a.Why,
		Default: modelOf(a, a.Roles[registrydata.RoleDefault]), Open: modelOf(a, a.Roles[registrydata.RoleOpen]),
		Small: modelOf(a, a.Roles[registrydata.RoleSmall]), Tiny: modelOf(a, a.Roles[registrydata.RoleTiny]),
		ByTask: make(map[string]model),
	}
	for task, pick := range a.Tasks {
		out.ByTask[task] = *modelOf(a, pick)
	}
	return out
}

// modelOf returns nil where nothing was picked.
func modelOf(a *registrydata.ArchPicks, pick registrydata.Pick) *model {
	i := slices.IndexFunc(a.Models, func(m registrydata.PickedModel) bool { return m.ID == pick.ID })
	if pick.ID == "" || i < 0 {
		return nil
	}
	m := a.Models[i]
	tasks := m.Tasks
	if tasks == nil {
		tasks = []string{}
	}
	return &model{
		ID: m.ID, Revision: known(m.Revision), Parameters: known(m.Parameters), Bytes: known(m.Bytes), DType: known(m.DType),
		License: known(m.License), Gated: known(m.Gated), Tasks: tasks, Reason: pick.Reason,
	}
}

// known returns nil for the zero value, which stands for unknown in the files.
func known[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

func orUnknown(s *string) string {
	if s == nil {
		return "unknown"
	}
	return printable(*s)
}

func size(n *int64) string {
	if n == nil {
		return "unknown"
	}
	return choose.Count(*n)
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printable keeps control characters and those that turn the direction of the
// text from a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
