// Hfmodels says which Hugging Face checkpoint stands for a transformers
// architecture, and why. It asks nobody: the answers are compiled in.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// Exit statuses, the same in all commands of the project.
const (
	exitDone  = 0
	exitNo    = 1 // the answer is no: an unknown architecture, or nothing fits
	exitUsage = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	opts := options{out: screenOf(stdout), err: screenOf(stderr)}
	cmd := command(&opts)
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
	fmt.Fprintln(stderr, opts.err.paint(bad, "hfmodels:"), strings.TrimPrefix(usage.Say(err), "hfmodels: "))
	if usage.Is(err) {
		return exitUsage
	}
	return exitNo
}

// options are the flags that every command has, and where it writes.
type options struct {
	json, quiet bool
	format      format
	policy      string
	cmd         *cobra.Command // that is run

	out, err screen
}

func command(opts *options) *cobra.Command {
	root := &cobra.Command{
		Use:   "hfmodels",
		Short: "Which Hugging Face checkpoint stands for an architecture, and why",
		Long: `Which Hugging Face checkpoint stands for an architecture, and why.

The answers are compiled in, and only resolve uses the network. An architecture
is a model type of transformers; case and the separators - _ . do not matter.

Answers go to standard output, notes to standard error. Exit status: 0 done;
1 the answer is no; 2 wrong use.

Environment:
  HFMODELS_POLICY        your policy file, as with --policy
  HF_REGISTRY_PATH       a registry directory in the place of the compiled one
  NO_COLOR               no colour; there is none in a pipe or a file either
  AI_AGENT, AGENT        set by coding agents: --format auto means agent`,
		Example: `  hfmodels default bert
  hfmodels default bert --pipeline-tag token-classification
  hfmodels explain llama
  hfmodels list --pipeline-tag image-classification
  hfmodels select --pipeline-tag fill-mask --no-gated --hardware cpu-small`,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              usage.Args(unknownCommand),
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return opts.settle(cmd) },
	}
	root.SetVersionTemplate("{{.Version}}\n")
	f := root.PersistentFlags()
	f.Var(&opts.format, "format", "how to answer: auto, human, agent (tab-separated), json or quiet")
	f.BoolVar(&opts.json, "json", false, "the same as --format json")
	f.BoolVarP(&opts.quiet, "quiet", "q", false, "the same as --format quiet: ids only")
	f.StringVar(&opts.policy, "policy", os.Getenv("HFMODELS_POLICY"), "choose by your policy `file` over ours")
	f.Lookup("policy").DefValue = "" // the variable is in the text above
	complete(root, "format", func() []string { return formats })
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", opts.out.columns(80))))
	root.AddCommand(listCommand(opts), showCommand(opts), defaultCommand(opts), explainCommand(opts), selectCommand(opts), resolveCommand(opts))
	root.InitDefaultCompletionCmd("completion")
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args = cobra.ArbitraryArgs
			c.RunE = func(cmd *cobra.Command, args []string) error {
				return usage.Errorf("say for which shell: bash, zsh, fish or powershell, and not %q", args)
			}
			for _, shell := range c.Commands() {
				shell.Args = usage.Args(shell.Args)
			}
		}
	}
	usage.Strict(root)
	return root
}

// version says what the answers rest on.
func version() string {
	return fmt.Sprintf("hfmodels: transformers %s, facts of %s from %s, sha256 %.12s",
		hfmodels.TransformersVersion, hfmodels.FactsDate, hfmodels.FactsEndpoint, hfmodels.FactsDigest)
}
