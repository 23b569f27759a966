package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/markdown"
)

// markdown is the summary of a report.
func (r *Report) markdown() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n# Which checkpoint stands for which architecture\n\nMade from %s.\n\n", r.Generated, markdown.Text(r.madeFrom()))
	fmt.Fprintf(&b, "Of %d architectures %d have a proven default, %d are answered by a host, %d are documented only, and of %d nothing is known.\n",
		r.Counts.All(), r.Counts.Proven, r.Counts.Hosted, r.Counts.Unproven, r.Counts.None)

	b.WriteString("\n## Coverage by family\n\n| family | architectures | proven | hosted | unproven | none |\n|---|---:|---:|---:|---:|---:|\n")
	for _, row := range r.byFamily().Rows {
		fmt.Fprintf(&b, "| %s | %d |", markdown.Text(row.Label), row.Sum)
		for _, p := range row.Parts {
			fmt.Fprintf(&b, " %d |", p.N)
		}
		b.WriteString("\n")
	}

	fmt.Fprintf(&b, "\n## Documentation rows that are disproved (%d)\n\nWhat transformers %s documents, what was asked, and what was answered.\n", len(r.Disproved), markdown.Text(r.MadeFrom.Transformers))
	writeGroups(&b, r.Disproved)
	fmt.Fprintf(&b, "\n## Documentation rows that are not confirmed (%d)\n\nToo little is known of these: nothing here says that they are wrong.\n", len(r.Unconfirmed))
	writeGroups(&b, r.Unconfirmed)

	b.WriteString("\n## Unproven architectures\n\n| architecture | family | why |\n|---|---|---|\n")
	for i := range r.Archs {
		if a := &r.Archs[i]; a.Status == data.Unproven || a.Status == data.None {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", markdown.Code(a.Arch), markdown.Text(a.Family), markdown.Text(a.Why))
		}
	}
	return []byte(b.String())
}

func writeGroups(b *strings.Builder, rows []DocumentedRow) {
	for _, g := range groups(rows) {
		fmt.Fprintf(b, "\n### %s (%d)\n\n%s\n\n| documented | for | answer | checked | instead |\n|---|---|---|---|---|\n", g.Title, g.Rows, g.Says)
		for _, c := range g.Checkpoints {
			var archs, instead []string
			for _, a := range c.Archs {
				archs = append(archs, markdown.Code(a.Arch))
				switch {
				case a.Host != "":
					instead = append(instead, markdown.Code(a.Arch)+" lives in "+markdown.Code(a.Host)+": "+markdown.Code(a.Instead))
				case a.Instead != "":
					instead = append(instead, markdown.Code(a.Arch)+", proven: "+markdown.Code(a.Instead))
				}
			}
			answer := markdown.Text(c.answer())
			if c.Now != "" {
				answer += ", as " + markdown.Code(c.Now)
			}
			if c.Reason != "" {
				answer += "; " + markdown.Text(c.Reason)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", markdown.Code(c.ID), strings.Join(archs, ", "), answer, markdown.Text(cmp.Or(c.Checked, unknown)), strings.Join(instead, "; "))
		}
	}
}
