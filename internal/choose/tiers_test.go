package choose

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

// The tiers stand in the order that docs/picks.md gives.
func TestOrderOfTiers(t *testing.T) {
	page, err := os.ReadFile("../../docs/picks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "| | Default and Open |")
	if !found {
		t.Fatal("docs/picks.md has no table of tiers")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var orders [5][]string
	for i, order := range [][]tier{byDefault, byTask(""), bySmall, byTiny("")} {
		for _, t := range order {
			orders[i] = append(orders[i], t.name)
		}
	}
	for _, t := range byRank(data.Task{Name: "fill-mask"}) {
		orders[4] = append(orders[4], t.name)
	}
	documented := make([][]string, len(orders))
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(line, "|")
		for i := range orders {
			if name := strings.TrimSpace(cells[2+i]); name != "" {
				documented[i] = append(documented[i], name)
			}
		}
	}
	for i, names := range orders {
		if !slices.Equal(names, documented[i]) {
			t.Errorf("column %d: the code has %v, docs/picks.md %v", i+1, names, documented[i])
		}
	}
}
