package main

import (
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

// flags adds the flags to a command, but for --role and --pipeline-tag.
func (q *query) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	add := func(name, help string, names func() []string, parse func(string) error) {
		parsedFlag(cmd, f, name, help, names, parse)
	}
	add("family", "of this `family`, such as encoder or vision", familyNames, parsed(&q.Family, parseFamily))
	f.StringVar(&q.Organization, "author", "", "from this `organisation`")
	complete(cmd, "author", authorNames)
	add("num-parameters", "so many parameters, as `min:1M,max:6B`; either half may be left out", nil, func(s string) (err error) {
		q.MinParameters, q.MaxParameters, err = parameterRange(s)
		return err
	})
	add("max-bytes", "weights of at most this `size`, as 500MB", nil, parsed(&q.MaxBytes, parseSize))
	add("max-memory", "running it takes at most this `size`, estimated as its weights and a fifth more", nil, parsed(&q.MaxMemory, parseSize))
	f.StringVar(&q.hardware, "hardware", "", "runs on this `profile`: "+strings.Join(hardwareNames(), ", ")+" or one of your policy's")
	complete(cmd, "hardware", hardwareNames)
	add("weights", "has weights in this `format`: "+strings.Join(weightsNames(), ", "), weightsNames, parsed(&q.Format, hfmodels.ParseFormat))
	add("license", "under one of these `licences`, as mit,apache-2.0", licenseNames, listOf(func(s string) error {
		q.Licenses = append(q.Licenses, hfmodels.License(s))
		return nil
	}))
	f.BoolVar(&q.Ungated, "no-gated", false, "known to load without a token")
	f.BoolVar(&q.Pinned, "pinned", false, "of known revision")
}

// settle finds the limit of the hardware profile, which your policy may define.
func (q *query) settle(opts *options) error {
	if q.hardware == "" {
		return nil
	}
	own, err := opts.ownPolicy()
	if err != nil {
		return err
	}
	known := hardwareNames()
	if own != nil {
		if n, ok := own.Profiles[q.hardware]; ok {
			if q.MaxBytes == 0 || int64(n) < q.MaxBytes {
				q.MaxBytes = int64(n)
			}
			return nil
		}
		known = append(known, slices.Sorted(maps.Keys(own.Profiles))...)
	}
	if q.Hardware, err = hfmodels.ParseHardware(q.hardware); err != nil {
		return usage.Errorf("unknown hardware profile %q%s", q.hardware, usage.NearOrAll(q.hardware, known))
	}
	return nil
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

func hardwareNames() (names []string) {
	for h := hfmodels.AnyHardware; h <= hfmodels.GPULarge; h++ {
		names = append(names, h.String())
	}
	return names
}

func weightsNames() (names []string) {
	for f := hfmodels.Safetensors; f <= hfmodels.GGUF; f++ {
		names = append(names, f.String())
	}
	return names
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
	wrong := fmt.Errorf("%q is not a range such as min:1M,max:6B", s)
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
		return 0, 0, fmt.Errorf("in %q the minimum is more than the maximum", s)
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
