package emit

import (
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
)

func TestConformance(t *testing.T) {
	cat := &data.Catalog{Archs: []data.Arch{{ModelType: "bert", Family: "encoder"}, {ModelType: "vit", Family: "vision"}, {ModelType: "aria", Family: "vision"}, {ModelType: "dinat", Family: "vision"}}}
	page := string(Conformance(cat, &data.Recipes{
		Versions: map[string]string{"torch": "2", "transformers": "5"},
		Archs: []data.Recipe{
			{"model_type": "bert", "outcome": "ok", "exercised": "full"},
			{"model_type": "vit", "outcome": "ok", "exercised": "full"},
			{"model_type": "aria", "outcome": "ok", "exercised": "part", "missing": []any{"image"}, "except": map[string]any{"reload": "it | differs"}},
			{"model_type": "dinat", "outcome": "none", "reason": "optional-dependency"},
		},
	}, &data.Drill{
		Versions: map[string]string{"torch": "2"},
		Changes: []data.DrillChange{
			{Change: "a layer zeroed", Level: "tiny", Tried: 4, Caught: 3, By: map[string]int{"answer": 1, "error RuntimeError": 2}, Missed: []string{"vit"}},
		},
	}))
	for _, want := range []string{
		"with torch 2, transformers 5.\nOf 4 architectures with a model class 3 run: 2 in full,",
		"| encoder | 1 | 1 | 1 | 0 | 0 |\n",
		"| vision | 3 | 2 | 1 | 1 | 1 |\n",
		"| all | 4 | 3 | 2 | 1 | 1 |\n",
		"| optional dependency (1) | `dinat` |\n",
		"| image (1) | `aria` |\n",
		"| `aria` | reload | it \\| differs |\n",
		"3 were caught, 1 of them by a named assertion",
		"| a layer zeroed | tiny | 4 | 3 | error RuntimeError 2, answer 1 | vit |\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if page := string(Conformance(cat, new(data.Recipes), new(data.Drill))); !strings.Contains(page, "no recipes yet") {
		t.Errorf("without recipes: %s", page)
	}
}
