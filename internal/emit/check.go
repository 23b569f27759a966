package emit

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
)

// maxName is the room that ParseArch has for a name, and maxMembers the
// number of constants that fit a Set beside its unused lowest bit.
const (
	maxName    = 64
	maxMembers = 63
)

// The forms of names that become code, or that a reader will pass on. Every
// other string is only quoted.
var (
	word      = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	className = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	revision  = regexp.MustCompile(`^[0-9a-f]{40}$`)
	version   = regexp.MustCompile(`^[0-9]+(\.[0-9a-z]+)+$`)
	day       = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	digest    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// problems collects what is wrong, so that one run shows all of it.
type problems []error

func (p *problems) add(format string, args ...any) {
	*p = append(*p, fmt.Errorf(format, args...))
}

// match demands that s has the given form, or is empty where that is allowed.
func (p *problems) match(re *regexp.Regexp, where, s string) {
	if !re.MatchString(s) {
		p.add("%s: %q does not match %s", where, s, re)
	}
}

func (p *problems) matchOrEmpty(re *regexp.Regexp, where, s string) {
	if s != "" {
		p.match(re, where, s)
	}
}

func (p problems) err() error {
	const shown = 20
	if len(p) > shown {
		rest := fmt.Errorf("and %d more", len(p)-shown)
		p = append(slices.Clip(p[:shown]), rest)
	}
	if err := errors.Join(p...); err != nil {
		return fmt.Errorf("emit: the input is not fit to become code:\n%w", err)
	}
	return nil
}

func (p *problems) checkLock(l *data.Lock) {
	p.match(version, "lock: transformers", l.Transformers)
	p.match(day, "lock: synced", l.Synced)
	p.match(digest, "lock: facts_sha256", l.FactsSHA256)
}

func (p *problems) checkCatalog(c *data.Catalog) {
	p.match(version, "catalog: transformers", c.Transformers)
	types := make([]string, len(c.Archs))
	for i, a := range c.Archs {
		types[i] = a.ModelType
	}
	if err := names.CheckAll(types); err != nil {
		p.add("catalog: %w", err)
	}
	known := make(map[string]bool, len(c.Archs))
	for _, a := range c.Archs {
		where := fmt.Sprintf("architecture %q", a.ModelType)
		known[a.ModelType] = true
		if len(a.ModelType) > maxName {
			p.add("%s: longer than the %d bytes that can be looked up", where, maxName)
		}
		p.match(word, where+": family", a.Family)
		for _, m := range a.Modalities {
			p.match(word, where+": modalities", m)
		}
		for _, t := range a.Tasks {
			p.match(word, where+": tasks", t)
		}
		p.match(className, where+": config_class", a.ConfigClass)
		p.matchOrEmpty(className, where+": tokenizer", a.Tokenizer)
		p.matchOrEmpty(className, where+": processor", a.Processor)
		p.matchOrEmpty(className, where+": image_processor", a.ImageProcessor)
		p.matchOrEmpty(className, where+": video_processor", a.VideoProcessor)
		p.matchOrEmpty(className, where+": feature_extractor", a.FeatureExtractor)
		for _, c := range a.AutoClass {
			p.match(className, where+": auto_classes", c.Name)
			for _, class := range c.Classes {
				p.match(className, where+": "+c.Name, class)
			}
		}
	}
	for _, a := range c.Archs {
		for _, parent := range a.Parents {
			if !known[parent] {
				p.add("architecture %q: parent %q is not in the catalog", a.ModelType, parent)
			}
		}
		if a.AliasOf != "" && !known[a.AliasOf] {
			p.add("architecture %q: alias_of %q is not in the catalog", a.ModelType, a.AliasOf)
		}
	}
	named := make(map[string]string)
	for _, t := range c.Tasks {
		for _, name := range append([]string{t.Name}, t.Aliases...) {
			p.match(word, "task", name)
			if other, ok := named[names.Fold(name)]; ok {
				p.add("tasks %q and %q: both are read as %s", other, t.Name, name)
			}
			named[names.Fold(name)] = t.Name
		}
	}
}

func (p *problems) checkPicks(c *data.Catalog, picks *data.Picks) {
	known := make(map[string]bool, len(c.Archs))
	for _, a := range c.Archs {
		known[a.ModelType] = true
	}
	status := make(map[string]data.Status, len(picks.Archs))
	for _, a := range picks.Archs {
		if _, ok := status[a.Arch]; ok {
			p.add("picks of %q: stand there twice", a.Arch)
		}
		if !known[a.Arch] {
			p.add("picks of %q: no such architecture in the catalog", a.Arch)
		}
		status[a.Arch] = a.Status
	}
	for _, a := range c.Archs {
		if _, ok := status[a.ModelType]; !ok {
			p.add("picks of %q: missing", a.ModelType)
		}
	}
	for _, a := range picks.Archs {
		where := fmt.Sprintf("picks of %q", a.Arch)
		switch a.Status {
		case data.Proven:
		case data.Hosted:
			switch host, ok := status[a.Host]; {
			case !ok:
				p.add("%s: host %q is not in the catalog", where, a.Host)
			case host == data.Hosted:
				p.add("%s: host %q is itself hosted; name the one that answers", where, a.Host)
			}
		case data.Unproven, data.None:
			if _, ok := a.Roles[data.RoleDefault]; ok || len(a.Tasks) > 0 {
				p.add("%s: %s, and yet there are defaults", where, a.Status)
			}
		default:
			p.add("%s: unknown status %q", where, a.Status)
		}
		if a.Host != "" && a.Status != data.Hosted {
			p.add("%s: has a host but is %s", where, a.Status)
		}
		p.checkModels(where, &a)
	}
}

func (p *problems) checkModels(where string, a *data.ArchPicks) {
	models := make(map[string]*data.Pick, len(a.Picks))
	for i := range a.Picks {
		m := &a.Picks[i]
		if models[m.ID] != nil {
			p.add("%s: model %q stands there twice", where, m.ID)
		}
		models[m.ID] = m
		at := fmt.Sprintf("%s: model %q", where, m.ID)
		if !data.IsRepo(m.ID) {
			p.add("%s: id: has not the form of a repository's", at)
		}
		p.matchOrEmpty(revision, at+": revision", m.Revision)
		if m.Parameters < -1 || m.Bytes < -1 {
			p.add("%s: negative size", at)
		}
		if _, ok := gatings[m.Gated]; !ok {
			p.add("%s: unknown gating %q", at, m.Gated)
		}
		for _, f := range m.Formats {
			if _, ok := formats[f]; !ok {
				p.add("%s: unknown format %q", at, f)
			}
		}
		for _, t := range m.Tasks {
			p.match(word, at+": tasks", t)
		}
	}
	picked := make(map[string]bool, len(models))
	for role, pick := range a.Roles {
		if !slices.Contains(data.Roles(), role) {
			p.add("%s: unknown role %q", where, role)
		}
		if pick.Tier == data.TierHost && a.Host == "" {
			p.add("%s: %s: is the host's, but there is no host", where, role)
		}
		if models[pick.ID] == nil {
			p.add("%s: %s: no facts of %q", where, role, pick.ID)
		} else if role == data.RoleOpen && models[pick.ID].Gated != "no" {
			p.add("%s: %s: %q is not known to be open", where, role, pick.ID)
		}
		picked[pick.ID] = true
	}
	for task, pick := range a.Tasks {
		p.match(word, where+": task", task)
		if models[pick.ID] == nil {
			p.add("%s: %s: no facts of %q", where, task, pick.ID)
		}
		picked[pick.ID] = true
	}
	for id := range models {
		if !picked[id] {
			p.add("%s: model %q fills no place", where, id)
		}
	}
}
