package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/live"
)

func resolveCommand(opts *options) *cobra.Command {
	var role, task string
	cmd := archArgs(&cobra.Command{
		Use:   "resolve ARCH",
		Short: "Ask the Hub which checkpoint stands for an architecture now",
		Long: `Ask the Hub which checkpoint stands for an architecture now.

One short request puts the Hub's present word in the place of the compiled
facts, and the same rules decide. Where the Hub does not answer, an earlier
answer from the cache serves, then the compiled table. The checkpoint goes to
standard output; where it comes from, how old that is and why nothing better
served, to standard error.

Environment:
  HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN
                         whom to ask, and as whom
  HF_HUB_ETAG_TIMEOUT    seconds that the request may take (10)
  HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE, HF_API_DISABLED
                         send nothing; the cache and the table answer
  USE_STATIC_REGISTRY    send nothing, and read no cache either
  FORCE_API_CALLS        ask even where the cache is fresh
  MAX_REGISTRY_AGE_DAYS  how long the cache is fresh (7)
  HF_REGISTRY_PATH       a registry directory in the place of the compiled one
  HF_HOME, HF_ASSETS_CACHE
                         where the cache is`,
		Example: `  hfmodels resolve bert
  hfmodels resolve llama --role open --json
  FORCE_API_CALLS=1 hfmodels resolve bert --pipeline-tag token-classification`,
		RunE: func(cmd *cobra.Command, args []string) error {
			q := live.Query{}
			var err error
			if q.Role, q.Task, err = parsePlace(role, task); err != nil {
				return err
			}
			if q.Arch, err = parseArch(args[0]); err != nil {
				return err
			}
			var r live.Resolver
			if opts.policy != "" {
				text, err := os.ReadFile(opts.policy)
				if err != nil {
					return fmt.Errorf("reading your policy: %w", err)
				}
				if r.Policy, err = live.ParsePolicy(opts.policy, text); err != nil {
					return err
				}
			}
			a, err := r.Resolve(cmd.Context(), q)
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			out := resolutionOf(a)
			switch opts.format {
			case asJSON:
				return printJSON(w, out)
			case agent:
				printRows(w, slices.Concat([]string{"arch"}, columns, []string{"source", "as_of"}),
					slices.Concat([]string{out.Arch}, out.columns(), []string{out.Source, orUnknown(out.AsOf)}))
			default:
				printIDs(w, a.Model.ID)
			}
			opts.note(cmd, "%s", provenance(a))
			if gating := gatingNote(a.Model); gating != "" {
				opts.note(cmd, "%s", gating)
			}
			return nil
		},
	})
	placeFlags(cmd, &role, &task)
	return cmd
}

// resolution is a live answer as JSON shows it.
type resolution struct {
	Arch string `json:"arch"` // of the model: the host's, if it is hosted
	model
	Source     string  `json:"source"`
	AsOf       *string `json:"as_of"`
	AgeSeconds *int64  `json:"age_seconds"`
	Why        *string `json:"why"` // no better source
}

func resolutionOf(a live.Answer) resolution {
	out := resolution{Arch: a.Model.Arch.String(), model: modelOf(a.Model), Source: string(a.Source)}
	if !a.AsOf.IsZero() {
		asOf, age := a.AsOf.UTC().Format(time.RFC3339), int64(a.Age().Seconds())
		out.AsOf, out.AgeSeconds = &asOf, &age
	}
	if a.Why != nil {
		why := a.Why.Error()
		out.Why = &why
	}
	return out
}

// provenance says in a line where an answer comes from.
func provenance(a live.Answer) string {
	from := map[live.Source]string{
		live.Hub: "from the Hub", live.Cache: "from the cache", live.Registry: "from the registry of HF_REGISTRY_PATH",
		live.Compiled: "from the compiled registry",
	}[a.Source]
	if a.AsOf.IsZero() {
		from += ", of unknown age"
	} else if a.Source != live.Hub || a.Age() > time.Minute {
		from += ", said " + humanize.Time(a.AsOf)
	}
	if a.Why != nil {
		from += ": " + a.Why.Error()
	}
	return from
}
