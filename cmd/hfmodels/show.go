package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
)

func showCommand(opts *options) *cobra.Command {
	return archArgs(&cobra.Command{
		Use:   "show ARCH",
		Short: "Show an architecture: its checkpoints, classes and tasks",
		Example: `  hfmodels show bert
  hfmodels show gpt-neox --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			arch, picks, err := find(opts, args[0])
			if err != nil {
				return err
			}
			a, about := answerOf(arch, picks), infoOf(arch)
			if opts.json {
				return printJSON(cmd.OutOrStdout(), struct {
					answer
					Info info `json:"info"`
				}{a, about})
			}
			show(cmd, a, about)
			return nil
		},
	})
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
		ConfigClass: i.ConfigClass, Part: i.Part, Documented: known(i.Documented), Parents: []string{}, Inputs: []string{}, Tasks: []string{},
		AutoClasses: make(map[string]string), Preprocessor: make(map[string]string),
	}
	for p := range i.Parents() {
		out.Parents = append(out.Parents, p.String())
	}
	for m := range i.Inputs.All() {
		out.Inputs = append(out.Inputs, m.String())
	}
	for t := range i.Tasks.All() {
		out.Tasks = append(out.Tasks, t.String())
	}
	for auto, class := range i.AutoClasses() {
		if _, taken := out.AutoClasses[auto]; !taken {
			out.AutoClasses[auto] = class
		}
	}
	for kind, class := range map[string]string{
		"tokenizer": i.Tokenizer, "processor": i.Processor, "image_processor": i.ImageProcessor,
		"video_processor": i.VideoProcessor, "feature_extractor": i.FeatureExtractor,
	} {
		if class != "" {
			out.Preprocessor[kind] = class
		}
	}
	return out
}

func show(cmd *cobra.Command, a answer, i info) {
	w := cmd.OutOrStdout()
	status := a.Status
	if a.Host != nil {
		status += " by " + *a.Host
	}
	if a.Why != "" {
		status += ": " + a.Why
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-18s%s\n", name, printable(value))
		}
	}
	line("architecture", a.Arch)
	line("status", status)
	line("family", a.Family)
	line("inputs", strings.Join(i.Inputs, ", "))
	line("config class", i.ConfigClass)
	line("part of", strings.Join(i.Parents, ", "))
	line("documented", orUnknown(i.Documented))
	for _, kind := range sorted(i.Preprocessor) {
		line(strings.ReplaceAll(kind, "_", " "), i.Preprocessor[kind])
	}
	line("tasks", strings.Join(i.Tasks, ", "))

	add := func(place string, m *model) {
		if m != nil {
			fmt.Fprintf(w, "\n%s: %s\n    %s parameters, licence %s, gated: %s, revision %.12s\n    %s\n",
				place, printable(m.ID), size(m.Parameters), orUnknown(m.License), orUnknown(m.Gated), orUnknown(m.Revision), printable(m.Reason))
		}
	}
	add("default", a.Default)
	add("open", a.Open)
	add("small", a.Small)
	for _, task := range sorted(a.ByTask) {
		m := a.ByTask[task]
		add(task, &m)
	}
	add("tiny", a.Tiny)
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
