package hfmodels

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

var (
	sinkArch Arch
	sinkInt  int
)

// BenchmarkParseArch compares a lookup with that of a Go map that holds the
// exact names, in the same run. The names are copies, so that no comparison is
// cut short by equal pointers.
func BenchmarkParseArch(b *testing.B) {
	exact := make(map[string]Arch)
	var all []string
	for a := range Archs() {
		exact[a.String()] = a
		all = append(all, strings.Clone(a.String()))
	}
	// The order must be too long for the processor to learn.
	rnd := rand.New(rand.NewPCG(1, 2))
	var names, styled [1 << 16]string
	for i := range names {
		names[i] = all[rnd.IntN(len(all))]
		styled[i] = restyle(names[i])
	}
	b.Run("map", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			sinkArch = exact[names[i%len(names)]]
		}
	})
	b.Run("exact", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			sinkArch, _ = ParseArch(names[i%len(names)])
		}
	})
	b.Run("styled", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			sinkArch, _ = ParseArch(styled[i%len(styled)])
		}
	})
}

// BenchmarkJSONAtStart is what a program would pay at start if the same
// answers were JSON in it: the file that the tables are made from, decoded.
func BenchmarkJSONAtStart(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		p, err := data.LoadPicks(registrydata.FS)
		if err != nil {
			b.Fatal(err)
		}
		sinkInt = len(p.Archs)
	}
}

func BenchmarkDefault(b *testing.B) {
	b.Run("constant", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m, _ := Bert.Default()
			sinkInt += len(m.ID)
		}
	})
	b.Run("any", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			m, _ := Arch(i % int(archEnd)).Default()
			sinkInt += len(m.ID)
		}
	})
}

func BenchmarkDefaultFor(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		m, _ := Bert.DefaultFor(FillMask)
		sinkInt += len(m.ID)
	}
}

func BenchmarkForTask(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sinkInt = 0
		for range ForTask(TextGeneration) {
			sinkInt++
		}
	}
}

func BenchmarkNear(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sinkInt = len((&UnknownArchError{Name: "gpt-neex"}).Near())
	}
}
