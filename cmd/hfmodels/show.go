package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/usage"
	"github.com/hfmodels/hfmodels/live"
	"github.com/hfmodels/hfmodels/registrydata"
)

func showCommand(opts *options) *cobra.Command {
	var at place
	var why, ask, all bool
	var release string
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show an architecture, a checkpoint or a task: what was chosen, and why",
		Long: `Show an architecture with its classes, its tasks and its checkpoints. NAME may
also be a model or config class; the id of a checkpoint, which is shown with the
places that it fills, or why it fills none; or a task, which is shown with its
ranking.

With --why: how the checkpoint was chosen. Candidates are first removed by
rules; those that are left are ordered by tiers, one after the other.
docs/picks.md lists the rules and the tiers. Of a task: why each checkpoint is
in the ranking, and the tier that puts it before the next. A checkpoint is shown
with its reasons in any case.

With --transformers: whether that release knows the architecture.

With --live: ask the Hub. One short request replaces the compiled facts, and the
same rules decide. Where the Hub does not answer, an earlier answer from the
cache is used, else the compiled table. Of a checkpoint: whether it is still
there, under which name, and what the Hub says of it now.

HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_OFFLINE and HF_HUB_ETAG_TIMEOUT mean what
they mean to huggingface_hub; ALL_PROXY is not read. Besides, with --live:
  HTTPS_PROXY, NO_PROXY  a proxy; SSL_CERT_FILE: certificates to trust
  HF_API_DISABLED        send nothing; the cache or the table answers
  USE_STATIC_REGISTRY    send nothing, and do not read the cache either
  FORCE_API_CALLS        ask even where the cache is fresh
  MAX_REGISTRY_AGE_DAYS  how long the cache is fresh (7)`,
		Example: `  hfmodels show bert
  hfmodels show gpt-neox --json
  hfmodels show bert --transformers 4.57.6
  hfmodels show google-bert/bert-base-uncased
  hfmodels show BertForMaskedLM
  hfmodels show text-classification --why
  hfmodels show llama --why --role open
  hfmodels show bert --live --pipeline-tag token-classification
  hfmodels show bert-base-uncased --live`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: slices.Concat(namesOf(hfmodels.Archs()), namesOf(hfmodels.Tasks())),
		RunE: func(cmd *cobra.Command, args []string) error {
			f := cmd.Flags()
			placed := f.Changed("role") || at.task != 0
			if !why && !ask && placed {
				return usage.Errorf("--role and --pipeline-tag go with --why or --live; for one checkpoint try: hfmodels default")
			} else if !why && f.Changed("all") {
				return usage.Errorf("--all goes with --why")
			}
			task, err := hfmodels.ParseTask(args[0])
			_, noArch := hfmodels.ParseArch(args[0])
			_, isClass := hfmodels.ArchOfClass(args[0])
			isTask := err == nil && noArch != nil
			if isTask && (ask || placed || all || release != "") {
				return usage.Errorf("%s is a task; only --why goes with it", task)
			}
			r, err := opts.registry()
			switch {
			case err != nil:
				return err
			case isTask:
				return showTask(opts, r, task, why)
			case ask && !placed && noArch != nil && !isClass && data.IsRepo(args[0]):
				return showLiveID(opts, r, args[0], noArch)
			case ask:
				return showLive(opts, args[0], at)
			}
			arch, c, err := r.find(args[0])
			switch err = cmp.Or(err, r.lacks(arch)); {
			case err != nil && strings.Contains(args[0], "/") && data.IsRepo(args[0]):
				return fmt.Errorf("%w; --live asks the Hub about it", err)
			case err != nil:
				return err
			case c != nil && release != "":
				return usage.Errorf("--transformers goes with an architecture")
			case c != nil && !placed:
				return showID(opts, r, c, nil, members{})
			case why:
				return showWhy(opts, r, arch, at, all)
			}
			return show(opts, r, arch, release)
		},
	}
	cmd.Flags().BoolVar(&why, "why", false, "say why the checkpoint was chosen, and what was turned down")
	cmd.Flags().BoolVar(&all, "all", false, "with --why: list every candidate that was removed")
	cmd.Flags().BoolVar(&ask, "live", false, "ask the Hub which checkpoint to use now")
	cmd.Flags().StringVar(&release, "transformers", "", "say whether this `release` knows the architecture, as 4.57.6")
	placeFlags(cmd, &at)
	cmd.MarkFlagsMutuallyExclusive("why", "live", "transformers")
	return cmd
}

