package emit

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/hfmodels/hfmodels/internal/data"
)

// PackageFile is the name of the file that Package makes.
const PackageFile = "hfmodels_gen.go"

// Package returns the table of a user's own package: the picks of the
// architectures, all of them if none is named. The file imports nothing of
// this module, so what it says stays as it was written. An architecture for
// which nothing is left is an error, with what removed its candidates.
func Package(name string, archs []string, cat *data.Catalog, picks *data.Picks, lock *data.Lock) (map[string][]byte, error) {
	var rows []jen.Code
	var empty []error
	for _, a := range slices.SortedFunc(slices.Values(picks.Archs), func(a, b data.ArchPicks) int { return strings.Compare(a.Arch, b.Arch) }) {
		if len(archs) > 0 && !slices.Contains(archs, a.Arch) {
			continue
		}
		if _, ok := a.Roles[data.RoleDefault]; !ok && len(archs) > 0 {
			empty = append(empty, fmt.Errorf("no checkpoint is left for %s%s", a.Arch, removed(cat, a)))
		}
		for _, role := range data.Roles() {
			if pick, ok := a.Roles[role]; ok {
				rows = append(rows, ownRow(a, role, "", pick))
			}
		}
		for _, task := range sortedKeys(a.Tasks) {
			rows = append(rows, ownRow(a, "", task, a.Tasks[task]))
		}
	}
	if err := errors.Join(empty...); err != nil {
		return nil, fmt.Errorf("emit: %w\nAllow one of them in your policy, or leave the architecture out", err)
	}
	f := jen.NewFile(name)
	f.HeaderComment("// " + Mark)
	f.HeaderComment(fmt.Sprintf("// Source: transformers %s; facts of %s, sha256 %s", lock.Transformers, lock.Synced, lock.FactsSHA256[:12]))
	f.Comment("Model is a checkpoint of the Hugging Face Hub, and the place it fills.")
	f.Type().Id("Model").Struct(
		jen.Id("Arch").String().Comment("the transformers model type"),
		jen.Id("Role").String().Comment("default, open, small or tiny; empty if Task is set"),
		jen.Id("Task").String().Comment("the pipeline task it is the default for"),
		jen.List(jen.Id("ID"), jen.Id("Revision")).String().Comment("the revision is empty where it is unknown"),
		jen.List(jen.Id("Parameters"), jen.Id("Bytes")).Int64().Comment("0 where unknown"),
		jen.Id("License").String().Comment("empty where unknown"),
		jen.Id("Gated").String().Comment("no, auto or manual; empty where unknown"),
		jen.Id("Reason").String(),
	)
	f.Comment("Default returns the checkpoint that stands for an architecture.")
	f.Func().Id("Default").Params(jen.Id("arch").String()).Params(jen.Id("Model"), jen.Bool()).Block(
		jen.Return(jen.Id("find").Call(jen.Id("arch"), jen.Lit("default"), jen.Lit(""))))
	f.Comment("Pick returns the checkpoint for a role: default, open, small or tiny.")
	f.Func().Id("Pick").Params(jen.List(jen.Id("arch"), jen.Id("role")).String()).Params(jen.Id("Model"), jen.Bool()).Block(
		jen.Return(jen.Id("find").Call(jen.Id("arch"), jen.Id("role"), jen.Lit(""))))
	f.Comment("DefaultFor returns the checkpoint for a pipeline task.")
	f.Func().Id("DefaultFor").Params(jen.List(jen.Id("arch"), jen.Id("task")).String()).Params(jen.Id("Model"), jen.Bool()).Block(
		jen.Return(jen.Id("find").Call(jen.Id("arch"), jen.Lit(""), jen.Id("task"))))
	f.Func().Id("find").Params(jen.List(jen.Id("arch"), jen.Id("role"), jen.Id("task")).String()).Params(jen.Id("Model"), jen.Bool()).Block(
		jen.For(jen.Id("i").Op(":=").Range().Id("models")).Block(
			jen.If(jen.Id("m").Op(":=").Op("&").Id("models").Index(jen.Id("i")),
				jen.Id("m").Dot("Arch").Op("==").Id("arch").Op("&&").Id("m").Dot("Role").Op("==").Id("role").Op("&&").Id("m").Dot("Task").Op("==").Id("task")).Block(
				jen.Return(jen.Op("*").Id("m"), jen.True()))),
		jen.Return(jen.Id("Model").Values(), jen.False()))
	f.Var().Id("models").Op("=").Index(jen.Op("...")).Id("Model").Add(lines(rows))

	src, err := render(PackageFile, f)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{PackageFile: src}
	return files, TypeCheck("", files)
}

func ownRow(a data.ArchPicks, role, task string, pick data.Place) jen.Code {
	row := []jen.Code{field("Arch", jen.Lit(a.Arch))}
	row = text(row, "Role", role)
	row = text(row, "Task", task)
	row = append(row, field("ID", jen.Lit(pick.ID)))
	if m := a.Pick(pick.ID); m != nil {
		row = text(row, "Revision", m.Revision)
		row = figure(row, "Parameters", m.Parameters)
		row = figure(row, "Bytes", m.Bytes)
		row = text(row, "License", m.License)
		row = text(row, "Gated", m.Gated)
	}
	return jen.Values(text(row, "Reason", pick.Reason)...)
}

// removed says what stands against the first few candidates, the documented one
// before others.
func removed(cat *data.Catalog, a data.ArchPicks) string {
	rejected := slices.Clone(a.Rejected)
	if arch := cat.Arch(a.Arch); arch != nil {
		slices.SortStableFunc(rejected, func(x, y data.Rejection) int {
			other := func(id string) int {
				if id == arch.Documented {
					return 0
				}
				return 1
			}
			return cmp.Compare(other(x.ID), other(y.ID))
		})
	}
	var b strings.Builder
	for i, r := range rejected {
		if i == 5 {
			fmt.Fprintf(&b, "\n  and %d more", len(rejected)-i)
			break
		}
		fmt.Fprintf(&b, "\n  %s: %s: %s", r.ID, r.Rule, r.Why)
	}
	if b.Len() == 0 {
		return ": " + a.Why
	}
	return b.String()
}
