package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/markdown"
)

// room is what the tables may take: GitHub refuses the body of a pull request
// that is longer than 65,536 characters.
const room = 52_000

// section is one kind of change, a row of a table for each.
type section struct {
	title, head string
	rows        [][]string
}

const (
	places    = "architecture | place | before → now | size, licence, gating | why"
	standings = "architecture | status | default now | size, licence, gating | why"
	archs     = "architecture | status | default | size, licence, gating | places"
)

// sections are all kinds of change: those that need a person, the first of them
// before all else, and the others.
func (d *Diff) sections() (urgent, folded []section) {
	text, code := markdown.Text, markdown.Code
	standing := func(s Standing) []string {
		return []string{code(s.Arch), fmt.Sprintf("%s → %s", s.Old, s.New), name(s.Default), text(terms(s.Default)), text(s.Why)}
	}
	arch := func(a Arch) []string {
		return []string{code(a.Arch), string(a.Status), name(a.Default), text(terms(a.Default)), text(strings.Join(a.Places, ", "))}
	}
	urgent = []section{
		{
			"Repositories created again under a known name",
			"model | picked until now for | before → now | to trust it, add to accept in policy.yaml",
			rows(d.Recreated, func(r Recreated) []string {
				accept := fmt.Sprintf(`- {id: %s, repository: %s, reason: ""}`, r.ID, r.New.Repository)
				before := cmp.Or(text(strings.Join(r.Archs, ", ")), "nothing")
				return []string{link(r.ID), before, both(text(r.Old.String()), text(r.New.String())), code(accept)}
			}),
		},
		{"Defaults changed", places, rows(ofKind(d.Defaults, Changed), Change.declinable)},
		{"Defaults lost", places, rows(ofKind(d.Defaults, Lost), Change.row)},
		{"Tasks with another first answer", strings.Replace(places, "architecture | place", "architecture of the answer | task", 1), rows(d.Tasks, Change.row)},
		{"No longer proven", standings, rows(d.Disproven, standing)},
		{"Picks that stay, with other terms", "model | picked for |  | before → now", rows(d.Terms, func(t Terms) []string {
			field, old, now := t.words()
			return []string{link(t.ID), each(t.Archs, ", ", code), field, both(text(old), text(now))}
		})},
		{"Architectures renamed by transformers", "before → now | why", rows(d.Renamed, func(r Rename) []string {
			return []string{both(code(r.Old), code(r.New)), text(r.Why)}
		})},
		{"Architectures removed", archs, rows(d.Removed, arch)},
		{"Engines that run other architectures", "engine | version | gained | lost", rows(d.Engines, func(e Engine) []string {
			return []string{text(e.Engine), both(text(e.Old), text(e.New)), each(e.Gained, ", ", code), each(e.Lost, ", ", code)}
		})},
	}
	folded = []section{
		{"Declined before by the policy", strings.Replace(places, "before", "without the policy", 1), rows(d.Declined, Change.row)},
		{"Newly proven", standings, rows(d.Proven, standing)},
		{"Defaults gained", places, rows(ofKind(d.Defaults, Gained), Change.declinable)},
		{"Other changes of status", standings, rows(d.Statuses, standing)},
		{"Architectures added", archs, rows(d.Added, arch)},
		{"Roles and tasks changed", places, rows(ofKind(d.Places, Changed), Change.row)},
		{"Roles and tasks lost", places, rows(ofKind(d.Places, Lost), Change.row)},
		{"Roles and tasks gained", places, rows(ofKind(d.Places, Gained), Change.row)},
		{"Rankings of tasks", "task | came in | left", rows(d.Rankings, func(r Rows) []string {
			return []string{text(r.Task), each(r.Came, "<br>", link), each(r.Left, "<br>", link)}
		})},
		{"Models renamed on the Hub", "before → now", rows(d.Moved, func(r Rename) []string {
			return []string{both(text(r.Old), link(r.New))}
		})},
	}
	return urgent, folded
}

func rows[T any](list []T, row func(T) []string) (all [][]string) {
	for _, e := range list {
		all = append(all, row(e))
	}
	return all
}

func (s section) any() bool { return len(s.rows) > 0 }

// Empty reports whether nothing needs a review. Revisions may have moved, and
// what was unknown may be known.
func (d *Diff) Empty() bool {
	return !slices.ContainsFunc(slices.Concat(d.sections()), section.any)
}

