package main

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
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
	if arch, err := hfmodels.ParseArch(args[0]); err == nil {
		return fmt.Errorf("%s is an architecture; try: hfmodels default %s", arch, arch)
	} else if strings.Contains(args[0], "/") {
		return fmt.Errorf("unknown command %s; for a checkpoint try: hfmodels show ID", usage.Quote(args[0]))
	}
	var known []string
	for _, c := range cmd.Commands() {
		known = append(known, c.Name())
	}
	return fmt.Errorf("unknown command %s%s", usage.Quote(args[0]), usage.Near(args[0], known))
}

// oneName is for commands that take one NAME.
func oneName(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("%s takes one name, such as bert, and got %d", cmd.Name(), len(args))
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
	addFlag(cmd, "role", "for this `role`: default, open, small or tiny", roleNames, parsed(&p.role, hfmodels.ParseRole))
	taskFlag(cmd, "for this pipeline `task` (or --task)", &p.task)
	cmd.Args = usage.Exclusive(cmd.Args, "role", "pipeline-tag")
}

// taskFlag adds --pipeline-tag, which can be spelled --task as well, but not
// given twice with different tasks.
func taskFlag(cmd *cobra.Command, help string, task *hfmodels.Task) {
	cmd.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "task" {
			name = "pipeline-tag"
		}
		return pflag.NormalizedName(name)
	})
	addFlag(cmd, "pipeline-tag", help, func() []string { return namesOf(hfmodels.Tasks()) }, func(s string) error {
		before := *task
		err := parsed(task, hfmodels.ParseTask)(s)
		if err == nil && before != 0 && before != *task {
			err = fmt.Errorf("%s and %s: give one task (--task is the same flag)", before, *task)
		}
		return err
	})
}

// query is made of the flags that say what a checkpoint has to be. Those that
// the hf command has too are named as there.
type query struct {
	hfmodels.Query
	hardware string
}

// addFlags adds them to a command, but for --role and --pipeline-tag.
func (q *query) addFlags(cmd *cobra.Command) {
	text := func(s string) (string, error) { return s, nil }
	addFlag(cmd, "family", "of this `family`, such as encoder or vision", familyNames,
		parsed(&q.Family, oneOf[hfmodels.Family]("family", familyNames)))
	addFlag(cmd, "author", "from this `organisation`", authorNames, parsed(&q.Organization, text))
	addFlag(cmd, "num-parameters", "so many parameters, as `min:1M,max:6B`; either half may be left out", nil,
		func(s string) (err error) { q.MinParameters, q.MaxParameters, err = parameterRange(s); return err })
	addFlag(cmd, "max-bytes", "weights of at most this `size`, as 500MB", nil, parsed(&q.MaxBytes, parseSize))
	addFlag(cmd, "max-memory", "running it takes at most this `size`: its weights and a fifth more",
		nil, parsed(&q.MaxMemory, parseSize))
	addFlag(cmd, "hardware", "runs on this `profile`: "+strings.Join(profileNames(), ", ")+", or one of your policy",
		profileNames, parsed(&q.hardware, text))
	addFlag(cmd, "weights", "has weights in this `format`: "+strings.Join(weightNames(), ", "),
		weightNames, parsed(&q.Format, hfmodels.ParseFormat))
	addFlag(cmd, "engine", "known to run on this `engine`: "+strings.Join(engineNames(), ", "),
		engineNames, parsed(&q.Engine, hfmodels.ParseEngine))
	addFlag(cmd, "license", "under one of these `licences`, as mit,apache-2.0", licenseNames,
		each(func(s string) error { q.Licenses = append(q.Licenses, hfmodels.License(s)); return nil }))
	cmd.Flags().BoolVar(&q.Ungated, "no-gated", false, "known to load without a token")
	cmd.Flags().BoolVar(&q.Chat, "chat", false, "known to be trained to follow instructions or to talk")
	cmd.Flags().BoolVar(&q.Base, "base", false, "known to be a base model, which is not trained for that")
	cmd.Args = usage.Exclusive(cmd.Args, "chat", "base")
	cmd.Flags().BoolVar(&q.Pinned, "pinned", false, "of known revision")
}

// profiles are the largest weights, in bytes, that classes of machines run.
var profiles = map[string]int64{
	"cpu-small": hfmodels.CPUSmall, "cpu-medium": hfmodels.CPUMedium, "cpu-large": hfmodels.CPULarge,
	"gpu-small": hfmodels.GPUSmall, "gpu-medium": hfmodels.GPUMedium, "gpu-large": hfmodels.GPULarge,
}

// settle looks up the hardware profile, which the user's policy may define.
func (q *query) settle(own *data.Policy) error {
	if q.hardware == "" || q.hardware == "any" {
		return nil
	}
	known, limit := profileNames(), profiles[q.hardware]
	if own != nil {
		limit = cmp.Or(int64(own.Profiles[q.hardware]), limit)
		known = slices.AppendSeq(known, maps.Keys(own.Profiles))
	}
	if limit == 0 {
		return usage.Errorf("unknown hardware profile %q%s", q.hardware, usage.NearOrAll(q.hardware, known))
	}
	if q.MaxBytes == 0 || limit < q.MaxBytes {
		q.MaxBytes = limit
	}
	return nil
}

