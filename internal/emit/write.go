package emit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
)

// differences are the paths of files that are not on disk as the generator
// would write them.
type differences struct {
	stale   []string // differ from what would be written
	missing []string
	orphan  []string // have the generator's mark, and would not be written
}

// Check compares the files, by path, with those on disk, and reports an error
// that lists the differences. It looks for orphans in every directory that one
// of the files is in.
func Check(files map[string][]byte) error {
	diff, err := compare(files)
	errs := []error{err}
	for _, list := range []struct {
		what  string
		paths []string
	}{{"stale", diff.stale}, {"missing", diff.missing}, {"orphan", diff.orphan}} {
		for _, path := range list.paths {
			errs = append(errs, fmt.Errorf("%s: %s", list.what, path))
		}
	}
	return errors.Join(errs...)
}

// Write puts the files on disk as Check wants them. It writes all of them before
// it removes an orphan, and does not touch what is already right.
func Write(files map[string][]byte) error {
	diff, err := compare(files)
	if err != nil {
		return err
	}
	if err := replace(files, slices.Concat(diff.stale, diff.missing)); err != nil {
		return err
	}
	for _, path := range diff.orphan {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// Put writes files to places that are not the generator's: it leaves what else
// is there alone, and writes nothing if it would have to replace a file without
// the generator's mark.
func Put(files map[string][]byte) error {
	var foreign []error
	paths := sortedKeys(files)
	for _, path := range paths {
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		have, err := os.ReadFile(path) // fails for a dangling symlink, which is not ours either
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if !marked(have) {
			foreign = append(foreign, fmt.Errorf("%s was not made by the generator; rename it, or write to another directory", path))
		}
	}
	if err := errors.Join(foreign...); err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	return replace(files, paths)
}

// replace writes some of the files. All are complete on disk before the first
// is renamed to its place.
func replace(files map[string][]byte, paths []string) (err error) {
	var pending []*renameio.PendingFile
	defer func() {
		for _, f := range pending {
			err = errors.Join(err, f.Cleanup()) // does nothing for a file that was renamed
		}
	}()
	for _, path := range paths {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
		if err != nil {
			return err
		}
		pending = append(pending, f)
		if _, err := f.Write(files[path]); err != nil {
			return fmt.Errorf("nothing was replaced: %s: %w", path, err)
		}
	}
	for _, f := range pending {
		if err := f.CloseAtomicallyReplace(); err != nil {
			return err
		}
	}
	return nil
}

func compare(files map[string][]byte) (diff differences, err error) {
	dirs := make(map[string]bool)
	for _, path := range sortedKeys(files) {
		dirs[filepath.Dir(path)] = true
		have, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			diff.missing = append(diff.missing, path)
		case err != nil:
			return diff, err
		case !bytes.Equal(have, files[path]):
			diff.stale = append(diff.stale, path)
		}
	}
	for _, dir := range sortedKeys(dirs) {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return diff, err
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			_, ok := files[path]
			if ext := filepath.Ext(path); ok || !e.Type().IsRegular() || ext != ".go" && ext != ".py" {
				continue
			}
			have, err := os.ReadFile(path)
			if err != nil {
				return diff, err
			}
			if marked(have) {
				diff.orphan = append(diff.orphan, path)
			}
		}
	}
	return diff, nil
}

// marked reports whether a file is one of the generator's: Go, Python, HTML or
// Markdown, or JSON.
func marked(src []byte) bool {
	first, _, _ := bytes.Cut(src, []byte("\n"))
	line := string(bytes.TrimRight(first, "\r"))
	return slices.Contains([]string{"// " + Mark, "# " + Mark, "<!-- " + Mark + " -->", `{ "generated": "` + Mark + `",`}, line)
}
