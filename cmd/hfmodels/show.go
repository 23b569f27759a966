package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/usage"
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
	picks, err := r.decisions()
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
		if classes[auto] == "" { // the default comes first
			classes[auto] = class
		}
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
	classes := preprocessors(i)
	for _, kind := range slices.Sorted(maps.Keys(classes)) {
		on.field(strings.ReplaceAll(kind, "_", " "), classes[kind])
	}
	on.field("tasks", strings.Join(namesOf(i.Tasks.All()), ", "))
}
