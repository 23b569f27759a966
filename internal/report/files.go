package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/markdown"
)

//go:embed page.css
var css string

//go:embed page.js
var script string

//go:embed page.html.tmpl
var source string

var page = template.Must(template.New("page").Parse(source))

// Files returns the report as files: index.html, report.json and report.md.
// The mark is on the first line of each: by it the generator knows what it may
// replace.
func (r *Report) Files(mark string) (map[string][]byte, error) {
	r.Generated = mark
	var doc bytes.Buffer
	enc := json.NewEncoder(&doc)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("report.json: %w", err)
	}
	html := bytes.NewBufferString("<!-- " + mark + " -->\n")
	err := page.Execute(html, map[string]any{
		"Report": r, "Summary": r.summary(), "CSS": template.CSS(css), "Script": template.JS(script),
		// The page may load nothing, and run no script but its own.
		"Policy": template.HTMLAttr(fmt.Sprintf(
			`content="default-src 'none'; script-src %s; style-src %s; img-src data:; base-uri 'none'; form-action 'none'"`,
			digest(script), digest(css))),
	})
	if err != nil {
		return nil, fmt.Errorf("index.html: %w", err)
	}
	return map[string][]byte{
		"index.html":  html.Bytes(),
		"report.json": bytes.Replace(doc.Bytes(), []byte("{\n"), []byte("{"), 1),
		"report.md":   []byte(r.markdown()),
	}, nil
}

// digest names a script or style in a content security policy.
func digest(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// markdown is the summary of a report.
func (r *Report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n# Which checkpoint to use for which architecture\n\n%s\n", r.Generated, markdown.Text(r.summary()))
	b.WriteString("\n## The first answer to each task\n\n| task | checkpoint | architecture | of |\n|---|---|---|---|\n")
	for _, t := range r.Tasks {
		first, arch := "none", ""
		switch {
		case len(t.Ranking) > 0:
			first, arch = markdown.Code(t.Ranking[0].ID), markdown.Code(t.Ranking[0].Arch)
		case t.Library != "":
			first = "none; see " + markdown.Text(t.Library)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %d |\n", markdown.Text(t.Name), first, arch, len(t.Ranking))
	}
	fmt.Fprintf(&b, "\n## Wrong in the documentation (%d)\n\nThe checkpoint that transformers %s documents is not one of the architecture.\n",
		len(r.Disproved), markdown.Text(r.MadeFrom.Transformers))
	writeRows(&b, r.Disproved)
	fmt.Fprintf(&b, "\n## Not confirmed (%d)\n\nToo little is known of these to say that they are right or wrong.\n", len(r.Unconfirmed))
	writeRows(&b, r.Unconfirmed)
	b.WriteString("\n## Unproven architectures\n\n| architecture | family | why |\n|---|---|---|\n")
	for _, a := range r.Archs {
		if a.Status == data.Unproven || a.Status == data.None {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", markdown.Code(a.ModelType), markdown.Text(a.Family), markdown.Text(a.Why))
		}
	}
	return b.String()
}

// writeRows writes a table for each verdict.
func writeRows(b *strings.Builder, rows []DocumentedRow) {
	for _, v := range verdicts {
		of := slices.DeleteFunc(slices.Clone(rows), func(r DocumentedRow) bool { return r.Verdict != v.Verdict })
		if len(of) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n### %s (%d)\n\n%s\n\n| architecture | documented | declares | checked | use instead |\n|---|---|---|---|---|\n",
			v.Title, len(of), v.Says)
		for _, r := range of {
			id := markdown.Code(r.ID)
			if r.Now != "" {
				id += ", now " + markdown.Code(r.Now)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", markdown.Code(r.Arch), id,
				markdown.Text(cmp.Or(r.Reason, r.Declares)), markdown.Text(cmp.Or(r.Checked, "unknown")), markdown.Text(r.Instead))
		}
	}
}
