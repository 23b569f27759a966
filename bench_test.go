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
		for i := 0; b.Loop(); i++ {
			sinkArch = exact[names[i%len(names)]]
		}
	})
	b.Run("exact", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			sinkArch, _ = ParseArch(names[i%len(names)])
		}
	})
	b.Run("styled", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			sinkArch, _ = ParseArch(styled[i%len(styled)])
		}
	})
}

// BenchmarkJSONAtStart is what a program would pay at start if the same
// answers were JSON in it: the file that the tables are made from, decoded.
func BenchmarkJSONAtStart(b *testing.B) {
	for b.Loop() {
		p, err := data.Read[data.Picks](registrydata.All, "picks.json")
		if err != nil {
			b.Fatal(err)
		}
		sinkInt = len(p.Archs)
	}
}

// BenchmarkDefault compares with a Go map by the name of the architecture.
func BenchmarkDefault(b *testing.B) {
	defaults := make(map[string]Model)
	for a := range Archs() {
		defaults[a.String()], _ = a.Default()
	}
	run(b, "map", func(i int) { sinkInt += len(defaults[archNames[i%int(archEnd)]].ID) })
	run(b, "constant", func(int) { m, _ := Bert.Default(); sinkInt += len(m.ID) })
	run(b, "any", func(i int) { m, _ := Arch(i % int(archEnd)).Default(); sinkInt += len(m.ID) })
}

// run is a benchmark of what is done with each number.
func run(b *testing.B, name string, do func(int)) {
	b.Run(name, func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			do(i)
		}
	})
}

// BenchmarkByID compares with a Go map that holds the exact ids.
func BenchmarkByID(b *testing.B) {
	exact := make(map[string]Model)
	var known []string
	for _, k := range ids {
		exact[k.id], _ = ByID(k.id)
		known = append(known, strings.Clone(k.id))
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	var asked, upper [1 << 14]string
	for i := range asked {
		asked[i] = known[rnd.IntN(len(known))]
		upper[i] = strings.ToUpper(asked[i])
	}
	run(b, "map", func(i int) { sinkInt += len(exact[asked[i%len(asked)]].ID) })
	run(b, "exact", func(i int) { m, _ := ByID(asked[i%len(asked)]); sinkInt += len(m.ID) })
	run(b, "upper", func(i int) { m, _ := ByID(upper[i%len(upper)]); sinkInt += len(m.ID) })
}

// Benchmark is of what no map does.
func Benchmark(b *testing.B) {
	run(b, "DefaultFor", func(int) { m, _ := Bert.DefaultFor(FillMask); sinkInt += len(m.ID) })
	run(b, "ArchOfClass", func(int) { sinkArch, _ = ArchOfClass("TFBertForMaskedLM") })
	run(b, "Ranked", func(int) { visit(Ranked(TextGeneration)) })
	run(b, "Near", func(int) { sinkInt = len((&UnknownArchError{Name: "gpt-neex"}).Near()) })
	for name, q := range map[string]Query{
		"task":  {Task: TextGeneration, Ungated: true, MaxBytes: CPULarge},
		"any":   {Ungated: true, MaxParameters: 1e9},
		"archs": {Archs: []Arch{Bert, Roberta, Gpt2}, Ungated: true, MaxParameters: 1e9},
	} {
		run(b, "Select/"+name, func(int) { s, _ := Select(q); sinkInt += s.Fit })
	}
}
