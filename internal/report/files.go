package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
)

//go:embed page.html.tmpl disproved.html.tmpl page.css page.js theme.js
var sources embed.FS

// Files returns the report as files: index.html, disproved.html, report.json
// and report.md. Each begins with the mark, by which the generator knows what
// it may replace.
func (r *Report) Files(mark string) (map[string][]byte, error) {
	r.Generated = mark
	files := map[string][]byte{"report.md": r.markdown()}
	var err error
	if files["report.json"], err = r.json(); err != nil {
		return nil, fmt.Errorf("report.json: %w", err)
	}
	for name, scripts := range map[string][]string{"index.html": {"theme.js", "page.js"}, "disproved.html": {"theme.js"}} {
		if files[name], err = r.page(name, scripts); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return files, nil
}

// json puts the mark on the first line, where it is looked for.
func (r *Report) json() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(r); err != nil {
		return nil, err
	}
	return bytes.Replace(b.Bytes(), []byte("{\n"), []byte("{"), 1), nil
}

// page is what the templates see. The style sheet and the scripts are our own;
// all else is escaped.
type page struct {
	*Report
	Policy  template.HTMLAttr // of the content that the page may load
	CSS     template.CSS
	Scripts []template.JS
}

func (r *Report) page(name string, scripts []string) ([]byte, error) {
	css, err := sources.ReadFile("page.css")
	if err != nil {
		return nil, err
	}
	p := page{Report: r, CSS: template.CSS(css)}
	var allowed []string
	for _, s := range scripts {
		js, err := sources.ReadFile(s)
		if err != nil {
			return nil, err
		}
		p.Scripts = append(p.Scripts, template.JS(js))
		allowed = append(allowed, digest(js))
	}
	p.Policy = template.HTMLAttr(fmt.Sprintf(`content="default-src 'none'; script-src %s; style-src %s; img-src data:; base-uri 'none'; form-action 'none'"`,
		strings.Join(allowed, " "), digest(css)))
	source := strings.Replace(name, "index", "page", 1) + ".tmpl"
	tmpl, err := template.New(source).Funcs(functions).ParseFS(sources, source)
	if err != nil {
		return nil, err
	}
	b := bytes.NewBufferString("<!-- " + r.Generated + " -->\n")
	if err := tmpl.Execute(b, p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// digest is how a content security policy names the script or style that it
// allows.
func digest(source []byte) string {
	sum := sha256.Sum256(source)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var functions = template.FuncMap{
	"madeFrom": (*Report).madeFrom,
	"charts":   (*Report).charts,
	"groups":   groups,
	"plural":   plural,
	"upstream": upstream,
	"answer":   DocumentedRow.answer,
	"dict": func(p page, rows []DocumentedRow) any {
		return struct {
			Page page
			Rows []DocumentedRow
		}{p, rows}
	},
}

// madeFrom says what the report was made from.
func (r *Report) madeFrom() string {
	hub := "the Hub of " + r.MadeFrom.Synced
	if r.MadeFrom.Recorded != "" {
		hub = "a recorded Hub of " + r.MadeFrom.Recorded
	}
	return "transformers " + r.MadeFrom.Transformers + " and " + hub
}

// group is the rows of one verdict.
type group struct {
	Verdict     Verdict
	Title, Says string
	Checkpoints []checkpoint
	Rows        int
}

// checkpoint is the rows that name one checkpoint and got one answer.
type checkpoint struct {
	DocumentedRow // the first
	Archs         []DocumentedRow
}

var verdictTexts = []group{
	{Verdict: OtherArch, Title: "Declares another architecture", Says: "The checkpoint's own config declares another model type of transformers, one that neither contains the documented architecture nor answers for it."},
	{Verdict: ForeignType, Title: "Declares a type that transformers does not have", Says: "The checkpoint's own config declares a model type that this release does not know, so the auto classes do not load it as the documented architecture."},
	{Verdict: Gone, Title: "Missing", Says: "The Hub has no repository of this name, or a private one: it does not say which."},
	{Verdict: SwitchedOff, Title: "Disabled", Says: "The Hub has switched the repository off."},
	{Verdict: Denied, Title: "Placeholders, and what cannot be used", Says: "Not the Hub's word: people looked, and wrote the reason into the policy of this project."},
	{Verdict: NotRecorded, Title: "Not in the recording", Says: "The facts are of a recording of the Hub, which holds few of its models and none made later. That it lacks a repository says nothing about the Hub of today."},
	{Verdict: Undeclared, Title: "No model type is known", Says: "The repository is there, and what is known of its config states no model_type."},
	{Verdict: Unanswered, Title: "Not answered", Says: "The Hub was not asked yet, or did not answer."},
}

// groups sorts rows by verdict, and puts those together that name one
// checkpoint.
func groups(rows []DocumentedRow) []group {
	var out []group
	for _, g := range verdictTexts {
		for _, r := range rows {
			if r.Verdict != g.Verdict {
				continue
			}
			g.Rows++
			i := slices.IndexFunc(g.Checkpoints, func(c checkpoint) bool { return c.Documented == r.Documented })
			if i < 0 {
				i = len(g.Checkpoints)
				g.Checkpoints = append(g.Checkpoints, checkpoint{DocumentedRow: r})
			}
			g.Checkpoints[i].Archs = append(g.Checkpoints[i].Archs, r)
		}
		if g.Rows > 0 {
			out = append(out, g)
		}
	}
	return out
}

// answer says in words what the Hub answered.
func (r DocumentedRow) answer() string {
	switch {
	case r.Outcome == "":
		return "not asked"
	case r.Outcome == "found" && r.Declares == "":
		return "found; model_type unknown"
	case r.Outcome == "found":
		return "found; model_type is " + r.Declares
	}
	return r.Outcome
}

// upstream is the folder of an architecture's module in the release.
func upstream(version, module string) string {
	return "https://github.com/huggingface/transformers/tree/v" + version + "/src/transformers/models/" + module
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
