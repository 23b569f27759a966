package review

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/markdown"
)

// room is what the tables may take: GitHub refuses the body of a pull request
// that is longer than 65,536 characters.
const room = 52_000

// page is Markdown that stops filling tables when it gets too long.
type page struct {
	strings.Builder
	since string
}

// Markdown is the body of a pull request: what needs a person first, the rest
// folded. It is empty where nothing was decided anew.
func (d *Diff) Markdown() string {
	if d.Empty() {
		return ""
	}
	p := &page{since: d.Since}
	defaults := byKind(d.Defaults)
	p.summary(d, defaults)

	if rows := slices.Concat(defaults[Changed], defaults[Lost]); len(rows) > 0 {
		p.title("Defaults: " + counts(defaults, Changed, Lost))
		p.changes(rows, false)
	}
	if len(d.Disproven) > 0 {
		p.title(fmt.Sprintf("No longer proven: %d", len(d.Disproven)))
		p.standings(d.Disproven)
	}
	if len(d.Terms) > 0 {
		p.title(fmt.Sprintf("Picks that stay, on other terms: %d", len(d.Terms)))
		var rows [][]string
		for _, t := range d.Terms {
			rows = append(rows, []string{link(t.ID), codes(t.Archs, 5), word(t.Field), pair(term(t.Field, t.Old), term(t.Field, t.New))})
		}
		p.table([]string{"model", "picked for", "", "before → now"}, rows)
	}
	if len(d.Renamed) > 0 {
		p.title(fmt.Sprintf("Architectures renamed by transformers: %d", len(d.Renamed)))
		var rows [][]string
		for _, r := range d.Renamed {
			rows = append(rows, []string{code(r.Old), code(r.New), text(r.Why)})
		}
		p.table([]string{"before", "now", "why"}, rows)
	}
	if len(d.Removed) > 0 {
		p.title(fmt.Sprintf("Architectures removed: %d", len(d.Removed)))
		p.archs(d.Removed)
	}
	if len(d.Policy) > 0 {
		p.title(fmt.Sprintf("Policy: %d", len(d.Policy)))
		var rows [][]string
		for _, c := range d.Policy {
			rows = append(rows, []string{c.Kind + " " + c.Change, code(c.What), pair(text(c.Old), text(c.New))})
		}
		p.table([]string{"", "which", "before → now"}, rows)
	}

	p.folded("newly proven", len(d.Proven), func() { p.standings(d.Proven) })
	if gained := gainedBesides(defaults[Gained], d.Proven); len(gained) > 0 {
		p.folded(plural(len(gained), "default gained", "defaults gained"), len(gained), func() { p.changes(gained, false) })
	}
	p.folded(plural(len(d.Statuses), "architecture stands otherwise", "architectures stand otherwise"), len(d.Statuses), func() { p.standings(d.Statuses) })
	p.folded(plural(len(d.Added), "architecture added", "architectures added"), len(d.Added), func() { p.archs(d.Added) })
	places := byKind(d.Places)
	for _, kind := range []string{Changed, Lost, Gained} {
		n := len(places[kind])
		p.folded(plural(n, "role or task ", "roles and tasks ")+kind, n, func() { p.changes(places[kind], true) })
	}
	p.folded(plural(len(d.Moved), "model renamed on the Hub", "models renamed on the Hub"), len(d.Moved), func() {
		var rows [][]string
		for _, r := range d.Moved {
			rows = append(rows, []string{text(r.Old), link(r.New)})
		}
		p.table([]string{"before", "now"}, rows)
	})

	if d.Revisions > 0 {
		p.line(fmt.Sprintf("%d %s, at another revision.", d.Revisions, plural(d.Revisions, "model stays", "models stay")))
	}
	if d.Learned > 0 {
		p.line(fmt.Sprintf("%d %s known now: sizes, licences, gatings and revisions of models that stay.", d.Learned, plural(d.Learned, "fact is", "facts are")))
	}
	return strings.TrimRight(p.String(), "\n") + "\n"
}

// summary says in two lines how much there is, and whether a person is needed.
func (p *page) summary(d *Diff, defaults map[string][]Change) {
	if t := d.Transformers; t.Old != t.New {
		fmt.Fprintf(p, "transformers %s → %s. ", text(t.Old), text(t.New))
	}
	if len(defaults[Changed])+len(defaults[Lost])+len(d.Disproven)+len(d.Terms)+len(d.Renamed)+len(d.Removed)+len(d.Policy) == 0 {
		p.line("No default changed, and none was lost.")
		return
	}
	p.line("What needs a person comes first; the rest is folded.")
}

// changes lists places, with what is known of the models side by side.
func (p *page) changes(list []Change, withPlace bool) {
	head := []string{"architecture", "before → now", "size", "licence", "gating", "why"}
	if withPlace {
		head = slices.Insert(head, 1, "place")
	}
	var rows [][]string
	for _, c := range list {
		row := []string{code(c.Arch)}
		if withPlace {
			row = append(row, text(c.Place))
		}
		row = append(row, pair(c.Old.link(), c.New.link()))
		if c.Change == Gained {
			row[len(row)-1] = c.New.link()
		}
		for _, fact := range []func(*Side) string{(*Side).size, (*Side).license, (*Side).gating} {
			switch {
			case c.Old == nil:
				row = append(row, fact(c.New))
			case c.New == nil:
				row = append(row, fact(c.Old))
			default:
				row = append(row, pair(fact(c.Old), fact(c.New)))
			}
		}
		why := "**" + text(c.Rule) + "**: " + text(c.Why)
		if c.Tier != c.Rule && c.New != nil {
			why += "<br>→ " + text(c.Tier) + ": " + text(c.Reason)
		}
		rows = append(rows, append(row, why))
	}
	p.table(head, rows)
}

