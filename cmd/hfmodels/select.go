package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
)

func selectCommand(opts *options) *cobra.Command {
	var archs, roles, licenses []string
	var family, task, parameters, size, hardware, weights, author string
	var ungated bool
	cmd := &cobra.Command{
		Use:   "select",
		Short: "Select the smallest checkpoint that satisfies what you ask for",
		Long: `Select the smallest checkpoint that satisfies what you ask for.

Only picks are considered, so the answer is proven and fit like any other. An
unknown size, licence or gating satisfies nothing. Where only the number of
parameters is known the weights are taken at four bytes each, which is the most
they can be. If nothing fits the exit status is 1, and the constraint to relax
and the nearest miss are named.`,
		Example: `  hfmodels select --pipeline-tag text-classification --no-gated --hardware cpu-small
  hfmodels select --pipeline-tag fill-mask --num-parameters max:200M --license mit,apache-2.0
  hfmodels select --arch bert,roberta --author google-bert --json`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.policy != "" {
				return &usageError{errors.New("select looks at the compiled picks only and cannot apply a policy: drop --policy and unset HFMODELS_POLICY")}
			}
			q := hfmodels.Query{Ungated: ungated, Organization: author}
			var err error
			for _, name := range archs {
				a, err := hfmodels.ParseArch(name)
				if err != nil {
					return err
				}
				q.Archs = append(q.Archs, a)
			}
			for _, name := range roles {
				r, err := hfmodels.ParseRole(name)
				if err != nil {
					return &usageError{err}
				}
				q.Roles |= hfmodels.SetOf(r)
			}
			for _, l := range licenses {
				q.Licenses = append(q.Licenses, hfmodels.License(strings.ToLower(l)))
			}
			if family != "" {
				if err := knownFamily(family); err != nil {
					return &usageError{err}
				}
				q.Family = hfmodels.Family(family)
			}
			if task != "" {
				if q.Task, err = hfmodels.ParseTask(task); err != nil {
					return &usageError{err}
				}
			}
			if hardware != "" {
				if q.Hardware, err = hfmodels.ParseHardware(hardware); err != nil {
					return &usageError{err}
				}
			}
			if weights != "" {
				if q.Format, err = hfmodels.ParseFormat(weights); err != nil {
					return &usageError{err}
				}
			}
			if size != "" {
				n, err := humanize.ParseBytes(size)
				if err != nil || n == 0 || n > math.MaxInt64 {
					return &usageError{fmt.Errorf("--max-bytes %q is not a size such as 500MB or 2GB", size)}
				}
				q.MaxBytes = int64(n)
			}
			if q.MinParameters, q.MaxParameters, err = parameterRange(parameters); err != nil {
				return &usageError{err}
			}
			s, err := hfmodels.Select(q)
			if err != nil {
				return noFit(err)
			}
			if opts.json {
				return printJSON(cmd.OutOrStdout(), selectionOf(s))
			}
			fmt.Fprintln(cmd.OutOrStdout(), printable(s.ID))
			cmd.PrintErrf("%s: %s\n", s.Arch, s.Why())
			return nil
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&archs, "arch", nil, "one of these architectures")
	f.StringVar(&family, "family", "", "of this family, such as encoder or vision")
	f.StringVar(&task, "pipeline-tag", "", "made for this pipeline task")
	f.StringSliceVar(&roles, "role", nil, "fills one of these roles; any but tiny if not given")
	f.StringVar(&parameters, "num-parameters", "", "parameters, as min:1M,max:6B; one half is enough")
	f.StringVar(&size, "max-bytes", "", "weights of at most this, as 500MB")
	f.StringVar(&hardware, "hardware", "", "runs on cpu-small, cpu-medium, cpu-large, gpu-small, gpu-medium or gpu-large")
	f.StringVar(&weights, "weights", "", "has this format: safetensors, pytorch, tf, jax, onnx or gguf")
	f.StringSliceVar(&licenses, "license", nil, "under one of these licences")
	f.StringVar(&author, "author", "", "from this organisation")
	f.BoolVar(&ungated, "no-gated", false, "known to load without a token")
	complete(cmd, "pipeline-tag", taskNames)
	complete(cmd, "arch", archNames)
	return cmd
}

// selection is what select prints as JSON.
type selection struct {
	Arch       string         `json:"arch"`
	ID         string         `json:"id"`
	Revision   *string        `json:"revision"`
	Parameters *int64         `json:"parameters"`
	Bytes      *int64         `json:"bytes"`
	License    *string        `json:"license"`
	Gated      *string        `json:"gated"`
	Reason     string         `json:"reason"`
	Why        string         `json:"why"`
	Considered int            `json:"considered"`
	Fit        int            `json:"fit"`
	TurnedAway map[string]int `json:"turned_away"`
}

func selectionOf(s hfmodels.Selection) selection {
	gated := s.Gating.String()
	if s.Gating == hfmodels.GatingUnknown {
		gated = ""
	}
	out := selection{
		Arch: s.Arch.String(), ID: s.ID, Revision: known(s.Revision), Parameters: counted(s.Parameters), Bytes: counted(s.Bytes),
		License: known(string(s.License)), Gated: known(gated), Reason: s.Reason, Why: s.Why(),
		Considered: s.Considered, Fit: s.Fit, TurnedAway: make(map[string]int),
	}
	for c := range hfmodels.Constraints() {
		if n := s.TurnedAway(c); n > 0 {
			out.TurnedAway[c.String()] = n
		}
	}
	return out
}

func counted(n hfmodels.Count) *int64 {
	if !n.Known() {
		return nil
	}
	v := int64(n)
	return &v
}

// noFit adds to the error how many each constraint turned away.
func noFit(err error) error {
	var no *hfmodels.NoFitError
	if !errors.As(err, &no) {
		return err
	}
	var turned []string
	for c := range hfmodels.Constraints() {
		if n := no.TurnedAway(c); n > 0 {
			turned = append(turned, fmt.Sprintf("%s %d", c, n))
		}
	}
	return fmt.Errorf("%w\nturned away by %s", err, strings.Join(turned, ", "))
}

// parameterRange reads min:1M,max:6B as the Hub's own command does.
func parameterRange(s string) (low, high int64, err error) {
	if s == "" {
		return 0, 0, nil
	}
	wrong := fmt.Errorf("--num-parameters %q is not a range such as min:1M,max:6B", s)
	for part := range strings.SplitSeq(s, ",") {
		half, value, ok := strings.Cut(part, ":")
		unit := map[string]float64{"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}[strings.ToUpper(value[max(0, len(value)-1):])]
		if unit == 0 {
			unit = 1
		} else {
			value = value[:len(value)-1]
		}
		n, bad := strconv.ParseFloat(value, 64)
		n *= unit
		if !ok || bad != nil || !(n > 0 && n < math.MaxInt64) {
			return 0, 0, wrong
		}
		switch half {
		case "min":
			low = int64(n)
		case "max":
			high = int64(n)
		default:
			return 0, 0, wrong
		}
	}
	if high > 0 && low > high {
		return 0, 0, wrong
	}
	return low, high, nil
}
