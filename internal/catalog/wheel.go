package catalog

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"runtime"
	"strings"
	"sync"

	"github.com/hfmodels/hfmodels/internal/pysrc"
)

// Limits on a wheel, far above any release: 5.23.0 has 2,867 entries, the
// largest of 0.4 MB, in 13 MB.
const (
	maxWheel   = 64 << 20
	maxEntries = 50_000
	maxEntry   = 32 << 20
	maxTotal   = 1 << 30 // of what is read
)

// openWheel returns the files of a wheel and the wheel's SHA-256.
func openWheel(r io.ReaderAt, size int64) (fs.FS, string, error) {
	if size > maxWheel {
		return nil, "", fmt.Errorf("wheel has %d bytes, more than the %d that are read", size, maxWheel)
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(r, 0, size)); err != nil {
		return nil, "", fmt.Errorf("reading the wheel: %w", err)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, "", fmt.Errorf("opening the wheel as a zip file: %w", err)
	}
	if len(z.File) > maxEntries {
		return nil, "", fmt.Errorf("wheel has %d entries, more than the %d that are read", len(z.File), maxEntries)
	}
	return z, hex.EncodeToString(hash.Sum(nil)), nil
}

// files reads Python files of one release.
type files struct {
	fsys fs.FS

	mu   sync.Mutex
	left int64 // bytes that may still be read
}

func (f *files) read(name string) (string, error) {
	file, err := f.fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	f.mu.Lock()
	limit := min(maxEntry, f.left)
	f.mu.Unlock()
	// The size that the zip declares is not trusted.
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return "", fmt.Errorf("%s: larger than the %d bytes that are read", name, limit)
	}
	f.mu.Lock()
	f.left -= int64(len(data))
	f.mu.Unlock()
	return string(data), nil
}

func (f *files) parse(name string) (*pysrc.File, error) {
	src, err := f.read(name)
	if err != nil {
		return nil, err
	}
	file, err := pysrc.Parse(src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return file, nil
}

// parseAll parses files side by side and returns them in the given order.
func (f *files) parseAll(names []string) ([]*pysrc.File, error) {
	parsed := make([]*pysrc.File, len(names))
	errs := make([]error, len(names))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				parsed[i], errs[i] = f.parse(names[i])
			}
		})
	}
	for i := range names {
		next <- i
	}
	close(next)
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return parsed, nil
}

// list returns the files whose base name starts with prefix and ends in .py,
// in the directories of models, sorted. It leaves out models/auto, and the
// TensorFlow and Flax classes of the 4.x releases.
func (f *files) list(prefix string) ([]string, error) {
	var names []string
	err := fs.WalkDir(f.fsys, modelsDir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		switch {
		case d.IsDir() && name == autoDir:
			return fs.SkipDir
		case d.IsDir() || !strings.HasPrefix(base, prefix) || path.Ext(base) != ".py":
		case strings.HasPrefix(base, "modeling_tf_") || strings.HasPrefix(base, "modeling_flax_"):
		default:
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", modelsDir, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no file is named %s*.py", modelsDir, prefix)
	}
	return names, nil
}

const (
	initFile  = "transformers/__init__.py"
	modelsDir = "transformers/models"
	autoDir   = "transformers/models/auto"
)

var versionForm = regexp.MustCompile(`^[0-9]+\.[0-9]+[0-9A-Za-z.+-]{0,40}$`)

// version returns the release that the files say they are.
func (f *files) version() (string, error) {
	file, err := f.parse(initFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is missing: this is no transformers wheel", initFile)
	} else if err != nil {
		return "", err
	}
	for _, st := range file.Statements {
		if st.Target != "__version__" {
			continue
		}
		v, err := st.Expr()
		if err != nil {
			return "", fmt.Errorf("%s: %w", initFile, err)
		}
		if v.Kind != pysrc.String || !versionForm.MatchString(v.Text) {
			return "", fmt.Errorf("%s: line %d: __version__ is no version", initFile, v.Line)
		}
		return v.Text, nil
	}
	return "", fmt.Errorf("%s: __version__ is missing", initFile)
}
