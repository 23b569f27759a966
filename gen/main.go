// Gen makes the tables of package hfmodels, and the data they are made from.
//
//	discover   the transformers wheel → registrydata/catalog.json
//	sync       the Hub               → registrydata/facts/, popularity.json, lock.json
//	emit       choose, then write    → registrydata/picks.json, archs_gen.go, models_gen.go
//
// Without a command it runs all three, each as far as it is needed. It is what
// go generate runs.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/usage"
)

// Exit statuses, the same in all commands of the project.
const (
	exitDone  = 0
	exitNo    = 1 // the answer is no, or a check failed
	exitUsage = 2
	exitPart  = 3 // some architectures could not be refreshed
)

func main() { os.Exit(run(os.Args[1:])) }

// stdout is where answers go. What cannot be written must not pass for one.
var stdout = bufio.NewWriter(os.Stdout)

// grace is how long an interrupted program may take to end by itself. One that
// waits for a file, such as a pipe that nobody writes to, does not end.
const grace = 2 * time.Second

const interruptedText = "gen: interrupted; no file is half-written, and what the Hub answered a sync is kept for the next one"

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	release := context.AfterFunc(ctx, func() {
		stop() // a second signal ends it at once
		time.Sleep(grace)
		fmt.Fprintln(os.Stderr, interruptedText)
		os.Exit(exitNo)
	})
	defer release()
	cmd := command()
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	err := cmd.ExecuteContext(ctx)
	if flushed := stdout.Flush(); err == nil {
		err = flushed
	}
	var part *partialError
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, interruptedText)
		return exitNo
	}
	fmt.Fprintln(os.Stderr, "gen:", usage.Say(err))
	switch {
	case errors.As(err, &part), errors.As(err, new(*silenceError)):
		return exitPart
	case usage.Is(err):
		return exitUsage
	}
	return exitNo
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "gen",
		Short: "Make the tables of package hfmodels, and the data they are made from",
		Long: `Make the tables of package hfmodels, and the data they are made from.

Without a command: read transformers if the catalog is older than the pinned
release, ask the Hub about what is stale, choose, and write the tables. Where
the Hub cannot be reached it goes on from the committed facts, and says so.

` + environment,
		Args:          usage.Args(cobra.NoArgs),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return generate(cmd.Context())
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(discoverCommand(), syncCommand(), emitCommand(), diffCommand(), verifyCommand(), measureCommand(), testsCommand(), reportCommand())
	usage.Strict(root)
	return root
}

// generate is the whole flow.
func generate(ctx context.Context) error {
	if err := discoverPinned(ctx); err != nil {
		return err
	}
	syncErr := syncFacts(ctx, syncOptions{hubOptional: true})
	if syncErr != nil && !errors.As(syncErr, new(*partialError)) {
		return syncErr
	}
	if err := emitTables(ctx, emitOptions{}); err != nil {
		return err
	}
	return syncErr
}

const environment = `Environment:
  HF_ENDPOINT                    the Hub to ask (https://huggingface.co)
  HF_TOKEN, HF_TOKEN_PATH        a token, for a larger quota; HF_HOME/token else
  HF_HUB_DISABLE_IMPLICIT_TOKEN  1: send no token that was found by itself
  HF_HUB_OFFLINE                 1: ask nobody, go on from the committed facts
  HF_HUB_DOWNLOAD_TIMEOUT        seconds to wait for the Hub (10)
  HF_API_DISABLED, USE_STATIC_REGISTRY  1: the same as HF_HUB_OFFLINE
  FORCE_API_CALLS                1: take no fact for fresh, whatever its age
  MAX_REGISTRY_AGE_DAYS          age at which facts are stale (7)
  HF_REGISTRY_PATH               another registrydata directory
  NO_COLOR                       no colour`
