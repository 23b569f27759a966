package emit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
)

// differences are the names of files that are not on disk as the generator
// would write them. Names are slash-separated, and relative to the directory.
type differences struct {
	stale   []string // differ from what would be written
	missing []string
	orphan  []string // have the generator's mark, and would not be written
}

// Check compares the files with those in dir, and reports an error that lists
// the differences. It looks for orphans in every directory that one of the
// files is in.
func Check(dir string, files map[string][]byte) error {
	diff, err := compare(dir, files)
	errs := []error{err}
	for _, list := range []struct {
		what  string
		names []string
	}{{"stale", diff.stale}, {"missing", diff.missing}, {"orphan", diff.orphan}} {
		for _, name := range list.names {
			errs = append(errs, fmt.Errorf("%s: %s", list.what, name))
		}
	}
	return errors.Join(errs...)
}

// Write makes dir as Check wants it. It writes all files before it removes an
// orphan, and does not touch what is already right.
func Write(dir string, files map[string][]byte) error {
	diff, err := compare(dir, files)
	if err != nil {
		return err
	}
	if err := replace(dir, files, slices.Concat(diff.stale, diff.missing)); err != nil {
		return err
	}
	for _, name := range diff.orphan {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// Put writes files to a directory that is not the generator's: it leaves what
// else is there alone, and writes nothing if it would have to replace a file
// without the generator's mark.
func Put(dir string, files map[string][]byte) error {
	var foreign []error
	for _, name := range sortedKeys(files) {
		target := filepath.Join(dir, name)
		if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		have, err := os.ReadFile(target) // fails for a dangling symlink, which is not ours either
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if !marked(have) {
			foreign = append(foreign, fmt.Errorf("%s was not made by the generator; rename it, or write to another directory", target))
		}
	}
	if err := errors.Join(foreign...); err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	return replace(dir, files, sortedKeys(files))
}

// replace writes some of the files. All are complete on disk before the first
// is renamed to its place.
func replace(dir string, files map[string][]byte, names []string) (err error) {
	var pending []*renameio.PendingFile
	defer func() {
		for _, f := range pending {
			err = errors.Join(err, f.Cleanup()) // does nothing for a file that was renamed
		}
	}()
	for _, name := range names {
		target := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		f, err := renameio.NewPendingFile(target, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
		if err != nil {
			return err
		}
		pending = append(pending, f)
		if _, err := f.Write(files[name]); err != nil {
			return fmt.Errorf("nothing was replaced: %s: %w", target, err)
		}
	}
	for _, f := range pending {
		if err := f.CloseAtomicallyReplace(); err != nil {
			return err
		}
	}
	return nil
}

func compare(dir string, files map[string][]byte) (diff differences, err error) {
	dirs := make(map[string]bool)
	for _, name := range sortedKeys(files) {
		dirs[path.Dir(name)] = true
		have, err := os.ReadFile(filepath.Join(dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			diff.missing = append(diff.missing, name)
		case err != nil:
			return diff, err
		case !bytes.Equal(have, files[name]):
			diff.stale = append(diff.stale, name)
		}
	}
	for _, sub := range sortedKeys(dirs) {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return diff, err
		}
		for _, e := range entries {
			name := path.Join(sub, e.Name())
			_, ok := files[name]
			if ext := path.Ext(name); ok || !e.Type().IsRegular() || ext != ".go" && ext != ".py" {
				continue
			}
			have, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				return diff, err
			}
			if marked(have) {
				diff.orphan = append(diff.orphan, name)
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
