package emit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/markdown"
)

// Conformance is the page that says which architectures the tiny level runs,
// by family, why the rest does not, and what the tests notice.
func Conformance(cat *data.Catalog, recipes *data.Recipes, drill *data.Drill) []byte {
	family := make(map[string]string)
	for _, a := range cat.Archs {
		family[a.ModelType] = a.Family
	}
	type row struct{ all, full, part int }
	rows, sum := make(map[string]*row), new(row)
	without := make(map[string][]string) // architectures, by reason
	inPart := make(map[string][]string)  // architectures, by what is not fed
	var excused []string                 // lines of the table
	for _, r := range recipes.Archs {
		arch, _ := r["model_type"].(string)
		f := family[arch]
		if rows[f] == nil {
			rows[f] = new(row)
		}
		for _, to := range []*row{rows[f], sum} {
			to.all++
			switch {
			case r["outcome"] != "ok":
			case r["exercised"] == "full":
				to.full++
			default:
				to.part++
			}
		}
		if m := missing(r); len(m) > 0 {
			inPart[strings.Join(m, ", ")] = append(inPart[strings.Join(m, ", ")], "`"+arch+"`")
		}
		if except, _ := r["except"].(map[string]any); len(except) > 0 {
			for _, check := range sortedKeys(except) {
				excused = append(excused, fmt.Sprintf("| `%s` | %s | %s |\n", arch, check, markdown.Text(fmt.Sprint(except[check]))))
			}
		}
		if r["outcome"] != "ok" {
			reason, _ := r["reason"].(string)
			without[reason] = append(without[reason], "`"+arch+"`")
		}
	}

	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n# What the generated tests run\n\n", Mark)
	if sum.all == 0 {
		b.WriteString("There are no recipes yet: `make recipes` searches for them.\n")
		return []byte(b.String())
	}
	fmt.Fprintf(&b, "The tiny level builds an architecture small, with random weights, and runs it. What it builds and feeds\nis a recipe that `make recipes` found, with %s.\nOf %d architectures with a model class %d run: %d in full, which is with every kind of input that\ntransformers says they take, each of which changes the output; %d in part. `make conformance` runs them.\n\n",
		versions(recipes.Versions), sum.all, sum.full+sum.part, sum.full, sum.part)
	b.WriteString("| family | with a model class | run | in full | in part | no recipe |\n|---|---:|---:|---:|---:|---:|\n")
	for _, f := range slices.Sorted(maps.Keys(rows)) {
		line(&b, f, rows[f].all, rows[f].full, rows[f].part)
	}
	line(&b, "all", sum.all, sum.full, sum.part)

	if len(inPart) > 0 {
		b.WriteString("\n## In part\n\nThe name of the test says what is not fed.\n\n| not fed | architectures |\n|---|---|\n")
		for _, what := range byCount(inPart) {
			fmt.Fprintf(&b, "| %s (%d) | %s |\n", what, len(inPart[what]), strings.Join(inPart[what], ", "))
		}
	}
	if len(without) > 0 {
		b.WriteString("\n## Without a recipe\n\nThe test of each is there, and is skipped with this reason.\n\n| reason | architectures |\n|---|---|\n")
		for _, reason := range byCount(without) {
			fmt.Fprintf(&b, "| %s (%d) | %s |\n", strings.ReplaceAll(reason, "-", " "), len(without[reason]), strings.Join(without[reason], ", "))
		}
	}
	if len(excused) > 0 {
		b.WriteString("\n## Checks left out\n\nWhat these cannot hold, and the error that says so.\n\n| architecture | check | error |\n|---|---|---|\n")
		b.WriteString(strings.Join(excused, ""))
	}
	noticed(&b, drill)
	return []byte(b.String())
}

// noticed tells of the drill: one thing broken at a time.
func noticed(b *strings.Builder, drill *data.Drill) {
	if len(drill.Changes) == 0 {
		return
	}
	var tried, caught, named int
	for _, c := range drill.Changes {
		tried, caught = tried+c.Tried, caught+c.Caught
		for by, n := range c.By {
			if !strings.HasPrefix(by, "error ") {
				named += n
			}
		}
	}
	families := make(map[string]bool)
	var sample []string
	for _, a := range drill.Architectures {
		families[a.Family] = true
		sample = append(sample, "`"+a.Arch+"`")
	}
	fmt.Fprintf(b, "\n## What the tests notice\n\n`make drill` breaks one thing at a time, in the row, in the recipe or in the library, and runs the level's test\nagainst it, with %s. Of %d changes to %d architectures of %d families\n%d were caught, %d of them by a named assertion; the rest of the table is what is not noticed.\nThe sample: %s.\n\n",
		versions(drill.Versions), tried, len(sample), len(families), caught, named, strings.Join(sample, ", "))
	b.WriteString("| change | level | tried | caught | by | not noticed on |\n|---|---|---:|---:|---|---|\n")
	for _, c := range drill.Changes {
		by := sortedKeys(c.By)
		slices.SortStableFunc(by, func(x, y string) int { return cmp.Compare(c.By[y], c.By[x]) })
		for i, name := range by {
			by[i] = fmt.Sprintf("%s %d", name, c.By[name])
		}
		fmt.Fprintf(b, "| %s | %s | %d | %d | %s | %s |\n", markdown.Text(c.Change), c.Level, c.Tried, c.Caught, markdown.Text(strings.Join(by, ", ")), strings.Join(c.Missed, ", "))
	}
}

// byCount orders the keys by how many they have, most first.
func byCount(m map[string][]string) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(m[b]), len(m[a])), strings.Compare(a, b))
	})
}

func line(b *strings.Builder, family string, all, full, part int) {
	fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d |\n", family, all, full+part, full, part, all-full-part)
}

func versions(v map[string]string) string {
	var out []string
	for _, name := range sortedKeys(v) {
		out = append(out, name+" "+v[name])
	}
	return strings.Join(out, ", ")
}
