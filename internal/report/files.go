package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	text "text/template"

	"github.com/hfmodels/hfmodels/internal/markdown"
)

//go:embed page.css
var css string

//go:embed page.js
var script string

//go:embed page.html.tmpl
var source string

//go:embed page.md.tmpl
var summary string

var (
	page     = template.Must(template.New("page").Parse(source))
	document = text.Must(text.New("summary").Funcs(text.FuncMap{
		"text": markdown.Text, "code": markdown.Code,
		"verdicts": func() []VerdictText { return verdicts },
		"of": func(rows []DocumentedRow, v Verdict) []DocumentedRow {
			return slices.DeleteFunc(slices.Clone(rows), func(r DocumentedRow) bool { return r.Verdict != v })
		},
	}).Parse(summary))
)

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
		"Report": r, "CSS": template.CSS(css), "Script": template.JS(script),
		// The page may load nothing, and run no script but its own.
		"Policy": template.HTMLAttr(fmt.Sprintf(
			`content="default-src 'none'; script-src %s; style-src %s; img-src data:; base-uri 'none'; form-action 'none'"`,
			digest(script), digest(css))),
	})
	if err != nil {
		return nil, fmt.Errorf("index.html: %w", err)
	}
	var md bytes.Buffer
	if err := document.Execute(&md, r); err != nil {
		return nil, fmt.Errorf("report.md: %w", err)
	}
	return map[string][]byte{
		"index.html":  html.Bytes(),
		"report.json": bytes.Replace(doc.Bytes(), []byte("{\n"), []byte("{"), 1),
		"report.md":   md.Bytes(),
	}, nil
}

// digest names a script or style in a content security policy.
func digest(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
