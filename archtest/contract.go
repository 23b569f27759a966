package archtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hfmodels/hfmodels"
)

// problems are what differs, each a sentence that begins with the name of the
// check.
type problems []string

func (p *problems) add(check, format string, args ...any) {
	*p = append(*p, check+": "+fmt.Sprintf(format, args...))
}

func equal[T comparable](p *problems, check string, table, row T) {
	if table != row {
		p.add(check, "the table says %v, the row %v", quoted(table), quoted(row))
	}
}

func quoted(v any) any {
	if s, ok := v.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return v
}

func contract(a hfmodels.Arch, row Row) problems {
	var p problems
	p.names(a, row)
	p.info(a, row)
	p.status(a, row)
	p.places(a, row)
	p.models(a, row)
	p.sizes(a)
	return p
}

// spellings are ways to write a model type that must all be understood.
func spellings(modelType string) []string {
	all := []string{modelType, strings.ToUpper(modelType)}
	for _, sep := range []string{"-", "_", ".", " ", ""} {
		all = append(all, strings.NewReplacer("-", sep, "_", sep, ".", sep).Replace(modelType))
	}
	return all
}

func (p *problems) names(a hfmodels.Arch, row Row) {
	equal(p, "constant", a.String(), row.ModelType)
	for _, s := range spellings(row.ModelType) {
		if got, err := hfmodels.ParseArch(s); err != nil {
			p.add("names", "%v", err)
		} else if got != a {
			p.add("names", "%q is understood as %v", s, got)
		}
	}
	var back hfmodels.Arch
	text, err := a.MarshalText()
	if err == nil {
		err = back.UnmarshalText(text)
	}
	if err != nil || back != a {
		p.add("names", "%v becomes the text %q, and that %v (%v)", a, text, back, err)
	}
}

func (p *problems) info(a hfmodels.Arch, row Row) {
	i := a.Info()
	equal(p, "family", i.Family, row.Family)
	equal(p, "alias", i.AliasOf, row.AliasOf)
	equal(p, "config class", i.ConfigClass, row.ConfigClass)
	equal(p, "tokenizer", i.Tokenizer, row.Tokenizer)
	equal(p, "processor", i.Processor, row.Processor)
	equal(p, "image processor", i.ImageProcessor, row.ImageProcessor)
	equal(p, "video processor", i.VideoProcessor, row.VideoProcessor)
	equal(p, "feature extractor", i.FeatureExtractor, row.FeatureExtractor)
	for _, task := range row.Tasks {
		if _, err := hfmodels.ParseTask(task); err != nil {
			p.add("tasks", "%v", err)
		}
	}
	equal(p, "tasks", i.Tasks.String(), strings.Join(row.Tasks, ","))
	var classes []string
	for auto, class := range i.AutoClasses() {
		classes = append(classes, auto+": "+class)
	}
	if !slices.Equal(classes, row.Classes) {
		p.add("auto classes", "the table says %q, the row %q", classes, row.Classes)
	}
}

// status holds the row to what each status promises.
func (p *problems) status(a hfmodels.Arch, row Row) {
	i := a.Info()
	equal(p, "status", i.Status, row.Status)
	equal(p, "host", i.Host, row.Host)
	_, answered := a.Default()
	switch i.Status {
	case hfmodels.Proven:
		if !answered {
			p.add("status", "proven, and yet there is no default")
		}
		if i.Why != "" {
			p.add("status", "proven, and yet there is something to explain: %s", i.Why)
		}
	case hfmodels.Hosted:
		// The model may be another than the host's own default: LayoutXLM is
		// a LayoutLMv2, and not the one that people mean by that name.
		host := i.Host.Info()
		if _, ok := i.Host.Default(); !ok || host.Status != hfmodels.Proven {
			p.add("host", "%v is to answer for %v, and is %v itself", i.Host, a, host.Status)
		}
		if !answered {
			p.add("host", "%v does not answer for %v", i.Host, a)
		}
	default:
		if answered {
			p.add("status", "%v, and yet there is a default", i.Status)
		}
	}
	if i.Status != hfmodels.Proven && i.Why == "" {
		p.add("status", "%v without a reason", i.Status)
	}
}

