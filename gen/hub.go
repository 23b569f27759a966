package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// endpoint is the Hub that is asked.
func endpoint() string { return cmp.Or(hub.Env("HF_ENDPOINT"), hub.DefaultEndpoint) }

// newClient makes a client of the Hub that the environment names, which reports
// to p. The options may change the rest.
func newClient(p *progress, options ...func(*hub.Options)) (*hub.Client, error) {
	return hub.Open(append(options, func(o *hub.Options) { o.Warn, o.Waiting = p.warn, p.waiting })...)
}

// byCause is the error that lists what the Hub gave no answer about, a line a
// cause; nil if there is nothing.
func byCause(what string, causes map[string][]string) error {
	if len(causes) == 0 {
		return nil
	}
	for _, cause := range slices.Sorted(maps.Keys(causes)) {
		what += fmt.Sprintf("\n  %s: %s", cause, strings.Join(causes[cause], " "))
	}
	return usage.Partialf("%s", what)
}

// progress says now and then how far long work is, and what is wrong with the
// Hub's answers.
type progress struct {
	name     string
	mu       sync.Mutex
	last     time.Time       // when step said something
	problems map[string]bool // rows of the Hub's answers that were left out, and shown
	leftOut  int
}

func newProgress(name string) *progress {
	return &progress{name: name, last: time.Now(), problems: make(map[string]bool)}
}

func (p *progress) step(done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.last) > 5*time.Second {
		p.last = time.Now()
		fmt.Fprintf(os.Stderr, "%s: %d of %d asked\n", p.name, done, total)
	}
}

// waiting says why the client waits, and for how long. A short wait is not
// worth a line.
func (p *progress) waiting(d time.Duration, why string) {
	if d >= 5*time.Second {
		fmt.Fprintf(os.Stderr, "%s: waiting %s: %s\n", p.name, d.Round(time.Second), why)
	}
}

// warn shows which rows of the Hub's answers were left out, each problem once
// and ten at most, as the same row is in many pages.
func (p *progress) warn(where, problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leftOut++
	if !p.problems[problem] && len(p.problems) < 10 {
		p.problems[problem] = true
		fmt.Fprintf(os.Stderr, "warning: %s: %s\n", where, problem)
	}
}

func (p *progress) finish() {
	if more := p.leftOut - len(p.problems); more > 0 {
		fmt.Fprintf(os.Stderr, "%s: further rows of the Hub's answers that were left out: %d\n", p.name, more)
	}
}

// checkpointAge is for how long a run goes on from the answers of one that was
// cut short.
const checkpointAge = 2 * time.Hour

// openCheckpoint locks the data directory, so that no second run works on it.
// It returns the directory that keeps the Hub's answers of one sync, so that
// the next one goes on where it stopped. That is in the user's cache directory,
// one directory for each data directory and Hub. Without a cache directory the
// answers are not kept, and dir is empty.
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
// saved. It removes its probe, and the temporary files that data.Replace leaves
// behind if the program is killed, so it needs the lock.
func tryWriting() error {
	for _, dir := range []string{dataDir(), pathOf("facts")} {
		err := cmp.Or(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, ".probe.json0"), make([]byte, 4<<10), 0o644))
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
