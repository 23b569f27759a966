package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
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
	archs       []string      // the stale ones if there are none
	maxAge      time.Duration // older facts are stale
	maxAgeSet   bool          // else MAX_REGISTRY_AGE_DAYS says which are
	all         bool
	dryRun      bool
	asOf        string // day that a recorded Hub shows
	allowShrink bool
	hubOptional bool // without a Hub, go on from the committed facts
}

func syncCommand() *cobra.Command {
	var opts syncOptions
	cmd := &cobra.Command{
		Use:   "sync [ARCH...]",
		Short: "Ask the Hub about architectures, and renew facts/",
		Long: `Ask the Hub about architectures, and renew facts/.

Without arguments: all whose facts are older than --max-age. Exit status 3
means that some could not be refreshed; they are listed, and keep their facts.
A run that was cut short is taken up by the next one within two hours, without
asking again what was answered.

` + environment,
		Example: `  go run ./gen sync
  go run ./gen sync bert gpt2
  HF_ENDPOINT=http://127.0.0.1:8080 go run ./gen sync --all --as-of 2026-08-22`,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.archs = args
			return syncFacts(cmd.Context(), opts)
		},
	}
	cmd.Args = usage.Args(func(cmd *cobra.Command, args []string) error {
		opts.maxAgeSet = cmd.Flags().Changed("max-age")
		switch day, err := time.Parse(time.DateOnly, opts.asOf); {
		case opts.all && len(args) > 0:
			return errors.New("give architectures or --all, and not both")
		case opts.maxAge < 0:
			return fmt.Errorf("--max-age %s is negative", opts.maxAge)
		case opts.asOf == "":
		case err != nil:
			return fmt.Errorf("--as-of %q is not a day such as 2026-08-22", opts.asOf)
		case time.Until(day) > 24*time.Hour:
			return fmt.Errorf("--as-of %s has not come yet, so nothing can be a recording of it", opts.asOf)
		}
		return nil
	})
	cmd.Flags().DurationVar(&opts.maxAge, "max-age", 0, "age at which facts are stale (default MAX_REGISTRY_AGE_DAYS, or 168h)")
	cmd.Flags().BoolVar(&opts.all, "all", false, "ask about every architecture, however fresh its facts")
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "say what would be asked, and ask nothing")
	cmd.Flags().StringVar(&opts.asOf, "as-of", "", "the Hub is a recording of this day (YYYY-MM-DD)")
	cmd.Flags().BoolVar(&opts.allowShrink, "allow-shrink", false, "believe a Hub that lists nothing where there was something")
	return cmd
}

// syncFacts asks the Hub about the architectures that opts names, and saves what
// it says.
func syncFacts(ctx context.Context, opts syncOptions) error {
	state, err := loadData()
	if err != nil {
		return err
	}
	if opts.archs, err = findArchs(state.Catalog, opts.archs); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	if len(opts.archs) == 0 {
		if opts.archs, err = stale(state, opts); err != nil {
			return err
		}
	}
	switch {
	case opts.dryRun:
		for _, t := range opts.archs {
			fmt.Fprintln(stdout, t)
		}
		fmt.Fprintf(os.Stderr, "sync: would ask about %d of %d architectures\n", len(opts.archs), len(state.Catalog.Archs))
		return nil
	case len(opts.archs) == 0:
		fmt.Fprintln(os.Stderr, "sync: all facts are fresh; to ask again: go run ./gen sync --all")
		return nil
	case !opts.hubOptional:
		return crawl(ctx, opts)
	}
	err = reachable(ctx)
	switch {
	case err == nil:
		return crawl(ctx, opts)
	case !isAbsent(err):
		return fmt.Errorf("sync: %w", err)
	case state.Lock == nil:
		return fmt.Errorf("sync: %w, and there are no committed facts to go on from", err)
	}
	fmt.Fprintf(os.Stderr, "sync: NOT REFRESHED: %v\nsync: going on from the committed facts of %s, %s old\n", err, state.Lock.Synced, age(state.Lock.Synced))
	return nil
}

