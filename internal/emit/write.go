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
	"strings"

	"github.com/google/renameio/v2"
)

// OutOfDateError lists where the files on disk and the generator differ.
type OutOfDateError struct {
	Stale   []string // differ from what would be written
	Missing []string // would be written, and are not there
	Orphan  []string // bear the generator's mark, and would not be written
}

func (e *OutOfDateError) Error() string {
	var b strings.Builder
	b.WriteString("generated files are out of date")
	for _, list := range []struct {
		what  string
		names []string
	}{{"stale", e.Stale}, {"missing", e.Missing}, {"orphan", e.Orphan}} {
		for _, name := range list.names {
			fmt.Fprintf(&b, "\n%s: %s", list.what, name)
		}
	}
	return b.String()
}

// Check compares the files, whose names are slash-separated and relative to
// dir, with those on disk, and returns an *OutOfDateError if they differ. It
// looks for orphans in every directory that one of the files is in.
func Check(dir string, files map[string][]byte) error {
	diff, err := compare(dir, files)
	if err != nil {
		return fmt.Errorf("emit: check: %w", err)
	}
	if len(diff.Stale)+len(diff.Missing)+len(diff.Orphan) > 0 {
		return diff
	}
	return nil
}

// Write makes dir as Check wants it. All files are complete on disk before the
// first is renamed to its place, and orphans go last. What is already right is
// not touched.
func Write(dir string, files map[string][]byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("emit: write: %w", err)
		}
	}()
	diff, err := compare(dir, files)
	if err != nil {
		return err
	}
	if err := replace(dir, files, slices.Concat(diff.Stale, diff.Missing)); err != nil {
		return err
	}
	for _, name := range diff.Orphan {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return nil
}

// replace writes some of the files. All are complete on disk before the first
// is renamed to its place.
func replace(dir string, files map[string][]byte, names []string) (err error) {
	var pending []*renameio.PendingFile
	defer func() {
		for _, f := range pending {
			err = errors.Join(err, f.Cleanup()) // nothing is left to do for those renamed
		}
	}()
	slices.Sort(names)
	for _, name := range names {
		target := filepath.Join(dir, filepath.FromSlash(name))
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

func compare(dir string, files map[string][]byte) (*OutOfDateError, error) {
	diff := new(OutOfDateError)
	dirs := make(map[string]bool)
	for _, name := range sortedKeys(files) {
		if !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("%q does not lead to a file below %s", name, dir)
		}
		dirs[path.Dir(name)] = true
		have, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			diff.Missing = append(diff.Missing, name)
		case err != nil:
			return nil, err
		case !bytes.Equal(have, files[name]):
			diff.Stale = append(diff.Stale, name)
		}
	}
	for _, sub := range sortedKeys(dirs) {
		entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(sub)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			name := path.Join(sub, e.Name())
			if _, ok := files[name]; ok || !e.Type().IsRegular() {
				continue
			}
			if ext := path.Ext(name); ext != ".go" && ext != ".py" {
				continue
			}
			have, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
			if err != nil {
				return nil, err
			}
			if marked(have) {
				diff.Orphan = append(diff.Orphan, name)
			}
		}
	}
	return diff, nil
}
