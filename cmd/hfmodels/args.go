package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// noArgs is for commands that take only flags.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no argument, and got %q", cmd.Name(), args[0])
	}
	return nil
}

// unknownCommand checks what follows the program's own name.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if arch, err := hfmodels.ParseArch(args[0]); err == nil {
		return fmt.Errorf("%s is an architecture; try: hfmodels default %s", arch, arch)
	}
	var known []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			known = append(known, c.Name())
		}
	}
	return fmt.Errorf("unknown command %q%s", args[0], usage.Near(args[0], known))
}

// oneName checks and completes the argument NAME.
func oneName(cmd *cobra.Command) *cobra.Command {
	cmd.Args = usage.Args(func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s takes one architecture, such as bert, and got %d", cmd.Name(), len(args))
	})
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return archNames(), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// parseArch is hfmodels.ParseArch, and also recognises the id of a checkpoint.
func parseArch(name string) (hfmodels.Arch, error) {
	arch, err := hfmodels.ParseArch(name)
	if err == nil || !strings.Contains(name, "/") {
		return arch, err
	}
	var archs []string
	for a := range hfmodels.Archs() {
		for m := range a.Models() {
			if strings.EqualFold(m.ID, name) {
				archs = append(archs, a.String())
			}
		}
	}
	if len(archs) == 0 {
		return 0, fmt.Errorf("%q is the id of a checkpoint; give its architecture, the model_type of its config.json", name)
	}
	return 0, fmt.Errorf("%q is the id of a checkpoint, which is picked for %s; give the architecture", name, strings.Join(archs, ", "))
}

// place is a place that a model can fill for an architecture: the default for
// the task, or the role where there is no task.
type place struct {
	role hfmodels.Role
	task hfmodels.Task
}

func (p place) name() string {
	if p.task != 0 {
		return p.task.String()
	}
	return p.role.String()
}

// String returns what fills the place, as "small checkpoint".
func (p place) String() string {
	if p.task != 0 {
		return "checkpoint made for " + p.task.String()
	}
	return p.role.String() + " checkpoint"
}

// placeFlags adds --role and --pipeline-tag, which exclude each other.
func placeFlags(cmd *cobra.Command, p *place) {
	parsedFlag(cmd, cmd.Flags(), "role", "for this `role`: default, open, small or tiny", roleNames, parsed(&p.role, hfmodels.ParseRole))
	taskFlag(cmd, &p.task, "for this pipeline `task` (or --task)")
	cmd.Args = usage.Exclusive(cmd.Args, "role", "pipeline-tag")
}

// taskFlag adds --pipeline-tag, which can be spelled --task as well.
func taskFlag(cmd *cobra.Command, task *hfmodels.Task, help string) {
	cmd.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "task" {
			name = "pipeline-tag"
		}
		return pflag.NormalizedName(name)
	})
	parsedFlag(cmd, cmd.Flags(), "pipeline-tag", help, taskNames, parsed(task, hfmodels.ParseTask))
}

// flagValue is a flag that is parsed when it is given, so that what is wrong
// with it is an error about the flag. It may be given again.
type flagValue struct {
	text  string
	parse func(string) error
}

func (v *flagValue) String() string { return v.text }
func (v *flagValue) Type() string   { return "value" }

func (v *flagValue) Set(s string) error {
	v.text = s
	if s == "" {
		return nil // usage.Strict refuses it
	}
	return v.parse(s)
}

// parsedFlag adds a flag, for whose values the shell suggests names.
func parsedFlag(cmd *cobra.Command, f *pflag.FlagSet, name, help string, names func() []string, parse func(string) error) {
	f.Var(&flagValue{parse: parse}, name, help)
	if names != nil {
		complete(cmd, name, names)
	}
}

func parsed[T any](to *T, parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		v, err := parse(s)
		if err != nil {
			return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "hfmodels: "))
		}
		*to = v
		return nil
	}
}

// listOf makes a flag take several values, separated by commas.
func listOf(parse func(string) error) func(string) error {
	return func(s string) error {
		for one := range strings.SplitSeq(s, ",") {
			if err := parse(strings.TrimSpace(one)); err != nil {
				return err
			}
		}
		return nil
	}
}

// complete lets the shell complete a flag's value, the last one of a list.
func complete(cmd *cobra.Command, flag string, names func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, text string) ([]string, cobra.ShellCompDirective) {
		before := text[:strings.LastIndexByte(text, ',')+1]
		var list []string
		for _, name := range names() {
			list = append(list, before+name)
		}
		return list, cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // no such flag
	}
}

func archNames() []string { return namesOf(hfmodels.Archs()) }
func taskNames() []string { return namesOf(hfmodels.Tasks()) }

func roleNames() []string {
	return namesOf(slices.Values([]hfmodels.Role{hfmodels.Default, hfmodels.Open, hfmodels.Small, hfmodels.Tiny}))
}

// familyNames returns the families that some architecture has.
func familyNames() []string {
	return distinct(func(put func(string)) {
		for a := range hfmodels.Archs() {
			put(string(a.Info().Family))
		}
	})
}

// modelNames returns what is known of one kind, such as the licence, of any model.
func modelNames(of func(hfmodels.Model) string) []string {
	return distinct(func(put func(string)) {
		for a := range hfmodels.Archs() {
			for m := range a.Models() {
				put(of(m))
			}
		}
	})
}

func licenseNames() []string {
	return modelNames(func(m hfmodels.Model) string { return string(m.License) })
}

func authorNames() []string {
	return modelNames(func(m hfmodels.Model) string {
		author, _, _ := strings.Cut(m.ID, "/")
		return author
	})
}

func distinct(each func(put func(string))) []string {
	all := make(map[string]bool)
	each(func(name string) { all[name] = true })
	delete(all, "")
	return slices.Sorted(maps.Keys(all))
}

func namesOf[T fmt.Stringer](all iter.Seq[T]) []string {
	names := []string{}
	for v := range all {
		names = append(names, v.String())
	}
	return names
}
