package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hfmodels/hfmodels/internal/hub"
)

// endpoint is the Hub that is asked.
func endpoint() string { return cmp.Or(os.Getenv("HF_ENDPOINT"), hub.DefaultEndpoint) }

// newClient makes a client of the Hub that the environment names, which reports
// to p. The options may change the rest.
func newClient(p *progress, options ...func(*hub.Options)) (*hub.Client, error) {
	o, err := hub.FromEnv()
	if err != nil {
		return nil, err
	}
	o.Warn, o.Waiting = p.warn, p.waiting
	for _, change := range options {
		change(&o)
	}
	return hub.New(o)
}

// byCause is the error that lists what the Hub gave no answer about, a line a
// cause; nil if there is nothing.
func byCause(what string, causes map[string][]string) error {
	if len(causes) == 0 {
		return nil
	}
	for _, cause := range slices.Sorted(maps.Keys(causes)) {
		what += fmt.Sprintf("\n  %s: %s", strings.Join(causes[cause], " "), cause)
	}
	return &partialError{errors.New(what)}
}

// progress says now and then how far long work is, and what is wrong with the
// Hub's answers.
type progress struct {
	name     string
	mu       sync.Mutex
	last     time.Time       // when step said something
	problems map[string]bool // in the Hub's answers, and shown
	leftOut  int             // values with a problem
}

func newProgress(name string) *progress {
	return &progress{name: name, last: time.Now(), problems: make(map[string]bool)}
}

func (p *progress) step(done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.last) > 5*time.Second {
		p.last = time.Now()
		fmt.Fprintf(os.Stderr, "%s: %d of about %d\n", p.name, done, total)
	}
}

// waiting says why the client waits, and for how long. A short wait is not
// worth a line.
func (p *progress) waiting(d time.Duration, why string) {
	if d >= 5*time.Second {
		fmt.Fprintf(os.Stderr, "%s: waiting %s: %s\n", p.name, d.Round(time.Second), why)
	}
}

// warn says which part of the Hub's answers was left out. The same row is in
// many pages, so each problem is shown once, and ten at most.
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
		fmt.Fprintf(os.Stderr, "warning: %d more values of the Hub's answers were left out\n", more)
	}
}
