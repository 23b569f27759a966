package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// queryFlags are the flags that say what a checkpoint has to be. Those that the
// hf command has too are named as there.
type queryFlags struct {
	family, task, parameters, size, memory, hardware, weights, author string
	licenses                                                          []string
	ungated, pinned                                                   bool
}

func (q *queryFlags) add(cmd *cobra.Command, taskHelp string) {
	f := cmd.Flags()
	taskFlag(cmd, &q.task, taskHelp)
	f.StringVar(&q.family, "family", "", "of this family, such as encoder or vision")
	f.StringVar(&q.author, "author", "", "from this organisation")
	f.StringVar(&q.parameters, "num-parameters", "", "so many parameters, as `min:1M,max:6B`; one half is enough")
	f.StringVar(&q.size, "max-bytes", "", "weights of at most this `size`, as 500MB")
	f.StringVar(&q.memory, "max-memory", "", "running it takes at most this `size`: measured, or else weights and a fifth more")
	f.StringVar(&q.hardware, "hardware", "", "runs on this `profile`: cpu-small, cpu-medium, cpu-large, gpu-small, gpu-medium, gpu-large or one of your policy's")
	f.StringVar(&q.weights, "weights", "", "has weights in this `format`: safetensors, pytorch, tf, jax, onnx or gguf")
	f.StringSliceVar(&q.licenses, "license", nil, "under one of these `licences`, as mit,apache-2.0")
	f.BoolVar(&q.ungated, "no-gated", false, "known to load without a token")
	f.BoolVar(&q.pinned, "pinned", false, "of known revision, so that it can be pinned")
	complete(cmd, "family", familyNames)
	complete(cmd, "author", authorNames)
	complete(cmd, "hardware", hardwareNames)
	complete(cmd, "weights", weightsNames)
	complete(cmd, "license", licenseNames)
}

// parse makes a query of the flags.
func (f *queryFlags) parse(opts *options) (q hfmodels.Query, err error) {
	q.Ungated, q.Pinned, q.Organization = f.ungated, f.pinned, f.author
	for _, l := range f.licenses {
		q.Licenses = append(q.Licenses, hfmodels.License(l))
	}
	if f.family != "" {
		known := familyNames()
		i := slices.IndexFunc(known, func(name string) bool { return strings.EqualFold(name, f.family) })
		if i < 0 {
			return q, usage.Errorf("unknown family %q%s", f.family, usage.NearOrAll(f.family, known))
		}
		q.Family = hfmodels.Family(known[i])
	}
	if f.task != "" {
		if q.Task, err = hfmodels.ParseTask(f.task); err != nil {
			return q, usage.Wrong(err)
		}
	}
	if f.weights != "" {
		if q.Format, err = hfmodels.ParseFormat(f.weights); err != nil {
			return q, usage.Wrong(err)
		}
	}
	for _, limit := range []struct {
		flag, given string
		to          *int64
	}{{"max-bytes", f.size, &q.MaxBytes}, {"max-memory", f.memory, &q.MaxMemory}} {
		if limit.given == "" {
			continue
		}
		if *limit.to, err = parseSize(limit.flag, limit.given); err != nil {
			return q, usage.Wrong(err)
		}
	}
	if q.MinParameters, q.MaxParameters, err = parameterRange(f.parameters); err != nil {
		return q, usage.Wrong(err)
	}
	if f.hardware != "" {
		limit, err := profileBytes(opts, f.hardware)
		if err != nil {
			return q, err
		}
		if limit > 0 && (q.MaxBytes == 0 || limit < q.MaxBytes) {
			q.MaxBytes = limit
		}
	}
	return q, nil
}

// profileBytes is the limit of a profile, of the user's policy or of ours.
func profileBytes(opts *options, name string) (int64, error) {
	own, err := ownPolicy(opts)
	if err != nil {
		return 0, err
	}
	known := hardwareNames()
	if own != nil {
		if n, ok := own.Profiles[name]; ok {
			return int64(n), nil
		}
		known = append(known, sorted(own.Profiles)...)
	}
	n, ok := profiles[name]
	if !ok {
		return 0, usage.Errorf("unknown hardware profile %q%s", name, usage.NearOrAll(name, known))
	}
	return n, nil
}

// profiles are the largest weights, in bytes, that classes of machines run.
var profiles = map[string]int64{
	"cpu-small": hfmodels.CPUSmall, "cpu-medium": hfmodels.CPUMedium, "cpu-large": hfmodels.CPULarge,
	"gpu-small": hfmodels.GPUSmall, "gpu-medium": hfmodels.GPUMedium, "gpu-large": hfmodels.GPULarge,
}

func hardwareNames() []string { return sorted(profiles) }

func weightsNames() (names []string) {
	for f := hfmodels.Safetensors; f <= hfmodels.GGUF; f++ {
		names = append(names, f.String())
	}
	return names
}

// parseSize reads 500MB, 2GiB or a plain number of bytes.
func parseSize(flag, s string) (int64, error) {
	n, err := humanize.ParseBytes(s)
	if err != nil || n == 0 || n > math.MaxInt64 {
		return 0, fmt.Errorf("--%s %q is not a size such as 500MB or 2GB", flag, s)
	}
	return int64(n), nil
}

// parameterRange reads min:1M,max:6B as the Hub does. A half that is not given
// is zero.
func parameterRange(s string) (low, high int64, err error) {
	if s == "" {
		return 0, 0, nil
	}
	wrong := fmt.Errorf("--num-parameters %q is not a range such as min:1M,max:6B", s)
	for part := range strings.SplitSeq(s, ",") {
		half, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		n, ok := parameters(value)
		switch {
		case ok && half == "min" && low == 0:
			low = n
		case ok && half == "max" && high == 0:
			high = n
		default:
			return 0, 0, wrong
		}
	}
	if high > 0 && low > high {
		return 0, 0, fmt.Errorf("--num-parameters %q asks for more than its own maximum", s)
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
