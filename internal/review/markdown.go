package review

import (
	"fmt"
	"strings"

	"github.com/hfmodels/hfmodels/internal/choose"
)

// Markdown is the body of a pull request: what needs a person first, the rest
// folded. It is empty where nothing was decided anew.
func (d *Diff) Markdown() string {
	if d.Empty() {
		return ""
	}
	var b strings.Builder
	if len(d.Defaults) > 0 {
		fmt.Fprintf(&b, "## %d %s changed\n\n", len(d.Defaults), plural(len(d.Defaults), "default", "defaults"))
		changes(&b, d.Defaults, false)
	} else {
		b.WriteString("## No default changed\n\n")
	}
	if len(d.Statuses) > 0 {
		b.WriteString("### Architectures that stand otherwise\n\n| architecture | before | now | |\n|---|---|---|---|\n")
		for _, s := range d.Statuses {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", code(s.Arch), s.Old, s.New, text(s.Why))
		}
		b.WriteString("\n")
	}
	list(&b, "Architectures added", d.Added, code)
	list(&b, "Architectures removed", d.Removed, code)
	list(&b, "Policy", d.Policy, text)
	if len(d.Places) > 0 {
		fmt.Fprintf(&b, "<details><summary>%d other %s</summary>\n\n", len(d.Places), plural(len(d.Places), "role or task", "roles and tasks"))
		changes(&b, d.Places, true)
		b.WriteString("</details>\n\n")
	}
	if d.Revisions > 0 {
		fmt.Fprintf(&b, "%d %s the same model at another revision.\n", d.Revisions, plural(d.Revisions, "pick is", "picks are"))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func changes(b *strings.Builder, list []Change, place bool) {
	if place {
		b.WriteString("| architecture | place | before | now | why |\n|---|---|---|---|---|\n")
	} else {
		b.WriteString("| architecture | before | now | why |\n|---|---|---|---|\n")
	}
	for _, c := range list {
		fmt.Fprintf(b, "| %s |", code(c.Arch))
		if place {
			fmt.Fprintf(b, " %s |", text(c.Place))
		}
		fmt.Fprintf(b, " %s | %s | %s: %s |\n", c.Old.markdown(), c.New.markdown(), text(c.Rule), text(c.Why))
	}
	b.WriteString("\n")
}

func (s *Side) markdown() string {
	if s == nil {
		return "none"
	}
	facts := []string{"size unknown", "licence unknown", "gating unknown"}
	if s.Parameters > 0 {
		facts[0] = choose.Count(s.Parameters)
	}
	if s.License != "" {
		facts[1] = s.License
	}
	switch s.Gated {
	case "no":
		facts[2] = "open"
	case "auto", "manual":
		facts[2] = "gated"
	}
	return fmt.Sprintf("[%s](https://huggingface.co/%s)<br>%s", text(s.ID), s.ID, text(strings.Join(facts, ", ")))
}

func list(b *strings.Builder, title string, items []string, show func(string) string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(b, "### %s\n\n", title)
	for _, item := range items {
		fmt.Fprintf(b, "- %s\n", show(item))
	}
	b.WriteString("\n")
}

func code(s string) string { return "`" + strings.ReplaceAll(s, "`", "'") + "`" }

// text keeps what came from outside from being read as Markdown or HTML.
var escaper = strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "*", `\*`, "`", "'", "\n", " ", "[", `\[`, "]", `\]`, "_", `\_`)

func text(s string) string { return escaper.Replace(s) }

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