// addFlag adds a flag that is parsed when it is given, so that what is wrong
// with it is an error about the flag. The shell completes it to one of names.
func addFlag(cmd *cobra.Command, name, help string, names func() []string, parse func(string) error) {
	cmd.Flags().Func(name, help, func(s string) error {
		if s == "" { // --license "$UNSET" must not mean any licence
			return errors.New("the value is empty")
		}
		return parse(s)
	})
	if names != nil {
		complete(cmd, name, names)
	}
}

// complete lets the shell complete a flag's value, the last one of a list.
func complete(cmd *cobra.Command, flag string, names func() []string) {
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, text string) ([]string, cobra.ShellCompDirective) {
		list := names()
		for i := range list {
			list[i] = text[:strings.LastIndexByte(text, ',')+1] + list[i]
		}
		return list, cobra.ShellCompDirectiveNoFileComp
	}))
}

func parsed[T any](to *T, parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		v, err := parse(s)
		if err != nil {
			return errors.New(strings.TrimPrefix(err.Error(), "hfmodels: "))
		}
		*to = v
		return nil
	}
}

// each makes a flag take several values, separated by commas.
func each(parse func(string) error) func(string) error {
	return func(s string) (err error) {
		for one := range strings.SplitSeq(s, ",") {
			if one = strings.TrimSpace(one); one == "" {
				err = cmp.Or(err, fmt.Errorf("a name is empty in %s", usage.Quote(s)))
			}
			err = cmp.Or(err, parse(one))
		}
		return err
	}
}

// oneOf parses one of the known names, in any letter case.
func oneOf[T ~string](kind string, known func() []string) func(string) (T, error) {
	return func(s string) (T, error) {
		for _, name := range known() {
			if strings.EqualFold(name, s) {
				return T(name), nil
			}
		}
		return "", fmt.Errorf("unknown %s %q%s", kind, s, usage.NearOrAll(s, known()))
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

// parameterRange reads min:1M,max:6B as the Hub does. A half that is not given
// is zero.
func parameterRange(s string) (low, high int64, err error) {
	for part := range strings.SplitSeq(s, ",") {
		half, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		n, ok := parameters(value)
		switch {
		case ok && half == "min" && low == 0:
			low = n
		case ok && half == "max" && high == 0:
			high = n
		default:
			return 0, 0, fmt.Errorf("%s is not a range such as min:1M,max:6B, of numbers from 1 to 9e18", usage.Quote(s))
		}
	}
	if high > 0 && low > high {
		return 0, 0, fmt.Errorf("%q asks for more than its own maximum", s)
	}
	return low, high, nil
}

// parameters reads 6B, 1.5M or 1000.
func parameters(s string) (int64, bool) {
	unit := 1.0
	if s != "" {
		if u, ok := map[byte]float64{'K': 1e3, 'M': 1e6, 'B': 1e9, 'T': 1e12}[s[len(s)-1]&^0x20]; ok {
			s, unit = s[:len(s)-1], u
		}
	}
	if strings.Trim(s, "0123456789.") != "" { // ParseFloat knows more than people write
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	n *= unit
	return int64(n), err == nil && n >= 1 && n < math.MaxInt64
}

func profileNames() []string {
	return []string{"any", "cpu-small", "cpu-medium", "cpu-large", "gpu-small", "gpu-medium", "gpu-large"}
}

func archNames() []string { return namesOf(hfmodels.Archs()) }

func roleNames() []string {
	return namesOf(hfmodels.SetOf(hfmodels.Default, hfmodels.Open, hfmodels.Small, hfmodels.Tiny).All())
}

func weightNames() []string {
	return namesOf(hfmodels.SetOf(hfmodels.Safetensors, hfmodels.PyTorch, hfmodels.TensorFlow, hfmodels.JAX, hfmodels.ONNX, hfmodels.GGUF).All())
}

func engineNames() []string { return namesOf(hfmodels.Engines()) }

func authorNames() []string {
	return modelNames(func(m hfmodels.Model) string { name, _, _ := strings.Cut(m.ID, "/"); return name })
}

func familyNames() []string {
	return modelNames(func(m hfmodels.Model) string { return string(m.Arch.Info().Family) })
}

func licenseNames() []string {
	all := modelNames(func(m hfmodels.Model) string { return string(m.License) })
	all = strings.Split(strings.Join(all, data.LicenseSeparator), data.LicenseSeparator) // a model may have several
	slices.Sort(all)
	return slices.Compact(all)
}

// modelNames returns what all models have of one kind, such as licences.
func modelNames(of func(hfmodels.Model) string) []string {
	all := make(map[string]bool)
	for a := range hfmodels.Archs() {
		for m := range a.Models() {
			all[of(m)] = true
		}
	}
	delete(all, "")
	return slices.Sorted(maps.Keys(all))
}

func namesOf[T fmt.Stringer](all iter.Seq[T]) []string {
	names := []string{}
	for v := range all {
		names = append(names, v.String())
	}
	return names
}
