package catalog

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Engines are the packages that say which architectures an engine runs, as far
// as that can be told before they are read. vLLM, SGLang and transformers.js try
// with classes for all that their tables do not have.
func Engines() []data.Engine {
	return []data.Engine{
		{Name: "vllm", Package: "vllm", ByClass: true},
		{Name: "sglang", Package: "sglang", ByClass: true},
		{Name: "llama.cpp", Package: "llama-cpp-python", ByClass: true, Whole: true},
		{Name: "mlx", Package: "mlx-lm", Whole: true},
		{Name: "mlx", Package: "mlx-vlm", Whole: true},
		{Name: "onnx", Package: "optimum-onnx", Whole: true},
		{Name: "transformers.js", Package: "@huggingface/transformers"},
	}
}

// ReadEngine reads the table of an engine from the file of its package.
func ReadEngine(ctx context.Context, g *data.Engine, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	g.SHA256 = fmt.Sprintf("%x", sha256.Sum256(text))
	return run(ctx, g.Name, file, &g.Rows)
}

// ReadRelease reads which model types the wheel of a release since 5.0.0 knows,
// all of them as added.
func ReadRelease(ctx context.Context, wheel string) (r data.Release, err error) {
	s, err := parse(ctx, wheel)
	if err == nil && s.Date == "" {
		err = errors.New("METADATA, which has the day of the release, is missing")
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", wheel, err)
	}
	r = data.Release{Version: s.Version, Date: s.Date, Added: make(map[string]string)}
	for t, classes := range s.Tables[configTable].Rows {
		if data.IsModelType(t) && len(classes) > 0 { // the catalog leaves others out with a warning
			r.Added[t] = classes[0]
		}
	}
	return r, nil
}
