package live

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/picked"
)

// CachedModel is a model in the user's Hugging Face cache, with its weights.
type CachedModel struct {
	ID        string
	Revision  string // commit of the snapshot
	ModelType string // config.model_type of the snapshot
	Dir       string // of the snapshot's files
}

// Cached returns the models that the user's Hugging Face cache holds whole,
// sorted by id: those with a config.json that names a model type, and with all
// files of some set of weights. It reads HF_HUB_CACHE, HF_HOME and their like,
// and writes nothing. A cache that is not there has no models.
//
// Of a model with several snapshots the one that the branch main led to when it
// was last fetched counts, or else the first by its commit.
func Cached() ([]CachedModel, error) {
	root := hubCache(os.Getenv)
	if root == "" {
		return nil, nil
	}
	dirs, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("live: the Hugging Face cache: %w: check HF_HUB_CACHE and HF_HOME", err)
	}
	var all []CachedModel
	for _, d := range dirs {
		name, ok := strings.CutPrefix(d.Name(), "models--")
		if !ok {
			continue
		}
		if m, ok := cached(filepath.Join(root, d.Name())); ok {
			m.ID = strings.Replace(name, "--", "/", 1)
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b CachedModel) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

func hubCache(get func(string) string) string {
	for _, name := range []string{"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"} {
		if p := get(name); p != "" {
			return hub.Expand(get, p)
		}
	}
	if home := hub.Home(get); home != "" {
		return filepath.Join(home, "hub")
	}
	return ""
}

// cached finds the snapshot to use of one model.
func cached(dir string) (CachedModel, bool) {
	var revisions []string
	if main, err := readSome(filepath.Join(dir, "refs", "main"), 100); err == nil {
		revisions = append(revisions, strings.TrimSpace(string(main)))
	}
	snapshots, _ := os.ReadDir(filepath.Join(dir, "snapshots"))
	for _, s := range snapshots {
		revisions = append(revisions, s.Name())
	}
	for _, revision := range revisions {
		if len(revision) != 40 || strings.Trim(revision, "0123456789abcdef") != "" {
			continue
		}
		m := CachedModel{Revision: revision, Dir: filepath.Join(dir, "snapshots", revision)}
		if m.ModelType = modelType(m.Dir); m.ModelType != "" && whole(m.Dir) {
			return m, true
		}
	}
	return CachedModel{}, false
}

// maxConfig is far above any real config or index: the index of a model of
// 100,000 tensors takes 10 MB.
const maxConfig = 64 << 20

func modelType(dir string) string {
	var config struct {
		ModelType string `json:"model_type"`
	}
	text, err := readSome(filepath.Join(dir, "config.json"), maxConfig)
	if err != nil || json.Unmarshal(text, &config) != nil {
		return ""
	}
	return config.ModelType
}

func readSome(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// weights are the sets of weights that transformers loads. Each is one file,
// or a file of that name with .index.json that names the parts.
var weights = []string{"model.safetensors", "pytorch_model.bin", "tf_model.h5", "flax_model.msgpack"}

func whole(dir string) bool {
	for _, name := range weights {
		if exists(dir, name) {
			return true
		}
		text, err := readSome(filepath.Join(dir, name+".index.json"), maxConfig)
		var index struct {
			WeightMap map[string]string `json:"weight_map"`
		}
		if err != nil || json.Unmarshal(text, &index) != nil || len(index.WeightMap) == 0 {
			continue
		}
		parts := make(map[string]bool)
		for _, part := range index.WeightMap {
			parts[part] = true
		}
		missing := false
		for part := range parts {
			missing = missing || !filepath.IsLocal(part) || !exists(dir, part)
		}
		if !missing {
			return true
		}
	}
	return false
}

// exists follows links: a snapshot links to a file that may be gone.
func exists(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, name))
	return err == nil && info.Mode().IsRegular()
}

// local answers with a model that is in the Hugging Face cache, if the rules
// find one fit for the place: they decide as if all others were denied.
func (r *Resolver) local(q Query, subject string, w word) (Answer, bool) {
	models, err := Cached()
	if err != nil || len(models) == 0 {
		return Answer{}, false
	}
	raw, err := r.registry()
	if err != nil {
		return Answer{}, false
	}
	byID := make(map[string]*CachedModel, len(models))
	for i := range models {
		byID[models[i].ID] = &models[i]
	}
	part, arch, day := present(raw, q.Arch.String(), subject, w.list)
	policy, found := part.Policy, false
	keep := func(c *data.Model) {
		if m := byID[c.ID]; m != nil && m.ModelType == c.ModelType {
			found = true
			return
		}
		policy.Deny = append(policy.Deny, data.Denial{ID: c.ID, Reason: "not in the Hugging Face cache"})
	}
	policy.Deny = slices.Clone(policy.Deny)
	for _, f := range part.Facts {
		for c := range f.Models() {
			keep(c)
		}
	}
	policy.Pins = slices.DeleteFunc(policy.Pins, func(p data.Pin) bool { return byID[p.ID] == nil })
	if !found {
		return Answer{}, false
	}
	a, err := pick(part, arch, day)
	if err != nil {
		return Answer{}, false
	}
	m, ok := picked.Place(a, q.Arch, q.Role, q.Task)
	if !ok || byID[m.ID] == nil {
		return Answer{}, false
	}
	on := byID[m.ID]
	m.Reason = "in the Hugging Face cache; " + m.Reason
	m.Revision = on.Revision
	answer := r.answer(m, subject, w)
	answer.Snapshot = on.Dir
	return answer, true
}
