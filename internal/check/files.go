package check

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"deps.dev/util/semver"
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
	// Requires is what it asks for, or the nearest file above it, nil if none does.
	Requires *Requirement
	named    bool  // by the user, and so to be read or to be complained of
	err      error // why it cannot be read
}

// maxSize is the size of the largest file that is read. Nobody wrote a larger one.
const maxSize = 8 << 20

// foreign are directories of files that other people or programs wrote.
var foreign = []string{".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", "node_modules", "vendor", "site-packages", "__pycache__"}

// Scan finds the ids in files, and in the files of directories, but for those
// that .gitignore names and foreign ones. Symbolic links are not followed. It
// returns the files with ids by path, the number of those it read, and what it
// could not read.
func Scan(ctx context.Context, paths []string, known func(id string) bool) (files []*File, read int, err error) {
	var unread []error
	for _, path := range paths {
		at, err := list(path)
		files, unread = append(files, at...), append(unread, err)
	}
	slices.SortStableFunc(files, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	files = slices.CompactFunc(files, func(a, b *File) bool { return a.Path == b.Path })
	read = len(files)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, f := range files {
		group.Go(func() error {
			if f.Text, f.err = f.read(); ctx.Err() == nil {
				f.Found, f.Requires = find(f.Text, known), f.requires()
			}
			if len(f.Found) == 0 {
				f.Text = nil // there may be gigabytes
			}
			return nil
		})
	}
	_ = group.Wait()
	in := make(map[string]*Requirement) // by directory
	for _, f := range files {
		in[path.Dir(f.Path)] = cmp.Or(in[path.Dir(f.Path)], f.Requires)
		unread = append(unread, f.err)
	}
	for _, f := range files {
		for dir, up := path.Dir(f.Path), ""; dir != up && f.Requires == nil; dir, up = path.Dir(dir), dir {
			f.Requires = in[dir]
		}
	}
	files = slices.DeleteFunc(files, func(f *File) bool { return len(f.Found) == 0 })
	return files, read, errors.Join(append(unread, ctx.Err())...)
}

// list lists the files at a path.
func list(path string) (files []*File, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []*File{{Path: filepath.ToSlash(filepath.Clean(path)), named: true}}, nil
	}
	way, ignored := outer(path)
	if gitignore.NewMatcher(ignored).Match(way, true) {
		ignored = nil // whoever names a directory wants it read
	}
	var problems []error
	walk := func(name string, d fs.DirEntry, err error) error {
		at := way
		if name != "." {
			at = slices.Concat(way, strings.Split(name, "/"))
		}
		f := &File{Path: filepath.ToSlash(filepath.Join(path, name))}
		switch {
		case err != nil:
			problems = append(problems, err)
		case d.IsDir() && slices.Contains(foreign, d.Name()) || gitignore.NewMatcher(ignored).Match(at, d.IsDir()):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
			ignored = append(ignored, ignoredIn(f.Path, at)...)
		case d.Type().IsRegular():
			files = append(files, f)
		}
		return nil
	}
	return files, errors.Join(fs.WalkDir(os.DirFS(path), ".", walk), errors.Join(problems...))
}

// ignoredIn is what the .gitignore file of a directory names, which is at a place
// in its repository.
func ignoredIn(dir string, at []string) []gitignore.Pattern {
	file := File{Path: filepath.Join(dir, ".gitignore")}
	text, _ := file.read()
	return sourceignore.ReadPatterns(strings.NewReader(asInGo.Replace(string(text))), at)
}

// asInGo writes a class of characters as the library reads it, which does not
// skip a byte order mark either.
var asInGo = strings.NewReplacer("\ufeff", "", `\[!`, `\[!`, "[!", "[^")

// outer is the way to a directory from the top of its repository, and what the
// .gitignore files on the way name.
func outer(dir string) (way []string, ignored []gitignore.Pattern) {
	top, err := filepath.Abs(dir)
	for ; err == nil; top = filepath.Dir(top) {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			for i := range way {
				ignored = append(ignored, ignoredIn(filepath.Join(top, filepath.Join(way[:i]...)), way[:i])...)
			}
			return way, ignored
		}
		if top == filepath.Dir(top) {
			break // it is in no repository
		}
		way = append([]string{filepath.Base(top)}, way...)
	}
	return nil, nil
}

// read reads the file, nil if it is not a text that somebody wrote.
func (f *File) read() ([]byte, error) {
	info, err := os.Stat(f.Path)
	if err == nil && info.Size() > maxSize {
		if !f.named {
			return nil, nil
		}
		err = fmt.Errorf("it is larger than %d MB", maxSize>>20)
	}
	if err == nil && !info.Mode().IsRegular() { // a device may never end
		err = errors.New("it is not a regular file")
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(f.Path)
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
	path, gone := filepath.EvalSymlinks(f.Path) // the file, and not a link to it
	info, unknown := os.Stat(f.Path)
	if err = cmp.Or(err, gone, unknown); err == nil {
		err = data.Replace(map[string][]byte{path: text}, info.Mode().Perm())
	}
	if err != nil {
		return fmt.Errorf("%s is left as it is: %w", f.Path, err)
	}
	return nil
}

// Requirement is which releases of transformers the files of a directory ask for.
type Requirement struct {
	Path string // of the file that says so
	Line int
	Spec string // as >=4.40,<5
}

var (
	requiring = regexp.MustCompile(`^(requirements[\w.-]*\.(txt|in)|pyproject\.toml|setup\.(cfg|py)|environment\.ya?ml)$`)
	required  = regexp.MustCompile(`(?m)^(?:[^#\n]*["'\s=])?transformers\s*(?:\[[\w, -]*\]|=\s*(?:\{[^}\n]*version\s*=\s*)?")?\s*\(?` +
		`((?:\s*,?\s*(?:===?|~=|[<>!]=?|\^|~)\s*[\w.*+!]+)+)`)
	poetrys = regexp.MustCompile(`(?:\^(\d+)|~(\d+\.\d+))[\d.]*`) // as ^4.40, which is below 5, and ~4.40
)

// requires is what a file of requirements asks for, nil if it asks for nothing.
func (f *File) requires() *Requirement {
	if !requiring.MatchString(path.Base(f.Path)) {
		return nil
	}
	m := required.FindSubmatchIndex(f.Text)
	if m == nil {
		return nil
	}
	return &Requirement{f.Path, 1 + bytes.Count(f.Text[:m[2]], []byte("\n")), strings.Join(strings.Fields(string(f.Text[m[2]:m[3]])), "")}
}

// Below reports whether the requirement rules out a release and all later ones.
// What is neither pip's nor Poetry's rules out nothing.
func (r *Requirement) Below(release string) bool {
	asked, err := semver.PyPI.ParseConstraint(poetrys.ReplaceAllString(strings.ReplaceAll(r.Spec, "===", "=="), "==$1$2.*"))
	if err != nil || asked.Match(release) {
		return false
	}
	left := asked.Set()
	later, err := semver.PyPI.ParseConstraint(">=" + release + ".1") // to the library, < 5.2 and > 5.2 share 5.2
	return cmp.Or(err, left.Intersect(later.Set())) == nil && left.Empty()
}
