package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

func verifyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [ARCH...]",
		Short: "Ask the Hub whether the picks still hold",
		Long: `Ask the Hub whether the picks still hold: each model exists, still declares the
architecture, has the size, licence and gating of the tables, and the revision
that they pin is still there. New commits since that revision are counted, and
are no failure. What the Hub does not say is unknown, and no failure either.

Exit status 1 means that something does not hold; 3 that something could not be
asked. Without arguments all picks are asked for: one request each, and up to
two more where the repository has new commits, within the Hub's limits.

` + environment,
		Example: `  go run ./gen verify bert gpt2
  go run ./gen verify --json   # docs/schemas/verify.schema.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return verify(cmd.Context(), args, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// silenceError says what the Hub gave no answer about.
type silenceError struct{ error }

// The outcomes of a verification.
const (
	holds   = "holds"
	fails   = "fails"
	unknown = "unknown" // the Hub gave no answer
)

// verification is what verify prints as JSON.
type verification struct {
	Schema   int            `json:"schema"`
	Asked    string         `json:"asked"` // when, UTC
	Facts    string         `json:"facts"` // the day of the facts that the picks were chosen from
	Count    map[string]int `json:"count"` // of picks, by outcome
	Picks    []verdict      `json:"picks"`
	Unpicked []vacancy      `json:"unpicked"`
}

// verdict is what the Hub says of one pick.
type verdict struct {
	Arch     string   `json:"arch"`
	Places   []string `json:"places"` // roles and tasks that the model fills
	ID       string   `json:"id"`
	Outcome  string   `json:"outcome"`
	Problems []string `json:"problems"` // why it fails
	Unasked  string   `json:"unasked,omitempty"`
	Revision revision `json:"revision"`
}

// vacancy is an architecture that has no pick.
type vacancy struct {
	Arch   string      `json:"arch"`
	Status data.Status `json:"status"`
	Why    string      `json:"why,omitempty"`
}

func verify(ctx context.Context, archs []string, asJSON bool) error {
	state, err := loadData()
	if err != nil {
		return err
	}
	if state.Picks == nil || state.Lock == nil {
		return errors.New("verify: nothing was decided yet; run: go run ./gen")
	}
	wanted, err := findArchs(state.Catalog, archs)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if len(archs) == 0 {
		for _, a := range state.Catalog.Archs {
			wanted = append(wanted, a.ModelType)
		}
	}
	v := &verification{
		Schema: 1, Asked: time.Now().UTC().Format(time.RFC3339), Facts: state.Lock.Synced,
		Count: map[string]int{holds: 0, fails: 0, unknown: 0}, Picks: []verdict{}, Unpicked: []vacancy{},
	}
	if err := v.ask(ctx, state, wanted); err != nil {
		return err
	}
	named := len(archs) > 0
	if asJSON {
		err = printJSON(v)
	} else {
		v.print(named)
	}
	return errors.Join(err, v.conclude(named))
}

// ask asks the Hub for the picks of the architectures.
func (v *verification) ask(ctx context.Context, state *data.State, archs []string) error {
	bar := newProgress("verify")
	client, err := newClient(bar)
	if err != nil {
		return err
	}
	total := 0
	for _, arch := range archs {
		a := state.Picks.Of(arch)
		if a == nil {
			return fmt.Errorf("verify: %s has nothing of %s; run: go run ./gen emit", filepath.Join(dataDir(), "picks.json"), arch)
		}
		total += len(a.Picks)
	}
	q := &questions{client: client, answers: make(map[question]answer)}
	for _, arch := range archs {
		a := state.Picks.Of(arch)
		if len(a.Picks) == 0 {
			v.Unpicked = append(v.Unpicked, vacancy{a.Arch, a.Status, a.Why})
		}
		for _, pick := range a.Picks {
			got := q.ask(ctx, pick)
			if err := ctx.Err(); err != nil {
				return err
			}
			// These errors hold for every other question as well.
			if errors.Is(got.err, hub.Offline) || errors.Is(got.err, hub.BadToken) || errors.Is(got.err, hub.BadRequest) {
				return &silenceError{fmt.Errorf("verify: nothing could be asked: %w", got.err)}
			}
			bar.step(len(v.Picks), total, pick.ID)
			one := judge(state.Catalog, a, pick, got)
			v.Count[one.Outcome]++
			v.Picks = append(v.Picks, one)
		}
	}
	bar.finish()
	return nil
}

// print writes a line for everything that does not hold, or for everything
// that was asked for by name.
func (v *verification) print(named bool) {
	for _, p := range v.Picks {
		if p.Outcome == fails || named {
			fmt.Fprintf(stdout, "%s (%s): %s: %s\n", p.Arch, strings.Join(p.Places, ", "), p.ID, p.say())
		}
	}
	for _, u := range v.Unpicked {
		if named {
			fmt.Fprintf(stdout, "%s: no pick: %s: %s\n", u.Arch, u.Status, u.Why)
		}
	}
}

func (v *verdict) say() string {
	switch r := v.Revision; {
	case v.Outcome == fails:
		return strings.Join(v.Problems, "; ")
	case v.Outcome == unknown:
		return "unknown: " + v.Unasked
	case r.Behind != nil && *r.Behind > 0:
		return fmt.Sprintf("holds, commits behind: %d", *r.Behind)
	case r.State == behind:
		return "holds, behind; " + r.Why
	case r.State == unknown:
		return "holds; of its revision: " + r.Why
	}
	return holds
}

// conclude sums up on stderr. It is an error if anything does not hold, or if
// an architecture that was named has no pick.
func (v *verification) conclude(named bool) error {
	states := make(map[string]int)
	silent := make(map[string][]string) // by cause
	for _, p := range v.Picks {
		states[p.Revision.State]++
		if p.Outcome == unknown {
			silent[p.Unasked] = append(silent[p.Unasked], p.Arch+" "+p.ID)
		}
	}
	fmt.Fprintf(os.Stderr, "verify: %d picks hold, %d do not, %d could not be asked for; %d architectures have none\n",
		v.Count[holds], v.Count[fails], v.Count[unknown], len(v.Unpicked))
	fmt.Fprintf(os.Stderr, "verify: revisions: %d at the head, %d behind, %d gone, %d unknown or not pinned\n",
		states[head], states[behind], states[gone], states[unknown])

	var wrong []string
	if n := v.Count[fails]; n > 0 {
		wrong = append(wrong, fmt.Sprintf("%d of %d picks do not hold; renew them with: go run ./gen sync ARCH, then emit", n, len(v.Picks)))
	}
	for _, u := range v.Unpicked {
		if named {
			wrong = append(wrong, fmt.Sprintf("%s has no pick that could hold: it is %s", u.Arch, u.Status))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("verify: %s", strings.Join(wrong, "\n  "))
	}
	if len(silent) == 0 {
		return nil
	}
	text := "verify: not everything could be asked for:"
	for _, cause := range slices.Sorted(maps.Keys(silent)) {
		what, more := silent[cause], ""
		if n := len(what) - 5; n > 0 {
			what, more = what[:5], fmt.Sprintf(" and %d more", n)
		}
		text += fmt.Sprintf("\n  %s%s: %s", strings.Join(what, ", "), more, cause)
	}
	return &silenceError{errors.New(text)}
}