func show(opts *options, r registry, arch hfmodels.Arch, release string) error {
	var out reply
	i := r.info(arch)
	picks, err := r.decisions(arch.String())
	if err != nil {
		return err
	}
	converted := append([]data.Conversion{}, cmp.Or(picks.Of(arch.String()), new(data.ArchPicks)).Converted...)
	entry := append(r.entry(arch), members{"info": transformersJSON(i), "converted": converted})
	since := i.Since
	if since != "" {
		since = ">= " + since
	}
	if release != "" {
		knows, err := knows(arch, release)
		if err != nil {
			return err
		}
		entry = append(entry, members{"transformers": release, "knows": knows})
		since = orUnknown(since) + "; " + release + map[bool]string{true: " knows it", false: " does not know it"}[knows]
	}
	out.json = entry
	var models []hfmodels.Model // each once, with all its places
	lines := make(map[string][]string)
	for p, m := range r.places(arch) {
		out.ids = append(out.ids, m.ID)
		if lines[m.ID] == nil {
			models = append(models, m)
		}
		lines[m.ID] = append(lines[m.ID], p.String()+": "+m.Reason)
	}
	def, _ := r.model(arch, place{})
	for _, c := range converted {
		lines[def.ID] = append(lines[def.ID], fmt.Sprintf("converted: %s (%s), quantized from it, as the Hub says", c.ID, c.Format))
	}
	out.human = func(on screen) {
		showInfo(on, i, since)
		for _, m := range models {
			fmt.Fprintln(on)
			on.model(m, lines[m.ID]...)
		}
	}
	return opts.print(out)
}

// transformersJSON is what transformers says of an architecture.
func transformersJSON(i hfmodels.Info) members {
	classes := make(map[string]string)
	for auto, class := range i.AutoClasses() {
		classes[auto] = cmp.Or(classes[auto], class) // the default comes first
	}
	return members{
		"config_class": i.ConfigClass, "part": i.Part, "documented": known(i.Documented),
		"parents": namesOf(i.Parents()), "inputs": i.Inputs, "tasks": i.Tasks,
		"auto_classes": classes, "preprocessors": preprocessors(i),
	}
}

func preprocessors(i hfmodels.Info) map[string]string {
	all := map[string]string{
		"tokenizer": i.Tokenizer, "processor": i.Processor, "image_processor": i.ImageProcessor,
		"video_processor": i.VideoProcessor, "feature_extractor": i.FeatureExtractor,
	}
	maps.DeleteFunc(all, func(_, class string) bool { return class == "" })
	return all
}

// showInfo writes the architecture for people, a line for each thing that is
// known.
func showInfo(on screen, i hfmodels.Info, since string) {
	status := string(i.Status)
	if i.Host != 0 {
		status += " by " + i.Host.String()
	}
	if i.Why != "" {
		status += ": " + i.Why
	}
	on.field("architecture", i.Arch.String())
	on.field("status", status)
	on.field("transformers", since)
	said := make(map[string][]string)
	for e, s := range i.Engines() {
		field, words := "not known of", strings.TrimSpace(e.String()+" "+s.Version)
		if s.Supported {
			field, words = "runs on", words+": "+s.By
		} else if s.Known {
			field = "does not run on"
		}
		said[field] = append(said[field], words)
	}
	for _, field := range []string{"runs on", "does not run on", "not known of"} {
		on.field(field, strings.Join(said[field], "; "))
	}
	on.field("family", string(i.Family))
	on.field("inputs", strings.Join(namesOf(i.Inputs.All()), ", "))
	on.field("config class", i.ConfigClass)
	on.field("part of", strings.Join(namesOf(i.Parents()), ", "))
	on.field("documented", orUnknown(i.Documented))
	on.field("preprocessors", strings.Join(slices.Sorted(maps.Values(preprocessors(i))), ", "))
	on.field("tasks", strings.Join(namesOf(i.Tasks.All()), ", "))
}

// entryOf is a task in the JSON of list --tasks and show TASK, with the number of
// models in its ranking.
func entryOf(t hfmodels.Task, ranked int) object {
	e := object{members{"task": t}, members{"library": known(t.Library()), "ranked": ranked}}
	if about := t.About(); about != "" {
		e = append(e, members{"about": about})
	}
	return e
}

// unserved is the answer for a task that no class of transformers can be used
// for, so that nothing is ranked; nil for the others.
func unserved(t hfmodels.Task) error {
	if t.Library() == "" || len(registry{}.ranked(t)) > 0 {
		return nil
	}
	return fmt.Errorf("%s: transformers has no models for it; use %s", t, t.Library())
}

// listTasks lists every task with the first model of its ranking.
func listTasks(opts *options, r registry) error {
	var out reply
	entries := []object{}
	table := [][]string{{"TASK", "FIRST", "PARAMETERS", "RANKED", "LIBRARY"}}
	for t := range hfmodels.Tasks() {
		ranking := r.ranked(t)
		entry := append(entryOf(t, len(ranking)), members{"first": nil})
		row := []string{t.String(), "-", "-", strconv.Itoa(len(ranking)), t.Library()}
		if none := unserved(t); none != nil {
			row[1] = "none, use " + t.Library() // a terminal may cut the last column
		} else if len(ranking) > 0 {
			first := ranking[0]
			entry[len(entry)-1] = members{"first": withArch(first.Arch, first)}
			row[1], row[2] = first.ID, size(first.Parameters)
			out.ids = append(out.ids, first.ID)
		}
		entries, table = append(entries, entry), append(table, row)
	}
	out.json, out.human = entries, func(on screen) { on.table(table) }
	return opts.print(out)
}

