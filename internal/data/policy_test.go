package data

import (
	"maps"
	"strings"
	"testing"
)

func TestProfiles(t *testing.T) {
	const text = "schema: 1\nprefer: {max_bytes: 1.5GiB}\nprofiles:\n  my-laptop: 12GB\n  rack.7: 80000000000\n  cpu-small: 1 GB\n"
	p, err := ParsePolicy("mine.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if p.Prefer.MaxBytes != 3<<29 {
		t.Errorf("max_bytes is %d", p.Prefer.MaxBytes)
	}
	want := map[string]Bytes{"my-laptop": 12e9, "rack.7": 80e9, "cpu-small": 1e9}
	if !maps.Equal(p.Profiles, want) {
		t.Errorf("got %v, want %v", p.Profiles, want)
	}
	base := &Policy{Profiles: map[string]Bytes{"my-laptop": 1, "other": 2}}
	want["other"] = 2
	if got := p.Over(base).Profiles; !maps.Equal(got, want) {
		t.Errorf("over another: %v, want %v", got, want)
	}
	if len(base.Profiles) != 2 || base.Profiles["my-laptop"] != 1 {
		t.Errorf("the other was written to: %v", base.Profiles)
	}
}

func TestPolicyErrorsGiveTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"organizations:\n  testing: [{name: a/b, reason: x}]":                                                   `mine.yaml:3: organizations.testing[0].name: "a/b" is not a valid account`,
		"pins:\n- {arch: bert, role: best, id: a/b, reason: x}":                                                 `mine.yaml:3: pins[0].role: "best" is not one of default, open`,
		"pins:\n- {arch: bert, role: open, id: a/b, reason: x}\n- {arch: bert, role: open, id: c/d, reason: x}": "mine.yaml:4: pins[1]: bert has another pin",
		"pins:\n- {arch: bert, id: a/b, reason: x}":                                                             "mine.yaml:3: pins[0]: the pin names the place by a role or by a task",
		"a: [": "mine.yaml:",
		"pins: [{arch: bert}]\ndeny: [{id: a/b}]":   "mine.yaml:3: deny[0]: no reason", // not only the first fault
		"accept:\n- {id: a/b, reason: x}":           `mine.yaml:3: accept[0]: no repository`,
		"accept:\n- {id: a/b, repository: ab12}":    "mine.yaml:3: accept[0]: no reason",
		"pins:\n- {arch: a, role: open, id: a/b/c}": `mine.yaml:3: pins[0].id: "a/b/c" is not a valid repository id`,
		"prefr: {}":                               `mine.yaml:2: a policy has no "prefr" here`,
		"profiles:\n  my laptop: 12GB":            `mine.yaml:3: profiles.my laptop: "my laptop" is not a valid word without spaces`,
		"profiles:\n  a: 1\n  box: lots":          `mine.yaml:4: "lots" is not a size such as 12GB`,
		"profiles:\n  box: -1":                    `mine.yaml:3: profiles.box: -1 is too small: the least is 1`,
		"profiles:\n  box: 0":                     `mine.yaml:3: profiles.box: 0 is too small`,
		"profiles:\n  box: [1]":                   `mine.yaml:3: "" is not a size`,
		"profiles:\n  box: 99999EB":               `mine.yaml:3: "99999EB" is not a size`,
		"profiles:\n  - box":                      "mine.yaml:3: a YAML seq is not wanted here",
		"prefer:\n  formats: [safetensor]":        `mine.yaml:3: prefer.formats[0]: "safetensor" is not one of safetensors, pytorch`,
		"prefer:\n  languages: [de, deu]":         `mine.yaml:3: prefer.languages[1]: "deu" is not a valid two-letter code`,
		"prefer:\n  max_bytes: much":              `mine.yaml:3: "much" is not a size such as 12GB`,
		"prefer:\n  max_parameters: -1000":        "mine.yaml:3: prefer.max_parameters: -1000 is too small",
		"prefer:\n  max_parameters: 0.5":          "mine.yaml:3: prefer.max_parameters: 0.5 is not a whole number",
		"prefer:\n  max_bytes: 0.5":               "mine.yaml:3: prefer.max_bytes: 0.5 is not a whole number",
		"organizations:\n  testers: []":           `mine.yaml:3: organizations.testers: "testers" is not one of testing, official`,
		"pins: 5":                                 "mine.yaml:2: a YAML int is not wanted here",
		"prefer: {ungated: maybe}":                "mine.yaml:2: a YAML str is not wanted here",
		"deny:\n- {id: a/b, reason: \"\\e[31m\"}": `mine.yaml:3: deny[0].reason: "\x1b[31m" is not a valid line of printable text`,
		"ungated: true":                           `mine.yaml:2: a policy has no "ungated" here; it belongs under prefer; docs`,
		"\"\\e[31m\": 1":                          `mine.yaml:2: a policy has no "\x1b[31m" here`,
		"prefer: &a {}\nprofiles: {<<: [*a, 1]}":  "mine.yaml: map merge requires map or sequence of maps",
		"---\nschema: 1\nbogus: 2":                "mine.yaml: holds more than one document",
		// The whole file:
		"!":                        "mine.yaml: is empty; a policy begins with: schema: 1",
		"!# nothing\n":             "mine.yaml: is empty",
		"!prefer: {ungated: true}": "mine.yaml: has no schema; put at its beginning: schema: 1",
		"!schema: 2\nfuture: {}":   "mine.yaml:1: schema is 2, and this program knows 1: update hfmodels",
	} {
		whole, is := strings.CutPrefix(text, "!")
		if !is {
			whole = "schema: 1\n" + text + "\n"
		}
		if _, err := ParsePolicy("mine.yaml", []byte(whole)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

// Of an account with two parts the last counts, every time, and what is called
// a testing account is one.
func TestAccounts(t *testing.T) {
	p, err := ParsePolicy("mine.yaml", []byte(`schema: 1
organizations:
  copies: [{name: Both, reason: x}]
  official: [{name: both, reason: x}, {name: maker, reason: x}]
  testing: [{name: stubs, reason: "two\nlines"}]
  staging: [{name: porter, reason: x}]
`))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		a := p.Organizations.Accounts()
		if !a.Copies("BOTH") || a.Official("both") || !a.Official("Maker") || !a.Staging("porter") || !a.Testing("Stubs") || !a.Testing("our-Testing") || a.Testing("maker") || a.Staging("") {
			t.Fatalf("%v", a)
		}
	}
}
