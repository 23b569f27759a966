package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// checkpointAge is for how long a run goes on from the answers of one that was
// cut short.
const checkpointAge = 2 * time.Hour

// openCheckpoint locks the data directory, so that no second run works on it.
// It returns the directory that keeps the Hub's answers of one sync, so that
// the next one goes on where it stopped. That is in the user's cache directory,
// one for each data directory and Hub; "" if there is no cache directory.
func openCheckpoint() (dir string, lock *flock.Flock, err error) {
	data, err := filepath.Abs(dataDir())
	if err != nil {
		return "", nil, err
	}
	key := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:6]) }
	cache, err := os.UserCacheDir()
	base := filepath.Join(cache, "hfmodels", "sync", key(data))
	dir = filepath.Join(base, key(endpoint()))
	lock = flock.New(filepath.Join(base, "lock"))
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "warning: no checkpoints: %v: a run that is interrupted starts over\n", err)
		return "", lock, nil
	}
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return "", nil, fmt.Errorf("locking %s: %w", data, err)
	case !locked:
		return "", nil, fmt.Errorf("another run is refreshing %s: wait for it to end", data)
	}
	return dir, lock, nil
}

// tryWriting finds out before the Hub is asked whether its answers can be
// saved. It removes its probe, and the temporary files that renameio leaves
// behind if the program is killed, so it needs the lock.
func tryWriting() error {
	for _, dir := range []string{dataDir(), filepath.Join(dataDir(), "facts")} {
		err := os.MkdirAll(dir, 0o755)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, ".probe.json0"), make([]byte, 4<<10), 0o644)
		}
		temporary, _ := fs.Glob(os.DirFS(dir), ".*.json[0-9]*")
		for _, name := range temporary {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
		if err != nil {
			return fmt.Errorf("nothing was asked, for the answers could not be saved: %w", err)
		}
	}
	return nil
}
