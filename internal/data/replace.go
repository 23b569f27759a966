package data

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/robustio"
)

// Replace writes files, given by path. All of them are complete on disk before
// the first is renamed to its place, and each rename is one step: whoever reads,
// also after a crash, finds the old file or the new one. Several files are not
// one step. Windows renames over a file only while nobody has it open; there
// Replace tries again for two seconds, and then fails with the old file in its
// place. A file that was there keeps its permissions, and a new one gets perm.
func Replace(files map[string][]byte, perm fs.FileMode) (err error) {
	complete := make(map[string]string) // by path, under another name
	defer func() {
		for _, name := range complete {
			err = errors.Join(err, os.Remove(name))
		}
	}()
	paths := slices.Sorted(maps.Keys(files))
	for _, path := range paths {
		dir, base := filepath.Split(path)
		name := fmt.Sprintf("%s.%s%d", dir, base, rand.Uint64())
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if err != nil {
			return err
		}
		complete[path] = name
		if old, statErr := os.Stat(path); statErr == nil {
			err = f.Chmod(old.Mode().Perm())
		}
		_, writeErr := f.Write(files[path])
		if err := cmp.Or(err, writeErr, f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("nothing was replaced: %s: %w", path, err)
		}
	}
	for _, path := range paths {
		if err := robustio.Rename(complete[path], path); err != nil {
			return err
		}
		delete(complete, path)
	}
	return nil
}
