package check

import (
	"bytes"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Requirement is which releases of transformers the files of a directory ask for.
type Requirement struct {
	Path string // of the file that says so
	Line int
	Spec string // as >=4.40,<5
}

var (
	requiring = regexp.MustCompile(`^(requirements[\w.-]*\.(txt|in)|pyproject\.toml|setup\.(cfg|py)|environment\.ya?ml)$`)
	required  = regexp.MustCompile(`(?m)(?:^|["'\s=])transformers\s*(?:\[[\w, -]*\])?\s*\(?((?:\s*,?\s*(?:===?|~=|[<>!]=?)\s*[\w.*+!]+)+)`)
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
func (r *Requirement) Below(release string) bool {
	for clause := range strings.SplitSeq(r.Spec, ",") {
		version := strings.TrimLeft(clause, "=~<>!")
		series, open := strings.CutSuffix(version, ".*")
		switch sign := clause[:len(clause)-len(version)]; {
		case !data.IsVersion(series):
		case sign == "<" && data.CompareVersions(release, version) >= 0,
			(sign == "<=" || sign == "===" || sign == "==" && !open) && data.CompareVersions(release, version) > 0,
			sign == "==" && open && data.CompareVersions(release, after(series)) >= 0,
			sign == "~=" && data.CompareVersions(release, after(series[:max(0, strings.LastIndexByte(series, '.'))])) >= 0:
			return true
		}
	}
	return false
}

// after is the first release after those of a series: 4.41 after 4.40.
func after(series string) string {
	i := strings.LastIndexByte(series, '.') + 1
	n, err := strconv.Atoi(series[i:])
	if err != nil {
		return "9999" // not a series: nothing is ruled out
	}
	return series[:i] + strconv.Itoa(n+1)
}
