// Package everyarch is part of a server that runs any checkpoint. Its test
// drives what it does over every architecture there is, so that one that
// transformers adds tomorrow, with inputs that the server cannot feed, fails the
// test instead of a user's request.
package everyarch

import (
	"fmt"

	"github.com/hfmodels/hfmodels"
)

// Pipeline is how the server runs a checkpoint.
type Pipeline string

// The pipelines.
const (
	Generate Pipeline = "generate" // sequences, a token at a time
	Encode   Pipeline = "encode"   // one pass over texts
	Look     Pipeline = "look"     // one pass over images or video
	Listen   Pipeline = "listen"   // one pass over sound
	Forecast Pipeline = "forecast" // one pass over time series
)

// PipelineFor returns how to run an architecture.
func PipelineFor(arch hfmodels.Arch) (Pipeline, error) {
	info := arch.Info()
	switch {
	case info.Generates:
		return Generate, nil
	case info.Inputs.Has(hfmodels.ImageInput), info.Inputs.Has(hfmodels.VideoInput):
		return Look, nil
	case info.Inputs.Has(hfmodels.AudioInput):
		return Listen, nil
	case info.Inputs.Has(hfmodels.TimeInput):
		return Forecast, nil
	case info.Inputs.Has(hfmodels.TextInput):
		return Encode, nil
	}
	return "", fmt.Errorf("%s takes nothing that we know how to feed", arch)
}
