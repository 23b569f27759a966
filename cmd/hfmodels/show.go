package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func showCommand(opts *options) *cobra.Command {
	var at place
	var why, ask, all bool
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
in the ranking, and the tier that puts it before the next.

With --live: ask the Hub. One short request replaces the compiled facts, and the
same rules decide. Where the Hub does not answer, an earlier answer from the
cache is used, else the compiled table.

HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_OFFLINE and HF_HUB_ETAG_TIMEOUT mean what
they mean to huggingface_hub. Besides, with --live:
  HF_API_DISABLED        send nothing; the cache or the table answers
  USE_STATIC_REGISTRY    send nothing, and do not read the cache either
  FORCE_API_CALLS        ask even where the cache is fresh
  MAX_REGISTRY_AGE_DAYS  how long the cache is fresh (7)`,
		Example: `  hfmodels show bert
  hfmodels show gpt-neox --json
  hfmodels show google-bert/bert-base-uncased
  hfmodels show BertForMaskedLM
  hfmodels show text-classification --why
  hfmodels show llama --why --role open
  hfmodels show bert --live --pipeline-tag token-classification`,
		Args:      usage.Args(oneName),
		ValidArgs: slices.Concat(archNames(), namesOf(hfmodels.Tasks())),
		RunE: func(cmd *cobra.Command, args []string) error {
			f := cmd.Flags()
			placed := f.Changed("role") || f.Changed("pipeline-tag")
			if !why && !ask && placed {
				return usage.Errorf("--role and --pipeline-tag go with --why or --live; for one checkpoint try: hfmodels default")
			} else if !why && f.Changed("all") {
				return usage.Errorf("--all goes with --why")
			}
			if task, ok := parseTask(args[0]); ok {
				if ask || placed || all {
					return usage.Errorf("%s is a task; only --why goes with it", task)
				}
				r, err := opts.registry()
				if err != nil {
					return err
				}
				return showTask(opts, r, task, why)
			}
			if ask {
				return showLive(opts, args[0], at)
			}
			arch, c, r, err := opts.open(args[0])
			if err != nil {
				return err
			}
			if c != nil && !placed {
				return showID(opts, r, c)
			}
			if why {
				return showWhy(opts, r, arch, at, all)
			}
			return show(opts, r, arch)
		},
	}
	cmd.Flags().BoolVar(&why, "why", false, "say why the checkpoint was chosen, and what was turned down")
	cmd.Flags().BoolVar(&all, "all", false, "with --why: list every candidate that was removed")
	cmd.Flags().BoolVar(&ask, "live", false, "ask the Hub which checkpoint to use now")
	placeFlags(cmd, &at)
	cmd.Args = usage.Exclusive(cmd.Args, "why", "live")
	return cmd
}

// parseTask finds the task of that name, unless an architecture has it.
func parseTask(name string) (hfmodels.Task, bool) {
	_, noArch := hfmodels.ParseArch(name)
	t, err := hfmodels.ParseTask(name)
	return t, noArch != nil && err == nil
}

func show(opts *options, r registry, arch hfmodels.Arch) error {
	e, i := r.entry(arch), r.info(arch)
	out := reply{
		json:   object{e, map[string]any{"info": transformersJSON(i)}},
		header: slices.Concat([]string{"arch", "status", "place"}, columns),
	}
	for p, m := range r.places(arch) {
		out.rows = append(out.rows, slices.Concat([]string{arch.String(), string(e.Status), p.String()}, cells(m)))
		out.ids = append(out.ids, m.ID)
	}
	out.human = func(on screen) {
		showInfo(on, i)
		var models []hfmodels.Model // each once, with all its places
		lines := make(map[string][]string)
		for p, m := range r.places(arch) {
			if lines[m.ID] == nil {
				models = append(models, m)
			}
			lines[m.ID] = append(lines[m.ID], p.String()+": "+m.Reason)
		}
		for _, m := range models {
			fmt.Fprintln(on)
			checkpointLines(on, m, lines[m.ID]...)
		}
	}
	return opts.print(out)
}

// transformersJSON is what transformers says of an architecture.
func transformersJSON(i hfmodels.Info) map[string]any {
	classes := make(map[string]string)
	for auto, class := range i.AutoClasses() {
		if classes[auto] == "" { // the default comes first
			classes[auto] = class
		}
	}
	return map[string]any{
		"config_class": i.ConfigClass, "part": i.Part, "documented": known(i.Documented),
		"parents": namesOf(i.Parents()), "inputs": namesOf(i.Inputs.All()), "tasks": namesOf(i.Tasks.All()),
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
func showInfo(on screen, i hfmodels.Info) {
	line := func(name, value string) {
		if value != "" {
			on.say(fmt.Sprintf("%-18s", name), value)
		}
	}
	status := string(i.Status)
	if i.Host != 0 {
		status += " by " + i.Host.String()
	}
	if i.Why != "" {
		status += ": " + i.Why
	}
	line("architecture", i.Arch.String())
	line("status", status)
	line("family", string(i.Family))
	line("inputs", strings.Join(namesOf(i.Inputs.All()), ", "))
	line("config class", i.ConfigClass)
	line("part of", strings.Join(namesOf(i.Parents()), ", "))
	line("documented", orUnknown(i.Documented))
	for _, kind := range slices.Sorted(maps.Keys(preprocessors(i))) {
		line(strings.ReplaceAll(kind, "_", " "), preprocessors(i)[kind])
	}
	line("tasks", strings.Join(namesOf(i.Tasks.All()), ", "))
}
