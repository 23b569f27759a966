package main

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// unknownCommand checks what follows the program's own name.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	near := append(cmd.SuggestionsFor(args[0]), "hfmodels show NAME")
	return fmt.Errorf("unknown command %s; try %s", usage.Quote(args[0]), strings.Join(near, " or "))
}

// place is a place that a model can fill for an architecture: the default for
// the task, or the role if the task is zero.
type place struct {
	role hfmodels.Role
	task hfmodels.Task
}

func (p place) String() string {
	if p.task != 0 {
		return p.task.String()
	}
	return p.role.String()
}

// placeFlags adds --role and --pipeline-tag, which exclude each other.
func placeFlags(cmd *cobra.Command, p *place) {
	cmd.Flags().Func("role", "for this `role`: default, open, small or tiny", parsed(&p.role, hfmodels.ParseRole))
	complete(cmd, "role", []string{"default", "open", "small", "tiny"})
	taskFlag(cmd, "for this pipeline `task`; --task is the same", &p.task)
	cmd.MarkFlagsMutuallyExclusive("role", "pipeline-tag")
}

// taskFlag adds --pipeline-tag.
func taskFlag(cmd *cobra.Command, help string, task *hfmodels.Task) {
	cmd.Flags().Func("pipeline-tag", help, parsed(task, hfmodels.ParseTask))
	complete(cmd, "pipeline-tag", namesOf(hfmodels.Tasks()))
}

// complete lets the shell complete the values of a flag.
func complete(cmd *cobra.Command, flag string, values []string) {
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
}

// oneTaskFlag lets --pipeline-tag be spelled --task as well.
func oneTaskFlag(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if name == "task" {
		name = "pipeline-tag"
	}
	return pflag.NormalizedName(name)
}

// query is made of the flags that say what a checkpoint has to be. Those that
// the hf command has too are named as there.
type query struct {
	hfmodels.Query
	hardware string
	licenses []string
}

// addFlags adds them to a command, but for --role and --pipeline-tag.
func (q *query) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Func("family", "of this `family`, such as encoder or vision", parsed(&q.Family, oneOf("family", families()...)))
	f.StringVar(&q.Organization, "author", "", "from this `organisation`")
	f.Func("num-parameters", "so many parameters, as `min:1M,max:6B`; either half may be left out", func(s string) (err error) {
		q.MinParameters, q.MaxParameters, err = parameterRange(s)
		return err
	})
	f.Func("max-bytes", "weights of at most this `size`, as 500MB", parsed(&q.MaxBytes, parseSize))
	f.Func("max-memory", "running it takes at most this `size`: its weights and a fifth more", parsed(&q.MaxMemory, parseSize))
	f.StringVar(&q.hardware, "hardware", "", "runs on this `profile`: cpu-small to cpu-large, gpu-small to gpu-large, or one of your policy")
	f.Func("weights", "has weights in this `format`: "+strings.Join(data.Formats(), ", "), parsed(&q.Format, hfmodels.ParseFormat))
	f.Func("engine", "known to run on this `engine`: "+strings.Join(namesOf(hfmodels.Engines()), ", "), parsed(&q.Engine, hfmodels.ParseEngine))
	f.StringSliceVar(&q.licenses, "license", nil, "under one of these `licences`, as mit,apache-2.0")
	f.BoolVar(&q.Ungated, "no-gated", false, "known to load without a token")
	f.BoolVar(&q.Chat, "chat", false, "known to be trained to follow instructions or to talk")
	f.BoolVar(&q.Base, "base", false, "known to be a base model, which is not trained for that")
	f.BoolVar(&q.Pinned, "pinned", false, "of known revision")
	cmd.MarkFlagsMutuallyExclusive("chat", "base")
	complete(cmd, "hardware", slices.Sorted(maps.Keys(profiles)))
	complete(cmd, "weights", data.Formats())
	complete(cmd, "engine", namesOf(hfmodels.Engines()))
}

// parsed makes a flag set what its value means.
func parsed[T any](to *T, parse func(string) (T, error)) func(string) error {
	return func(s string) (err error) {
		*to, err = parse(s)
		return err
	}
}

// profiles are the largest weights, in bytes, that classes of machines run.
var profiles = map[string]int64{
	"cpu-small": hfmodels.CPUSmall, "cpu-medium": hfmodels.CPUMedium, "cpu-large": hfmodels.CPULarge,
	"gpu-small": hfmodels.GPUSmall, "gpu-medium": hfmodels.GPUMedium, "gpu-large": hfmodels.GPULarge,
}

