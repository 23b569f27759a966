package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/facts"
	"github.com/hfmodels/hfmodels/internal/hub"
	"github.com/hfmodels/hfmodels/internal/review"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func verifyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [ARCH...]",
		Short: "Ask the Hub whether the picks still hold",
		Long: `A pick holds if the model exists, is the same repository, still declares the
architecture, has the size, licence and gating of the tables, and still has the
revision that they pin. What the Hub does not say is not a failure. Without
arguments all picks are asked for. Exit status 1: something does not hold; 3: something could not be asked.`,
		Example: `  go run ./gen verify bert gpt2
  go run ./gen verify --json   # docs/schemas/verify.schema.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			state, archs, err := decided("", args)
			if err != nil {
				return err
			}
			v, err := verify(cmd.Context(), state, archs)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(v)
			} else {
				v.print(len(args) > 0)
			}
			errs := []error{err, v.conclude()}
			for _, arch := range archs {
				if a := state.Picks.Of(arch); len(args) > 0 && len(a.Picks) == 0 {
					errs = append(errs, fmt.Errorf("%s has no pick that could hold: %s: %s", arch, a.Status, a.Why))
				}
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// The outcomes of a verification.
const (
	holds   = "holds"
	fails   = "fails"
	unknown = "unknown" // the Hub gave no answer
)

// verification is what verify prints as JSON.
type verification struct {
	Schema int            `json:"schema"`
	Asked  string         `json:"asked"` // when, UTC
	Facts  string         `json:"facts"` // the day of the facts that the picks were chosen from
	Count  map[string]int `json:"count"` // of picks, by outcome
	Picks  []verdict      `json:"picks"`
}

// verdict is the outcome for one pick.
type verdict struct {
	Arch     string   `json:"arch"`
	Places   []string `json:"places"` // roles and tasks that the model fills
	ID       string   `json:"id"`
	Revision string   `json:"revision,omitempty"` // "" where the row pins none
	Outcome  string   `json:"outcome"`
	// Recreated is set where another repository has the name now.
	Recreated bool     `json:"recreated,omitempty"`
	Problems  []string `json:"problems"`          // why it fails
	Unasked   string   `json:"unasked,omitempty"` // why it is unknown
}

// answer is what the Hub says of a pick.
type answer struct {
	model     data.Model
	rewritten bool // without the pinned revision
	err       error
}

// verify asks the Hub for the picks of the architectures, once for each model.
func verify(ctx context.Context, state *data.State, archs []string) (*verification, error) {
	progress := newProgress("verify")
	defer progress.finish()
	client, err := newClient(progress)
	if err != nil {
		return nil, err
	}
	answers := make(map[string]*answer) // by id@revision
	var questions []facts.Question
	for _, arch := range archs {
		for _, pick := range state.Picks.Of(arch).Picks {
			about := pick.ID + "@" + pick.Revision
			if answers[about] != nil {
				continue
			}
			got := new(answer)
			answers[about] = got
			questions = append(questions, facts.Question{Ask: func(ctx context.Context) error {
				m, _, err := client.Detail(ctx, pick.ID)
				there := true
				if err == nil && pick.Revision != "" && pick.Revision != m.Revision {
					there, err = client.HasRevision(ctx, m.ID, pick.Revision)
				}
				if err == nil {
					*got = answer{model: m, rewritten: !there}
				}
				return err
			}, Fail: func(err error) { got.err = err }})
		}
	}
	end := facts.Ask(ctx, questions, progress.step)
	if ctx.Err() != nil || hub.Is(end, hub.Offline, hub.BadToken, hub.BadRequest) { // any other question would get the same
		return nil, usage.Partialf("nothing could be asked: %w", end)
	}
	v := &verification{
		Schema: 1, Asked: time.Now().UTC().Format(time.RFC3339), Facts: state.Lock.Synced,
		Count: map[string]int{holds: 0, fails: 0, unknown: 0}, Picks: []verdict{},
	}
	known := state.Known()
	for _, arch := range archs {
		a := state.Picks.Of(arch)
		for _, pick := range a.Picks {
			got := *answers[pick.ID+"@"+pick.Revision]
			if got.err == nil && got.model.ID == "" {
				got.err = fmt.Errorf("not asked any more after: %w", end)
			}
			one := judge(state.Catalog, a, pick, known[data.FoldID(pick.ID)], got)
			v.Count[one.Outcome]++
			at := len(v.Picks)
			if one.Recreated { // is said before everything else
				at = 0
			}
			v.Picks = slices.Insert(v.Picks, at, one)
		}
	}
	return v, nil
}

// judge compares a pick, and the repository that it was known as, with the Hub's
// answer.
func judge(catalog *data.Catalog, a *data.ArchPicks, pick data.Pick, was data.Identity, got answer) verdict {
	v := verdict{Arch: a.Arch, Places: []string{}, ID: pick.ID, Revision: pick.Revision, Outcome: fails, Problems: []string{}}
	for _, place := range pick.Places {
		v.Places = append(v.Places, cmp.Or(place.Role, place.Task))
	}
	switch {
	case errors.Is(got.err, hub.Missing):
		v.Problems = append(v.Problems, "gone: the Hub has no such model, or it is private")
	case errors.Is(got.err, hub.Disabled):
		v.Problems = append(v.Problems, "disabled by the Hub")
	case got.err != nil:
		v.Outcome, v.Unasked = unknown, got.err.Error()
	default:
		v.Recreated = was.Differs(got.model.Identity())
		v.Problems = append(v.Problems, review.Problems(catalog.Proving(a.Arch, a.Host), was, pick.Model, &got.model)...)
		if got.rewritten {
			v.Problems = append(v.Problems, "its pinned revision "+pick.Revision+" is gone")
		}
		if len(v.Problems) == 0 {
			v.Outcome = holds
		}
	}
	return v
}

// print writes a line for everything that does not hold, or for everything
// that was asked for by name.
func (v *verification) print(named bool) {
	for _, p := range v.Picks {
		if p.Outcome == fails || named {
			what := cmp.Or(strings.Join(p.Problems, "; "), p.Unasked, holds)
			fmt.Fprintf(stdout, "%s (%s): %s: %s\n", p.Arch, strings.Join(p.Places, ", "), p.ID, what)
		}
	}
}

// conclude sums up on stderr. It is an error if anything does not hold.
func (v *verification) conclude() error {
	unasked := make(map[string][]string) // architectures, by cause
	for _, p := range v.Picks {
		if p.Outcome == unknown && !slices.Contains(unasked[p.Unasked], p.Arch) {
			unasked[p.Unasked] = append(unasked[p.Unasked], p.Arch)
		}
	}
	fmt.Fprintf(os.Stderr, "verify: %d picks hold, %d do not, %d could not be asked for\n", v.Count[holds], v.Count[fails], v.Count[unknown])
	if v.Count[fails] > 0 {
		return fmt.Errorf("%d of %d picks do not hold; renew them with: go run ./gen sync ARCH, then emit", v.Count[fails], len(v.Picks))
	}
	return byCause("not everything could be asked for", unasked)
}
