package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/hfmodels/hfmodels/internal/hub"
)

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

// isAny reports whether an error of the Hub is of one of the kinds.
func isAny(err error, kinds ...hub.Kind) bool {
	return slices.ContainsFunc(kinds, func(kind hub.Kind) bool { return errors.Is(err, kind) })
}

// progress shows long work: a bar on a terminal, a line now and then elsewhere.
type progress struct {
	name     string
	terminal bool
	mu       sync.Mutex
	bar      *progressbar.ProgressBar // draws nothing if stderr is not a terminal
	last     time.Time                // when step printed a line
	problems map[string]bool          // in the Hub's answers, and shown
	leftOut  int                      // values with a problem
}

func newProgress(name string) *progress {
	p := &progress{name: name, last: time.Now(), problems: make(map[string]bool), terminal: term.IsTerminal(int(os.Stderr.Fd()))}
	p.bar = progressbar.NewOptions(-1,
		progressbar.OptionSetVisibility(p.terminal),
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetDescription(name),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	return p
}

func (p *progress) step(done, total int, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bar.ChangeMax(total)
	p.bar.Describe(fmt.Sprintf("%s %-28.28s", p.name, what))
	_ = p.bar.Set(done) // go on without a bar that cannot be drawn
	if !p.terminal && time.Since(p.last) > 10*time.Second {
		p.last = time.Now()
		fmt.Fprintf(os.Stderr, "%s: %d of about %d\n", p.name, done, total)
	}
}

// waiting says why the client waits, and for how long. A short wait is not
// worth a line outside a terminal.
func (p *progress) waiting(d time.Duration, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bar.Describe(fmt.Sprintf("%s waits %s: %.40s", p.name, d.Round(time.Second), why))
	_ = p.bar.RenderBlank()
	if !p.terminal && d >= 5*time.Second {
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
		_ = p.bar.Clear()
		fmt.Fprintf(os.Stderr, "warning: %s: %s\n", where, problem)
	}
}

func (p *progress) finish() {
	_ = p.bar.Finish()
	if more := p.leftOut - len(p.problems); more > 0 {
		fmt.Fprintf(os.Stderr, "warning: %d more values of the Hub's answers were left out\n", more)
	}
}
