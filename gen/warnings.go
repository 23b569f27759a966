package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// warnings gathers what was odd in the Hub's answers. The same thing stands in
// many rows of many pages, so it is told once, at the end.
type warnings struct {
	mu    sync.Mutex
	count map[string]int
	first map[string]string // the whole message that came first
}

// shown is how many kinds of oddity are told.
const shown = 10

var rowNumber = regexp.MustCompile(`\[[0-9]+\]\.?|row [0-9]+ \([^)]*\) is left out: `)

func (w *warnings) add(message string) {
	_, what, found := strings.Cut(message, ": ") // the question comes first
	if !found {
		what = message
	}
	what = strings.Join(strings.Fields(rowNumber.ReplaceAllString(what, " ")), " ")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count == nil {
		w.count, w.first = make(map[string]int), make(map[string]string)
	}
	w.count[what]++
	if w.count[what] == 1 {
		w.first[what] = message
	}
}

func (w *warnings) write(out io.Writer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kinds := slices.SortedFunc(maps.Keys(w.count), func(a, b string) int {
		return cmp.Or(cmp.Compare(w.count[b], w.count[a]), strings.Compare(a, b))
	})
	for i, what := range kinds {
		if i == shown {
			fmt.Fprintf(out, "warning: and %d other oddities\n", len(kinds)-shown)
			break
		}
		if w.count[what] == 1 {
			fmt.Fprintf(out, "warning: left out: %s\n", w.first[what])
			continue
		}
		fmt.Fprintf(out, "warning: left out %d times: %s (first in %s)\n", w.count[what], what, where(w.first[what]))
	}
}

func where(message string) string {
	question, _, _ := strings.Cut(message, ": ")
	return question
}
