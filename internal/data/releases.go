package data

import (
	"maps"
	"slices"
)

// Releases is what each stable release of transformers since 4.0.0 added and
// removed, oldest first and without those that were yanked. It is releases.json.
type Releases struct {
	Schema   int       `json:"schema"`
	Releases []Release `json:"releases"`
}

// Release is a release of transformers.
type Release struct {
	Version string `json:"version" form:"final release!"`
	Date    string `json:"date" form:"day!"` // on which its wheel was built
	// Added are the model types that the release before did not know, with their
	// config classes, and Removed those that this one no longer knows.
	Added   map[string]string `json:"added,omitempty" form:"model type!,class!"`
	Removed []string          `json:"removed,omitempty" form:"model type!"`
}

// IsStable reports whether a version is that of a release and not of a candidate,
// a nightly build or the like: it has nothing but numbers.
func IsStable(version string) bool { return word(version, digits, digits+".", 64) }

// NewReleases finds what each release added and removed. Of each all is given that
// it knows, as added, in any order.
func NewReleases(all []Release) *Releases {
	slices.SortFunc(all, func(a, b Release) int { return CompareVersions(a.Version, b.Version) })
	r := &Releases{Schema: Schema}
	var before map[string]string
	for _, k := range all {
		knows := k.Added
		k.Added = without(knows, before)
		k.Removed = slices.Sorted(maps.Keys(without(before, knows)))
		r.Releases, before = append(r.Releases, k), knows
	}
	return r
}

// without returns the entries of a whose keys b does not have.
func without(a, b map[string]string) map[string]string {
	rest := maps.Clone(a)
	maps.DeleteFunc(rest, func(key, _ string) bool { return b[key] != "" })
	return rest
}

// All gives back what NewReleases was given.
func (r *Releases) All() (all []Release) {
	types := make(map[string]string)
	for _, k := range r.Releases {
		maps.Copy(types, k.Added)
		for _, t := range k.Removed {
			delete(types, t)
		}
		all = append(all, Release{Version: k.Version, Date: k.Date, Added: maps.Clone(types)})
	}
	return all
}

// Span is from the first release that knows a model type to the last, "" where
// none has removed it.
type Span struct{ Since, Until, Class string }

// Spans returns the spans of all model types up to a release. That of a type
// which came back starts when it did.
func (r *Releases) Spans(upTo string) map[string]Span {
	spans := make(map[string]Span)
	last := ""
	for _, line := range r.Releases {
		if CompareVersions(line.Version, upTo) > 0 {
			break
		}
		for t, class := range line.Added {
			spans[t] = Span{line.Version, "", class}
		}
		for _, t := range line.Removed {
			spans[t] = Span{spans[t].Since, last, spans[t].Class}
		}
		last = line.Version
	}
	return spans
}

// Successor is the only architecture of the catalog that has the config class of a
// former one, "" where none or several have.
func (s Span) Successor(c *Catalog) (found string) {
	for _, a := range c.Archs {
		if a.ConfigClass == s.Class && a.AliasOf == "" {
			if found != "" {
				return ""
			}
			found = a.ModelType
		}
	}
	return found
}

// Engines is what other programs say that they run. It is engines.json.
type Engines struct {
	Schema  int      `json:"schema"`
	Engines []Engine `json:"engines"`
}

// Engine is a package with a program that runs models, and its table of them.
type Engine struct {
	Name    string `json:"name" form:"vllm|sglang|llama.cpp|mlx|onnx|transformers.js!"` // an engine may have several packages
	Package string `json:"package"`                                                     // as the registry knows it
	Version string `json:"version" form:"version!"`
	SHA256  string `json:"sha256" form:"digest!"` // of the package's file
	// ByClass says that the rows are of the classes that the architectures of a
	// config name; else they are of model types.
	ByClass bool `json:"by_class"`
	// Whole says that the engine runs nothing but what the table has: it does not
	// try what it does not know by other means.
	Whole bool `json:"whole"`
	// Rows are the classes or files of the engine that run a class or model type.
	Rows map[string][]string `json:"rows" form:"model type!,source!"`
}

// Of returns what each engine that is known to run an architecture or not runs it
// by: the classes of checkpoints or, where it goes by model types alone, its own
// classes or files. There are none where it does not run it.
func (e *Engines) Of(a *Arch, picks *ArchPicks) map[string][]string {
	own := "" // what its checkpoints name may be spelled as transformers does not, as PhiMoEForCausalLM
	if picks != nil && picks.Status == Proven && len(picks.Picks) > 0 {
		own = picks.Picks[0].Head()
	}
	all := make(map[string][]string)
	for _, p := range e.Engines {
		by := p.Rows[a.ModelType]
		if p.ByClass {
			by = a.classesIn(p.Rows, own)
		}
		// An engine may run the text part of a composite by the class that its config
		// names for that, and a part within the composite, so it is unknown whether it
		// runs one that it does not list.
		if len(by) > 0 || p.Whole && !(p.ByClass && (a.Part || len(a.Components) > 0)) {
			all[p.Name] = append(all[p.Name], by...)
		}
	}
	return all
}

// classesIn returns those of the architecture's classes that an engine has a row
// for, the bare model and what its own checkpoints name last.
func (a *Arch) classesIn(rows map[string][]string, own string) (with []string) {
	var heads, bare []string
	for _, auto := range a.AutoClass {
		if auto.Name == "AutoModel" {
			bare = append(bare, auto.Classes...)
		} else {
			heads = append(heads, auto.Classes...)
		}
	}
	for _, c := range slices.Concat(heads, bare, []string{own}) {
		if rows[c] != nil && !slices.Contains(with, c) {
			with = append(with, c)
		}
	}
	return with
}

// Versions returns the version of each engine that was read, with the names of its
// packages where it has several.
func (e *Engines) Versions() map[string]string {
	versions := make(map[string]string)
	for i, p := range e.Engines {
		if first := versions[p.Name]; first != "" {
			p.Version = e.Engines[i-1].Package + " " + first + ", " + p.Package + " " + p.Version
		}
		versions[p.Name] = p.Version
	}
	return versions
}

// isSource reports whether s may be a class or a file of an engine.
func isSource(s string) bool { return word(s, alnum+"_", alnum+"._-/", 128) }
