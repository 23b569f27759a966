package emit

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"path"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/names"
	"github.com/hfmodels/hfmodels/templates"
)

// Tests is what the generated tests are made from.
type Tests struct {
	Catalog *data.Catalog
	Picks   *data.Picks
	Lock    *data.Lock
	Recipes *data.Recipes
}

// All returns the test files of the project: archtest/NAME_gen_test.go for
// each architecture, and archtest/python/test_hf_NAME.py for each that has a
// model class. The Go files are type-checked, the Python files are parsed.
func (in Tests) All() (map[string][]byte, error) {
	inGo, err := in.Go("archtest_test", nil)
	if err != nil {
		return nil, err
	}
	inPython, err := in.Python(nil)
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte, len(inGo)+len(inPython))
	for name, src := range inGo {
		files[path.Join("archtest", name)] = src
	}
	for name, src := range inPython {
		files[path.Join("archtest/python", name)] = src
	}
	return files, nil
}

// GoFile is what the template of the Go tests sees.
type GoFile struct {
	Mark, Module string
	Package      string
	GoTest
}

// GoTest is one architecture. The fields that are named like constants hold
// the constants' names in package hfmodels.
type GoTest struct {
	ModelType, Ident      string
	Family                string
	Status, Host, AliasOf string
	Parts                 []ClassField
	Tasks                 []string
	Classes               []string // as "AutoModel: BertModel"
	Picks                 []GoPick
}

// ClassField is a class of the architecture that is not a model.
type ClassField struct{ Field, Class string }

// GoPick is a model and the places it fills.
type GoPick struct {
	Roles, DefaultFor []string
	ID, Revision      string
	Arch, Gating      string
	Parameters, Bytes int64 // 0: unknown
}

// Go returns NAME_gen_test.go for each of the architectures, for all of them
// if none is named.
func (in Tests) Go(packageName string, archs []string) (map[string][]byte, error) {
	rows, err := in.rows(archs)
	if err != nil {
		return nil, err
	}
	tmpl, err := parse("go/test.go.tmpl")
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte, len(rows))
	for _, r := range rows {
		var out bytes.Buffer
		name := names.FileName(r.arch.ModelType) + "_gen_test.go"
		if err := tmpl.Execute(&out, GoFile{Mark, Module, packageName, goTest(r)}); err != nil {
			return nil, fmt.Errorf("emit: %s: %w", name, err)
		}
		if files[name], err = format.Source(out.Bytes()); err != nil {
			return nil, fmt.Errorf("emit: %s: %w", name, err)
		}
	}
	return files, in.checkGo(files)
}

// archRow is an architecture with its picks.
type archRow struct {
	arch  *data.Arch
	picks *data.ArchPicks
}

// rows are the architectures of that name, or all, in the catalog's order.
func (in Tests) rows(archs []string) ([]archRow, error) {
	picks := make(map[string]*data.ArchPicks, len(in.Picks.Archs))
	for i := range in.Picks.Archs {
		picks[in.Picks.Archs[i].Arch] = &in.Picks.Archs[i]
	}
	var rows []archRow
	for i := range in.Catalog.Archs {
		a := &in.Catalog.Archs[i]
		if len(archs) == 0 || slices.Contains(archs, a.ModelType) {
			rows = append(rows, archRow{a, picks[a.ModelType]})
		}
	}
	return rows, nil
}

func parse(name string) (*template.Template, error) {
	tmpl, err := template.New(path.Base(name)).Funcs(template.FuncMap{"list": goList}).ParseFS(templates.FS, name)
	if err != nil {
		return nil, fmt.Errorf("emit: %w", err)
	}
	return tmpl, nil
}

func goList(words []string) string {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = strconv.Quote(w)
	}
	return strings.Join(q, ", ")
}

func goTest(r archRow) GoTest {
	a, p := r.arch, r.picks
	g := GoTest{
		ModelType: a.ModelType,
		Ident:     names.GoName(a.ModelType),
		Family:    a.Family,
		Status:    cmp.Or(statuses[p.Status], "None"),
		Tasks:     tasksOf(a),
	}
	if p.Host != "" {
		g.Host = names.GoName(p.Host)
	}
	if a.AliasOf != "" {
		g.AliasOf = names.GoName(a.AliasOf)
	}
	for _, part := range classFields(a) {
		if part.Class != "" {
			g.Parts = append(g.Parts, part)
		}
	}
	for _, c := range autoClasses(a) {
		for _, class := range c.Classes {
			g.Classes = append(g.Classes, c.Name+": "+class)
		}
	}
	for _, m := range p.Picks {
		pick := GoPick{ID: m.ID, Revision: m.Revision, Parameters: max(0, m.Parameters), Bytes: max(0, m.Bytes)}
		if m.Gated != "" {
			pick.Gating = gatings[m.Gated]
		}
		for _, role := range data.Roles() {
			if place, ok := p.Roles[role]; ok && place.ID == m.ID {
				pick.Roles = append(pick.Roles, names.GoName(role))
				if place.Tier == data.TierHost {
					pick.Arch = names.GoName(p.Host)
				}
			}
		}
		for _, task := range sortedKeys(p.Tasks) {
			if p.Tasks[task].ID == m.ID {
				pick.DefaultFor = append(pick.DefaultFor, task)
			}
		}
		g.Picks = append(g.Picks, pick)
	}
	return g
}

func classFields(a *data.Arch) []ClassField {
	return []ClassField{
		{"ConfigClass", a.ConfigClass},
		{"Tokenizer", a.Tokenizer},
		{"Processor", a.Processor},
		{"ImageProcessor", a.ImageProcessor},
		{"VideoProcessor", a.VideoProcessor},
		{"FeatureExtractor", a.FeatureExtractor},
	}
}

func tasksOf(a *data.Arch) []string {
	return slices.Compact(slices.Sorted(slices.Values(a.Tasks)))
}

func autoClasses(a *data.Arch) []data.AutoClass {
	return slices.SortedFunc(slices.Values(a.AutoClass), func(a, b data.AutoClass) int {
		return strings.Compare(a.Name, b.Name)
	})
}