// leaves says how many models of a task's ranking, or without a task of the defaults of
// all architectures, the user's policy leaves. It says nothing if the user has no policy.
func (r registry) leaves(t hfmodels.Task) string {
	left, all := len(r.ranked(t)), len(slices.Collect(hfmodels.Ranked(t)))
	if r.own == nil || left >= all {
		return ""
	}
	name, _ := t.MarshalText()
	return fmt.Sprintf("your policy leaves %d of the %d models for %s", left, all, cmp.Or(string(name), "any task"))
}

// showTask shows the ranking of a task; with why, what put each model there, and
// before the next.
func showTask(opts *options, r registry, t hfmodels.Task, why bool) error {
	if err := unserved(t); err != nil {
		return err
	}
	picks, err := r.decisions(t.String())
	if err != nil {
		return err
	}
	tiers := make(map[string]string) // by id; what puts each before the next
	for _, m := range picks.Ranking(t.String()) {
		tiers[m.ID] = m.Tier
	}
	var out reply
	models := r.ranked(t)
	rows := []object{}
	table := [][]string{{"RANK", "CHECKPOINT", "ARCHITECTURE", "PARAMETERS"}}
	for i, m := range models {
		rows = append(rows, append(withArch(m.Arch, m), members{"tier": tiers[m.ID]}))
		out.ids = append(out.ids, m.ID)
		table = append(table, []string{strconv.Itoa(i + 1), m.ID, m.Arch.String(), size(m.Parameters)})
	}
	out.json = append(entryOf(t, len(models)), members{"models": rows})
	out.human = func(on screen) {
		on.field("task", t.String())
		on.field("about", t.About())
		on.field("library", t.Library())
		switch {
		case why:
			for i, m := range models {
				fmt.Fprintln(on)
				on.say(fmt.Sprintf("%-4d", i+1), m.ID)
				on.say(indent, fmt.Sprintf("%s, %s parameters: %s", m.Arch, size(m.Parameters), m.Reason))
				if i+1 < len(models) {
					on.say(indent, "before the next by: "+tiers[m.ID])
				}
			}
		case len(models) > 0:
			fmt.Fprintln(on)
			on.table(table)
		}
	}
	if err := opts.print(out); err != nil {
		return err
	}
	if len(models) == 0 {
		return errors.New(cmp.Or(r.leaves(t), "no proven checkpoint is known to be made for "+t.String()))
	}
	return nil
}

// examples of each rule are shown unless all are asked for.
const examples = 3

