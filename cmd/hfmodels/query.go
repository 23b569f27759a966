package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// query is made of the flags that say what a checkpoint has to be. Those that
// the hf command has too are named as there.
type query struct {
	hfmodels.Query
	hardware string
}

// addFlags adds them to a command, but for --role and --pipeline-tag.
func (q *query) addFlags(cmd *cobra.Command) {
	formats := between(hfmodels.Safetensors, hfmodels.GGUF)
	author := func(m hfmodels.Model) string { name, _, _ := strings.Cut(m.ID, "/"); return name }
	text := func(s string) (string, error) { return s, nil }

	addFlag(cmd, "family", "of this `family`, such as encoder or vision", familyNames, parsed(&q.Family, parseFamily))
	addFlag(cmd, "author", "from this `organisation`",
		func() []string { return modelNames(author) }, parsed(&q.Organization, text))
	addFlag(cmd, "num-parameters", "so many parameters, as `min:1M,max:6B`; either half may be left out", nil,
		func(s string) (err error) { q.MinParameters, q.MaxParameters, err = parameterRange(s); return err })
	addFlag(cmd, "max-bytes", "weights of at most this `size`, as 500MB", nil, parsed(&q.MaxBytes, parseSize))
	addFlag(cmd, "max-memory", "running it takes at most this `size`: its weights and a fifth more",
		nil, parsed(&q.MaxMemory, parseSize))
	addFlag(cmd, "hardware", "runs on this `profile`: "+strings.Join(profileNames(), ", ")+", or one of your policy",
		profileNames, parsed(&q.hardware, text))
	addFlag(cmd, "weights", "has weights in this `format`: "+strings.Join(formats, ", "),
		func() []string { return formats }, parsed(&q.Format, hfmodels.ParseFormat))
	addFlag(cmd, "license", "under one of these `licences`, as mit,apache-2.0", licenseNames,
		each(func(s string) error { q.Licenses = append(q.Licenses, hfmodels.License(s)); return nil }))
	cmd.Flags().BoolVar(&q.Ungated, "no-gated", false, "known to load without a token")
	cmd.Flags().BoolVar(&q.Chat, "chat", false, "known to be trained to follow instructions or to talk")
	cmd.Flags().BoolVar(&q.Base, "base", false, "known not to be")
	cmd.Flags().BoolVar(&q.Pinned, "pinned", false, "of known revision")
}

// settle looks up the hardware profile, which the user's policy may define.
func (q *query) settle(opts *options) error {
	own, err := opts.ownPolicy()
	if err != nil || q.hardware == "" {
		return err
	}
	known, limit := profileNames(), profiles[q.hardware]
	if own != nil {
		limit = cmp.Or(int64(own.Profiles[q.hardware]), limit)
		known = slices.AppendSeq(known, maps.Keys(own.Profiles))
	}
	switch {
	case limit == 0 && q.hardware == "any":
	case limit == 0:
		return usage.Errorf("unknown hardware profile %q%s", q.hardware, usage.NearOrAll(q.hardware, known))
	case q.MaxBytes == 0 || limit < q.MaxBytes:
		q.MaxBytes = limit
	}
	return nil
}

// profiles are the largest weights, in bytes, that classes of machines run.
var profiles = map[string]int64{
	"cpu-small": hfmodels.CPUSmall, "cpu-medium": hfmodels.CPUMedium, "cpu-large": hfmodels.CPULarge,
	"gpu-small": hfmodels.GPUSmall, "gpu-medium": hfmodels.GPUMedium, "gpu-large": hfmodels.GPULarge,
}

func profileNames() []string {
	return []string{"any", "cpu-small", "cpu-medium", "cpu-large", "gpu-small", "gpu-medium", "gpu-large"}
}

func familyNames() []string {
	return modelNames(func(m hfmodels.Model) string { return string(m.Arch.Info().Family) })
}

func licenseNames() []string {
	return modelNames(func(m hfmodels.Model) string { return string(m.License) })
}

func parseFamily(s string) (hfmodels.Family, error) {
	known := familyNames()
	for _, name := range known {
		if strings.EqualFold(name, s) {
			return hfmodels.Family(name), nil
		}
	}
	return "", fmt.Errorf("unknown family %q%s", s, usage.NearOrAll(s, known))
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
			return 0, 0, fmt.Errorf("%q is not a range such as min:1M,max:6B", s)
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
