package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/gofrs/flock"

	"github.com/hfmodels/hfmodels/internal/hub"
)

// checkpointAge is for how long a run goes on from the answers of one that was
// cut short.
const checkpointAge = 2 * time.Hour

// A checkpoint keeps the Hub's answers of one refresh, so that the next run
// goes on where it stopped, and keeps a second run on the same data away. It
// lives in the user's cache directory, apart for each data directory and Hub.
type checkpoint struct {
	dir  string // "" if there is no place for one
	lock *flock.Flock
}

// openCheckpoint locks the data directory, and makes sure before the Hub is
// asked that its answers can be saved.
func openCheckpoint() (*checkpoint, error) {
	data, err := filepath.Abs(dataDir())
	if err != nil {
		return nil, err
	}
	cp := new(checkpoint)
	if cache, err := os.UserCacheDir(); err == nil {
		key := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:6]) }
		base := filepath.Join(cache, "hfmodels", "sync", key(data))
		dir := filepath.Join(base, key(cmp.Or(os.Getenv("HF_ENDPOINT"), hub.DefaultEndpoint)))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			fmt.Fprintf(os.Stderr, "warning: no checkpoints: %v: a run that is interrupted starts over\n", err)
		} else {
			cp.dir, cp.lock = dir, flock.New(filepath.Join(base, "lock"))
			locked, err := cp.lock.TryLock()
			if err != nil {
				return nil, fmt.Errorf("locking %s: %w", data, err)
			}
			if !locked {
				return nil, fmt.Errorf("another run is refreshing %s: wait for it to end", data)
			}
		}
	}
	for _, dir := range []string{data, filepath.Join(data, "facts")} {
		if err := tryWriting(dir); err != nil {
			cp.close()
			return nil, fmt.Errorf("nothing was asked, for the answers could not be saved: %w", err)
		}
	}
	return cp, nil
}

// temporary is the form of the files that a run leaves behind if it is killed.
var temporary = regexp.MustCompile(`^\.[A-Za-z0-9._-]+\.json[0-9]+$`)

// tryWriting writes a file into a directory, and removes it and those that
// earlier runs left behind.
func tryWriting(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".probe*.json0")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4<<10))
	entries, readErr := os.ReadDir(dir)
	err = errors.Join(err, f.Close(), readErr)
	for _, e := range entries {
		if temporary.MatchString(e.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// clear forgets the answers: the run is complete, and the next one asks again.
func (cp *checkpoint) clear() error {
	if cp.dir == "" {
		return nil
	}
	return os.RemoveAll(cp.dir)
}

// close lets other runs in.
func (cp *checkpoint) close() {
	if cp.lock != nil {
		_ = cp.lock.Close() // the end of the process releases it too
	}
}
