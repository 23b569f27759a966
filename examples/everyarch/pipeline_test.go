package everyarch

import (
	"testing"

	"github.com/hfmodels/hfmodels"
)

func TestPipelineFor(t *testing.T) {
	served := make(map[Pipeline]int)
	for arch := range hfmodels.Archs() {
		if arch.Info().Part {
			continue // lives only inside others
		}
		m, ok := arch.Default()
		if !ok {
			continue // nobody can ask for it yet
		}
		t.Run(arch.String(), func(t *testing.T) {
			p, err := PipelineFor(arch)
			if err != nil && arch.Info().Inputs.Len() == 0 {
				t.Skip(err) // states and rewards, or what another model hides: -v lists them
			}
			if err != nil {
				t.Fatalf("%s: %v", m.ID, err)
			}
			served[p]++
		})
	}
	for _, p := range []Pipeline{Generate, Encode, Look, Listen, Forecast} {
		if served[p] == 0 {
			t.Errorf("no architecture uses the pipeline %s", p)
		}
	}
}
