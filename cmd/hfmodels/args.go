package main

import (
	"cmp"
	"errors"
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

// unknownCommand checks what follows the program's own name.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if arch, err := hfmodels.ParseArch(args[0]); err == nil {
		return fmt.Errorf("%s is an architecture; try: hfmodels default %s", arch, arch)
	} else if strings.Contains(args[0], "/") {
		return fmt.Errorf("unknown command %.100q; for a checkpoint try: hfmodels show ID", args[0])
	}
	var known []string
	for _, c := range cmd.Commands() {
		known = append(known, c.Name())
	}
	return fmt.Errorf("unknown command %q%s", args[0], usage.Near(args[0], known))
}

// oneName is for commands that take one NAME.
func oneName(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("%s takes one name, such as bert, and got %d", cmd.Name(), len(args))
}

// place is a place that a model can fill for an architecture: the default for
// the task, or the role where there is no task.
type place struct {
	role hfmodels.Role
	task hfmodels.Task
}

func (p place) String() string {
	if p.task != 0 {
		return p.task.String()
	}
	return p.role.String()
}

// placeFlags adds --role and --pipeline-tag, which exclude each other.
func placeFlags(cmd *cobra.Command, p *place) {
	addFlag(cmd, "role", "for this `role`: default, open, small or tiny", roleNames, parsed(&p.role, hfmodels.ParseRole))
	taskFlag(cmd, "for this pipeline `task` (or --task)", &p.task)
	cmd.Args = usage.Exclusive(cmd.Args, "role", "pipeline-tag")
}

// taskFlag adds --pipeline-tag, which can be spelled --task as well.
func taskFlag(cmd *cobra.Command, help string, task *hfmodels.Task) {
	cmd.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "task" {
			name = "pipeline-tag"
		}
		return pflag.NormalizedName(name)
	})
	addFlag(cmd, "pipeline-tag", help, func() []string { return namesOf(hfmodels.Tasks()) }, parsed(task, hfmodels.ParseTask))
}

// addFlag adds a flag that is parsed when it is given, so that what is wrong
// with it is an error about the flag. The shell completes it to one of names.
func addFlag(cmd *cobra.Command, name, help string, names func() []string, parse func(string) error) {
	cmd.Flags().Func(name, help, func(s string) error {
		if s == "" { // --license "$UNSET" must not mean any licence
			return errors.New("the value is empty")
		}
		return parse(s)
	})
	if names != nil {
		complete(cmd, name, names)
	}
}

func parsed[T any](to *T, parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		v, err := parse(s)
		if err != nil {
			return errors.New(strings.TrimPrefix(err.Error(), "hfmodels: "))
		}
		*to = v
		return nil
	}
}

// each makes a flag take several values, separated by commas.
func each(parse func(string) error) func(string) error {
	return func(s string) (err error) {
		for one := range strings.SplitSeq(s, ",") {
			err = cmp.Or(err, parse(strings.TrimSpace(one)))
		}
		return err
	}
}

// complete lets the shell complete a flag's value, the last one of a list.
func complete(cmd *cobra.Command, flag string, names func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, text string) ([]string, cobra.ShellCompDirective) {
		list := names()
		for i := range list {
			list[i] = text[:strings.LastIndexByte(text, ',')+1] + list[i]
		}
		return list, cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // no such flag
	}
}

func archNames() []string { return namesOf(hfmodels.Archs()) }
func roleNames() []string { return between(hfmodels.Default, hfmodels.Tiny) }

// modelNames returns what all models have of one kind, such as licences.
func modelNames(of func(hfmodels.Model) string) []string {
	all := make(map[string]bool)
	for a := range hfmodels.Archs() {
		for m := range a.Models() {
			all[of(m)] = true
		}
	}
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

// between returns the names of an enumeration from one value to another.
func between[T interface {
	~uint8
	fmt.Stringer
}](first, last T) (names []string) {
	for v := first; v <= last; v++ {
		names = append(names, v.String())
	}
	return names
}
