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
	archs       []string
	maxAge      *time.Duration // older facts are stale; nil for what the environment says
	all         bool
	dryRun      bool
	asOf        string // day that a recorded Hub shows
	allowShrink bool
}

// partialError lists what could not be refreshed. What was known is kept.
type partialError struct {
	failed map[string]error
	oldest string // day of the oldest facts among them, "" where some have none
	whole  error  // what ended the run before anything was refreshed, else nil
}

func (e *partialError) Error() string {
	if e.whole != nil {
		return fmt.Sprintf("sync: none of %d architectures was refreshed; what was known of them is kept: %v\nWhat the Hub did answer is kept for %s: run this again to go on from there", len(e.failed), e.whole, checkpointAge)
	}
	byCause := make(map[string][]string)
	for _, arch := range slices.Sorted(maps.Keys(e.failed)) {
		cause := e.failed[arch].Error()
		byCause[cause] = append(byCause[cause], arch)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d architectures could not be refreshed; what was known of them is kept", len(e.failed))
	if e.oldest != "" {
		fmt.Fprintf(&b, ", the oldest of it %s old", age(e.oldest))
	}
	b.WriteString(":")
	for _, cause := range slices.Sorted(maps.Keys(byCause)) {
		fmt.Fprintf(&b, "\n  %s: %s", strings.Join(byCause[cause], " "), cause)
	}
	return b.String()
}

func syncCommand() *cobra.Command {
	var opts syncOptions
	var maxAge time.Duration
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
		switch {
		case opts.all && len(args) > 0:
			return errors.New("give architectures or --all, and not both")
		case maxAge < 0:
			return fmt.Errorf("--max-age %s is negative", maxAge)
		case cmd.Flags().Changed("max-age"):
			opts.maxAge = &maxAge
		}
		return nil
	})
	cmd.Flags().DurationVar(&maxAge, "max-age", 0, "age at which facts are stale (default MAX_REGISTRY_AGE_DAYS, or 168h)")
	cmd.Flags().BoolVar(&opts.all, "all", false, "ask about every architecture, however fresh its facts")
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "say what would be asked, and ask nothing")
	cmd.Flags().StringVar(&opts.asOf, "as-of", "", "the Hub is a recording of this day (YYYY-MM-DD)")
	cmd.Flags().BoolVar(&opts.allowShrink, "allow-shrink", false, "believe a Hub that lists nothing where there was something")
	return cmd
}

// syncStale is sync as the whole flow runs it: without a Hub it goes on from
// what is committed.
func syncStale(ctx context.Context, opts syncOptions) error {
	state, err := loadData()
	if err != nil {
		return err
	}
	if opts.archs, err = stale(state, opts); err != nil || len(opts.archs) == 0 {
		return err
	}
	if why := reachable(ctx); why != nil {
		if !absent(why) {
			return fmt.Errorf("sync: %w", why)
		}
		if state.Lock == nil {
			return fmt.Errorf("sync: %w, and there are no committed facts to go on from", why)
		}
		fmt.Fprintf(os.Stderr, "sync: NOT REFRESHED: %v\nsync: going on from the committed facts of %s, %s old\n", why, state.Lock.Synced, age(state.Lock.Synced))
		return nil
	}
	return crawl(ctx, opts)
}

// absent reports whether an error means that there is no Hub to ask, rather
// than one that refuses what is asked.
func absent(err error) bool {
	for _, kind := range []hub.Kind{hub.Offline, hub.Unavailable, hub.RateLimited, hub.Malformed} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// reachable finds out quickly whether the Hub may be asked and answers.
func reachable(ctx context.Context) error {
	client, err := newClient(func(o *hub.Options) { o.Tries, o.MaxWait = 3, 10*time.Second })
	if err != nil {
		return err
	}
	for _, err := range client.List(ctx, hub.Query{Limit: 1, MaxPages: 1}) {
		if err != nil {
			return err
		}
	}
	return nil
}

func newClient(change ...func(*hub.Options)) (*hub.Client, error) {
	opts, err := hub.FromEnv(os.LookupEnv)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"HF_API_DISABLED", "USE_STATIC_REGISTRY"} {
		if hub.IsTrue(os.Getenv(name)) {
			opts.Offline = true
		}
	}
	opts.Warn = func(message string) { fmt.Fprintln(os.Stderr, "warning:", message) }
	opts.Waiting = func(d time.Duration, why string) {
		fmt.Fprintf(os.Stderr, "waiting %s: %s\n", d.Round(time.Second), why)
	}
	for _, f := range change {
		f(&opts)
	}
	return hub.New(opts)
}

func syncFacts(ctx context.Context, opts syncOptions) error {
	if opts.asOf != "" {
		day, err := time.Parse(time.DateOnly, opts.asOf)
		if err != nil {
			return usage.Errorf("--as-of %q is not a day such as 2026-08-22", opts.asOf)
		}
		if time.Until(day) > 24*time.Hour {
			return usage.Errorf("--as-of %s has not come yet, so nothing can be a recording of it", opts.asOf)
		}
	}
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
	if opts.dryRun {
		for _, t := range opts.archs {
			fmt.Fprintln(stdout, t)
		}
		fmt.Fprintf(os.Stderr, "sync: would ask about %d of %d architectures\n", len(opts.archs), len(state.Catalog.Archs))
		return nil
	}
	if len(opts.archs) == 0 {
		fmt.Fprintf(os.Stderr, "sync: all facts are fresh; ask again with --all\n")
		return nil
	}
	return crawl(ctx, opts)
}