func (p *page) standings(list []Standing) {
	var rows [][]string
	for _, s := range list {
		rows = append(rows, []string{code(s.Arch), string(s.Old) + " → " + string(s.New), s.Default.link(), s.Default.facts(), text(s.Why)})
	}
	p.table([]string{"architecture", "status", "default now", "size, licence, gating", "why"}, rows)
}

// archs lists those that have a default in a table, and names the others.
func (p *page) archs(list []Arch) {
	var rows [][]string
	var without []string
	for _, a := range list {
		if a.Default == nil && len(a.Places) == 0 {
			without = append(without, a.Arch)
			continue
		}
		rows = append(rows, []string{code(a.Arch), string(a.Status), a.Default.link(), a.Default.facts(), text(strings.Join(a.Places, ", "))})
	}
	if len(rows) > 0 {
		p.table([]string{"architecture", "status", "default", "size, licence, gating", "places"}, rows)
	}
	if len(without) > 0 {
		p.line("Without a model: " + codes(without, 100) + ".")
	}
}

func (p *page) title(s string) { fmt.Fprintf(p, "### %s\n\n", s) }

func (p *page) line(s string) { fmt.Fprintf(p, "%s\n\n", s) }

func (p *page) folded(what string, n int, content func()) {
	if n == 0 {
		return
	}
	fmt.Fprintf(p, "<details><summary>%d %s</summary>\n\n", n, what)
	content()
	p.WriteString("</details>\n\n")
}

// table writes the rows for which there is room, and says how many there are
// besides.
func (p *page) table(head []string, rows [][]string) {
	fmt.Fprintf(p, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for i, row := range rows {
		line := "| " + strings.Join(row, " | ") + " |\n"
		if p.Len()+len(line) > room {
			fmt.Fprintf(p, "\nAnd %d more, for which there is no room here: `go run ./gen diff %s --json` lists all.\n", len(rows)-i, strings.ReplaceAll(p.since, "`", ""))
			break
		}
		p.WriteString(line)
	}
	p.WriteString("\n")
}

func (s *Side) link() string {
	if s == nil {
		return "none"
	}
	return link(s.ID)
}

func (s *Side) facts() string {
	if s == nil {
		return ""
	}
	out := []string{s.size(), s.license(), s.gating()}
	for i, what := range []string{" size", " licence", " gating"} {
		if out[i] == unknown {
			out[i] += what
		}
	}
	return strings.Join(out, ", ")
}

const unknown = "unknown"

func (s *Side) size() string {
	out := unknown
	if s.Parameters > 0 {
		out = choose.Count(s.Parameters)
	}
	if s.Bytes > 0 {
		out += " (" + humanize.Bytes(uint64(s.Bytes)) + ")"
	}
	return out
}

func (s *Side) license() string {
	if s.License == "" {
		return unknown
	}
	return text(s.License)
}

func (s *Side) gating() string { return gating(s.Gated) }

func gating(g string) string {
	switch g {
	case "no":
		return "open"
	case "auto":
		return "gated, by accepting terms"
	case "manual":
		return "gated, by its owner"
	}
	return unknown
}

// term is a fact as people say it.
func term(field, value string) string {
	n, _ := strconv.ParseInt(value, 10, 64)
	switch {
	case field == "gated":
		return gating(value)
	case value == "":
		return unknown
	case field == "parameters":
		return choose.Count(n)
	case field == "bytes":
		return humanize.Bytes(uint64(n))
	}
	return text(value)
}

func word(field string) string {
	switch field {
	case "license":
		return "licence"
	case "gated":
		return "gating"
	}
	return field
}

// pair shows one thing before and now, each on its own line.
func pair(before, now string) string {
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

func byKind(list []Change) map[string][]Change {
	m := make(map[string][]Change)
	for _, c := range list {
		m[c.Change] = append(m[c.Change], c)
	}
	return m
}

func counts(by map[string][]Change, kinds ...string) string {
	var out []string
	for _, kind := range kinds {
		if n := len(by[kind]); n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, kind))
		}
	}
	return strings.Join(out, ", ")
}

// gainedBesides leaves out the defaults that came with a proof.
func gainedBesides(gained []Change, proven []Standing) []Change {
	shown := make(map[string]bool)
	for _, s := range proven {
		shown[s.Arch] = true
	}
	return slices.DeleteFunc(slices.Clone(gained), func(c Change) bool { return shown[c.Arch] })
}

func link(id string) string { return fmt.Sprintf("[%s](https://huggingface.co/%s)", text(id), id) }

func codes(names []string, most int) string {
	var out []string
	for i, n := range names {
		if i == most {
			return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", len(names)-most)
		}
		out = append(out, code(n))
	}
	return strings.Join(out, ", ")
}

// mentions keeps Markdown from calling people or issues by name.
var mentions = strings.NewReplacer("@", "@\u200b", "#", "#\u200b")

func text(s string) string { return mentions.Replace(markdown.Text(s)) }
func code(s string) string { return mentions.Replace(markdown.Code(s)) }

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
