package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/facts"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/registrydata"
)

type syncOptions struct {
	archs       []string
	maxAge      time.Duration // older facts are stale
	all         bool
	dryRun      bool
	asOf        string // day that a recorded Hub shows
	allowShrink bool
}

// partialError lists what could not be refreshed. What was known is kept.
type partialError struct{ failed map[string]error }

func (e *partialError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d architectures could not be refreshed; what was known of them is kept:", len(e.failed))
	for _, arch := range slices.Sorted(maps.Keys(e.failed)) {
		fmt.Fprintf(&b, "\n  %s: %v", arch, e.failed[arch])
	}
	return b.String()
}

func syncCommand() *cobra.Command {
	var opts syncOptions
	cmd := &cobra.Command{
		Use:   "sync [ARCH...]",
		Short: "Ask the Hub about architectures, and renew facts/",
		Long: `Ask the Hub about architectures, and renew facts/.

Without arguments: all whose facts are older than --max-age. Exit status 3
means that some could not be refreshed; they are listed, and keep their facts.

` + environment,
		Example: `  go run ./gen sync
  go run ./gen sync bert gpt2
  HF_ENDPOINT=http://127.0.0.1:8080 go run ./gen sync --all --as-of 2026-08-22`,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.archs = args
			return syncFacts(cmd.Context(), opts)
		},
	}
	cmd.Flags().DurationVar(&opts.maxAge, "max-age", 0, "age at which facts are stale (default MAX_REGISTRY_AGE_DAYS, or 168h)")
	cmd.Flags().BoolVar(&opts.all, "all", false, "ask about every architecture, however fresh its facts")
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "say what would be asked, and ask nothing")
	cmd.Flags().StringVar(&opts.asOf, "as-of", "", "the Hub is a recording of this day (YYYY-MM-DD)")
	cmd.Flags().BoolVar(&opts.allowShrink, "allow-shrink", false, "believe a Hub that lists nothing where there was something")
	return cmd
}

// syncStale is sync as the whole flow runs it: without a Hub it goes on from
// what is committed.
func syncStale(ctx context.Context, opts syncOptions) error {
	data, err := loadData()
	if err != nil {
		return err
	}
	if opts.archs = stale(data, opts); len(opts.archs) == 0 {
		return nil
	}
	client, why := reachable(ctx)
	if client == nil {
		if data.Lock == nil {
			return fmt.Errorf("sync: %w, and there are no committed facts to go on from", why)
		}
		fmt.Fprintf(os.Stderr, "sync: NOT REFRESHED: %v\nsync: going on from the committed facts of %s, %s old\n", why, data.Lock.Synced, age(data.Lock.Synced))
		return nil
	}
	return crawl(ctx, client, data, opts)
}

// reachable returns a client if the Hub may be asked and answers.
func reachable(ctx context.Context) (*hub.Client, error) {
	client, err := newClient()
	if err != nil {
		return nil, err
	}
	probe, err := newClient(func(o *hub.Options) { o.Tries, o.CacheMaxAge = 1, 0 })
	if err != nil {
		return nil, err
	}
	for _, err := range probe.List(ctx, hub.Query{Limit: 1, MaxPages: 1}) {
		if err != nil {
			return nil, err
		}
	}
	return client, nil
}

