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
			places, models := a.places()
			w := cmd.OutOrStdout()
			switch opts.format {
			case asJSON:
				return printJSON(w, struct {
					answer
					Info info `json:"info"`
				}{a, about})
			case agent:
				var rows [][]string
				for i, m := range models {
					rows = append(rows, slices.Concat([]string{a.Arch, a.Status, places[i]}, m.columns()))
				}
				printRows(w, slices.Concat([]string{"arch", "status", "place"}, columns), rows...)
			case quietly:
				var ids []string
				for _, m := range models {
					ids = append(ids, m.ID)
				}
				printIDs(w, ids...)
			default:
				show(w, opts.out, a, about)
			}
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

func show(w io.Writer, on screen, a answer, i info) {
	status := on.status(a.Status)
	if a.Host != nil {
		status += " by " + *a.Host
	}
	if a.Why != "" {
		status += ": " + usage.Printable(a.Why)
	}
	const margin = 18
	line := func(name, value string) {
		if value != "" {
			text := on.wrapped(strings.Repeat(" ", margin), value)
			fmt.Fprintf(w, "%-*s%s\n", margin, name, strings.TrimLeft(text, " "))
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

	// A model that fills several places is shown once.
	places, models := a.places()
	for n, m := range models {
		if slices.ContainsFunc(models[:n], func(o model) bool { return o.ID == m.ID && o.Reason == m.Reason }) {
			continue
		}
		in := places[n]
		for k := n + 1; k < len(models); k++ {
			if models[k].ID == m.ID && models[k].Reason == m.Reason {
				in += ", " + places[k]
			}
		}
		facts := fmt.Sprintf("%s parameters, licence %s, gated: %s, revision %.12s", size(m.Parameters), orUnknown(m.License), orUnknown(m.Gated), orUnknown(m.Revision))
		fmt.Fprintf(w, "\n%s\n%s\n%s\n%s\n", on.wrapped("", in), "    "+on.paint(bold, usage.Printable(m.ID)), on.wrapped("    ", facts), on.wrapped("    ", usage.Printable(m.Reason)))
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
