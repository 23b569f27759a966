package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/facts"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/registrydata"
)

func verifyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [ARCH...]",
		Short: "Ask the Hub whether the picks still hold",
		Long: `Ask the Hub whether the picks still hold: each model exists, is still what it
was proven to be, and is as gated and as large as the tables say. A revision
that moved on is reported and is no failure, for the pinned one stays. Exit
status 1 means that a pick does not hold; 3 that some could not be asked for.

Without arguments all picks are asked for, one request each, within the Hub's
limits.`,
		Example: `  go run ./gen verify bert gpt2
  go run ./gen verify --json > verify.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return verify(cmd.Context(), args, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// unaskedError lists the picks that the Hub gave no answer about.
type unaskedError struct{ picks []string }

func (e *unaskedError) Error() string {
	return fmt.Sprintf("verify: %d picks could not be asked for:\n  %s", len(e.picks), strings.Join(e.picks, "\n  "))
}

// verdict is what the Hub says of one pick.
type verdict struct {
	Arch     string   `json:"arch"`
	Places   []string `json:"places"` // roles and tasks that the model fills
	ID       string   `json:"id"`
	Holds    bool     `json:"holds"`
	Problems []string `json:"problems"` // why it does not hold
	// Moved is the head of the repository where that is not the pinned
	// revision.
	Moved   string `json:"moved,omitempty"`
	Unasked string `json:"unasked,omitempty"` // why the Hub could not be asked
}

func verify(ctx context.Context, archs []string, asJSON bool) error {
	data, err := loadData()
	if err != nil {
		return err
	}
	if data.Picks == nil {
		return errors.New("verify: no picks.json; run: go run ./gen emit")
	}
	if err := known(data, archs); err != nil {
		return err
	}
	client, err := newClient()
	if err != nil {
		return err
	}
	verdicts := []verdict{}
	bar := newProgress("verify")
	asked := make(map[string]answered)
	for i := range data.Picks.Archs {
		a := &data.Picks.Archs[i]
		if len(archs) > 0 && !slices.Contains(archs, a.Arch) {
			continue
		}
		for _, m := range a.Models {
			got, known := asked[m.ID]
			if !known {
				got.model, got.err = client.Detail(ctx, m.ID)
				if fatal := ctx.Err(); fatal != nil {
					return fatal
				}
				asked[m.ID] = got
				bar.step(len(asked), len(data.Picks.Archs), m.ID)
			}
			verdicts = append(verdicts, judge(data, a, m, got))
		}
	}
	bar.finish()
	if asJSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(verdicts); err != nil {
			return err
		}
	}
	return report(verdicts, asJSON)
}

type answered struct {
	model hub.Model
	err   error
}

// judge compares what the Hub says of a pick with its row.
func judge(data *registrydata.Data, a *registrydata.ArchPicks, m registrydata.PickedModel, got answered) verdict {
	v := verdict{Arch: a.Arch, ID: m.ID, Places: places(a, m.ID), Problems: []string{}}
	bad := func(format string, args ...any) { v.Problems = append(v.Problems, fmt.Sprintf(format, args...)) }
	switch {
	case errors.Is(got.err, hub.Missing):
		bad("gone: the Hub has no such model")
		return v
	case errors.Is(got.err, hub.Disabled):
		bad("disabled by the Hub")
		return v
	case got.err != nil:
		v.Unasked = got.err.Error()
		return v
	}
	c, _ := facts.Candidate(&got.model)
	want := []string{a.Arch}
	if a.Host != "" {
		want = append(want, a.Host)
	}
	for _, other := range data.Catalog.Archs {
		if slices.Contains(want, other.AliasOf) {
			want = append(want, other.ModelType)
		}
	}
	if !slices.Contains(want, c.ModelType) {
		bad("no longer proven: its config.model_type is %q", c.ModelType)
	}
	if !strings.EqualFold(c.ID, m.ID) {
		bad("renamed to %s", c.ID)
	}
	if m.Gated != "" && c.Gated != "" && m.Gated != c.Gated {
		bad("gated: %s, and the table says %s", c.Gated, m.Gated)
	}
	if m.Parameters > 0 && c.Parameters > 0 && m.Parameters != c.Parameters {
		bad("%s parameters, and the table says %s", choose.Count(c.Parameters), choose.Count(m.Parameters))
	}
	if m.Revision != "" && c.Revision != "" && m.Revision != c.Revision {
		v.Moved = c.Revision
	}
	v.Holds = len(v.Problems) == 0
	return v
}

func places(a *registrydata.ArchPicks, id string) []string {
	var out []string
	for _, role := range registrydata.Roles() {
		if a.Roles[role].ID == id {
			out = append(out, role)
		}
	}
	for _, task := range slices.Sorted(maps.Keys(a.Tasks)) {
		if a.Tasks[task].ID == id {
			out = append(out, task)
		}
	}
	return out
}

// report prints what does not hold, and fails if anything does not.
func report(verdicts []verdict, asJSON bool) error {
	var wrong, moved int
	var unasked []string
	for _, v := range verdicts {
		switch {
		case v.Unasked != "":
			unasked = append(unasked, v.Arch+": "+v.ID+": "+v.Unasked)
		case !v.Holds:
			wrong++
			if !asJSON {
				fmt.Printf("%s (%s): %s: %s\n", v.Arch, strings.Join(v.Places, ", "), v.ID, strings.Join(v.Problems, "; "))
			}
		case v.Moved != "":
			moved++
		}
	}
	fmt.Fprintf(os.Stderr, "verify: %d picks hold, %d do not, %d could not be asked for; %d repositories moved on since\n",
		len(verdicts)-wrong-len(unasked), wrong, len(unasked), moved)
	switch {
	case wrong > 0:
		return fmt.Errorf("verify: %d picks do not hold; renew them with: go run ./gen sync ARCH, then emit", wrong)
	case len(unasked) > 0:
		return &unaskedError{unasked}
	}
	return nil
}
