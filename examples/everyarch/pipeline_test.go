package everyarch

import (
	"testing"

	"github.com/hfmodels/hfmodels"
)

// odd are the architectures that we do not serve, each with the reason.
var odd = map[hfmodels.Arch]string{
	hfmodels.DecisionTransformer:  "takes states and rewards",
	hfmodels.MuseGlimmerAssistant: "takes the hidden states of another model",
}

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
			if why := odd[arch]; why != "" {
				if err == nil {
					t.Errorf("%s is said to be odd (%s), and has the pipeline %s", m.ID, why, p)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", m.ID, err)
			}
			if p != Generate && m.Tasks.Has(hfmodels.TextGeneration) && arch.Info().Tasks.Has(hfmodels.TextGeneration) && arch.Info().Family == "decoder" {
				t.Errorf("%s was made to generate text, and its pipeline is %s", m.ID, p)
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
