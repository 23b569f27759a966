package check

import (
	"bytes"
	"cmp"
	"path"
	"regexp"
	"strings"

	"deps.dev/util/semver"
)

// Requirement is which releases of transformers the files of a directory ask for.
type Requirement struct {
	Path string // of the file that says so
	Line int
	Spec string // as >=4.40,<5
}

var (
	requiring = regexp.MustCompile(`^(requirements[\w.-]*\.(txt|in)|pyproject\.toml|setup\.(cfg|py)|environment\.ya?ml)$`)
	required  = regexp.MustCompile(`(?m)(?:^|["'\s=])transformers\s*(?:\[[\w, -]*\]|=\s*(?:\{[^}\n]*version\s*=\s*)?")?\s*\(?` +
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
