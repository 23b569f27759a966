package data

import (
	"fmt"
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
	Version string `json:"version" form:"version!"`
	Date    string `json:"date" form:"day!"` // on which its wheel was built
	// Added are the model types that the release before did not know, with their
	// config classes, and Removed those that this one no longer knows.
	Added   map[string]string `json:"added,omitempty" form:"model type!,class!"`
	Removed []string          `json:"removed,omitempty" form:"model type!"`
}

// Known are the model types that a release knows, with their config classes.
type Known struct {
	Version string            `json:"version"`
	Date    string            `json:"date"`
	Types   map[string]string `json:"types"`
}

// IsStable reports whether a version is that of a release and not of a candidate,
// a nightly build or the like: it has nothing but numbers.
func IsStable(version string) bool { return word(version, digits, digits+".", 64) }

// NewReleases finds what each release added and removed. The order of all does
// not matter.
func NewReleases(all []Known) *Releases {
	slices.SortFunc(all, func(a, b Known) int { return CompareVersions(a.Version, b.Version) })
	r := &Releases{Schema: Schema}
	var before map[string]string
	for _, k := range all {
		line := Release{Version: k.Version, Date: k.Date, Added: maps.Clone(k.Types)}
		maps.DeleteFunc(line.Added, func(t, _ string) bool { return before[t] != "" })
		for t := range before {
			if k.Types[t] == "" {
				line.Removed = append(line.Removed, t)
			}
		}
		slices.Sort(line.Removed)
		r.Releases, before = append(r.Releases, line), k.Types
	}
	return r
}

// All returns the model types that each release knows.
func (r *Releases) All() []Known {
	var all []Known
	types := make(map[string]string)
	for _, line := range r.Releases {
		maps.Copy(types, line.Added)
		for _, t := range line.Removed {
			delete(types, t)
		}
		all = append(all, Known{line.Version, line.Date, maps.Clone(types)})
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
func (s Span) Successor(c *Catalog) string {
	var found []string
	for _, a := range c.Archs {
		if a.ConfigClass == s.Class && a.AliasOf == "" {
			found = append(found, a.ModelType)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return ""
}

func (r *Releases) validate() error {
	var p problems
	before := "0"
	for _, line := range r.Releases {
		if !IsStable(line.Version) || CompareVersions(before, line.Version) >= 0 {
			p.add(fmt.Errorf("release %q is not a stable one, later than %q", line.Version, before))
		}
		before = line.Version
	}
	return p.join()
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

// Support says whether an engine runs an architecture.
type Support struct {
	Engine, Version string
	// By are the classes of checkpoints that it runs or, where the engine goes by
	// model types alone, its own class or file.
	By []string
	// No says that it does not run it. It is unknown where By is empty and No false.
	No bool
}

// Of returns what the engines say of an architecture, an entry for each.
func (e *Engines) Of(a *Arch) []Support {
	var all []Support
	for n, p := range e.Engines {
		by := p.Rows[a.ModelType]
		if p.ByClass {
			by = a.classesIn(p.Rows)
		}
		// An engine may run the text part of a composite by the class that its config
		// names for that, so it is unknown whether it runs one that it does not list.
		no := len(by) == 0 && p.Whole && !(p.ByClass && len(a.Components) > 0)
		if i := len(all) - 1; i >= 0 && all[i].Engine == p.Name {
			version := e.Engines[n-1].Package + " " + all[i].Version + ", " + p.Package + " " + p.Version
			all[i] = Support{p.Name, version, slices.Concat(all[i].By, by), all[i].No && no}
		} else {
			all = append(all, Support{p.Name, p.Version, by, no})
		}
	}
	return all
}

// classesIn returns those of the architecture's classes that an engine has a row
// for, the bare model last.
func (a *Arch) classesIn(rows map[string][]string) (with []string) {
	for _, bare := range []bool{false, true} {
		for _, auto := range a.AutoClass {
			for _, c := range auto.Classes {
				if rows[c] != nil && (auto.Name == "AutoModel") == bare && !slices.Contains(with, c) {
					with = append(with, c)
				}
			}
		}
	}
	return with
}

// Versions returns the version of each engine that was read.
func (e *Engines) Versions() map[string]string {
	versions := make(map[string]string)
	for _, s := range e.Of(new(Arch)) {
		versions[s.Engine] = s.Version
	}
	return versions
}

func (e *Engines) validate() error {
	var p problems
	for _, g := range e.Engines {
		if len(g.Rows) == 0 {
			p.add(fmt.Errorf("%s %s has no rows", g.Package, g.Version))
		}
	}
	return p.join()
}

// isSource reports whether s may be a class or a file of an engine.
func isSource(s string) bool { return word(s, alnum+"_", alnum+"._-/", 128) }