// settle reads the values that are names of the tables or of the user's policy.
func (q *query) settle(own *data.Policy) error {
	for _, l := range q.licenses {
		q.Licenses = append(q.Licenses, hfmodels.License(strings.TrimSpace(l)))
	}
	if q.hardware == "" {
		return nil
	}
	all := maps.Clone(profiles)
	if own != nil {
		for name, size := range own.Profiles {
			all[name] = int64(size)
		}
	}
	limit := all[q.hardware]
	if limit == 0 {
		return usage.Errorf("unknown hardware profile %q%s", q.hardware, usage.NearOrAll(q.hardware, slices.Sorted(maps.Keys(all))))
	}
	if q.MaxBytes == 0 || limit < q.MaxBytes {
		q.MaxBytes = limit
	}
	return nil
}

// oneOf finds the known name that is meant, in any letter case.
func oneOf[T ~string](kind string, known ...T) func(string) (T, error) {
	return func(name string) (T, error) {
		var all []string
		for _, k := range known {
			if strings.EqualFold(string(k), name) {
				return k, nil
			}
			all = append(all, string(k))
		}
		return "", usage.Errorf("unknown %s %s%s", kind, usage.Quote(name), usage.NearOrAll(name, all))
	}
}

// parseSize reads 500MB, 2GiB or a plain number of bytes.
func parseSize(s string) (int64, error) {
	n, err := humanize.ParseBytes(s)
	if err != nil || n == 0 || n > math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size such as 500MB or 2GB", s)
	}
	return int64(n), nil
}

var halfRange = regexp.MustCompile(`^(min|max):([0-9.]+)([KMBTkmbt]?)$`)

// parameterRange reads min:1M,max:6B as the Hub does. A half that is not given
// is zero.
func parameterRange(s string) (low, high int64, err error) {
	halves := map[string]int64{}
	for part := range strings.SplitSeq(s, ",") {
		m := append(halfRange.FindStringSubmatch(strings.TrimSpace(part)), "", "", "", "")
		n, err := strconv.ParseFloat(m[2], 64)
		n *= map[string]float64{"": 1, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}[strings.ToUpper(m[3])]
		if err != nil || n < 1 || n >= math.MaxInt64 || halves[m[1]] != 0 {
			return 0, 0, fmt.Errorf("%s is not a range such as min:1M,max:6B, of numbers from 1 to 9e18", usage.Quote(s))
		}
		halves[m[1]] = int64(n)
	}
	if low, high = halves["min"], halves["max"]; high > 0 && low > high {
		return 0, 0, fmt.Errorf("%s asks for more than its own maximum", usage.Quote(s))
	}
	return low, high, nil
}

// families are those of the architectures, sorted.
func families() (all []hfmodels.Family) {
	for a := range hfmodels.Archs() {
		all = append(all, a.Info().Family)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// mistakes says, a line each, which licences and organisation of a query no model has.
func (r registry) mistakes(q hfmodels.Query) (lines string) {
	if len(q.Licenses) == 0 && q.Organization == "" {
		return ""
	}
	licenses, owners := make(map[string]bool), make(map[string]bool)
	learn := func(m hfmodels.Model) {
		for name := range strings.SplitSeq(string(m.License), data.LicenseSeparator) {
			licenses[name] = true
		}
		owner, _, _ := strings.Cut(m.ID, "/")
		owners[owner] = true
	}
	for a := range hfmodels.Archs() {
		for _, m := range r.places(a) {
			learn(m)
		}
	}
	for t := range hfmodels.Tasks() {
		for _, m := range r.ranked(t) {
			learn(m)
		}
	}
	check := func(what, name string, known map[string]bool) {
		all := slices.Sorted(maps.Keys(known))
		if !slices.ContainsFunc(all, func(k string) bool { return strings.EqualFold(k, name) }) {
			lines += fmt.Sprintf("\nno pick has the %s %s%s", what, usage.Quote(name), usage.Near(name, all))
		}
	}
	for _, l := range q.Licenses {
		check("licence", string(l), licenses)
	}
	if q.Organization != "" {
		check("organisation", q.Organization, owners)
	}
	return lines
}

// noteMistakes notes the mistakes of a query that found something all the same.
func (o *options) noteMistakes(lines string) {
	for line := range strings.FieldsFuncSeq(lines, func(r rune) bool { return r == '\n' }) {
		o.note("%s", line)
	}
}

func namesOf[T fmt.Stringer](all iter.Seq[T]) []string {
	names := []string{}
	for v := range all {
		names = append(names, v.String())
	}
	return names
}