// places compares who fills each role and is the default of each task.
func (p *problems) places(a hfmodels.Arch, row Row) {
	roles := make(map[hfmodels.Role]string)
	tasks := make(map[string]string)
	for _, pick := range row.Picks {
		for _, r := range pick.Roles {
			roles[r] = pick.ID
		}
		for _, t := range pick.DefaultFor {
			tasks[t] = pick.ID
		}
	}
	for r := hfmodels.Default; r <= hfmodels.Tiny; r++ {
		m, _ := a.Pick(r)
		p.place(r.String(), m, roles[r])
	}
	for t := range hfmodels.Tasks() {
		m, _ := a.DefaultFor(t)
		p.place(t.String(), m, tasks[t.String()])
		delete(tasks, t.String())
	}
	for t := range tasks {
		p.add("place", "%q is no task", t)
	}
	if m, ok := a.Pick(hfmodels.Open); ok && m.Gating != hfmodels.Ungated {
		p.add("open", "the gating of %s is %v", m.ID, m.Gating)
	}
}

func (p *problems) place(name string, m hfmodels.Model, want string) {
	switch {
	case m.ID == want:
	case m.ID == "":
		p.add("place", "the table has no %s, the row has %s", name, want)
	case want == "":
		p.add("place", "the table has %s as %s, the row nothing", m.ID, name)
	default:
		p.add("place", "the table has %s as %s, the row %s", m.ID, name, want)
	}
	if m.ID != "" && m.Reason == "" {
		p.add("place", "%s is %s without a reason", m.ID, name)
	}
}

var revision = regexp.MustCompile(`^[0-9a-f]{40}$`)

// models compares the facts of each pick.
func (p *problems) models(a hfmodels.Arch, row Row) {
	models := slices.Collect(a.Models())
	if len(models) != len(row.Picks) {
		p.add("models", "the table has %d, the row %d", len(models), len(row.Picks))
		return
	}
	for i, m := range models {
		pick := row.Picks[i]
		at := func(what string) string { return what + " of " + pick.ID }
		equal(p, "models", m.ID, pick.ID)
		equal(p, at("revision"), m.Revision, pick.Revision)
		if m.Revision != "" && !revision.MatchString(m.Revision) {
			p.add(at("revision"), "%q is not 40 hex digits", m.Revision)
		}
		equal(p, at("parameters"), m.Parameters, pick.Parameters)
		equal(p, at("bytes"), m.Bytes, pick.Bytes)
		equal(p, at("gating"), m.Gating, pick.Gating)
		equal(p, at("architecture"), m.Arch, pick.arch(a))
		if m.Arch != a && m.Arch != row.Host {
			p.add(at("architecture"), "proven to be %v, which is neither %v nor its host", m.Arch, a)
		}
	}
}

// sizes demands that a small model is not larger than the default.
func (p *problems) sizes(a hfmodels.Arch) {
	small, ok := a.Pick(hfmodels.Small)
	def, _ := a.Default()
	if !ok {
		return
	}
	if small.Parameters > 0 && def.Parameters > 0 && small.Parameters > def.Parameters {
		p.add("sizes", "the small %s has %v parameters, the default %s has %v", small.ID, small.Parameters, def.ID, def.Parameters)
	}
	if small.Bytes > 0 && def.Bytes > 0 && small.Bytes > def.Bytes {
		p.add("sizes", "the small %s has %v bytes, the default %s has %v", small.ID, small.Bytes, def.ID, def.Bytes)
	}
}

func (p Pick) arch(own hfmodels.Arch) hfmodels.Arch {
	if p.Arch == 0 {
		return own
	}
	return p.Arch
}
