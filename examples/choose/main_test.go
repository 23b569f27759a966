package main

import (
	"math"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
)

func TestChoose(t *testing.T) {
	for _, test := range []struct {
		task   string
		memory int64
		want   string // in the answer or the error
	}{
		{"fill-mask", 2e9, " for fill-mask\n"},
		{"Fill_Mask", 2e9, " for fill-mask\n"},
		{"fill-mask", 1000, "relax memory: the nearest miss is "},
		{"fil-mask", 2e9, "near it: fill-mask"},
	} {
		var out strings.Builder
		err := choose(&out, test.task, test.memory)
		got := out.String()
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%s in %d bytes: %q, want %q", test.task, test.memory, got, test.want)
		}
	}
}

// What is chosen runs within the memory, with what running adds.
func TestFits(t *testing.T) {
	m, err := hfmodels.Select(hfmodels.Query{Task: hfmodels.FillMask, Ungated: true, MaxMemory: math.MaxInt64})
	if err != nil {
		t.Fatal(err)
	}
	needs := m.MemoryBytes()
	var out strings.Builder
	if err := choose(&out, "fill-mask", needs); err != nil || !strings.Contains(out.String(), m.ID) {
		t.Errorf("%q, %v: %s just fits", out.String(), err, m.ID)
	}
	out.Reset()
	if err := choose(&out, "fill-mask", needs-1); err == nil && strings.Contains(out.String(), m.ID) {
		t.Errorf("%q does not fit", out.String())
	}
}