func newClient(change ...func(*hub.Options)) (*hub.Client, error) {
	opts, err := hub.FromEnv(os.LookupEnv)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"HF_API_DISABLED", "USE_STATIC_REGISTRY"} {
		if isSet(name) {
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

func isSet(name string) bool {
	switch strings.ToUpper(os.Getenv(name)) {
	case "1", "ON", "YES", "TRUE":
		return true
	}
	return false
}

func syncFacts(ctx context.Context, opts syncOptions) error {
	if opts.asOf != "" {
		if _, err := time.Parse(time.DateOnly, opts.asOf); err != nil {
			return &usageError{fmt.Errorf("--as-of %q is not a day such as 2026-08-22", opts.asOf)}
		}
	}
	data, err := loadData()
	if err != nil {
		return err
	}
	if err := known(data, opts.archs); err != nil {
		return err
	}
	if len(opts.archs) == 0 {
		opts.archs = stale(data, opts)
	}
	if opts.dryRun {
		for _, t := range opts.archs {
			fmt.Println(t)
		}
		fmt.Fprintf(os.Stderr, "sync: would ask about %d of %d architectures\n", len(opts.archs), len(data.Catalog.Archs))
		return nil
	}
	if len(opts.archs) == 0 {
		fmt.Fprintf(os.Stderr, "sync: all facts are fresh; ask again with --all\n")
		return nil
	}
	client, err := newClient()
	if err != nil {
		return err
	}
	return crawl(ctx, client, data, opts)
}

// known checks that all architectures that were named are in the catalog.
func known(data *registrydata.Data, archs []string) error {
	have := make(map[string]bool)
	for _, a := range data.Catalog.Archs {
		have[a.ModelType] = true
	}
	for _, t := range archs {
		if !have[t] {
			return fmt.Errorf("%q is no model type of transformers %s; give it exactly as there, such as xlm-roberta or gpt_neox", t, data.Catalog.Transformers)
		}
	}
	return nil
}

// stale lists the architectures whose facts are too old, or missing.
func stale(data *registrydata.Data, opts syncOptions) []string {
	maxAge := opts.maxAge
	if maxAge == 0 {
		maxAge = 7 * 24 * time.Hour
		if days, err := strconv.ParseFloat(os.Getenv("MAX_REGISTRY_AGE_DAYS"), 64); err == nil && days >= 0 {
			maxAge = time.Duration(days * 24 * float64(time.Hour))
		}
	}
	var out []string
	for _, a := range data.Catalog.Archs {
		f := data.Facts[a.ModelType]
		if opts.all || isSet("FORCE_API_CALLS") || f == nil {
			out = append(out, a.ModelType)
			continue
		}
		day, err := time.Parse(time.DateOnly, f.Checked)
		if err != nil || time.Since(day) > maxAge {
			out = append(out, a.ModelType)
		}
	}
	return out
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

// crawl asks the Hub and saves what it said: the counters first, then the
// facts, then the lock, so that a run that is killed leaves a state that loads.
func crawl(ctx context.Context, client *hub.Client, data *registrydata.Data, opts syncOptions) error {
	day := opts.asOf
	if day == "" {
		day = time.Now().UTC().Format(time.DateOnly)
	}
	bar := newProgress("sync")
	c := &facts.Crawl{Hub: client, Data: data, Day: day, AllowEmpty: opts.allowShrink, Progress: bar.step}
	result, err := c.Run(ctx, opts.archs)
	bar.finish()
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	for t, f := range result.Facts {
		data.Facts[t] = f
	}
	maps.Copy(data.Popularity, result.Popularity)
	prune(data)
	if err := save("popularity.json", data.Popularity); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	for _, t := range slices.Sorted(maps.Keys(result.Facts)) {
		if err := save(registrydata.FactsPath(t), result.Facts[t]); err != nil {
			return fmt.Errorf("sync: %w", err)
		}
	}
	digest, err := registrydata.Digest(data.Facts)
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	lock := &registrydata.Lock{
		Schema: registrydata.Schema, Transformers: data.Catalog.Transformers, WheelSHA256: data.Catalog.WheelSHA256,
		Endpoint: cmp.Or(os.Getenv("HF_ENDPOINT"), hub.DefaultEndpoint), Recorded: opts.asOf, Synced: day, FactsSHA256: digest,
	}
	if opts.asOf != "" {
		lock.Endpoint = "a recorded Hub"
	}
	if err := save("lock.json", lock); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	stats := client.Stats()
	fmt.Fprintf(os.Stderr, "sync: %d of %d architectures refreshed with %d requests, %d answers from the cache, %.1f MB\n",
		len(result.Facts), len(opts.archs), stats.Requests, stats.Cached, float64(stats.Bytes)/1e6)
	if len(result.Failed) > 0 {
		return &partialError{result.Failed}
	}
	return nil
}

// prune drops the counters of models that no facts speak of any more.
func prune(data *registrydata.Data) {
	keep := make(map[string]bool)
	for _, f := range data.Facts {
		for _, c := range f.Candidates {
			keep[c.ID] = true
		}
		if f.Documented != nil && f.Documented.Model != nil {
			keep[f.Documented.Model.ID] = true
		}
	}
	maps.DeleteFunc(data.Popularity, func(id string, _ registrydata.Counters) bool { return !keep[id] })
}
