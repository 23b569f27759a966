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
	Prefer        Preferences   `yaml:"prefer,omitempty"`
	// Profiles are machines of the user's own, by the size of the weights that
	// they run. One that is named like ours takes its place.
	Profiles map[string]Bytes `yaml:"profiles,omitempty"`

	file  string
	lines map[string]int // of "pins[0]" and the like
}

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

// IsZero reports whether p prefers nothing.
func (p Preferences) IsZero() bool {
	return len(p.Organizations)+len(p.Languages)+len(p.Licenses)+len(p.Formats) == 0 &&
		p.MaxParameters == 0 && p.MaxBytes == 0 && !p.Ungated
}

// Bytes is a size, written as a number or as 500MB, 2GB or 1.5GiB.
type Bytes int64

// UnmarshalYAML leaves what is no size for validate to complain of, which knows
// what it is the size of.
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

// LoadPolicy reads policy.yaml.
func LoadPolicy(fsys fs.FS) (*Policy, error) {
	data, err := fs.ReadFile(fsys, "policy.yaml")
	if err != nil {
		return nil, fmt.Errorf("registry data: %w", err)
	}
	return ParsePolicy("policy.yaml", data)
}

// ParsePolicy reads a policy. The name stands in errors, which give the line.
func ParsePolicy(name string, data []byte) (*Policy, error) {
	p := &Policy{file: name, lines: make(map[string]int)}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, n := range doc.Content {
		if err := index(n, "", p.lines); err != nil {
			return nil, fmt.Errorf("%s:%w", name, err)
		}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(p); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: is empty; a policy begins with: schema: %d", name, Schema)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %s", name, wrongKind.ReplaceAllStringFunc(err.Error(), inWords))
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: holds more than one document: what follows the line --- is part of no policy", name)
	}
	p.straighten()
	if err := p.validate(); err != nil {
		return nil, err
	}
	for i := range p.Pins {
		p.Pins[i].where = p.Where(fmt.Sprintf("pins[%d]", i))
	}
	return p, nil
}

// wrongKind is how package yaml says that a value is of the wrong kind: in Go's
// words, which say nothing to the author of a policy.
var wrongKind = regexp.MustCompile("cannot unmarshal !!([a-z]+) (?:`[^`]*` )?into (\\S+)")

func inWords(s string) string {
	m := wrongKind.FindStringSubmatch(s)
	kinds := map[string]string{"seq": "a list", "map": "a mapping", "str": "a text", "int": "a number", "float": "a number", "bool": "true or false", "null": "nothing"}
	want := "a mapping"
	switch into := m[2]; {
	case strings.HasPrefix(into, "[]"):
		want = "a list"
	case into == "string":
		want = "a text"
	case into == "bool":
		want = "true or false"
	case strings.HasPrefix(into, "int"):
		want = "a whole number"
	}
	return cmp.Or(kinds[m[1]], m[1]) + " stands there, and not " + want
}

// straighten puts every reason on one line: each becomes a row of a table.
func (p *Policy) straighten() {
	one := func(reason *string) { *reason = strings.Join(strings.Fields(*reason), " ") }
	for _, orgs := range p.Organizations.Parts() {
		for i := range orgs {
			one(&orgs[i].Reason)
		}
	}
	for i := range p.Pins {
		one(&p.Pins[i].Reason)
	}
	for i := range p.Deny {
		one(&p.Deny[i].Reason)
	}
}

// index notes the line of every node under its path. What cannot be shown is an
// error, which begins with the line.
func index(n *yaml.Node, path string, lines map[string]int) error {
	lines[path] = n.Line
	if text := strings.Join(strings.Fields(n.Value), " "); n.Kind == yaml.ScalarNode && text != "" && !IsLine(text, len(text)) {
		return fmt.Errorf("%d: %+.60q holds a character that cannot be shown", n.Line, n.Value)
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if err := index(n.Content[i], path, lines); err != nil {
				return err
			}
			if path != "" {
				key = path + "." + key
			}
			if err := index(n.Content[i+1], key, lines); err != nil {
				return err
			}
		}
	case yaml.SequenceNode:
		for i, e := range n.Content {
			if err := index(e, fmt.Sprintf("%s[%d]", path, i), lines); err != nil {
				return err
			}
		}
	}
	return nil
}

// Where is the file and line of a part of the policy, such as deny[0].
func (p *Policy) Where(path string) string {
	return fmt.Sprintf("%s:%d: %s", p.file, p.lines[path], path)
}

