package emit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/registrydata"
)

// Conformance is the page that says which architectures the tiny level runs,
// by family, and why the rest does not.
func Conformance(cat *registrydata.Catalog, recipes *registrydata.Recipes) []byte {
	family := make(map[string]string)
	for _, a := range cat.Archs {
		family[a.ModelType] = a.Family
	}
	type row struct{ all, full, part int }
	rows, sum := make(map[string]*row), new(row)
	without := make(map[string][]string) // architectures, by reason
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
	fmt.Fprintf(&b, "The tiny level builds an architecture small, with random weights, and runs it. What it builds and feeds\nis a recipe that `make recipes` searched once, with %s.\nOf %d architectures with a model class %d run, %d of them with what they are made for\nand %d with text only or another part of it. `make conformance` runs them.\n\n",
		versions(recipes.Versions), sum.all, sum.full+sum.part, sum.full, sum.part)
	b.WriteString("| family | with a model class | run | in full | in part | no recipe |\n|---|---:|---:|---:|---:|---:|\n")
	for _, f := range slices.Sorted(maps.Keys(rows)) {
		line(&b, f, rows[f].all, rows[f].full, rows[f].part)
	}
	line(&b, "all", sum.all, sum.full, sum.part)

	b.WriteString("\n## Without a recipe\n\nThe test of each is there, and is skipped with this reason.\n\n| reason | architectures |\n|---|---|\n")
	reasons := slices.SortedFunc(maps.Keys(without), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(without[b]), len(without[a])), strings.Compare(a, b))
	})
	for _, reason := range reasons {
		archs := slices.Sorted(slices.Values(without[reason]))
		fmt.Fprintf(&b, "| %s (%d) | %s |\n", strings.ReplaceAll(reason, "-", " "), len(archs), strings.Join(archs, ", "))
	}
	return []byte(b.String())
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