// stale lists the architectures whose facts are too old, or missing.
func stale(state *data.State, opts syncOptions) ([]string, error) {
	maxAge := opts.maxAge
	if !opts.maxAgeSet {
		var err error
		if maxAge, err = facts.MaxAge(os.Getenv("MAX_REGISTRY_AGE_DAYS")); err != nil {
			return nil, usage.Wrong(err)
		}
	}
	now := time.Now()
	if opts.asOf != "" {
		now, _ = time.Parse(time.DateOnly, opts.asOf)
	}
	all := opts.all || hub.IsTrue(os.Getenv("FORCE_API_CALLS"))
	torn := halfSaved(state)
	var out []string
	for _, a := range state.Catalog.Archs {
		f := state.Facts[a.ModelType]
		if !all && f != nil && !(torn && f.Checked > state.Lock.Synced) {
			if day, err := time.Parse(time.DateOnly, f.Checked); err == nil && now.Sub(day) <= maxAge {
				continue
			}
		}
		out = append(out, a.ModelType)
	}
	return out, nil
}

// halfSaved reports whether a run ended while it was saving: the lock, which is
// written last, has the digest of other facts. What that run had saved is asked
// for again together with the rest, so that the result is that of one run.
func halfSaved(state *data.State) bool {
	if state.Lock == nil {
		return false
	}
	digest, err := data.Digest(state.Facts)
	return err == nil && digest != state.Lock.FactsSHA256
}

// reachable finds out quickly whether the Hub may be asked and answers.
func reachable(ctx context.Context) error {
	client, err := newClient(newProgress("sync"), func(o *hub.Options) { o.Tries, o.MaxWait = 3, 10*time.Second })
	if err != nil {
		return err
	}
	for _, err := range client.List(ctx, hub.Query{Limit: 1}) {
		if err != nil {
			return err
		}
	}
	return nil
}

// isAbsent reports whether an error means that there is no Hub to ask, rather
// than one that refuses what is asked.
func isAbsent(err error) bool {
	return slices.ContainsFunc([]hub.Kind{hub.Offline, hub.Unavailable, hub.RateLimited, hub.Malformed},
		func(kind hub.Kind) bool { return errors.Is(err, kind) })
}

// newClient makes a client of the Hub that the environment names, which reports
// to p.
func newClient(p *progress, change ...func(*hub.Options)) (*hub.Client, error) {
	opts, err := hub.FromEnv()
	if err != nil {
		return nil, err
	}
	opts.Warn, opts.Waiting = p.warn, p.waiting
	for _, f := range change {
		f(&opts)
	}
	return hub.New(opts)
}

// crawl asks the Hub about opts.archs and saves what it said.
func crawl(ctx context.Context, opts syncOptions) error {
	cp, err := openCheckpoint()
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	defer cp.close()
	state, err := loadData() // again: another run may just have ended
	if err != nil {
		return err
	}
	if opts.asOf == "" && isLocal(os.Getenv("HF_ENDPOINT")) {
		fmt.Fprintln(os.Stderr, "warning: the Hub of HF_ENDPOINT is on this machine; if it plays a recording, give the day of that with --as-of, or its facts count as today's")
	}
	bar := newProgress("sync")
	client, err := newClient(bar, func(o *hub.Options) { o.CacheDir, o.CacheMaxAge = cp.dir, checkpointAge })
	if err != nil {
		return err
	}
	day := cmp.Or(opts.asOf, time.Now().UTC().Format(time.DateOnly))
	c := &facts.Crawl{Hub: client, Data: state, Day: day, AllowEmpty: opts.allowShrink, Progress: bar.step}
	result, err := c.Run(ctx, opts.archs)
	bar.finish()
	switch {
	case err == nil:
	case isAbsent(err) && !errors.Is(err, hub.Offline) && ctx.Err() == nil:
		return &partialError{fmt.Sprintf(`sync: none of %d architectures was refreshed; what was known of them is kept: %v
What the Hub did answer is kept for two hours: run this again to go on from there`, len(opts.archs), err)}
	default:
		return fmt.Errorf("sync: %w", err)
	}
	old := maps.Clone(state.Aliases)
	if err := saveFacts(state, result, opts.asOf, day); err != nil {
		return fmt.Errorf("sync: %w: the answers are kept for two hours, so free space or access and run this again", err)
	}
	stats := client.Stats()
	fmt.Fprintf(os.Stderr, "sync: %d of %d architectures refreshed with %d requests, %d answers from the cache, %.1f MB\n",
		len(result.Facts), len(opts.archs), stats.Requests, stats.Cached, float64(stats.Bytes)/1e6)
	reportChanges(old, result)
	// All that was answered is saved, so the next run asks again: from an answer
	// that was not believed it could not learn more.
	if err := cp.clear(); err != nil {
		return fmt.Errorf("sync: clearing the checkpoints: %w", err)
	}
	return partial(state, result.Failed)
}

