package emit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Put writes files to a directory that is not the generator's: it leaves what
// else is there alone, and writes nothing if it would have to replace a file
// that does not bear the generator's mark.
func Put(dir string, files map[string][]byte) error {
	var foreign []error
	for _, name := range sortedKeys(files) {
		have, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			// A link that leads nowhere is somebody's, too.
			if _, err := os.Lstat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
				continue
			}
		} else if err != nil {
			return fmt.Errorf("emit: %w", err)
		}
		if !marked(have) {
			foreign = append(foreign, fmt.Errorf("%s was not made by the generator; rename it, or write to another directory", filepath.Join(dir, name)))
		}
	}
	if err := errors.Join(foreign...); err != nil {
		return fmt.Errorf("emit: nothing was written: %w", err)
	}
	if err := replace(dir, files, sortedKeys(files)); err != nil {
		return fmt.Errorf("emit: %w", err)
	}
	return nil
}
