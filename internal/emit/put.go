package emit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// Put writes files to a directory that is not the generator's: it leaves what
// else is there alone, and writes nothing if it would have to replace a file
// that does not bear the generator's mark.
func Put(dir string, files map[string][]byte) error {
	var foreign []error
	for _, name := range sortedKeys(files) {
		have, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("emit: %w", err)
		}
		if !marked(have) {
			foreign = append(foreign, fmt.Errorf("%s was not made by the generator; rename it, or write to another directory", filepath.Join(dir, name)))
		}
	}
	if err := errors.Join(foreign...); err != nil {
		return fmt.Errorf("emit: nothing was written: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("emit: %w", err)
	}
	for _, name := range sortedKeys(files) {
		if err := renameio.WriteFile(filepath.Join(dir, name), files[name], 0o644); err != nil {
			return fmt.Errorf("emit: %w", err)
		}
	}
	return nil
}
