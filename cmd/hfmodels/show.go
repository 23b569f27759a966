package main

import (
	"fmt"
	"io"
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
	cmd := oneName(&cobra.Command{
		Use:   "show NAME",
		Short: "Show an architecture: its checkpoints, why they were chosen, or what the Hub says now",
		Long: `Show an architecture with its classes, its tasks and its checkpoints.

With --why: how the checkpoint was chosen. Candidates are first removed by
rules; those that are left are ordered by tiers, one after the other.
docs/picks.md lists the rules and the tiers.

With --live: ask the Hub. One short request replaces the compiled facts, and the
same rules decide. Where the Hub does not answer, an earlier answer from the
cache is used, else the compiled table.

Environment of --live:
  HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN
                         the Hub to ask, and the token to send
  HF_HUB_ETAG_TIMEOUT    seconds that the request may take (10)
  HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE, HF_API_DISABLED
                         send nothing; the cache or the table answers
  USE_STATIC_REGISTRY    send nothing, and do not read the cache either
  FORCE_API_CALLS        ask even where the cache is fresh
  MAX_REGISTRY_AGE_DAYS  how long the cache is fresh (7)
  HF_HOME, HF_ASSETS_CACHE
                         where the cache is`,
		Example: `  hfmodels show bert
  hfmodels show gpt-neox --json
  hfmodels show llama --why --role open
  hfmodels show bert --live --pipeline-tag token-classification`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f := cmd.Flags(); !why && !ask && (f.Changed("role") || f.Changed("pipeline-tag")) {
				return usage.Errorf("--role and --pipeline-tag go with --why or --live; for one checkpoint try: hfmodels default")
			} else if !why && f.Changed("all") {
				return usage.Errorf("--all goes with --why")
			}
			if ask {
				return showLive(opts, args[0], at)
			}
			arch, r, err := opts.open(args[0])
			if err != nil {
				return err
			}
			if why {
				return showWhy(opts, r, arch, at, all)
			}
			return show(opts, r, arch)
		},
	})
	cmd.Flags().BoolVar(&why, "why", false, "say why the checkpoint was chosen, and what was turned down")
	cmd.Flags().BoolVar(&all, "all", false, "with --why: list every candidate that was removed")
	cmd.Flags().BoolVar(&ask, "live", false, "ask the Hub which checkpoint to use now")
	placeFlags(cmd, &at)
	cmd.Args = usage.Exclusive(cmd.Args, "why", "live")
	return cmd
}

func show(opts *options, r registry, arch hfmodels.Arch) error {
	e, about := r.entry(arch), infoOf(arch)
	out := reply{json: object{e, struct {
		Info info `json:"info"`
	}{about}}, header: slices.Concat([]string{"arch", "status", "place"}, columns)}
	for p, m := range r.places(arch) {
		out.rows = append(out.rows, slices.Concat([]string{arch.String(), e.Status.String(), p.name()}, cells(m)))
		out.ids = append(out.ids, m.ID)
	}
	out.human = func(w io.Writer, on screen) {
		about.write(w, on, r.info(arch))
		var models []hfmodels.Model // each once, with all its places
		lines := make(map[string][]string)
		for p, m := range r.places(arch) {
			if lines[m.ID] == nil {
				models = append(models, m)
			}
			lines[m.ID] = append(lines[m.ID], p.name()+": "+m.Reason)
		}
		for _, m := range models {
			fmt.Fprintln(w)
			checkpoint(w, on, m, lines[m.ID]...)
		}
	}
	return opts.print(out)
}

// info is what transformers says of an architecture.
type info struct {
	ConfigClass  string            `json:"config_class"`
	Part         bool              `json:"part"`
	Parents      []string          `json:"parents"`
	Inputs       []string          `json:"inputs"`
	Tasks        []string          `json:"tasks"`
	AutoClasses  map[string]string `json:"auto_classes"`
	Preprocessor map[string]string `json:"preprocessors"`
	Documented   *string           `json:"documented"`
}

func infoOf(arch hfmodels.Arch) info {
	i := arch.Info()
	out := info{
		ConfigClass: i.ConfigClass, Part: i.Part, Documented: known(i.Documented),
		Parents: namesOf(i.Parents()), Inputs: namesOf(i.Inputs.All()), Tasks: namesOf(i.Tasks.All()),
		AutoClasses: make(map[string]string), Preprocessor: map[string]string{
			"tokenizer": i.Tokenizer, "processor": i.Processor, "image_processor": i.ImageProcessor,
			"video_processor": i.VideoProcessor, "feature_extractor": i.FeatureExtractor,
		},
	}
	for auto, class := range i.AutoClasses() {
		if out.AutoClasses[auto] == "" { // the default comes first
			out.AutoClasses[auto] = class
		}
	}
	maps.DeleteFunc(out.Preprocessor, func(_, class string) bool { return class == "" })
	return out
}

// write writes the architecture for people, a line for each thing that is known.
func (i info) write(w io.Writer, on screen, of hfmodels.Info) {
	status := of.Status.String()
	if of.Host != 0 {
		status += " by " + of.Host.String()
	}
	if of.Why != "" {
		status += ": " + of.Why
	}
	lines := [][2]string{
		{"architecture", of.Arch.String()},
		{"status", status},
		{"family", string(of.Family)},
		{"inputs", strings.Join(i.Inputs, ", ")},
		{"config class", i.ConfigClass},
		{"part of", strings.Join(i.Parents, ", ")},
		{"documented", orUnknown(of.Documented)},
	}
	for _, kind := range slices.Sorted(maps.Keys(i.Preprocessor)) {
		lines = append(lines, [2]string{strings.ReplaceAll(kind, "_", " "), i.Preprocessor[kind]})
	}
	lines = append(lines, [2]string{"tasks", strings.Join(i.Tasks, ", ")})
	for _, line := range lines {
		if line[1] != "" {
			on.say(w, fmt.Sprintf("%-18s", line[0]), "%s", line[1])
		}
	}
}
