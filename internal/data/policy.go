package data

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"go.yaml.in/yaml/v3"
)

// Policy is what people want: policy.yaml, and the same format for a user's
// own file. Everything in it carries a written reason.
type Policy struct {
	Schema        int           `yaml:"schema"`
	Organizations Organizations `yaml:"organizations,omitempty"`
	Pins          []Pin         `yaml:"pins,omitempty"`
	Deny          []Denial      `yaml:"deny,omitempty"`
	Accept        []Acceptance  `yaml:"accept,omitempty"`
	Prefer        Preferences   `yaml:"prefer,omitempty"`
	// Profiles are machines of the user's own, by the size of the weights that
	// they run. One that is named like ours takes its place.
	Profiles map[string]Bytes `yaml:"profiles,omitempty"`

	file  string
	nodes map[string]*yaml.Node // of "pins[0]" and the like
}

// Organizations groups accounts of the Hub by the part that they play.
type Organizations map[string][]Organization

// parts are the parts that an account can play. Of several the last counts.
var parts = []string{
	"testing",  // publishes stubs with random weights
	"official", // publishes models that its owner trained
	"staging",  // holds copies that people put up while an architecture was being added to transformers
	"copies",   // republishes or converts models of others
}

// Organization is an account, with the reason for the part that it plays.
type Organization struct {
	Name   string `yaml:"name"`
	Reason string `yaml:"reason"`
	Root   bool   `yaml:"root,omitempty"` // its oldest models had no account, as bert-base-uncased
}

// Accounts answers what part an account plays, whatever the case of its name.
type Accounts map[string]string

// Accounts returns the parts by account.
func (o Organizations) Accounts() Accounts {
	a := make(Accounts)
	for _, part := range parts {
		for _, org := range o[part] {
			a[strings.ToLower(org.Name)] = part
		}
	}
	return a
}

// Testing reports whether the account publishes stubs: the policy says so, or
// its name does.
func (a Accounts) Testing(account string) bool {
	return a[strings.ToLower(account)] == "testing" || strings.HasSuffix(strings.ToLower(account), "-testing")
}

// AddTesting adds an account that was found to publish stubs only, unless the
// policy gives it another part.
func (a Accounts) AddTesting(account string) {
	if account = strings.ToLower(account); a[account] == "" {
		a[account] = "testing"
	}
}

// Official reports whether the account publishes models that its owner trained.
func (a Accounts) Official(account string) bool { return a[strings.ToLower(account)] == "official" }

// Staging reports whether the account holds copies made on the way into transformers.
func (a Accounts) Staging(account string) bool { return a[strings.ToLower(account)] == "staging" }

// Copies reports whether the account republishes or converts models of others.
func (a Accounts) Copies(account string) bool { return a[strings.ToLower(account)] == "copies" }

// Pin settles one role or task of one architecture. The checkpoint still has
// to be proven.
type Pin struct {
	Arch   string `yaml:"arch"`
	Role   string `yaml:"role,omitempty"` // default, open, small, tiny; "" with Task
	Task   string `yaml:"task,omitempty"`
	ID     string `yaml:"id"`
	Reason string `yaml:"reason"`

	where string // file, line and path
}

// Errorf reports that the pin cannot be carried out, with its file and line.
func (p Pin) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s: %w", p.where, fmt.Errorf(format, args...))
}

func (p Pin) samePlace(other Pin) bool {
	return p.Arch == other.Arch && p.Role == other.Role && p.Task == other.Task
}

// Denial removes a checkpoint, all of an account's, or those of which a
// measurement says so.
type Denial struct {
	ID           string `yaml:"id,omitempty"`
	Organization string `yaml:"organization,omitempty"`
	// Measured is "failed": what did not load, or answered wrongly, when it
	// was last run at its revision.
	Measured string `yaml:"measured,omitempty"`
	Reason   string `yaml:"reason"`
}

// Acceptance lets a repository that was created anew under a known name fill
// places again. It holds for this one repository.
type Acceptance struct {
	ID         string `yaml:"id"`
	Repository string `yaml:"repository"` // the _id of the one that is accepted
	Reason     string `yaml:"reason"`
}

// MeasuredFailed is what a denial by measurement can ask for.
const MeasuredFailed = "failed"

// Preferences narrow the choice to what a user can use. The zero value
// prefers nothing.
type Preferences struct {
	Organizations []string `yaml:"organizations,omitempty"` // win over others, in this order
	Languages     []string `yaml:"languages,omitempty"`     // ISO 639-1, as the Hub tags them
	Licenses      []string `yaml:"licenses,omitempty"`      // only these; unknown is not among them
	MaxParameters int64    `yaml:"max_parameters,omitempty"`
	MaxBytes      Bytes    `yaml:"max_bytes,omitempty"`
	Ungated       bool     `yaml:"ungated,omitempty"`
	Formats       []string `yaml:"formats,omitempty"` // one of these must be there
}