// A partialError says which architectures could not be refreshed, and why. What
// was known of them is kept. It is exit status 3.
type partialError struct{ text string }

func (e *partialError) Error() string { return e.text }

// partial is the error of a run in which some architectures failed, or nil.
func partial(state *data.State, failed map[string]error) error {
	if len(failed) == 0 {
		return nil
	}
	byCause := make(map[string][]string)
	var days []string
	for _, arch := range slices.Sorted(maps.Keys(failed)) {
		cause := failed[arch].Error()
		byCause[cause] = append(byCause[cause], arch)
		if f := state.Facts[arch]; f != nil {
			days = append(days, f.Checked)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d architectures could not be refreshed; what was known of them is kept", len(failed))
	if len(days) > 0 {
		fmt.Fprintf(&b, ", the oldest of it %s old", age(slices.Min(days)))
	}
	b.WriteString(":")
	for _, cause := range slices.Sorted(maps.Keys(byCause)) {
		fmt.Fprintf(&b, "\n  %s: %s", strings.Join(byCause[cause], " "), cause)
	}
	return &partialError{b.String()}
}

// saveFacts writes the new state: the counters of old and new facts, the
// facts, the counters of the new facts alone, and the lock last, so that a run
// that is killed leaves a state that loads and is known to be unfinished.
func saveFacts(state *data.State, result *facts.Result, asOf, day string) error {
	maps.Copy(state.Popularity, result.Popularity)
	if err := save("popularity.json", state.Popularity); err != nil {
		return err
	}
	state.Aliases.Add(result.Aliases)
	if len(state.Aliases) > 0 {
		if err := save("aliases.json", state.Aliases); err != nil {
			return err
		}
	}
	for _, t := range slices.Sorted(maps.Keys(result.Facts)) {
		state.Facts[t] = result.Facts[t]
		if err := save(data.FactsPath(t), result.Facts[t]); err != nil {
			return err
		}
	}
	known := make(map[string]bool)
	for _, f := range state.Facts {
		for m := range f.Models() {
			known[m.ID] = true
		}
	}
	maps.DeleteFunc(state.Popularity, func(id string, _ data.Counters) bool { return !known[id] })
	if err := save("popularity.json", state.Popularity); err != nil {
		return err
	}
	digest, err := data.Digest(state.Facts)
	if err != nil {
		return err
	}
	lock := &data.Lock{
		Schema: data.Schema, Transformers: state.Catalog.Transformers, WheelSHA256: state.Catalog.WheelSHA256,
		Endpoint: cmp.Or(os.Getenv("HF_ENDPOINT"), hub.DefaultEndpoint), Recorded: asOf, Synced: day, FactsSHA256: digest,
	}
	for _, f := range state.Facts {
		lock.Synced = max(lock.Synced, f.Checked)
	}
	if old := state.Lock; old != nil && asOf == "" && len(result.Facts) < len(state.Facts) {
		lock.Recorded = old.Recorded // the rest may still be of a recording
	}
	if lock.Recorded != "" {
		lock.Endpoint = "a recorded Hub"
	}
	return save("lock.json", lock)
}

// reportChanges says what happened to models that had been picked or documented.
func reportChanges(old data.Aliases, result *facts.Result) {
	for _, id := range slices.Sorted(maps.Keys(result.Aliases)) {
		if old[id] != result.Aliases[id] {
			fmt.Fprintf(os.Stderr, "sync: %s is now %s\n", id, result.Aliases[id])
		}
	}
	for _, t := range slices.Sorted(maps.Keys(result.Facts)) {
		lost := result.Facts[t].Lost
		for _, id := range slices.Sorted(maps.Keys(lost)) {
			fmt.Fprintf(os.Stderr, "sync: %s, picked for %s, is %s\n", id, t, lost[id])
		}
	}
}

// age is how long ago a day is, in words.
func age(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	switch days := int(time.Since(t).Hours() / 24); {
	case err != nil:
		return "of unknown age"
	case days <= 0:
		return "less than a day"
	case days == 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", days)
	}
}

// isLocal reports whether an endpoint is on this machine.
func isLocal(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
