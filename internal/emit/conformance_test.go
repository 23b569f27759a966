package emit

import (
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/registrydata"
)

func TestConformance(t *testing.T) {
	cat := &registrydata.Catalog{Archs: []registrydata.Arch{{ModelType: "bert", Family: "encoder"}, {ModelType: "vit", Family: "vision"}, {ModelType: "aria", Family: "vision"}, {ModelType: "dinat", Family: "vision"}}}
	page := string(Conformance(cat, &registrydata.Recipes{
		Versions: map[string]string{"torch": "2", "transformers": "5"},
		Archs: []registrydata.Recipe{
			{"model_type": "bert", "outcome": "ok", "exercised": "full"},
			{"model_type": "vit", "outcome": "ok", "exercised": "full"},
			{"model_type": "aria", "outcome": "ok", "exercised": "text"},
			{"model_type": "dinat", "outcome": "none", "reason": "optional-dependency"},
		},
	}))
	for _, want := range []string{
		"with torch 2, transformers 5.\nOf 4 architectures with a model class 3 run, 2 of them",
		"| encoder | 1 | 1 | 1 | 0 | 0 |\n",
		"| vision | 3 | 2 | 1 | 1 | 1 |\n",
		"| all | 4 | 3 | 2 | 1 | 1 |\n",
		"| optional dependency (1) | `dinat` |\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if page := string(Conformance(cat, new(registrydata.Recipes))); !strings.Contains(page, "no recipes yet") {
		t.Errorf("without recipes: %s", page)
	}
}
