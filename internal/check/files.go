package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/fluxcd/pkg/sourceignore"
	"github.com/fluxcd/pkg/sourceignore/gitignore"
	"golang.org/x/sync/errgroup"

	"github.com/hfmodels/hfmodels/internal/data"
)

// File is a text file in which ids were found.
type File struct {
	Path  string // as the user would write it, with slashes
	Text  []byte
	Found []Found

	dir  string // out of which nothing is read or written
	name string // in dir
}

// maxSize is the size of the largest file that is read. Nobody wrote a larger one.
const maxSize = 8 << 20

// foreign are directories of files that other people or programs wrote.
var foreign = []string{".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", "node_modules", "vendor", "site-packages", "__pycache__"}

// Scan finds the ids in files, and in the files of directories, but for those
// that .gitignore names and foreign ones. Symbolic links are not followed. It
// returns the files with ids by path, the number of those it read, and what it
// could not read.
func Scan(ctx context.Context, paths []string, known func(id string) bool) (files []*File, read int, problems []error) {
	for _, path := range paths {
		list, err := list(path)
		files, problems = append(files, list...), append(problems, err)
	}
	slices.SortStableFunc(files, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	files = slices.CompactFunc(files, func(a, b *File) bool { return a.Path == b.Path })
	read = len(files)
	errs := make([]error, len(files))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		group.Go(func() error {
			if f.Text, errs[i] = f.read(); errs[i] == nil && ctx.Err() == nil {
				f.Found = find(f.Text, known)
			}
			if len(f.Found) == 0 {
				f.Text = nil // there may be gigabytes
			}
			return nil
		})
	}
	_ = group.Wait()
	files = slices.DeleteFunc(files, func(f *File) bool { return len(f.Found) == 0 })
	problems = append(append(problems, errs...), ctx.Err())
	return files, read, slices.DeleteFunc(problems, func(err error) bool { return err == nil })
}

// list lists the regular files at a path.
func list(path string) (files []*File, err error) {
	dir, name := path, ""
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.IsDir() {
		dir, name = filepath.Dir(path), filepath.Base(path)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	add := func(name string) {
		files = append(files, &File{Path: filepath.ToSlash(filepath.Join(dir, name)), dir: dir, name: name})
	}
	if name != "" {
		add(name)
		return files, nil
	}
	way, ignored := outer(dir)
	var problems []error
	walk := func(name string, d fs.DirEntry, err error) error {
		at := way
		if name != "." {
			at = slices.Concat(way, strings.Split(name, "/"))
		}
		switch {
		case err != nil:
			problems = append(problems, err)
		case name != "." && (d.IsDir() && slices.Contains(foreign, d.Name()) || gitignore.NewMatcher(ignored).Match(at, d.IsDir())):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
			own := File{dir: dir, name: filepath.Join(name, ".gitignore")}
			text, _ := own.read()
			ignored = append(ignored, sourceignore.ReadPatterns(bytes.NewReader(text), at)...)
		case d.Type().IsRegular():
			add(filepath.FromSlash(name))
		}
		return nil
	}
	return files, errors.Join(fs.WalkDir(root.FS(), ".", walk), errors.Join(problems...))
}

// outer is the way to a directory from the top of its repository, and what the
// .gitignore files on the way name.
func outer(dir string) (way []string, ignored []gitignore.Pattern) {
	top, err := filepath.Abs(dir)
	for err == nil {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			for i := range way {
				patterns, _ := sourceignore.ReadIgnoreFile(filepath.Join(top, filepath.Join(way[:i]...), ".gitignore"), way[:i])
				ignored = append(ignored, patterns...)
			}
			return way, ignored
		}
		if top == filepath.Dir(top) {
			break // it is in no repository
		}
		way, top = append([]string{filepath.Base(top)}, way...), filepath.Dir(top)
	}
	return nil, nil
}

// read reads the file, nil if it is not a text that somebody wrote.
func (f *File) read() (text []byte, err error) {
	root, err := os.OpenRoot(f.dir)
	if err == nil {
		defer root.Close()
		info, e := root.Lstat(f.name)
		if err = e; err == nil && (info.Size() > maxSize || !info.Mode().IsRegular()) {
			return nil, nil
		}
	}
	if err == nil {
		text, err = root.ReadFile(f.name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", f.Path, err)
	}
	if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
		return nil, nil
	}
	return text, nil
}

// Replace writes a new text into the file, with the mode it has, as a whole or
// not at all. It refuses a file that is not what was read.
func (f *File) Replace(text []byte) error {
	now, err := f.read()
	if err == nil && !bytes.Equal(now, f.Text) {
		err = errors.New("it has changed since it was read; run this again")
	}
	path := filepath.Join(f.dir, f.name)
	if info, e := os.Stat(path); err == nil {
		if err = e; err == nil {
			err = data.Replace(map[string][]byte{path: text}, info.Mode().Perm())
		}
	}
	if err != nil {
		return fmt.Errorf("%s is left as it is: %w", f.Path, err)
	}
	return nil
}
