// Hfmodels tells which Hugging Face checkpoint to use for a transformers
// architecture or for a task, and why. The answers are compiled in.
package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	// stdout is buffered; run reports an error if the final flush fails.
	buffer := bufio.NewWriter(stdout)
	opts := options{out: screen{Writer: buffer}}
	if f, ok := stdout.(*os.File); ok {
		opts.out.width, _, _ = term.GetSize(int(f.Fd())) // 0 with an error
	}
	cmd := command(&opts)
	cmd.SetArgs(args)
	cmd.SetErr(stderr)
	_, err := usage.Execute(context.Background(), cmd)
	if flushErr := buffer.Flush(); err == nil {
		err = flushErr
	}
	if err != nil {
		fmt.Fprintln(stderr, "hfmodels:", strings.ReplaceAll(usage.Say(err), "hfmodels: ", ""))
	}
	return usage.Status(err)
}

func command(opts *options) *cobra.Command {
	root := &cobra.Command{
		Use:   "hfmodels",
		Short: "Tell which Hugging Face checkpoint to use, and why",
		Long: `Tell which Hugging Face checkpoint to use, and why.

The answers are compiled in; only --live uses the network. NAME is an
architecture, which is a model type of transformers such as bert or gpt_neox; a
class such as BertForMaskedLM; or the id of a checkpoint, also a former one.
Upper case makes no difference, nor do the separators - _ . of an architecture.

Answers go to standard output, notes and errors to standard error. Exit status:
0 done; 1 the answer is no; 2 wrong use; 3 done in part, or the Hub could not be asked.

Environment:
  HFMODELS_POLICY        your policy file, as with --policy
  HF_REGISTRY_PATH       a registry directory to use instead of the compiled one`,
		Example: `  hfmodels default bert
  hfmodels default bert --pipeline-tag token-classification
  hfmodels show llama --why
  hfmodels show google-bert/bert-base-uncased
  hfmodels list --pipeline-tag image-classification
  hfmodels select --pipeline-tag fill-mask --no-gated --hardware cpu-small`,
		Version: fmt.Sprintf("hfmodels: transformers %s, facts of %s from %s, sha256 %.12s",
			hfmodels.TransformersVersion, hfmodels.FactsDate, hfmodels.FactsEndpoint, hfmodels.FactsDigest),
		SilenceErrors:              true,
		SilenceUsage:               true,
		Args:                       unknownCommand,
		SuggestionsMinimumDistance: 2,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE:          opts.settle,
	}
	root.SetOut(opts.out)
	root.SetVersionTemplate("{{.Version}}\n")
	f := root.PersistentFlags()
	f.StringVar(&opts.format, "format", "auto", "how to answer: auto, human, json or quiet; check also has github and sarif")
	f.BoolVar(&opts.json, "json", false, "the same as --format json")
	f.BoolVarP(&opts.quiet, "quiet", "q", false, "print only ids, the same as --format quiet")
	f.StringVar(&opts.policy, "policy", hub.Dir("HFMODELS_POLICY"), "choose by your policy `file` over ours")
	root.MarkFlagsMutuallyExclusive("format", "json", "quiet")
	root.SetGlobalNormalizationFunc(oneTaskFlag)
	f.Lookup("policy").DefValue = "" // the help text names the variable
	wrapped := fmt.Sprintf(".FlagUsagesWrapped %d", max(40, min(cmp.Or(opts.out.width, 80), 100)))
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", wrapped))
	root.AddCommand(showCommand(opts), defaultCommand(opts), listCommand(opts), selectCommand(opts), checkCommand(opts))
	return root
}
