package main

import (
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// noArgs is for commands that take flags alone.
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
		known = append(known, c.Name())
	}
	return fmt.Errorf("unknown command %q%s", args[0], usage.Near(args[0], known))
}

// archArgs completes and checks the one argument that most commands have.
func archArgs(cmd *cobra.Command) *cobra.Command {
	cmd.Args = usage.Args(func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s wants one architecture, such as bert, and got %d", cmd.Name(), len(args))
	})
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return archNames(), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// placeFlags adds --role, and --pipeline-tag in its place.
func placeFlags(cmd *cobra.Command, role, task *string) {
	cmd.Flags().StringVar(role, "role", "default", "the role: default, open, small or tiny")
	complete(cmd, "role", roleNames)
	taskFlag(cmd, task, "the default for this pipeline `task` instead (or --task)")
	cmd.Args = usage.Exclusive(cmd.Args, "role", "pipeline-tag")
}

// parsePlace reads what placeFlags were given.
func parsePlace(role, task string) (r hfmodels.Role, t hfmodels.Task, err error) {
	if task != "" {
		if t, err = hfmodels.ParseTask(task); err != nil {
			return 0, 0, usage.Wrong(err)
		}
	}
	if r, err = hfmodels.ParseRole(role); err != nil {
		return 0, 0, usage.Wrong(err)
	}
	return r, t, nil
}

// taskFlag adds --pipeline-tag, which answers to --task too.
func taskFlag(cmd *cobra.Command, task *string, help string) {
	cmd.Flags().StringVar(task, "pipeline-tag", "", help)
	cmd.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "task" {
			name = "pipeline-tag"
		}
		return pflag.NormalizedName(name)
	})
	complete(cmd, "pipeline-tag", taskNames)
}

// complete lets the shell complete a flag's value.
func complete(cmd *cobra.Command, flag string, names func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		list := names()
		// Of a list the last name is completed.
		if f := cmd.Flag(flag); f != nil && f.Value.Type() == "stringSlice" {
			before := begun[:strings.LastIndexByte(begun, ',')+1]
			for i := range list {
				list[i] = before + list[i]
			}
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
	return []string{hfmodels.Default.String(), hfmodels.Open.String(), hfmodels.Small.String(), hfmodels.Tiny.String()}
}

// familyNames, licenseNames and authorNames are those that something has.
func familyNames() []string {
	return names(func(a hfmodels.Arch, put func(string)) { put(string(a.Info().Family)) })
}

func licenseNames() []string {
	return names(func(a hfmodels.Arch, put func(string)) {
		for m := range a.Models() {
			put(string(m.License))
		}
	})
}

func authorNames() []string {
	return names(func(a hfmodels.Arch, put func(string)) {
		for m := range a.Models() {
			org, _, _ := strings.Cut(m.ID, "/")
			put(org)
		}
	})
}

func names(of func(hfmodels.Arch, func(string))) []string {
	all := make(map[string]bool)
	for a := range hfmodels.Archs() {
		of(a, func(name string) { all[name] = name != "" })
	}
	delete(all, "")
	return sorted(all)
}

func namesOf[T fmt.Stringer](all iter.Seq[T]) []string {
	var names []string
	for v := range all {
		names = append(names, v.String())
	}
	return names
}
