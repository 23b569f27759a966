// Hfmodels says which Hugging Face checkpoint stands for a transformers
// architecture, and why. It asks nobody: the answers are compiled in.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
)

// Exit statuses, the same in all commands of the project.
const (
	exitDone  = 0
	exitNo    = 1 // the answer is no: an unknown architecture, or nothing fits
	exitUsage = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// usageError is a command line that makes no sense.
type usageError struct{ error }

func run(args []string, stdout, stderr io.Writer) int {
	cmd := command()
	cmd.SetArgs(args)
	// What cannot be written must not pass for an answer.
	out := bufio.NewWriter(stdout)
	cmd.SetOut(out)
	cmd.SetErr(stderr)
	err := cmd.Execute()
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(stderr, "hfmodels:", printable(strings.TrimPrefix(err.Error(), "hfmodels: ")))
	if usage := (*usageError)(nil); errors.As(err, &usage) {
		return exitUsage
	}
	return exitNo
}

// options are the flags that every command has.
type options struct {
	json   bool
	policy string
}

func command() *cobra.Command {
	var opts options
	root := &cobra.Command{
		Use:   "hfmodels",
		Short: "Which Hugging Face checkpoint stands for an architecture, and why",
		Long: `Which Hugging Face checkpoint stands for an architecture, and why.

The answers are compiled in, and only resolve uses the network. An architecture
is a model type of transformers; case and the separators - _ . do not matter.`,
		Example: `  hfmodels default bert
  hfmodels default bert --task token-classification
  hfmodels explain llama
  hfmodels list --task image-classification
  hfmodels select --pipeline-tag fill-mask --no-gated --hardware cpu-small`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          usage(cobra.NoArgs),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.PersistentFlags().BoolVar(&opts.json, "json", false, "print JSON")
	root.PersistentFlags().StringVar(&opts.policy, "policy", os.Getenv("HFMODELS_POLICY"), "choose by your policy file over ours (HFMODELS_POLICY)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{fmt.Errorf("%w; see: %s --help", err, cmd.CommandPath())}
	})
	root.AddCommand(listCommand(&opts), showCommand(&opts), defaultCommand(&opts), explainCommand(&opts), selectCommand(&opts), hardwareCommand(&opts), resolveCommand(&opts))
	return root
}

// version says what the answers rest on.
func version() string {
	return fmt.Sprintf("hfmodels: transformers %s, facts of %s from %s, sha256 %.12s",
		hfmodels.TransformersVersion, hfmodels.FactsDate, hfmodels.FactsEndpoint, hfmodels.FactsDigest)
}

// usage marks the complaints of a check of arguments as wrong use.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); errors.As(err, new(*usageError)) {
			return err
		} else if err != nil {
			return &usageError{fmt.Errorf("%w; see: %s --help", err, cmd.CommandPath())}
		}
		return nil
	}
}

// exclusive adds to a check of arguments that two flags may not meet.
func exclusive(check cobra.PositionalArgs, a, b string) cobra.PositionalArgs {
	return usage(func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed(a) && cmd.Flags().Changed(b) {
			return fmt.Errorf("give --%s or --%s, and not both", a, b)
		}
		return check(cmd, args)
	})
}

// archArgs completes and checks the one argument that most commands have.
func archArgs(cmd *cobra.Command) *cobra.Command {
	cmd.Args = usage(cobra.ExactArgs(1))
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return archNames(), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// taskFlag adds --task, with completion.
func taskFlag(cmd *cobra.Command, task *string, help string) {
	cmd.Flags().StringVar(task, "task", "", help)
	complete(cmd, "task", taskNames)
}

// complete lets the shell complete a flag's value.
func complete(cmd *cobra.Command, flag string, names func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return names(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // no such flag
	}
}

func archNames() []string { return namesOf(hfmodels.Archs()) }
func taskNames() []string { return namesOf(hfmodels.Tasks()) }

func namesOf[T fmt.Stringer](all iter.Seq[T]) []string {
	var names []string
	for v := range all {
		names = append(names, v.String())
	}
	return names
}