func (p *Policy) validate() error {
	var errs []error
	bad := func(path, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %w", p.Where(path), fmt.Errorf(format, args...)))
	}
	if p.Schema == 0 {
		errs = append(errs, fmt.Errorf("%s: has no schema; put at its beginning: schema: %d", p.file, Schema))
	} else if p.Schema != Schema {
		bad("schema", "is %d, and this program knows %d", p.Schema, Schema)
	}
	for part, orgs := range p.Organizations.Parts() {
		seen := make(map[string]bool)
		for i, o := range orgs {
			path := fmt.Sprintf("organizations.%s[%d]", part, i)
			switch {
			case o.Name == "" || strings.ContainsAny(o.Name, "/ "):
				bad(path, "name %q is not an account of the Hub", o.Name)
			case seen[strings.ToLower(o.Name)]:
				bad(path, "%s stands twice", o.Name)
			case o.Reason == "":
				bad(path, "%s has no reason", o.Name)
			}
			seen[strings.ToLower(o.Name)] = true
		}
	}
	type slot struct{ arch, role, task string }
	pinned := make(map[slot]bool)
	for i, pin := range p.Pins {
		path := fmt.Sprintf("pins[%d]", i)
		s := slot{pin.Arch, pin.Role, pin.Task}
		switch {
		case pin.Arch == "":
			bad(path, "no arch")
		case (pin.Role == "") == (pin.Task == ""):
			bad(path, "give a role or a task, and not both")
		case pin.Role != "" && !slices.Contains(Roles(), pin.Role):
			bad(path, "role %q is none of %s", pin.Role, strings.Join(Roles(), ", "))
		case !IsOwned(pin.ID):
			bad(path, "id %q is not organisation/name", pin.ID)
		case pin.Reason == "":
			bad(path, "no reason")
		case pinned[s]:
			bad(path, "%s has another pin for the same place", pin.Arch)
		}
		pinned[s] = true
	}
	for i, d := range p.Deny {
		path := fmt.Sprintf("deny[%d]", i)
		switch {
		case len(slices.DeleteFunc([]string{d.ID, d.Organization, d.Measured}, func(s string) bool { return s == "" })) != 1:
			bad(path, "give one of id, organization and measured")
		case d.Measured != "" && d.Measured != MeasuredFailed:
			bad(path, "measured is %q, and only %q can be denied", d.Measured, MeasuredFailed)
		case d.ID != "" && !IsOwned(d.ID):
			bad(path, "id %q is not organisation/name", d.ID)
		case d.Reason == "":
			bad(path, "no reason")
		}
	}
	for i, f := range p.Prefer.Formats {
		if !slices.Contains(Formats(), f) {
			bad(fmt.Sprintf("prefer.formats[%d]", i), "%q is none of %s", f, strings.Join(Formats(), ", "))
		}
	}
	for i, l := range p.Prefer.Languages {
		if len(l) != 2 || strings.ToLower(l) != l {
			bad(fmt.Sprintf("prefer.languages[%d]", i), "%q is not a code of two letters, such as de", l)
		}
	}
	if p.Prefer.MaxParameters < 0 {
		bad("prefer.max_parameters", "is negative")
	}
	if p.Prefer.MaxBytes < 0 {
		bad("prefer.max_bytes", "is no size such as 2GB or 2000000000")
	}
	for _, name := range slices.Sorted(maps.Keys(p.Profiles)) {
		path := "profiles." + name
		switch {
		case name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "":
			bad(path, "the name %q is not of letters, digits and - _ . alone", name)
		case p.Profiles[name] <= 0:
			bad(path, "is no size of weights such as 12GB or 12000000000")
		}
	}
	return errors.Join(errs...)
}

// Over returns p applied over base, as a user's policy is over the committed
// one: its pins and preferences win, its lists add.
func (p *Policy) Over(base *Policy) *Policy {
	out := *base
	join := func(a, b []Organization) []Organization { return slices.Concat(b, a) }
	out.Organizations = Organizations{
		Testing:  join(base.Organizations.Testing, p.Organizations.Testing),
		Official: join(base.Organizations.Official, p.Organizations.Official),
		Staging:  join(base.Organizations.Staging, p.Organizations.Staging),
		Copies:   join(base.Organizations.Copies, p.Organizations.Copies),
	}
	out.Pins = slices.Clone(p.Pins)
	for _, b := range base.Pins {
		overridden := slices.ContainsFunc(p.Pins, func(u Pin) bool {
			return u.Arch == b.Arch && u.Role == b.Role && u.Task == b.Task
		})
		if !overridden {
			out.Pins = append(out.Pins, b)
		}
	}
	out.Deny = slices.Concat(p.Deny, base.Deny)
	out.Profiles = maps.Clone(base.Profiles)
	if out.Profiles == nil {
		out.Profiles = make(map[string]Bytes)
	}
	maps.Copy(out.Profiles, p.Profiles)
	if !p.Prefer.IsZero() {
		out.Prefer = p.Prefer
	}
	return &out
}
