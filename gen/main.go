// Gen makes the tables of package hfmodels, and the data they are made from.
//
//	discover   the transformers wheel → registrydata/catalog.json, releases.json
//	           engines' packages      → registrydata/engines.json
//	sync       the Hub               → registrydata/facts/, popularity.json, ids.json, lock.json and others
//	emit       choose, then write    → registrydata/picks.json, archs_gen.go, models_gen.go, archtest
//
// Without a command it runs all three, each as far as it is needed: the wheel is
// read only if catalog.json is missing, and the engines if engines.json is. Go
// generate runs gen like this.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/usage"
)

func main() { os.Exit(run(os.Args[1:])) }

// stdout is buffered; run reports an error if the final flush fails.
var stdout = bufio.NewWriter(os.Stdout)

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	cmd := command()
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd, err := usage.Execute(ctx, cmd)
	if flushed := stdout.Flush(); err == nil {
		err = flushed
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "gen: interrupted; no file is half-written, and the answers of the Hub to a sync are kept for the next one")
		return usage.No
	default:
		fmt.Fprintf(os.Stderr, "%s: %s\n", cmd.CommandPath(), usage.Say(err))
	}
	return usage.Status(err)
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "gen",
		Short: "Make the tables of package hfmodels, and the data they are made from",
		Long: `Without a command: ask the Hub about what is stale, choose, and write the tables.
If the Hub cannot be reached, it says so and goes on from the committed facts.

` + environment,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return generate(cmd.Context())
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(discoverCommand(), syncCommand(), emitCommand(), diffCommand(), verifyCommand(), measureCommand(), testsCommand(), reportCommand())
	for _, cmd := range append(root.Commands(), root) {
		cmd.Long = cmd.Short + ".\n\n" + cmd.Long
	}
	return root
}

// generate is the whole flow.
func generate(ctx context.Context) error {
	if old, err := oldCatalog(); err != nil {
		return err
	} else if old.Transformers == "" {
		if err := discover(ctx, newest, "", false); err != nil {
			return err
		}
	}
	if _, err := os.Stat(pathOf("engines.json")); errors.Is(err, fs.ErrNotExist) {
		if err := discoverEngines(ctx, false); err != nil {
			fmt.Fprintln(os.Stderr, "gen: going on with what is known of the engines:", usage.Say(err))
		}
	}
	partly := syncFacts(ctx, syncOptions{hubOptional: true})
	if partly != nil && usage.Status(partly) != usage.Part {
		return partly
	}
	return cmp.Or(emitTables(ctx, emitOptions{}), partly)
}

func printJSON(v any) error {
	enc := json.NewEncoder(stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

const environment = `Environment:
  HF_ENDPOINT                    the Hub to ask (https://huggingface.co)
  HF_TOKEN, HF_TOKEN_PATH        a token, for a larger quota; HF_HOME/token else
  HF_HUB_DISABLE_IMPLICIT_TOKEN  1: send no token that was found by itself
  HF_HUB_OFFLINE                 1: ask nobody, go on from the committed facts
  HF_HUB_ETAG_TIMEOUT            seconds to wait for the Hub (10)
  HTTPS_PROXY, SSL_CERT_FILE     a proxy, and its certificates; ALL_PROXY is not read
  HF_API_DISABLED, USE_STATIC_REGISTRY  1: the same as HF_HUB_OFFLINE
  FORCE_API_CALLS                1: take no fact for fresh, whatever its age
  MAX_REGISTRY_AGE_DAYS          age at which facts are stale (7)
  HF_REGISTRY_PATH               another registrydata directory`
