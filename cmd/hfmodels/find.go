package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/table"
	"github.com/hfmodels/hfmodels/internal/usage"
	"github.com/hfmodels/hfmodels/registrydata"
)

// checkpoint is what is known of an id, whether or not it was chosen.
type checkpoint struct {
	model hfmodels.Model
	// former is the id that was asked for, where the model is now called renamed.
	former, renamed string
	data.Counters
	// archs are the architectures whose facts name it, and that of its own config.
	archs []hfmodels.Arch
}

// find returns the architecture that a name stands for: its own name, that of a
// class, or the id of a checkpoint, of which it returns what is known.
func (r registry) find(name string) (hfmodels.Arch, *checkpoint, error) {
	arch, unknown := hfmodels.ParseArch(name)
	if unknown == nil {
		return arch, nil, nil
	}
	if arch, ok := hfmodels.ArchOfClass(name); ok {
		return arch, nil, nil
	}
	switch c, err := r.checkpoint(name); {
	case err != nil:
		return 0, nil, err
	case c.model.ID != "":
		return c.model.Arch, c, nil
	case c.renamed != "":
		return 0, nil, fmt.Errorf("%.100q was renamed to %s, which is not among the candidates of any architecture", name, c.renamed)
	}
	owner, base, owned := strings.Cut(name, "/")
	near := slices.DeleteFunc(r.ids(), func(id string) bool {
		o, b, _ := strings.Cut(id, "/")
		return !strings.EqualFold(b, cmp.Or(base, name)) && !(owned && strings.EqualFold(o, owner))
	})
	switch {
	case owned:
		return 0, nil, fmt.Errorf("unknown checkpoint %.100q: it is not among the candidates of any architecture%s",
			name, usage.Near(name, near))
	case len(near) > 0:
		unknown = fmt.Errorf("unknown architecture or class %.100q; checkpoints of that name: %s", name,
			strings.Join(near[:min(len(near), 3)], ", "))
	}
	return 0, nil, unknown
}

// checkpoint returns what is known of an id, which may be a former one and in
// any letter case. The model has no ID if nothing is.
func (r registry) checkpoint(id string) (*checkpoint, error) {
	c := new(checkpoint)
	aliases, err := r.aliases()
	if err != nil {
		return nil, err
	}
	for old, now := range aliases {
		if strings.EqualFold(old, id) {
			c.former, c.renamed, id = old, now, now
			break
		}
	}
	// The Hub lists some repositories in two spellings; the one that was chosen is
	// preferred, or else that which was asked for.
	chosen, ok := hfmodels.ByID(id)
	if !ok || r.picks != nil {
		chosen = hfmodels.Model{ID: id}
	}
	facts, err := r.factsOf(id)
	if err != nil {
		return nil, err
	}
	var found *data.Model
	add := func(modelType string) hfmodels.Arch {
		a, err := hfmodels.ParseArch(modelType)
		if err == nil && !slices.Contains(c.archs, a) {
			c.archs = append(c.archs, a)
		}
		return a
	}
	for _, f := range facts {
		for m := range f.Models() {
			d := f.Documented
			renamed := m == f.Answer() && !strings.EqualFold(m.ID, id) && strings.EqualFold(d.Asked, id)
			if renamed {
				c.former = d.Asked
			} else if !strings.EqualFold(m.ID, id) {
				continue
			}
			a, better := add(f.Arch), found == nil || m.ModelType == f.Arch
			if found != nil && (found.ID == chosen.ID) != (m.ID == chosen.ID) {
				better = m.ID == chosen.ID
			}
			if better {
				found, c.model.Arch = m, cmp.Or(chosen.Arch, add(m.ModelType), a)
			}
		}
		if d := f.Documented; d != nil && d.Model == nil && strings.EqualFold(d.Asked, id) {
			if a := add(f.Arch); found == nil {
				found, c.model.Arch = &data.Model{ID: d.Asked}, a
			}
		}
	}
	if found == nil {
		return c, nil
	}
	if strings.EqualFold(c.former, found.ID) {
		c.former = "" // only the letter case changed
	}
	c.model = table.Row(c.model.Arch, found.ID, found, []string{found.Pipeline})
	c.Counters, err = r.counters(found.ID)
	return c, err
}

// factsOf returns the facts that name an id in any letter case, sorted by
// architecture. To decode all embedded facts takes too long for a command that
// answers at once; only the files that have the id in their text are decoded.
func (r registry) factsOf(id string) (all []*data.Facts, err error) {
	if r.state != nil {
		for _, arch := range slices.Sorted(maps.Keys(r.state.Facts)) {
			all = append(all, r.state.Facts[arch])
		}
		return all, nil
	}
	paths, err := fs.Glob(registrydata.All, "facts/*.json")
	for _, path := range paths {
		text, err := registrydata.All.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if names(text, `"id":"`, []byte(id)) || names(text, `"asked":"`, []byte(id)) {
			f := new(data.Facts)
			if err := json.Unmarshal(text, f); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			all = append(all, f)
		}
	}
	return all, err
}

// names reports whether the id comes after the key in canonical JSON.
func names(text []byte, key string, id []byte) bool {
	for after, more := text, true; ; {
		if _, after, more = bytes.Cut(after, []byte(key)); !more {
			return false
		}
		if n := len(id); len(after) > n && after[n] == '"' && bytes.EqualFold(after[:n], id) {
			return true
		}
	}
}

func (r registry) aliases() (aliases data.Aliases, err error) {
	if r.state != nil {
		return r.state.Aliases, nil
	}
	return aliases, embedded("aliases.json", &aliases)
}

// counters are those of an id.
func (r registry) counters(id string) (data.Counters, error) {
	unknown := data.Counters{Downloads: -1, Likes: -1}
	if r.state != nil {
		if c, ok := r.state.Popularity[id]; ok {
			return c, nil
		}
		return unknown, nil
	}
	text, err := registrydata.FS.ReadFile("popularity.json")
	if _, row, ok := bytes.Cut(text, []byte(`"`+id+`":`)); ok && err == nil {
		err = json.NewDecoder(bytes.NewReader(row)).Decode(&unknown)
	}
	return unknown, err
}

// ids are those of all candidates, sorted.
func (r registry) ids() []string {
	if r.state != nil {
		return slices.Sorted(maps.Keys(r.state.Popularity))
	}
	var all data.Popularity
	if embedded("popularity.json", &all) != nil {
		return nil // none is near
	}
	return slices.Sorted(maps.Keys(all))
}

// embedded decodes a committed file.
func embedded(name string, v any) error {
	text, err := registrydata.FS.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	return err
}
