package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/facts"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/usage"
)

type syncOptions struct {
	archs       []string      // those with stale facts if none is given
	maxAge      time.Duration // older facts are stale
	maxAgeSet   bool          // else MAX_REGISTRY_AGE_DAYS says which are
	all         bool
	dryRun      bool
	asOf        time.Time // the day that a recorded Hub shows; zero for today
	allowShrink bool
	hubOptional bool // without a Hub, go on from the committed facts
}

func syncCommand() *cobra.Command {
	var opts syncOptions
	cmd := &cobra.Command{
		Use:   "sync [ARCH...]",
		Short: "Ask the Hub about architectures, and renew facts/",
		Long: `Without arguments: all whose facts are older than --max-age. Exit status 3 means
that some could not be refreshed; they are listed, and keep their facts. Within
two hours a run goes on where one before was cut short.`,
		Example: `  go run ./gen sync
  go run ./gen sync bert gpt2
  HF_ENDPOINT=http://127.0.0.1:8080 go run ./gen sync --all --as-of 2026-08-22`,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.archs, opts.maxAgeSet = args, cmd.Flags().Changed("max-age")
			return syncFacts(cmd.Context(), opts)
		},
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		switch {
		case opts.all && len(args) > 0:
			return errors.New("give architectures or --all, and not both")
		case time.Until(opts.asOf) > 24*time.Hour:
			return fmt.Errorf("--as-of %s is in the future, so nothing can be a recording of it", opts.asOf.Format(time.DateOnly))
		}
		return nil
	}
	cmd.Flags().DurationVar(&opts.maxAge, "max-age", 0, "age at which facts are stale (default MAX_REGISTRY_AGE_DAYS, or 168h)")
	cmd.Flags().BoolVar(&opts.all, "all", false, "ask about every architecture, however fresh its facts")
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "list what would be asked about, and ask nothing")
	cmd.Flags().TimeVar(&opts.asOf, "as-of", time.Time{}, []string{time.DateOnly}, "the Hub is a recording of this `day` (YYYY-MM-DD)")
	cmd.Flags().BoolVar(&opts.allowShrink, "allow-shrink", false, "believe a Hub that lists nothing where there was something")
	return cmd
}

// syncFacts asks the Hub about the architectures that opts names, and saves
// its answers.
func syncFacts(ctx context.Context, opts syncOptions) error {
	checkpoint, lock, err := openCheckpoint()
	if err != nil {
		return err
	}
	defer lock.Close()
	state, err := loadData()
	if err != nil {
		return err
	}
	if len(opts.archs) > 0 {
		opts.archs, err = findArchs(state.Catalog, opts.archs)
	} else {
		opts.archs, err = stale(state, opts)
	}
	switch {
	case err != nil:
		return err
	case opts.dryRun:
		for _, t := range opts.archs {
			fmt.Fprintln(stdout, t)
		}
		fmt.Fprintf(os.Stderr, "sync: would ask about %d of %d architectures\n", len(opts.archs), len(state.Catalog.Archs))
		return nil
	case len(opts.archs) == 0:
		fmt.Fprintln(os.Stderr, "sync: all facts are fresh; to ask again: go run ./gen sync --all")
		return nil
	}
	if opts.hubOptional {
		switch err := reachable(ctx); {
		case err == nil:
		case !hub.Is(err, absent...):
			return err
		case state.Lock == nil:
			return fmt.Errorf("%w, and there are no committed facts to go on from", err)
		default:
			fmt.Fprintf(os.Stderr, "sync: NOT REFRESHED: %v\nsync: going on from the committed facts of %s\n", err, state.Lock.Synced)
			return nil
		}
	}
	return crawl(ctx, state, opts, checkpoint)
}

// stale lists the architectures whose facts are too old, or missing.
func stale(state *data.State, opts syncOptions) ([]string, error) {
	maxAge, err := hub.MaxAge()
	if opts.maxAgeSet {
		maxAge = opts.maxAge
	} else if err != nil {
		return nil, usage.Errorf("%w", err)
	}
	now := opts.asOf
	if now.IsZero() {
		now = time.Now()
	}
	// What a run had saved that ended while it was saving is asked for again
	// together with the rest, so that the result is that of one run.
	halfSaved, err := isHalfSaved(state)
	if err != nil {
		return nil, err
	}
	all := opts.all || hub.IsOn("FORCE_API_CALLS")
	var out []string
	for _, a := range state.Catalog.Archs {
		f := state.Facts[a.ModelType]
		if !all && f != nil && !(halfSaved && f.Checked >= state.Lock.Synced) {
			if day, err := time.Parse(time.DateOnly, f.Checked); err == nil && now.Sub(day) <= maxAge {
				continue
			}
		}
		out = append(out, a.ModelType)
	}
	return out, nil
}

// isHalfSaved reports whether a sync ended while it was saving. The lock, which
// is written first, then has the digest of other facts.
func isHalfSaved(state *data.State) (bool, error) {
	if state.Lock == nil {
		return false, nil
	}
	digest, err := state.Digest()
	return digest != state.Lock.FactsSHA256, err
}

// absent are the errors which mean that there is no Hub to ask, rather than one
// that refuses what is asked.
var absent = []hub.Kind{hub.Offline, hub.Unavailable, hub.RateLimited, hub.Malformed}

