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

type verifyOptions struct {
	asJSON bool
}

func verifyCommand() *cobra.Command {
	var opts verifyOptions
	cmd := &cobra.Command{
		Use:   "verify [ARCH...]",
		Short: "Ask the Hub whether the picks still hold",
		Long: `Ask the Hub whether the picks still hold: each model exists, is still what it
was proven to be, is as gated and as large as the tables say, and the revision
that they pin is still there. One that is behind is reported with the number of
commits, and is no failure. What the Hub does not say is unknown, and said so.

Exit status 1 means that something does not hold; 3 that something could not be
asked for. Without arguments all picks are asked for, one request each and up to
two more where the repository moved on, within the Hub's limits.

` + environment,
		Example: `  go run ./gen verify bert gpt2
  go run ./gen verify --json   # docs/schemas/verify.schema.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return verify(cmd.Context(), args, opts)
		},
	}
	cmd.Flags().BoolVar(&opts.asJSON, "json", false, "print JSON")
	return cmd
}

// unaskedError lists what could not be found out.
type unaskedError struct{ what []string }

func (e *unaskedError) Error() string {
	return "verify: not everything could be asked for:\n  " + strings.Join(e.what, "\n  ")
}

// What became of a pick.
const (
	holds   = "holds"
	fails   = "fails"
	unknown = "unknown" // the Hub gave no answer about it
)

// verification is what verify prints as JSON.
type verification struct {
	Schema   int            `json:"schema"`
	Asked    string         `json:"asked"` // when, UTC
	Facts    string         `json:"facts"` // the day of the facts that the picks were chosen from
	Count    map[string]int `json:"count"` // of picks, by outcome
	Picks    []verdict      `json:"picks"`
	Unpicked []unpicked     `json:"unpicked"` // architectures that have no pick
}

// verdict is what the Hub says of one pick.
type verdict struct {
	Arch     string        `json:"arch"`
	Places   []string      `json:"places"` // roles and tasks that the model fills
	ID       string        `json:"id"`
	Outcome  string        `json:"outcome"`
	Problems []string      `json:"problems"` // why it fails
	Unasked  string        `json:"unasked,omitempty"`
	Revision revisionState `json:"revision"`
}

// revisionState says where the pinned revision stands.
type revisionState struct {
	Pinned string `json:"pinned,omitempty"` // "" where the row pins none
	Head   string `json:"head,omitempty"`
	State  string `json:"state"`
	Behind *int   `json:"behind,omitempty"` // commits; nil is unknown
	Why    string `json:"why,omitempty"`    // what is unknown, and why
}

// Where a pinned revision can stand, besides unknown.
const (
	atHead   = "head"
	isBehind = "behind"
	isGone   = "gone"
)

// unpicked is an architecture of which there is nothing to ask for.
type unpicked struct {
	Arch   string      `json:"arch"`
	Status data.Status `json:"status"`
	Why    string      `json:"why,omitempty"`
}

func verify(ctx context.Context, archs []string, opts verifyOptions) error {
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
	bar := newProgress("verify")
	client, err := newClient(func(o *hub.Options) { o.Waiting = bar.waiting })
	if err != nil {
		return err
	}
	v := &verification{
		Schema: 1, Asked: time.Now().UTC().Format(time.RFC3339), Facts: state.Lock.Synced,
		Count: map[string]int{holds: 0, fails: 0, unknown: 0}, Picks: []verdict{}, Unpicked: []unpicked{},
	}
	ids := make(map[string]bool)
	var list []*data.ArchPicks
	for _, arch := range state.Catalog.Archs {
		if len(wanted) > 0 && !slices.Contains(wanted, arch.ModelType) {
			continue
		}
		a := state.Picks.Of(arch.ModelType)
		if a == nil {
			return fmt.Errorf("verify: %s has nothing of %s; run: go run ./gen emit", filepath.Join(dataDir(), "picks.json"), arch.ModelType)
		}
		list = append(list, a)
		for _, m := range a.Models {
			ids[m.ID] = true
		}
		if len(a.Models) == 0 {
			v.Unpicked = append(v.Unpicked, unpicked{a.Arch, a.Status, a.Why})
		}
	}
	h := &asker{client: client, answers: make(map[question]answered)}
	for _, a := range list {
		for _, m := range a.Models {
			got := h.ask(ctx, m)
			if err := ctx.Err(); err != nil {
				return err
			}
			if fatal(got.err) {
				return &unaskedError{[]string{got.err.Error()}}
			}
			bar.step(len(h.answers), len(ids), m.ID)
			verdict := judge(state, a, m, got)
			v.Count[verdict.Outcome]++
			v.Picks = append(v.Picks, verdict)
		}
	}
	bar.finish()
	if opts.asJSON {
		err = printJSON(v)
	} else {
		v.print(len(archs) > 0)
	}
	return errors.Join(err, v.conclude(len(archs) > 0))
}

// print writes a line for everything that does not hold; for all that was asked
// for by name.
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
	switch {
	case v.Outcome == fails:
		return strings.Join(v.Problems, "; ")
	case v.Outcome == unknown:
		return "unknown: " + v.Unasked
	case v.Revision.Behind != nil && *v.Revision.Behind == 1:
		return "holds, 1 commit behind"
	case v.Revision.Behind != nil && *v.Revision.Behind > 0:
		return fmt.Sprintf("holds, %d commits behind", *v.Revision.Behind)
	case v.Revision.State == isBehind:
		return "holds, behind; " + v.Revision.Why
	case v.Revision.State == unknown:
		return "holds; of its revision: " + v.Revision.Why
	}
	return "holds"
}

// conclude sums up, and fails if anything does not hold. What was named and has
// no pick does not hold either.
func (v *verification) conclude(named bool) error {
	states := make(map[string]int)
	causes := make(map[string][]string)
	for _, p := range v.Picks {
		states[p.Revision.State]++
		if p.Outcome == unknown {
			causes[p.Unasked] = append(causes[p.Unasked], p.Arch+" "+p.ID)
		}
	}
	fmt.Fprintf(os.Stderr, "verify: %d picks hold, %d do not, %d could not be asked for; %d architectures have none\n",
		v.Count[holds], v.Count[fails], v.Count[unknown], len(v.Unpicked))
	fmt.Fprintf(os.Stderr, "verify: revisions: %d at the head, %d behind, %d gone, %d unknown or not pinned\n",
		states[atHead], states[isBehind], states[isGone], states[unknown])

	var wrong []string
	if n := v.Count[fails]; n > 0 {
		wrong = append(wrong, fmt.Sprintf("%d of %d picks do not hold; renew them with: go run ./gen sync ARCH, then emit", n, len(v.Picks)))
	}
	if named {
		for _, u := range v.Unpicked {
			wrong = append(wrong, fmt.Sprintf("%s has no pick that could hold: it is %s", u.Arch, u.Status))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("verify: %s", strings.Join(wrong, "\n  "))
	}
	if len(causes) == 0 {
		return nil
	}
	e := new(unaskedError)
	for _, cause := range slices.Sorted(maps.Keys(causes)) {
		e.what = append(e.what, some(causes[cause])+": "+cause)
	}
	return e
}

// some shows the first few of a list.
func some(list []string) string {
	const most = 5
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}