func showWhy(opts *options, r registry, arch hfmodels.Arch, at place, all bool) error {
	picks, err := r.decisions(arch.String())
	if err != nil {
		return err
	}
	a, i := cmp.Or(picks.Of(arch.String()), new(data.ArchPicks)), r.info(arch)
	chosen := a.Roles[at.role.String()]
	if at.task != 0 {
		chosen = a.Tasks[at.task.String()]
	}
	entry := members{"arch": arch, "status": i.Status, "host": known(i.Host), "owner": known(a.Owner), "model": nil, "doubt": nil}
	var lines []string
	say := func(known bool, format string, args ...any) {
		if known {
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	}
	m, ok := r.model(arch, at)
	if ok {
		entry["model"] = m
		if c, err := r.checkpoint(m.ID, nil); err == nil {
			entry["doubt"] = known(c.Doubt)
			say(c.Doubt != "", "size unknown: %s", c.Doubt)
		}
	}
	say(i.Why != "", "%s: %s", i.Status, i.Why)
	say(i.Documented != "", "documented: %s: %s", i.Documented, a.Documented)
	say(a.Owner != "", "owner: %s %s", a.Owner, a.OwnerWhy)
	if was := chosen.Replaced; was != nil {
		entry["replaced"] = was
		say(true, "before: %s, until %s: %s", was.ID, was.Rule, was.Why)
	}
	if rival := chosen.Challenger; rival != nil {
		entry["challenger"] = rival
		say(true, "challenged since %s by %s, four times as popular", rival.Since, rival.ID)
	}
	for name, text := range map[string]string{"why": i.Why, "documented": a.Documented, "owner_why": a.OwnerWhy, "tier": chosen.Tier} {
		if text != "" {
			entry[name] = text
		}
	}
	// A host's checkpoint is unproven for what it hosts, and a stub is what Tiny
	// is chosen from: neither was removed from this place.
	rejected := slices.DeleteFunc(slices.Clone(a.Rejected), func(no data.Rejection) bool {
		lost := slices.ContainsFunc(chosen.RunnersUp, func(u data.RunnerUp) bool { return u.ID == no.ID })
		return no.ID == chosen.ID || lost
	})
	runs, err := data.Read[data.Measurements](registrydata.All, "measurements.json")
	if r.state != nil {
		runs = &r.state.Measurements
	}
	measured := []string{}
	for m := range runs.Of(arch.String()) {
		line := fmt.Sprintf("%s, run on %s with transformers %s: %s", m.Model, m.Day(), m.Transformers, m.Outcome)
		if m.Reason != "" {
			line += ": " + m.Reason
		}
		measured = append(measured, line)
	}
	entry["runners_up"], entry["measured"] = append([]data.RunnerUp{}, chosen.RunnersUp...), measured
	entry["rejected"] = append([]data.Rejection{}, rejected...)
	out := reply{json: entry, ids: []string{chosen.ID}, human: func(on screen) {
		if ok {
			on.model(m, fmt.Sprintf("the %s checkpoint of %s: %s", at, arch, m.Reason), "decided by: "+chosen.Tier)
		} else {
			on.say("", fmt.Sprintf("%s has no %s checkpoint", arch, at))
		}
		for _, line := range append(lines, measured...) {
			on.say(indent, line)
		}
		showLosers(on, chosen.RunnersUp, rejected, all)
	}}
	if err = cmp.Or(err, opts.print(out)); err == nil && !ok {
		return r.noModel(arch, at)
	}
	return err
}

// showLosers shows what lost, and what was turned away by each rule: examples, or
// all.
func showLosers(on screen, runnersUp []data.RunnerUp, rejected []data.Rejection, all bool) {
	if len(runnersUp) > 0 {
		fmt.Fprintln(on, "\nRunners-up")
	}
	for _, u := range runnersUp {
		on.say(indent, u.ID)
		on.say(indent+indent, fmt.Sprintf("lost at %s: %s", u.Tier, u.Why))
	}
	if len(rejected) > 0 {
		fmt.Fprintf(on, "\nTurned away: %d\n", len(rejected))
	}
	byRule := make(map[string][]data.Rejection)
	for _, no := range rejected {
		byRule[no.Rule] = append(byRule[no.Rule], no)
	}
	hidden := 0
	for _, rule := range slices.Sorted(maps.Keys(byRule)) {
		shown := byRule[rule]
		on.say(indent, fmt.Sprintf("%s: %d", rule, len(shown)))
		if !all && len(shown) > examples {
			hidden += len(shown) - examples
			shown = shown[:examples]
		}
		for _, no := range shown {
			on.say(indent+indent, no.ID+": "+no.Why)
		}
	}
	if hidden > 0 {
		fmt.Fprintf(on, "\n%d more with --all\n", hidden)
	}
}

// showLive shows what the Hub answers now, or why something else has to.
func showLive(opts *options, name string, at place) error {
	arch, _, err := registry{}.find(name)
	if err != nil {
		return err
	}
	var resolver live.Resolver
	text, err := opts.policyText()
	if text != nil {
		resolver.Policy, err = live.ParsePolicy(opts.policy, text)
	}
	if err != nil {
		return err
	}
	a, err := resolver.Resolve(opts.cmd.Context(), live.Query{Arch: arch, Role: at.role, Task: at.task})
	if none := (*live.NoAnswerError)(nil); errors.As(err, &none) && none.Err != nil && !errors.Is(err, live.Unfit) {
		return usage.Partialf("%w", err)
	}
	if err != nil {
		return err
	}
	from := members{"source": a.Source, "as_of": nil, "age_seconds": nil, "why": nil}
	if !a.AsOf.IsZero() {
		from["as_of"], from["age_seconds"] = a.AsOf.UTC().Format(time.RFC3339), int64(a.Age().Seconds())
	}
	if a.Why != nil {
		from["why"] = a.Why.Error() // why the answer comes from this source
	}
	out := ofModel(a.Model.Arch, a.Model, from)
	out.human = func(on screen) {
		on.model(a.Model, fmt.Sprintf("the %s checkpoint of %s: %s", at, arch, a.Model.Reason), provenance(a))
	}
	return opts.print(out)
}

// provenance says in a line where a live answer comes from, how old it is, and
// why there is no better one.
func provenance(a live.Answer) string {
	from := "source: " + string(a.Source)
	if a.AsOf.IsZero() {
		from += ", of unknown age"
	} else if a.Source != live.Hub || a.Age() > time.Minute {
		from += ", as of " + humanize.Time(a.AsOf)
	}
	if a.Why != nil {
		from += ": " + a.Why.Error()
	}
	return from
}