// Markdown is the body of a pull request: what needs a person first, the rest
// folded. It is empty where no decision changed.
func (d *Diff) Markdown() string {
	if d.Empty() {
		return ""
	}
	var p strings.Builder
	urgent, folded := d.sections()
	write := func(list []section, begin, end string) {
		for _, s := range list {
			if s.any() {
				fmt.Fprintf(&p, begin, s.title, len(s.rows))
				s.table(&p, d.Since)
				p.WriteString(end)
			}
		}
	}
	write(urgent[:1], "### %s: %d\n\n", "\n")
	if t := d.Transformers; t.Old != t.New {
		fmt.Fprintf(&p, "transformers %s → %s. ", markdown.Text(t.Old), markdown.Text(t.New))
	}
	if !slices.ContainsFunc(urgent, section.any) {
		p.WriteString("No default changed, none was lost, and no task has another first answer.\n\n")
	} else {
		p.WriteString("What needs a person comes first; the rest is folded.\n\n")
	}
	if urgent[1].any() {
		p.WriteString("Where a row says how to decline it, put that line into registrydata/policy.yaml with a reason, and run `go run ./gen emit`.\n\n")
	}
	write(urgent[1:], "### %s: %d\n\n", "\n")
	write(folded, "<details><summary>%s: %d</summary>\n\n", "\n</details>\n\n")
	if d.Revisions > 0 {
		fmt.Fprintf(&p, "Picks that stay, with new commits: %d.\n\n", d.Revisions)
	}
	if d.Learned > 0 {
		fmt.Fprintf(&p, "Facts of such picks that were unknown and are known now: %d.\n\n", d.Learned)
	}
	return strings.TrimRight(p.String(), "\n") + "\n"
}

// table writes the rows for which there is room, and counts the others.
func (s section) table(p *strings.Builder, since string) {
	fmt.Fprintf(p, "| %s |\n|%s\n", s.head, strings.Repeat("---|", strings.Count(s.head, "|")+1))
	for i, row := range s.rows {
		line := "| " + strings.Join(row, " | ") + " |\n"
		if p.Len()+len(line) > room {
			fmt.Fprintf(p, "\n%d more rows have no room here. List all of them with: `go run ./gen diff %s --json`\n",
				len(s.rows)-i, strings.ReplaceAll(since, "`", ""))
			return
		}
		p.WriteString(line)
	}
}

func (c Change) row() []string {
	why := "**" + markdown.Text(c.Rule) + "**: " + markdown.Text(c.Why)
	if c.New != nil && c.Reason != c.Why {
		why += "<br>→ " + markdown.Text(c.Tier) + ": " + markdown.Text(c.Reason)
	}
	models := both(name(c.Old), name(c.New))
	if c.Change == Gained {
		models = name(c.New)
	}
	return []string{markdown.Code(c.Arch), markdown.Text(c.Place), models, both(markdown.Text(terms(c.Old)), markdown.Text(terms(c.New))), why}
}

// declinable adds the line of the policy that undoes the change: a pin of the old
// model while that still fits, else a denial of the new one. What comes from a host
// is declined there.
func (c Change) declinable() []string {
	list, line := "deny", fmt.Sprintf(`- {id: %s, reason: ""}`, c.New.ID)
	if c.fits {
		list, line = "pins", fmt.Sprintf(`- {arch: %s, role: %s, id: %s, reason: ""}`, c.Arch, c.Place, c.Old.ID)
	}
	row := c.row()
	if c.Tier != data.TierHost {
		row[len(row)-1] += fmt.Sprintf("<br>decline it under `%s:` %s", list, markdown.Code(line))
	}
	return row
}

// each joins the names, each made into what shows it.
func each(names []string, separator string, show func(string) string) string {
	var list []string
	for _, name := range names {
		list = append(list, show(name))
	}
	return strings.Join(list, separator)
}

func ofKind(list []Change, kind string) []Change {
	return slices.DeleteFunc(slices.Clone(list), func(c Change) bool { return c.Change != kind })
}

// both shows one thing before and now, each on its own line.
func both(before, now string) string {
	switch {
	case before == now:
		return now
	case before == "":
		return "→ " + now
	case now == "":
		return before
	}
	return before + "<br>→ " + now
}

func name(m *data.Model) string {
	if m == nil {
		return "none"
	}
	return link(m.ID)
}

func link(id string) string {
	return fmt.Sprintf("[%s](https://huggingface.co/%s)", markdown.Text(id), id)
}
