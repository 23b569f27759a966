package live

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/names"
)

// The cache is a directory for each endpoint, and in it a file for each model
// type: a list as JSON, compressed with gzip, whose checksum detects a damaged
// file. A file is written under another name and renamed, so a reader sees the
// old one or the new one. A file that cannot be used counts as missing, and the
// next answer of the Hub replaces it. Lists asked for with a token may name
// private models, so only the user can read the files.
//
// If the cache cannot be written, the only loss is another request later.

// cacheVersion is part of the directory's name. It grows when the form of a
// list changes.
const cacheVersion = 1

// cacheDir is in the assets of Hugging Face's own tools if the user has set a
// place for those, and otherwise in the user's cache directory.
func cacheDir() string {
	dir := hub.Dir("HF_ASSETS_CACHE")
	if dir == "" && hub.Env("HF_HOME") != "" {
		dir = filepath.Join(hub.Home(), "assets")
	}
	if dir == "" {
		var err error
		if dir, err = os.UserCacheDir(); err != nil {
			return ""
		}
	}
	return filepath.Join(dir, "hfmodels", "live")
}

func (r *Resolver) path(subject string) string {
	endpoint := sha256.Sum256([]byte(r.settings.hub.Endpoint))
	return filepath.Join(r.settings.cacheDir, fmt.Sprintf("v%d-%x", cacheVersion, endpoint[:8]), names.FileName(subject)+".json.gz")
}

// readCache returns the list on disk, nil if there is none, or if the registry is
// newer.
func (r *Resolver) readCache(subject string) *list {
	if r.settings.cacheDir == "" {
		return nil
	}
	file, _ := os.ReadFile(r.path(subject)) // none is no gzip either
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	text, err := io.ReadAll(z)
	state, stateErr := r.registry()
	l := new(list)
	if err != nil || stateErr != nil || json.Unmarshal(text, l) != nil ||
		l.Time.After(time.Now()) || l.Time.Before(factsTime(state, subject)) {
		return nil
	}
	return l
}

func (r *Resolver) writeCache(subject string, l *list) {
	if r.settings.cacheDir == "" {
		return
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if json.NewEncoder(z).Encode(l) != nil || z.Close() != nil {
		return
	}
	path := r.path(subject)
	if os.MkdirAll(filepath.Dir(path), 0o700) == nil {
		_ = data.Replace(map[string][]byte{path: b.Bytes()}, 0o600)
	}
}
