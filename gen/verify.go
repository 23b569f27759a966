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
)

func verifyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [ARCH...]",
		Short: "Ask the Hub whether the picks still hold",
		Long: `A pick holds if the model exists, still declares the architecture, has the size,
licence and gating of the tables, and the revision that they pin is there. New commits since that revision are counted, and
are no failure. What the Hub does not say is unknown, and no failure either.

Exit status 1 means that something does not hold; 3 that something could not be
asked. Without arguments all picks are asked for: one request each, and up to
two more where the repository has new commits, within the Hub's limits.

` + environment,
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
			named := len(args) > 0
			if asJSON {
				err = printJSON(v)
			} else {
				v.print(named)
			}
			return cmp.Or(err, v.conclude(named))
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
	Schema   int            `json:"schema"`
	Asked    string         `json:"asked"` // when, UTC
	Facts    string         `json:"facts"` // the day of the facts that the picks were chosen from
	Count    map[string]int `json:"count"` // of picks, by outcome
	Picks    []verdict      `json:"picks"`
	Unpicked []vacancy      `json:"unpicked"`
}

// verdict is the outcome for one pick.
type verdict struct {
	Arch     string   `json:"arch"`
	Places   []string `json:"places"` // roles and tasks that the model fills
	ID       string   `json:"id"`
	Outcome  string   `json:"outcome"`
	Problems []string `json:"problems"`          // why it fails
	Unasked  string   `json:"unasked,omitempty"` // why it is unknown
	Revision revision `json:"revision"`
}

// revision says where the pinned revision is in the history of the repository.
type revision struct {
	Pinned string `json:"pinned,omitempty"` // "" where the row pins none
	Head   string `json:"head,omitempty"`
	State  string `json:"state"`            // head, behind, gone or unknown
	Behind *int   `json:"behind,omitempty"` // commits; nil is unknown
	Why    string `json:"why,omitempty"`    // what is unknown, and why
}

const (
	head   = "head"
	behind = "behind"
	gone   = "gone"
)

// vacancy is an architecture that has no pick.
type vacancy struct {
	Arch   string      `json:"arch"`
	Status data.Status `json:"status"`
	Why    string      `json:"why,omitempty"`
}

// answer is what the Hub says of a pick.
type answer struct {
	model    data.Model
	err      error
	revision revision
}

var errUnasked = errors.New("not asked any more")

// verify asks the Hub for the picks of the architectures, once for each model.
func verify(ctx context.Context, state *data.State, archs []string) (*verification, error) {
	progress := newProgress("verify")
	defer progress.finish()
	client, err := newClient(progress)
	if err != nil {
		return nil, err
	}
	type subject struct{ id, revision string }
	answers := make(map[subject]*answer)
	var questions []facts.Question
	for _, arch := range archs {
		for _, pick := range state.Picks.Of(arch).Picks {
			about := subject{pick.ID, pick.Revision}
			if answers[about] != nil {
				continue
			}
			got := &answer{err: errUnasked, revision: revision{Pinned: pick.Revision, State: unknown, Why: "the Hub gave no answer about the model"}}
			answers[about] = got
			questions = append(questions, facts.Question{Ask: func(ctx context.Context) error {
				m, _, err := client.Detail(ctx, pick.ID)
				if err == nil {
					*got = answer{m, nil, revisionOf(ctx, client, &m, pick.Revision)}
				}
				return err
			}, Fail: func(err error) { got.err = err }})
		}
	}
	end := facts.Ask(ctx, questions, progress.step)
	if ctx.Err() != nil || hub.Is(end, hub.Offline, hub.BadToken, hub.BadRequest) { // any other question would get the same
		return nil, &partialError{fmt.Errorf("nothing could be asked: %w", end)}
	}
	v := &verification{
		Schema: 1, Asked: time.Now().UTC().Format(time.RFC3339), Facts: state.Lock.Synced,
		Count: map[string]int{holds: 0, fails: 0, unknown: 0}, Picks: []verdict{}, Unpicked: []vacancy{},
	}
	for _, arch := range archs {
		a := state.Picks.Of(arch)
		if len(a.Picks) == 0 {
			v.Unpicked = append(v.Unpicked, vacancy{a.Arch, a.Status, a.Why})
		}
		for _, pick := range a.Picks {
			got := *answers[subject{pick.ID, pick.Revision}]
			if got.err == errUnasked {
				got.err = fmt.Errorf("%w after: %w", got.err, end)
			}
			one := judge(state.Catalog, a, pick, got)
			v.Count[one.Outcome]++
			v.Picks = append(v.Picks, one)
		}
	}
	return v, nil
}