// stale lists the architectures whose facts are too old, or missing.
func stale(state *data.State, opts syncOptions) ([]string, error) {
	maxAge, err := staleAfter(opts)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	if day, err := time.Parse(time.DateOnly, opts.asOf); err == nil {
		now = day
	}
	torn := interrupted(state)
	var out []string
	for _, a := range state.Catalog.Archs {
		f := state.Facts[a.ModelType]
		if opts.all || hub.IsTrue(os.Getenv("FORCE_API_CALLS")) || f == nil || torn && f.Checked > state.Lock.Synced {
			out = append(out, a.ModelType)
			continue
		}
		day, err := time.Parse(time.DateOnly, f.Checked)
		if err != nil || now.Sub(day) > maxAge {
			out = append(out, a.ModelType)
		}
	}
	return out, nil
}

// staleAfter is the age at which facts are stale.
func staleAfter(opts syncOptions) (time.Duration, error) {
	if opts.maxAge != nil {
		return *opts.maxAge, nil
	}
	age, err := facts.MaxAge(os.Getenv("MAX_REGISTRY_AGE_DAYS"))
	if err != nil {
		return 0, usage.Wrong(err)
	}
	return age, nil
}

// interrupted reports whether a run ended while it was saving: the lock, which
// is written last, tells of other facts. What that run had saved is asked for
// again together with the rest, so that the result is that of one run.
func interrupted(state *data.State) bool {
	if state.Lock == nil {
		return false
	}
	digest, err := data.Digest(state.Facts)
	return err == nil && digest != state.Lock.FactsSHA256
}

func age(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "of unknown age"
	}
	days := int(time.Since(t).Hours() / 24)
	switch {
	case days <= 0:
		return "less than a day"
	case days == 1:
		return "1 day"
	}
	return fmt.Sprintf("%d days", days)
}

// crawl asks the Hub and saves what it said.
func crawl(ctx context.Context, opts syncOptions) error {
	cp, err := begin()
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	defer cp.release()
	state, err := loadData() // another run may just have ended
	if err != nil {
		return err
	}
	bar, odd := newProgress("sync"), new(warnings)
	client, err := newClient(func(o *hub.Options) {
		o.Warn, o.Waiting = odd.add, bar.waiting
		cp.use(o)
	})
	if err != nil {
		return err
	}
	if opts.asOf == "" && isLocal(os.Getenv("HF_ENDPOINT")) {
		fmt.Fprintln(os.Stderr, "warning: the Hub of HF_ENDPOINT is on this machine; if it plays a recording, give the day of that with --as-of, or its facts count as today's")
	}
	day := cmp.Or(opts.asOf, time.Now().UTC().Format(time.DateOnly))
	c := &facts.Crawl{Hub: client, Data: state, Day: day, AllowEmpty: opts.allowShrink, Progress: bar.step}
	result, err := c.Run(ctx, opts.archs)
	bar.finish()
	odd.write(os.Stderr)
	stats := client.Stats()
	if err != nil && absent(err) && !errors.Is(err, hub.Offline) && ctx.Err() == nil {
		e := partial(state, opts.archs, func(string) error { return err })
		e.whole = err
		return e
	}
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	known := maps.Clone(state.Aliases)
	if err := saveFacts(state, result, opts.asOf, day); err != nil {
		return fmt.Errorf("sync: %w: the answers are kept for %s, so free space or access and run this again", err, checkpointAge)
	}
	fmt.Fprintf(os.Stderr, "sync: %d of %d architectures refreshed with %d requests, %d answers from the cache, %.1f MB\n",
		len(result.Facts), len(opts.archs), stats.Requests, stats.Cached, float64(stats.Bytes)/1e6)
	reportChanges(known, result)
	// All that was answered is saved, so the next run asks anew: one that goes
	// on from an answer that was not believed would not believe it again.
	if err := cp.clear(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	if len(result.Failed) > 0 {
		return partial(state, slices.Sorted(maps.Keys(result.Failed)), func(arch string) error { return result.Failed[arch] })
	}
	return nil
}

func partial(state *data.State, archs []string, why func(arch string) error) *partialError {
	e := &partialError{failed: make(map[string]error), oldest: "9999"}
	for _, arch := range archs {
		e.failed[arch] = why(arch)
		if f := state.Facts[arch]; f != nil {
			e.oldest = min(e.oldest, f.Checked)
		} else {
			e.oldest = ""
		}
	}
	return e
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
	prune(state)
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
	if old := state.Lock; old != nil && old.Recorded != "" && asOf == "" && len(result.Facts) < len(state.Facts) {
		lock.Recorded = old.Recorded // the rest is still of the recording
	}
	if lock.Recorded != "" {
		lock.Endpoint = "a recorded Hub"
	}
	return save("lock.json", lock)
}

// reportChanges says what happened to models that had been picked or documented.
func reportChanges(known data.Aliases, result *facts.Result) {
	for _, id := range slices.Sorted(maps.Keys(result.Aliases)) {
		if known[id] != result.Aliases[id] {
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

// prune drops the counters of models that no facts speak of any more.
func prune(state *data.State) {
	keep := make(map[string]bool)
	for _, f := range state.Facts {
		for c := range f.Models() {
			keep[c.ID] = true
		}
	}
	maps.DeleteFunc(state.Popularity, func(id string, _ data.Counters) bool { return !keep[id] })
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