// Bytes is a size, written as a number or as 500MB, 2GB or 1.5GiB.
type Bytes int64

// UnmarshalYAML makes -1 of what is not a size. The error is left to validate,
// which knows where it is.
func (b *Bytes) UnmarshalYAML(n *yaml.Node) error {
	if n.Decode((*int64)(b)) == nil {
		return nil
	}
	*b = -1
	if size, err := humanize.ParseBytes(n.Value); err == nil && size <= math.MaxInt64 {
		*b = Bytes(size)
	}
	return nil
}

// loadPolicy reads policy.yaml.
func loadPolicy(fsys fs.FS) (*Policy, error) {
	text, err := fs.ReadFile(fsys, "policy.yaml")
	if err != nil {
		return nil, damaged("policy.yaml", err)
	}
	// Each beginning of a policy is a valid one, but most end within a line.
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return nil, damaged("policy.yaml", errors.New("does not end with a line break, so it may be cut off"))
	}
	return ParsePolicy("policy.yaml", text)
}

// Package yaml names Go's types, which mean nothing to the author of a policy,
// and gives the line without the file.
var (
	yamlPrefix = regexp.MustCompile(`^yaml: (unmarshal errors:\n)?`)
	yamlLine   = regexp.MustCompile(`(?m)^ *line ([0-9]+): `)
	wrongKind  = regexp.MustCompile("cannot unmarshal !!([a-z]+) (?:`[^`]*` )?into \\S+")
	wrongField = regexp.MustCompile(`field (.+) not found in type \S+`)
)

// yamlError says what package yaml found wrong with a policy.
func yamlError(name string, err error) error {
	text := yamlPrefix.ReplaceAllString(err.Error(), "")
	text = wrongKind.ReplaceAllString(text, "a YAML $1 is not wanted here")
	text = wrongField.ReplaceAllString(text, "a policy has no $1 here")
	if at := yamlLine.ReplaceAllString(text, strings.ReplaceAll(name, "$", "$$")+":$1: "); at != text {
		return errors.New(at)
	}
	return fmt.Errorf("%s: %s", name, text)
}

// ParsePolicy reads a policy. Errors give the name and the line.
func ParsePolicy(name string, text []byte) (*Policy, error) {
	p := &Policy{file: name, nodes: make(map[string]*yaml.Node)}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, yamlError(name, err)
	}
	for _, n := range doc.Content {
		if err := p.index(n, ""); err != nil {
			return nil, err
		}
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(p); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: is empty; a policy begins with: schema: %d", name, Schema)
	} else if err != nil {
		return nil, yamlError(name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: holds more than one document: remove the line --- and what follows it", name)
	}
	return p, p.validate()
}

// index notes every node under its path. Text that cannot be shown
// is an error.
func (p *Policy) index(n *yaml.Node, path string) error {
	p.nodes[path] = n
	if text := oneLine(n.Value); n.Kind == yaml.ScalarNode && text != "" && !IsLine(text, len(text)) {
		return fmt.Errorf("%s:%d: %+.60q holds a character that cannot be shown", p.file, n.Line, n.Value)
	}
	for i, e := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case n.Kind == yaml.MappingNode && i%2 == 0: // a key
			at = path
		case n.Kind == yaml.MappingNode:
			at = strings.TrimPrefix(path+"."+n.Content[i-1].Value, ".")
		}
		if err := p.index(e, at); err != nil {
			return err
		}
	}
	return nil
}

// oneLine is a text with single spaces: a reason becomes a row of a table.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Where is the file and line of a part of the policy, such as deny[0].
func (p *Policy) Where(path string) string {
	return fmt.Sprintf("%s:%d: %s", p.file, p.node(path).Line, path)
}

// node is what stands at a path, an empty node where nothing does.
func (p *Policy) node(path string) *yaml.Node { return cmp.Or(p.nodes[path], new(yaml.Node)) }

