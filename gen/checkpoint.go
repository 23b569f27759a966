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

// checkpointAge is how long an answer serves a run that takes up one that was
// cut short.
const checkpointAge = 2 * time.Hour

// A checkpoint keeps the Hub's answers of one refresh, so that the next run
// goes on where it stopped, and keeps a second run on the same data away. It
// lives in the user's cache directory, apart for each data directory and Hub.
type checkpoint struct {
	dir  string // "" where there is no place for one
	lock *flock.Flock
}

// begin locks the data directory and readies it for writing. What cannot be
// saved later is better known before the Hub is asked.
func begin() (*checkpoint, error) {
	data, err := filepath.Abs(dataDir())
	if err != nil {
		return nil, err
	}
	cp := new(checkpoint)
	if cache, err := os.UserCacheDir(); err == nil {
		key := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:6]) }
		base := filepath.Join(cache, "hfmodels", "sync", key(data))
		cp.dir = filepath.Join(base, key(cmp.Or(os.Getenv("HF_ENDPOINT"), hub.DefaultEndpoint)))
		cp.lock = flock.New(filepath.Join(base, "lock"))
		if err := os.MkdirAll(cp.dir, 0o700); err != nil {
			fmt.Fprintf(os.Stderr, "warning: no checkpoints: %v: a run that is interrupted starts over\n", err)
			return &checkpoint{}, probe(data)
		}
		held, err := cp.lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("locking %s: %w", data, err)
		}
		if !held {
			return nil, fmt.Errorf("another run is refreshing %s: wait for it to end", data)
		}
	}
	if err := probe(data); err != nil {
		cp.release()
		return nil, err
	}
	return cp, nil
}

// leftover is the form of the temporary files of a run that was killed.
var leftover = regexp.MustCompile(`^\.[A-Za-z0-9._-]+\.json[0-9]+$`)

// probe checks that the data directory can be written, and tidies it.
func probe(data string) error {
	for _, dir := range []string{data, filepath.Join(data, "facts")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("nothing was asked, for the answers could not be saved: %w", err)
		}
		f, err := os.CreateTemp(dir, ".probe*.json0")
		if err != nil {
			return fmt.Errorf("nothing was asked, for the answers could not be saved: %w", err)
		}
		_, err = f.Write(make([]byte, 4<<10))
		err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		if err != nil {
			return fmt.Errorf("nothing was asked, for the answers could not be saved: %w", err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if leftover.MatchString(e.Name()) {
				if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// use makes a client keep its answers here.
func (cp *checkpoint) use(o *hub.Options) {
	if cp.dir != "" {
		o.CacheDir, o.CacheMaxAge = cp.dir, checkpointAge
	}
}

// clear forgets the answers: the run is complete, and the next one asks anew.
func (cp *checkpoint) clear() error {
	if cp.dir == "" {
		return nil
	}
	if err := os.RemoveAll(cp.dir); err != nil {
		return fmt.Errorf("clearing the checkpoints: %w", err)
	}
	return nil
}

// release lets other runs in.
func (cp *checkpoint) release() {
	if cp.lock != nil {
		_ = cp.lock.Close() // the end of the process releases it too
	}
}
