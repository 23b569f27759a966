package hfmodels

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/hfmodels/hfmodels/internal/names"
)

// knownID is a row of the table of ids, which is sorted by id in lower case.
type knownID struct {
	id   string
	arch Arch   // in whose models it is
	now  string // the present id, where id is a former one
}

// ByID returns the model of that id, which may be a former one and in any letter
// case. Its Roles, DefaultFor and Reason are those that it has for its own
// architecture. Only models that fill a place or are in a ranking are known.
func ByID(id string) (m Model, ok bool) {
	i, ok := slices.BinarySearchFunc(ids[:], id, func(k knownID, id string) int { return compareFold(k.id, id) })
	if !ok {
		return m, false
	}
	r := ranked{arch: ids[i].arch, id: ids[i].id}
	if ids[i].now != "" {
		r.id = ids[i].now
	}
	r.reason = r.firstReason()
	r.copyTo(&m, r.arch)
	return m, true
}

// firstReason is that of the model's first place, or else of the first ranking
// that names it, or of its place in an architecture that its own one hosts.
func (r *ranked) firstReason() string {
	if p := r.placeIn(r.arch); p != nil {
		return p.reason
	}
	for _, ranking := range &rankings {
		if in := findRanked(ranking, r); in != nil {
			return in.reason
		}
	}
	for a := range Archs() {
		if p := r.placeIn(a); p != nil {
			return p.reason
		}
	}
	return ""
}

// placeIn returns the model's first place in a, or nil.
func (r *ranked) placeIn(a Arch) *place {
	return first(a.places(), func(p *place) bool { return p.id == r.id })
}

// compareFold compares as strings.Compare does, but for the case of ASCII letters.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && compareFold(s[:len(prefix)], prefix) == 0
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// ArchOfClass returns the architecture of a class that some auto class builds,
// as BertForMaskedLM, or of a config class, as BertConfig, in any letter case. TF
// and Flax before the name are ignored. Of several architectures that share the class it is the one
// whose config class is named like it, and not one that is saved as another.
func ArchOfClass(class string) (best Arch, ok bool) {
	for _, framework := range [...]string{"TF", "Flax"} {
		if hasPrefixFold(class, framework) {
			class = class[len(framework):]
		}
	}
	if class == "" {
		return 0, false
	}
	most := -1
	for a := Arch(1); a < archEnd; a++ {
		i := &infos[a]
		if compareFold(i.ConfigClass, class) != 0 && !slices.ContainsFunc(i.autoClasses, func(c autoClass) bool { return compareFold(c.class, class) == 0 }) {
			continue
		}
		like := 0
		if name := strings.TrimSuffix(i.ConfigClass, "Config"); hasPrefixFold(class, name) {
			like = 2 * len(name)
		}
		if i.AliasOf == 0 {
			like++
		}
		if like > most {
			best, most = a, like
		}
	}
	return best, best != 0
}

// Ranked returns the models for the task, best first, over all architectures;
// without a task the defaults of the architectures. Each has as Reason why it is
// in the ranking.
func Ranked(t Task) iter.Seq[Model] {
	return func(yield func(Model) bool) {
		var m Model
		ranking := ofTask(rankings[:], t)
		for i := range ranking {
			if ranking[i].copyTo(&m, ranking[i].arch); !yield(m) {
				return
			}
		}
	}
}

// findRanked returns the model where it is in the ranking, or nil.
func findRanked(ranking []ranked, r *ranked) *ranked {
	return first(ranking, func(in *ranked) bool { return in.arch == r.arch && in.id == r.id })
}

// Library returns the library that runs the task where transformers does not,
// or does not alone: diffusers for text-to-image, sentence-transformers for
// sentence-similarity. It is the name that pip knows, and empty for most.
func (t Task) Library() string { return ofTask(taskLibraries[:], t) }

// About describes a task that the Hub does not have. It is empty for the others.
func (t Task) About() string { return ofTask(taskAbouts[:], t) }

// ofTask is the row of a task in a table, empty for no task of the table.
func ofTask[E any](table []E, t Task) (row E) {
	if int(t) < len(table) {
		row = table[t]
	}
	return row
}

// ParseArch returns the architecture of that name. It ignores case and the
// separators '-', '_', '.' and ' ', so that GPT-NeoX is gpt_neox. A name that
// is not an architecture gives an *UnknownArchError.
func ParseArch(s string) (Arch, error) {
	if len(s) <= maxName {
		// Most names come as transformers writes them.
		if a := find(s, false); a != 0 {
			return a, nil
		}
		var buf [maxName]byte
		if a := find(string(fold(&buf, s)), true); a != 0 {
			return a, nil
		}
	}
	return 0, &UnknownArchError{Name: s}
}

// find returns the architecture of that name, which is verbatim or folded, or none. In
// named an architecture is in the slots of both names, or in the next that was free.
func find(name string, folded bool) Arch {
	for i := slotOf(name); ; i = (i + 1) % slots {
		if a := named[i]; a == 0 || archNames[a] == name || folded && sameName(archNames[a], name) {
			return a
		}
	}
}

// UnknownArchError says that a name is not an architecture.
type UnknownArchError struct {
	Name string // as it was given
}

// Error names what was asked for and the names that are near it, or says since when
// a former one is gone.
func (e *UnknownArchError) Error() string {
	if former, ok := Former(e.Name); ok {
		return "hfmodels: " + former.Why
	}
	msg := "hfmodels: unknown architecture " + quote(e.Name)
	if near := names.Near(e.Name, archNames[1:]); len(near) > 0 {
		msg += "; near it: " + strings.Join(near, ", ")
	}
	return msg
}

// Near returns up to three architectures whose names are like the one asked
// for, the nearest first. It compares with every name, and so takes far
// longer than a lookup.
func (e *UnknownArchError) Near() []Arch {
	var all []Arch
	for _, name := range names.Near(e.Name, archNames[1:]) {
		if a, err := ParseArch(name); err == nil {
			all = append(all, a)
		}
	}
	return all
}

// maxName is more than the longest folded name; the generator checks it.
const maxName = 64

// fold writes s, which must not be longer than buf, in lower case and without
// separators to buf. What no name contains becomes 0.
func fold(buf *[maxName]byte, s string) []byte {
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '-' || c == '_' || c == '.' || c == ' ':
			continue
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			buf[n] = c
		case 'A' <= c && c <= 'Z':
			buf[n] = c - 'A' + 'a'
		}
		n++
	}
	return buf[:n]
}

// sameName reports whether two names fold to the same one.
func sameName(a, b string) bool {
	var x, y [maxName]byte
	return len(a) <= maxName && len(b) <= maxName && string(fold(&x, a)) == string(fold(&y, b))
}

// quote makes input fit to be printed: escaped, and cut where it is long.
func quote(s string) string {
	if len(s) > maxName {
		return strconv.QuoteToASCII(s[:maxName]) + "…"
	}
	return strconv.QuoteToASCII(s)
}
