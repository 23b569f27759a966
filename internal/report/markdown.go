package report

import (
	"fmt"
	"strings"

	"github.com/hfmodels/hfmodels/registrydata"
)

// markdown is the summary of a report.
func (r *Report) markdown() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n# Which checkpoint stands for which architecture\n\nMade from %s.\n\n", r.Generated, cell(r.madeFrom()))
	fmt.Fprintf(&b, "Of %d architectures %d have a proven default, %d are answered by a host, %d are documented only, and of %d nothing is known.\n",
		r.Counts.All(), r.Counts.Proven, r.Counts.Hosted, r.Counts.Unproven, r.Counts.None)

	b.WriteString("\n## Coverage by family\n\n| family | architectures | proven | hosted | unproven | none |\n|---|---:|---:|---:|---:|---:|\n")
	for _, row := range r.byFamily().Rows {
		fmt.Fprintf(&b, "| %s | %d |", cell(row.Label), row.Sum)
		for _, p := range row.Parts {
			fmt.Fprintf(&b, " %d |", p.N)
		}
		b.WriteString("\n")
	}

	fmt.Fprintf(&b, "\n## Documentation rows that are disproved (%d)\n\nWhat transformers %s documents, what was asked, and what was answered.\n", len(r.Disproved), cell(r.MadeFrom.Transformers))
	writeGroups(&b, r.Disproved)
	fmt.Fprintf(&b, "\n## Documentation rows that are not confirmed (%d)\n\nToo little is known of these: nothing here says that they are wrong.\n", len(r.Unconfirmed))
	writeGroups(&b, r.Unconfirmed)

	b.WriteString("\n## Unproven architectures\n\n| architecture | family | why |\n|---|---|---|\n")
	for i := range r.Archs {
		if a := &r.Archs[i]; a.Status == registrydata.Unproven || a.Status == registrydata.None {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", code(a.Arch), cell(a.Family), cell(a.Why))
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
				archs = append(archs, code(a.Arch))
				switch {
				case a.Host != "":
					instead = append(instead, code(a.Arch)+" lives in "+code(a.Host)+": "+code(a.Instead))
				case a.Instead != "":
					instead = append(instead, code(a.Arch)+", proven: "+code(a.Instead))
				}
			}
			answer := cell(c.answer())
			if c.Now != "" {
				answer += ", as " + code(c.Now)
			}
			if c.Reason != "" {
				answer += "; " + cell(c.Reason)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", code(c.ID), strings.Join(archs, ", "), answer, cell(orUnknown(c.Checked)), strings.Join(instead, "; "))
		}
	}
}

func orUnknown(s string) string {
	if s == "" {
		return unknown
	}
	return s
}

// cell keeps text inside its cell of a table, and its words words.
func cell(s string) string {
	return strings.NewReplacer("\\", `\\`, "|", `\|`, "\n", " ", "\r", " ", "<", "&lt;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`).Replace(s)
}

// code is a name that the grammars of the Hub and of transformers let through.
func code(s string) string {
	return "`" + strings.NewReplacer("|", `\|`, "`", "'", "\n", " ", "\r", " ").Replace(s) + "`"
}
