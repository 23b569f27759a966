package emit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Check compares the files, by path, with those on disk, and reports an error
// that lists the differences. It looks for orphans in every directory that one
// of the files is in.
func Check(files map[string][]byte) error {
	different, err := compare(files)
	errs := []error{err}
	for _, what := range []string{"stale", "missing", "orphan"} {
		for _, path := range different[what] {
			errs = append(errs, fmt.Errorf("%s: %s", what, path))
		}
	}
	return errors.Join(errs...)
}

// Write puts the files on disk as Check wants them. It writes all of them before
// it removes an orphan, and does not touch what is already right.
func Write(files map[string][]byte) error {
	different, err := compare(files)
	if err != nil {
		return err
	}
	changed := make(map[string][]byte)
	for _, path := range slices.Concat(different["stale"], different["missing"]) {
		changed[path] = files[path]
	}
	if err := data.Replace(changed, 0o644); err != nil {
		return err
	}
	for _, path := range different["orphan"] {
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
	for _, path := range sortedKeys(files) {
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
	return data.Replace(files, 0o644)
}

// In returns the files in a directory.
func In(dir string, files map[string][]byte) map[string][]byte {
	in := make(map[string][]byte, len(files))
	for name, text := range files {
		in[filepath.Join(dir, name)] = text
	}
	return in
}

// compare lists the paths of the files that are stale or missing on disk, and
// of the orphans there, which have the generator's mark and are not among them.
func compare(files map[string][]byte) (map[string][]string, error) {
	found := make(map[string][]string)
	dirs := make(map[string]bool)
	for _, path := range sortedKeys(files) {
		dirs[filepath.Dir(path)] = true
		have, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			found["missing"] = append(found["missing"], path)
		case err != nil:
			return nil, err
		case !Same(have, files[path]):
			found["stale"] = append(found["stale"], path)
		}
	}
	for _, dir := range sortedKeys(dirs) {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			_, wanted := files[path]
			if ext := filepath.Ext(path); wanted || !e.Type().IsRegular() || ext != ".go" && ext != ".py" {
				continue
			}
			have, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			if marked(have) {
				found["orphan"] = append(found["orphan"], path)
			}
		}
	}
	return found, nil
}

// Same reports whether what is on disk is what would be written. Git for Windows
// ends the lines of a checkout with CR LF, which changes nothing of what they say.
func Same(have, want []byte) bool {
	return bytes.Equal(bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")), want)
}

// marked reports whether a file is one of the generator's: Go, Python, HTML or
// Markdown, or JSON.
func marked(src []byte) bool {
	first, _, _ := bytes.Cut(src, []byte("\n"))
	line := string(bytes.TrimRight(first, "\r"))
	return slices.Contains([]string{"// " + Mark, "# " + Mark, "<!-- " + Mark + " -->", `{ "generated": "` + Mark + `",`}, line)
}
