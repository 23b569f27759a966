package live

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2/maybe"

	"github.com/hfmodels/hfmodels/internal/names"
)

// The cache is a directory for each endpoint, and in it a file for each model
// type. A file is a line of JSON, then the body; it is written under another
// name and renamed, so that a reader sees the old one or the new one. What is
// not whole, or not of this version, counts as not there, and the next answer
// replaces it. Lists asked for with a token may name private models, so nobody
// else can read the files.
//
// A cache that cannot be written costs a request later on, and no answer now.

const (
	cacheVersion = 1
	maxFile      = 16 << 20
)

// header is the first line of a file.
type header struct {
	Version  int       `json:"version"`
	Endpoint string    `json:"endpoint"`
	Subject  string    `json:"subject"` // model type, "" for the whole Hub
	Time     time.Time `json:"time"`
	SHA256   string    `json:"sha256"` // of the body
}

// path is the file of a model type; ".json" for lists, ".hold" for failures.
func (r *Resolver) path(subject, suffix string) string {
	name := "hub"
	if subject != "" {
		name = "of_" + names.FileName(subject)
	}
	return filepath.Join(r.settings.cacheDir, sum([]byte(r.settings.hub.Endpoint))[:16], name+suffix)
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// load returns the list on disk, nil if there is none that is newer than what
// the registry knows.
func (r *Resolver) load(subject string) *list {
	l := new(list)
	t, ok := r.read(subject, ".json", l)
	if !ok || t.Before(r.registryTime()) {
		return nil
	}
	l.Time = t
	return l
}

func (r *Resolver) save(subject string, l *list) { r.write(subject, ".json", l.Time, l) }

func (r *Resolver) loadHold(subject string) *held {
	h := new(held)
	if _, ok := r.read(subject, ".hold", h); !ok || int(h.Reason) >= len(reasons) {
		return nil
	}
	return h
}

func (r *Resolver) saveHold(subject string, h *held) { r.write(subject, ".hold", time.Now(), h) }

func (r *Resolver) read(subject, suffix string, v any) (time.Time, bool) {
	if r.settings.cacheDir == "" {
		return time.Time{}, false
	}
	f, err := os.Open(r.path(subject, suffix))
	if err != nil {
		return time.Time{}, false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return time.Time{}, false
	}
	head, body, _ := bytes.Cut(b, []byte("\n"))
	var h header
	if json.Unmarshal(head, &h) != nil || h.Version != cacheVersion || h.Subject != subject || h.Endpoint != r.settings.hub.Endpoint {
		return time.Time{}, false
	}
	if h.Time.After(time.Now()) || h.SHA256 != sum(body) || json.Unmarshal(body, v) != nil {
		return time.Time{}, false
	}
	return h.Time, true
}

func (r *Resolver) write(subject, suffix string, t time.Time, v any) {
	if r.settings.cacheDir == "" {
		return
	}
	body, err := json.Marshal(v)
	if err != nil {
		return
	}
	head, err := json.Marshal(header{cacheVersion, r.settings.hub.Endpoint, subject, t.UTC(), sum(body)})
	if err != nil {
		return
	}
	path := r.path(subject, suffix)
	if os.MkdirAll(filepath.Dir(path), 0o700) == nil {
		_ = maybe.WriteFile(path, append(append(head, '\n'), body...), 0o600)
	}
}
