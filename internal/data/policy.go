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
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"go.yaml.in/yaml/v3"
)

// Policy is what people want: policy.yaml, and the same format for a user's
// own file. Everything in it carries a written reason.
type Policy struct {
	Schema        int           `yaml:"schema"`
	Organizations Organizations `yaml:"organizations,omitempty" form:"testing|official|staging|copies!"`
	Pins          []Pin         `yaml:"pins,omitempty"`
	Deny          []Denial      `yaml:"deny,omitempty"`
	Accept        []Acceptance  `yaml:"accept,omitempty"`
	Prefer        Preferences   `yaml:"prefer,omitempty"`
	// Profiles are machines of the user's own, by the size of the weights that
	// they run. One that is named like ours takes its place.
	Profiles map[string]Bytes `yaml:"profiles,omitempty" form:"word without spaces!,!"`

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
	Name   string `yaml:"name" form:"account!"`
	Reason string `yaml:"reason" form:"line of printable text!"`
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

// part is the part that an account plays, "" where none is known. Its name may say
// that it publishes stubs.
func (a Accounts) part(account string) string {
	account = strings.ToLower(account)
	if a[account] == "" && strings.HasSuffix(account, "-testing") {
		return "testing"
	}
	return a[account]
}

// These report whether an account plays a part.
func (a Accounts) Testing(account string) bool  { return a.part(account) == "testing" }
func (a Accounts) Official(account string) bool { return a.part(account) == "official" }
func (a Accounts) Staging(account string) bool  { return a.part(account) == "staging" }
func (a Accounts) Copies(account string) bool   { return a.part(account) == "copies" }

// Pin settles one role or task of one architecture. The checkpoint still has
// to be proven.
type Pin struct {
	Arch   string `yaml:"arch" form:"!"`
	Role   string `yaml:"role,omitempty" form:"default|open|small|tiny"` // "" with Task
	Task   string `yaml:"task,omitempty"`
	ID     string `yaml:"id" form:"repository id!"`
	Reason string `yaml:"reason" form:"line of printable text!"`

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
	ID           string `yaml:"id,omitempty" form:"repository id"`
	Organization string `yaml:"organization,omitempty"`
	// Measured is "failed": what did not load, or answered wrongly, when it
	// was last run at its revision.
	Measured string `yaml:"measured,omitempty" form:"failed"`
	Reason   string `yaml:"reason" form:"line of printable text!"`
}

// Acceptance lets a repository that was created again under a known name fill
// places again. It holds for this one repository.
type Acceptance struct {
	ID         string `yaml:"id" form:"repository id!"`
	Repository string `yaml:"repository" form:"_id!"` // the _id of the one that is accepted
	Reason     string `yaml:"reason" form:"line of printable text!"`
}

// Preferences narrow the choice to what a user can use. The zero value
// prefers nothing.
type Preferences struct {
	Organizations []string `yaml:"organizations,omitempty"`                    // win over others, in this order
	Languages     []string `yaml:"languages,omitempty" form:"two-letter code"` // ISO 639-1, as the Hub tags them
	Licenses      []string `yaml:"licenses,omitempty"`                         // only these; unknown is not among them
	MaxParameters int64    `yaml:"max_parameters,omitempty"`
	MaxBytes      Bytes    `yaml:"max_bytes,omitempty"`
	Ungated       bool     `yaml:"ungated,omitempty"`
	Formats       []string `yaml:"formats,omitempty" form:"safetensors|pytorch|tf|jax|onnx|gguf"` // one of these must be there
}

// Bytes is a size, written as a number or as 500MB, 2GB or 1.5GiB.
type Bytes int64

// UnmarshalYAML reads a size.
func (b *Bytes) UnmarshalYAML(n *yaml.Node) error {
	if n.Decode((*int64)(b)) == nil {
		return nil
	}
	size, err := humanize.ParseBytes(n.Value)
	if err != nil || size > math.MaxInt64 {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %.100q is not a size such as 12GB or 12000000000", n.Line, n.Value)}}
	}
	*b = Bytes(size)
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
	wrongField = regexp.MustCompile(`field (?s:(.+?)) not found in type \S+`)
)

// yamlError says what package yaml found wrong with a policy.
func yamlError(name string, err error) error {
	text := yamlPrefix.ReplaceAllString(err.Error(), "")
	text = wrongKind.ReplaceAllString(text, "a YAML $1 is not wanted here")
	text = wrongField.ReplaceAllStringFunc(text, func(s string) string {
		field, where := wrongField.FindStringSubmatch(s)[1], ""
		line, _ := yaml.Marshal(map[string]any{field: nil})
		dec := yaml.NewDecoder(bytes.NewReader(line))
		if dec.KnownFields(true); dec.Decode(new(Preferences)) == nil {
			where = "it belongs under prefer; "
		}
		return fmt.Sprintf("a policy has no %+q here; %sdocs/policy.md shows what it has where", field, where)
	})
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
		p.index(n, "")
	}
	// A newer policy may not decode.
	if n := p.nodes["schema"]; n != nil {
		if schema, err := strconv.Atoi(n.Value); err == nil && schema > Schema {
			return nil, fmt.Errorf("%s is %d, and this program knows %d: update hfmodels", p.Where("schema"), schema, Schema)
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

// index notes every node under its path.
func (p *Policy) index(n *yaml.Node, path string) {
	p.nodes[path] = n
	for i, e := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case n.Kind == yaml.MappingNode && i%2 == 0: // a key
			at = path
		case n.Kind == yaml.MappingNode:
			at = strings.TrimPrefix(path+"."+n.Content[i-1].Value, ".")
		}
		p.index(e, at)
	}
}

// Where is the file and line of a part of the policy, such as deny[0] or
// prefer: max_bytes.
func (p *Policy) Where(path string) string {
	path = strings.ReplaceAll(path, ": ", ".")
	return fmt.Sprintf("%s:%d: %s", p.file, cmp.Or(p.nodes[path], new(yaml.Node)).Line, path)
}

// validate checks a policy.
func (p *Policy) validate() error {
	var errs []error
	bad := func(at, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %w", p.Where(at), fmt.Errorf(format, args...)))
	}
	if p.Schema != Schema {
		errs = append(errs, fmt.Errorf("%s: has no schema; put at its beginning: schema: %d", p.file, Schema))
	}
	// Package yaml cuts off a fraction, and a maximum of 0.5 would be none.
	for _, path := range []string{"schema", "prefer.max_parameters", "prefer.max_bytes"} {
		number := 0.0
		if n := p.nodes[path]; n != nil && n.Decode(&number) == nil && number != math.Trunc(number) {
			bad(path, "%s is not a whole number", n.Value)
		}
	}
	for i := range p.Pins {
		pin, path := &p.Pins[i], fmt.Sprintf("pins[%d]", i)
		pin.where = p.Where(path)
		switch {
		case (pin.Role == "") == (pin.Task == ""):
			bad(path, "the pin names the place by a role or by a task: give one of the two")
		case slices.ContainsFunc(p.Pins[:i], pin.samePlace):
			bad(path, "%s has another pin for the same place", pin.Arch)
		}
	}
	for i, d := range p.Deny {
		if len(slices.DeleteFunc([]string{d.ID, d.Organization, d.Measured}, func(s string) bool { return s == "" })) != 1 {
			bad(fmt.Sprintf("deny[%d]", i), "give one of id, organization and measured")
		}
	}
	checkForms("", "", reflect.ValueOf(p), bad)
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