// revisionOf says where a pinned revision is in the history of a model.
func revisionOf(ctx context.Context, client *hub.Client, m *data.Model, pinned string) revision {
	r := revision{Pinned: pinned, Head: m.Revision, State: behind}
	switch pinned {
	case "":
		r.State, r.Why = unknown, "the row pins no revision"
		return r
	case m.Revision:
		r.State, r.Behind = head, new(int)
		return r
	}
	switch n, err := client.Behind(ctx, m.ID, pinned); {
	case errors.Is(err, hub.NoRevision):
		r.State, r.Why = gone, "the Hub no longer has this revision"
	case err != nil:
		r.State, r.Why = unknown, fmt.Sprintf("whether it still exists is unknown: %v", err)
	case n < 0:
		r.Why = "how far behind is unknown"
	default:
		r.Behind = &n
	}
	return r
}

// judge compares a pick with the Hub's answer.
func judge(catalog *data.Catalog, a *data.ArchPicks, pick data.Pick, got answer) verdict {
	v := verdict{Arch: a.Arch, Places: []string{}, ID: pick.ID, Outcome: fails, Problems: []string{}, Revision: got.revision}
	for _, place := range pick.Places {
		v.Places = append(v.Places, cmp.Or(place.Role, place.Task))
	}
	problem := func(format string, args ...any) { v.Problems = append(v.Problems, fmt.Sprintf(format, args...)) }
	switch {
	case errors.Is(got.err, hub.Missing):
		problem("gone: the Hub has no such model, or it is private")
		return v
	case errors.Is(got.err, hub.Disabled):
		problem("disabled by the Hub")
		return v
	case got.err != nil:
		v.Outcome, v.Unasked = unknown, got.err.Error()
		return v
	}
	var proving []string
	for _, modelType := range []string{a.Arch, a.Host} {
		if arch := catalog.Arch(modelType); arch != nil {
			proving = append(proving, catalog.Proving(arch)...)
		}
	}
	if t := got.model.ModelType; !slices.Contains(proving, t) {
		problem("no longer proven: its config.model_type is %s", cmp.Or(t, "not given"))
	}
	if got.model.Private {
		problem("private")
	}
	if got.model.Disabled {
		problem("disabled by the Hub")
	}
	for _, f := range review.Facts(pick.Model, &got.model) {
		switch {
		case f.Field == "id" && strings.EqualFold(f.Old, f.New): // the Hub finds an id in any case
		case f.Field == "id":
			problem("renamed to %s", f.New)
		case f.Field != "revision" && f.New != "" && !f.Learned():
			problem("%s", f)
		}
	}
	if got.revision.State == gone {
		problem("its pinned revision %s is gone", pick.Revision)
	}
	if len(v.Problems) == 0 {
		v.Outcome = holds
	}
	return v
}

// print writes a line for everything that does not hold, or for everything
// that was asked for by name.
func (v *verification) print(named bool) {
	for _, p := range v.Picks {
		if p.Outcome == fails || named {
			fmt.Fprintf(stdout, "%s (%s): %s: %s\n", p.Arch, strings.Join(p.Places, ", "), p.ID, p)
		}
	}
	if named {
		for _, u := range v.Unpicked {
			fmt.Fprintf(stdout, "%s: no pick: %s: %s\n", u.Arch, u.Status, u.Why)
		}
	}
}

func (v verdict) String() string {
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
	unasked := make(map[string][]string) // architectures, by cause
	for _, p := range v.Picks {
		states[p.Revision.State]++
		if p.Outcome == unknown && !slices.Contains(unasked[p.Unasked], p.Arch) {
			unasked[p.Unasked] = append(unasked[p.Unasked], p.Arch)
		}
	}
	fmt.Fprintf(os.Stderr, "verify: %d picks hold, %d do not, %d could not be asked for; %d architectures have none\n",
		v.Count[holds], v.Count[fails], v.Count[unknown], len(v.Unpicked))
	fmt.Fprintf(os.Stderr, "verify: revisions: %d at the head, %d behind, %d gone, %d unknown or not pinned\n",
		states[head], states[behind], states[gone], states[unknown])

	switch {
	case v.Count[fails] > 0:
		return fmt.Errorf("%d of %d picks do not hold; renew them with: go run ./gen sync ARCH, then emit", v.Count[fails], len(v.Picks))
	case named && len(v.Unpicked) > 0:
		return fmt.Errorf("%d architectures have no pick that could hold", len(v.Unpicked))
	}
	return byCause("not everything could be asked for", unasked)
}