// reachable finds out quickly whether the Hub may be asked and answers.
func reachable(ctx context.Context) error {
	client, err := newClient(newProgress("sync"), func(o *hub.Options) { o.Tries, o.MaxWait = 3, 10*time.Second })
	if err != nil {
		return err
	}
	for _, err = range client.List(ctx, hub.Query{Limit: 1}) {
	}
	return err
}

// crawl asks the Hub about opts.archs and saves its answers. It keeps them in
// the directory checkpoint until then.
func crawl(ctx context.Context, state *data.State, opts syncOptions, checkpoint string) error {
	if err := tryWriting(); err != nil {
		return err
	}
	day := time.Now().UTC().Format(time.DateOnly)
	recorded := !opts.asOf.IsZero()
	if recorded {
		day = opts.asOf.Format(time.DateOnly)
	} else if strings.HasPrefix(endpoint(), "http://") { // the Hub and its mirrors have https
		fmt.Fprintln(os.Stderr, "warning: if the Hub of HF_ENDPOINT is a recording, give its day with --as-of, or its facts count as today's")
	}
	progress := newProgress("sync")
	client, err := newClient(progress, func(o *hub.Options) { o.CacheDir, o.CacheMaxAge = checkpoint, checkpointAge })
	if err != nil {
		return err
	}
	c := &facts.Crawl{Hub: client, Data: state, Day: day, AllowEmpty: opts.allowShrink, Progress: progress.step}
	result, err := c.Run(ctx, opts.archs)
	progress.finish()
	if hub.Is(err, absent...) && !hub.Is(err, hub.Offline) {
		return usage.Partialf("none of %d architectures was refreshed; their facts are kept: %w\n"+
			"The answers so far are kept for two hours: run this again to go on from there", len(opts.archs), err)
	}
	if err != nil {
		return err
	}
	if err := saveFacts(state, result, day, recorded); err != nil {
		return fmt.Errorf("%w: the answers are kept for two hours, so free space or access and run this again", err)
	}
	stats := client.Stats()
	fmt.Fprintf(os.Stderr, "sync: %d of %d architectures refreshed with %d requests, %d answers from the cache, %.1f MB\n",
		len(result.Facts), len(opts.archs), stats.Requests, stats.Cached, float64(stats.Bytes)/1e6)
	// Every good answer is saved. One that was not believed would be the same in
	// the cache, so the next run has to ask again.
	if err := os.RemoveAll(checkpoint); err != nil {
		return err
	}
	return partial(state, result.Failed)
}

// partial says which architectures could not be refreshed, by cause; nil if none.
func partial(state *data.State, failed map[string]error) error {
	causes, oldest := make(map[string][]string), ""
	for _, arch := range slices.Sorted(maps.Keys(failed)) {
		cause := failed[arch].Error()
		causes[cause] = append(causes[cause], arch)
		if f := state.Facts[arch]; f != nil && (oldest == "" || f.Checked < oldest) {
			oldest = f.Checked
		}
	}
	text := fmt.Sprintf("%d architectures could not be refreshed; their facts are kept", len(failed))
	if oldest != "" {
		text += ", the oldest of " + oldest
	}
	return byCause(text, causes)
}

// saveFacts writes the new state: the lock first, the counters of old and new
// facts, the facts, and the counters of the new facts alone, so that a run that
// is killed leaves a state that loads and is known to be half-saved. The day is
// that of the answers, which a recording has recorded.
func saveFacts(state *data.State, result *facts.Result, day string, recorded bool) error {
	maps.Copy(state.Facts, result.Facts)
	lock := &data.Lock{
		Schema: data.Schema, Transformers: state.Catalog.Transformers, WheelSHA256: state.Catalog.WheelSHA256,
		Endpoint: endpoint(), Synced: day,
	}
	all := state.Popularity
	maps.Copy(all, result.Popularity)
	state.Popularity = make(data.Popularity)
	for _, f := range state.Facts {
		lock.Synced = max(lock.Synced, f.Checked)
		for m := range f.Models() {
			if n, ok := all[m.ID]; ok {
				state.Popularity[m.ID] = n
			}
		}
	}
	if recorded {
		lock.Recorded = day
	} else if state.Lock != nil && len(result.Facts) < len(state.Facts) {
		lock.Recorded = state.Lock.Recorded // the rest may still be of a recording
	}
	if lock.Recorded != "" {
		lock.Endpoint = "a recorded Hub"
	}
	state.Aliases.Add(result.Aliases)
	state.Repositories = result.Repositories
	maps.Copy(state.IDs, result.IDs)
	maps.DeleteFunc(state.IDs, func(t string, _ []string) bool { return state.Catalog.Arch(t) == nil })
	for _, ids := range state.IDs { // an id that the Hub lists is not a former id
		for _, id := range ids {
			delete(state.Aliases, id)
		}
	}
	var err error
	if lock.FactsSHA256, err = state.Digest(); err != nil {
		return err
	}
	if err = save("lock.json", lock); err == nil {
		err = save("popularity.json", all)
	}
	files := state.Synced()
	for _, name := range slices.Sorted(maps.Keys(files)) { // the counters come after the facts
		if err == nil {
			err = save(name, files[name])
		}
	}
	return err
}