// validate checks a policy, and puts every reason on one line.
func (p *Policy) validate() error {
	var errs []error
	bad := func(path, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %w", p.Where(path), fmt.Errorf(format, args...)))
	}
	switch p.Schema {
	case Schema:
	case 0:
		errs = append(errs, fmt.Errorf("%s: has no schema; put at its beginning: schema: %d", p.file, Schema))
	default:
		bad("schema", "is %d, and this program knows %d", p.Schema, Schema)
	}
	for _, part := range slices.Sorted(maps.Keys(p.Organizations)) {
		if !slices.Contains(parts, part) {
			bad("organizations."+part, "is not one of %s", strings.Join(parts, ", "))
		}
		for i := range p.Organizations[part] {
			o, path := &p.Organizations[part][i], fmt.Sprintf("organizations.%s[%d]", part, i)
			o.Reason = oneLine(o.Reason)
			switch {
			case o.Name == "" || strings.ContainsAny(o.Name, "/ "):
				bad(path, "name %q is not an account of the Hub", o.Name)
			case o.Reason == "":
				bad(path, "%s has no reason", o.Name)
			}
		}
	}
	for i := range p.Pins {
		pin, path := &p.Pins[i], fmt.Sprintf("pins[%d]", i)
		pin.where, pin.Reason = p.Where(path), oneLine(pin.Reason)
		switch {
		case pin.Arch == "":
			bad(path, "no arch")
		case (pin.Role == "") == (pin.Task == ""):
			bad(path, "the pin names the place by a role or by a task: give one of the two")
		case pin.Role != "" && !slices.Contains(Roles(), pin.Role):
			bad(path, "role %q is not one of %s", pin.Role, strings.Join(Roles(), ", "))
		case !IsRepo(pin.ID):
			bad(path, "id %q is not the id of a repository", pin.ID)
		case pin.Reason == "":
			bad(path, "no reason")
		case slices.ContainsFunc(p.Pins[:i], pin.samePlace):
			bad(path, "%s has another pin for the same place", pin.Arch)
		}
	}
	for i := range p.Deny {
		d, path := &p.Deny[i], fmt.Sprintf("deny[%d]", i)
		d.Reason = oneLine(d.Reason)
		switch {
		case len(slices.DeleteFunc([]string{d.ID, d.Organization, d.Measured}, func(s string) bool { return s == "" })) != 1:
			bad(path, "give one of id, organization and measured")
		case d.Measured != "" && d.Measured != MeasuredFailed:
			bad(path, "measured is %q, and only %q can be denied", d.Measured, MeasuredFailed)
		case d.ID != "" && !IsRepo(d.ID):
			bad(path, "id %q is not the id of a repository", d.ID)
		case d.Reason == "":
			bad(path, "no reason")
		}
	}
	for i := range p.Accept {
		a, path := &p.Accept[i], fmt.Sprintf("accept[%d]", i)
		a.Reason = oneLine(a.Reason)
		switch {
		case !IsRepo(a.ID):
			bad(path, "id %q is not the id of a repository", a.ID)
		case !IsRepositoryID(a.Repository):
			bad(path, "repository %q is not the _id that the Hub shows of the one to accept", a.Repository)
		case a.Reason == "":
			bad(path, "no reason")
		}
	}
	for i, f := range p.Prefer.Formats {
		if !slices.Contains(Formats(), f) {
			bad(fmt.Sprintf("prefer.formats[%d]", i), "%q is not one of %s", f, strings.Join(Formats(), ", "))
		}
	}
	for i, l := range p.Prefer.Languages {
		if len(l) != 2 || strings.ToLower(l) != l {
			bad(fmt.Sprintf("prefer.languages[%d]", i), "%q is not a code of two letters, such as de", l)
		}
	}
	if p.Prefer.MaxParameters < 0 {
		bad("prefer.max_parameters", "%d is negative", p.Prefer.MaxParameters)
	}
	if p.Prefer.MaxBytes < 0 {
		bad("prefer.max_bytes", "%.100q is not a size such as 2GB or 2000000000", p.node("prefer.max_bytes").Value)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Profiles)) {
		switch path := "profiles." + name; {
		case strings.Trim(name, alnum+"-_.") != "" || name == "":
			bad(path, "the name %q may have letters, digits and - _ . only", name)
		case p.Profiles[name] <= 0:
			bad(path, "%.100q is not a size of weights such as 12GB or 12000000000", p.node(path).Value)
		}
	}
	return errors.Join(errs...)
}

// Over returns p applied over base, as a user's policy is over the committed
// one: its pins and preferences win, its lists add.
func (p *Policy) Over(base *Policy) *Policy {
	out := *base
	out.Organizations = make(Organizations)
	for _, part := range parts {
		out.Organizations[part] = slices.Concat(base.Organizations[part], p.Organizations[part])
	}
	out.Pins = slices.Clone(p.Pins)
	for _, pin := range base.Pins {
		if !slices.ContainsFunc(p.Pins, pin.samePlace) {
			out.Pins = append(out.Pins, pin)
		}
	}
	out.Deny = slices.Concat(p.Deny, base.Deny)
	out.Accept = slices.Concat(p.Accept, base.Accept)
	out.Profiles = make(map[string]Bytes)
	maps.Copy(out.Profiles, base.Profiles)
	maps.Copy(out.Profiles, p.Profiles)
	if !reflect.ValueOf(p.Prefer).IsZero() {
		out.Prefer = p.Prefer
	}
	return &out
}
