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

// page is Markdown that stops filling tables when it gets too long.
type page struct {
	strings.Builder
	since  string
	folded bool // the sections are closed until a reader opens them
}

// Markdown is the body of a pull request: what needs a person first, the rest
// folded. It is empty where no decision changed.
func (d *Diff) Markdown() string {
	if d.Empty() {
		return ""
	}
	p := &page{since: d.Since}
	section(p, "Repositories created anew under a known name", []string{"model", "picked until now for", "before → now", "to trust it, add to accept in policy.yaml"},
		d.Recreated, Recreated.row)
	if t := d.Transformers; t.Old != t.New {
		fmt.Fprintf(p, "transformers %s → %s. ", markdown.Text(t.Old), markdown.Text(t.New))
	}
	changed, lost := ofKind(d.Defaults, Changed), ofKind(d.Defaults, Lost)
	if len(d.Recreated)+len(changed)+len(lost)+len(d.Tasks)+len(d.Disproven)+len(d.Terms)+len(d.Renamed)+len(d.Removed)+len(d.Engines)+len(d.Policy) == 0 {
		p.WriteString("No default changed, none was lost, and no task has another first answer.\n\n")
	} else {
		p.WriteString("What needs a person comes first; the rest is folded.\n\n")
	}
	if len(changed) > 0 {
		p.WriteString("Where a row says how to decline it, put that line into registrydata/policy.yaml with a reason, and run `go run ./gen emit`.\n\n")
	}

	changeHead := []string{"architecture", "place", "before → now", "size, licence, gating", "why"}
	standingHead := []string{"architecture", "status", "default now", "size, licence, gating", "why"}
	archHead := []string{"architecture", "status", "default", "size, licence, gating", "places"}
	section(p, "Defaults changed", changeHead, changed, Change.declinable)
	section(p, "Defaults lost", changeHead, lost, Change.row)
	section(p, "Tasks with another first answer", append([]string{"architecture of the answer", "task"}, changeHead[2:]...), d.Tasks, Change.row)
	section(p, "No longer proven", standingHead, d.Disproven, Standing.row)
	section(p, "Picks that stay, with other terms", []string{"model", "picked for", "", "before → now"}, d.Terms, Terms.row)
	section(p, "Architectures renamed by transformers", []string{"before → now", "why"}, d.Renamed, func(r Rename) []string {
		return []string{both(markdown.Code(r.Old), markdown.Code(r.New)), markdown.Text(r.Why)}
	})
	section(p, "Architectures removed", archHead, d.Removed, Arch.row)
	section(p, "Engines that run other architectures", []string{"engine", "version", "gained", "lost"}, d.Engines, Engine.row)
	section(p, "Policy", []string{"", "which", "before → now"}, d.Policy, func(c PolicyChange) []string {
		return []string{c.Kind + " " + c.Change, markdown.Code(c.What), both(markdown.Text(c.Old), markdown.Text(c.New))}
	})

	p.folded = true
	section(p, "Declined before by the policy", []string{"architecture", "place", "without the policy → now", "size, licence, gating", "why"}, d.Declined, Change.row)
	section(p, "Newly proven", standingHead, d.Proven, Standing.row)
	section(p, "Defaults gained", changeHead, ofKind(d.Defaults, Gained), Change.declinable)
	section(p, "Other changes of status", standingHead, d.Statuses, Standing.row)
	section(p, "Architectures added", archHead, d.Added, Arch.row)
	for _, kind := range []string{Changed, Lost, Gained} {
		section(p, "Roles and tasks "+kind, changeHead, ofKind(d.Places, kind), Change.row)
	}
	section(p, "Rankings of tasks", []string{"task", "came in", "left"}, d.Rankings, Rows.row)
	section(p, "Models renamed on the Hub", []string{"before → now"}, d.Moved, func(r Rename) []string {
		return []string{both(markdown.Text(r.Old), link(r.New))}
	})
	if d.Revisions > 0 {
		fmt.Fprintf(p, "Picks that stay, with new commits: %d.\n\n", d.Revisions)
	}
	if d.Learned > 0 {
		fmt.Fprintf(p, "Facts of such picks that were unknown and are known now: %d.\n\n", d.Learned)
	}
	return strings.TrimRight(p.String(), "\n") + "\n"
}

func (c Change) row() []string {
	why := "**" + markdown.Text(c.Rule) + "**: " + markdown.Text(c.Why)
	if c.Tier != c.Rule && c.New != nil {
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

func (r Recreated) row() []string {
	archs := cmp.Or(markdown.Text(strings.Join(r.Archs, ", ")), "nothing")
	accept := fmt.Sprintf(`- {id: %s, repository: %s, reason: ""}`, r.ID, r.New.Repository)
	return []string{link(r.ID), archs, both(markdown.Text(r.Old.String()), markdown.Text(r.New.String())), markdown.Code(accept)}
}

func (r Rows) row() []string {
	links := func(ids []string) string {
		var l []string
		for _, id := range ids {
			l = append(l, link(id))
		}
		return strings.Join(l, "<br>")
	}
	return []string{markdown.Text(r.Task), links(r.Came), links(r.Left)}
}

func (e Engine) row() []string {
	return []string{markdown.Text(e.Engine), both(markdown.Text(e.Old), markdown.Text(e.New)), codes(e.Gained), codes(e.Lost)}
}

func codes(archs []string) string {
	var list []string
	for _, a := range archs {
		list = append(list, markdown.Code(a))
	}
	return strings.Join(list, ", ")
}

func (s Standing) row() []string {
	status := fmt.Sprintf("%s → %s", s.Old, s.New)
	return []string{markdown.Code(s.Arch), status, name(s.Default), markdown.Text(terms(s.Default)), markdown.Text(s.Why)}
}

func (a Arch) row() []string {
	places := markdown.Text(strings.Join(a.Places, ", "))
	return []string{markdown.Code(a.Arch), string(a.Status), name(a.Default), markdown.Text(terms(a.Default)), places}
}

func (t Terms) row() []string {
	field, old, now := t.words()
	return []string{link(t.ID), codes(t.Archs), field, both(markdown.Text(old), markdown.Text(now))}
}

// section writes the rows for which there is room, and counts the others.
// Without rows it writes nothing.
func section[T any](p *page, title string, head []string, list []T, row func(T) []string) {
	if len(list) == 0 {
		return
	}
	begin, end := "### %s: %d\n\n", "\n"
	if p.folded {
		begin, end = "<details><summary>%s: %d</summary>\n\n", "\n</details>\n\n"
	}
	fmt.Fprintf(p, begin, title, len(list))
	fmt.Fprintf(p, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for i, e := range list {
		line := "| " + strings.Join(row(e), " | ") + " |\n"
		if p.Len()+len(line) > room {
			fmt.Fprintf(p, "\n%d more rows have no room here. List all of them with: `go run ./gen diff %s --json`\n",
				len(list)-i, strings.ReplaceAll(p.since, "`", ""))
			break
		}
		p.WriteString(line)
	}
	p.WriteString(end)
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
