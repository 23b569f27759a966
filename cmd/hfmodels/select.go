package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/usage"
)

func selectCommand(opts *options) *cobra.Command {
	var q query
	var archs []string
	cmd := &cobra.Command{
		Use:   "select",
		Short: "Select a checkpoint by task, size, licence and more",
		Long: `Select the checkpoint that satisfies what you ask for.

The answer is the first that satisfies, in the ranking of the task, or without
a task in that of the defaults, and where none of these fits, of the other
models, those in the rankings of tasks last. An unknown size, licence or gating
satisfies nothing. Where only the number of parameters is known, the weights are
taken as four bytes for each, which is the most they can be.

If nothing fits, the exit status is 1, and the error names what to relax and the
nearest miss.

The id goes to standard output, alone unless that is a terminal; the reason, the
next four that fit, and what was turned away are notes.`,
		Example: `  hfmodels select --pipeline-tag fill-mask --no-gated --hardware cpu-small
  hfmodels select --pipeline-tag fill-mask --num-parameters max:200M --license mit,apache-2.0
  hfmodels select --pipeline-tag text-generation --chat
  hfmodels select --pipeline-tag text-generation --engine llama.cpp --num-parameters max:4B
  hfmodels select --arch bert,roberta --author google-bert --json
  hfmodels select --pipeline-tag text-generation --policy hf.yaml --hardware my-laptop`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			r, err := opts.registry()
			if err = cmp.Or(err, q.settle(r.own)); err != nil {
				return err
			}
			for _, name := range archs {
				a, _, err := r.find(strings.TrimSpace(name))
				if err != nil {
					return err
				}
				q.Archs = append(q.Archs, a)
			}
			s, err := r.query(q.Query)
			no := new(hfmodels.NoFitError)
			switch none := unserved(q.Task); {
			case none != nil:
				return opts.refuse(no, none.Error(), "")
			case errors.Is(err, hfmodels.ErrEmptyQuery):
				return usage.Errorf("%w; see: hfmodels select --help", err)
			case errors.As(err, &no):
				why := strings.TrimPrefix(no.Error(), "hfmodels: ")
				if no.Considered == 0 && len(q.Archs) == 0 {
					why = cmp.Or(r.leaves(q.Task), why)
				}
				return opts.refuse(no, why, r.hints(no, q.Query))
			case err != nil:
				return err
			}
			next, ids := []object{}, []string{}
			for m := range s.Next() {
				next, ids = append(next, withArch(m.Arch, m)), append(ids, m.ID)
			}
			out := ofModel(s.Arch, s.Model, members{"why": s.Why(), "next": next}, counts(s))
			if opts.out.width > 0 {
				out.human = func(on screen) { on.model(s.Model, s.Reason) }
			}
			if err := opts.print(out); err != nil {
				return err
			}
			opts.note("%s: %s", s.Arch, s.Why())
			if out.human == nil {
				opts.note("%s: %s", s.ID, s.Reason)
			}
			if len(ids) > 0 {
				opts.note("the next that fit: %s", strings.Join(ids, ", "))
			}
			opts.noteMistakes(r.mistakes(q.Query))
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&archs, "arch", nil, "one of these `architectures`, or those of these classes or checkpoints")
	cmd.Flags().Func("role", "fills one of these `roles`; any but tiny if not given", func(s string) error {
		for name := range strings.SplitSeq(s, ",") {
			role, err := hfmodels.ParseRole(strings.TrimSpace(name))
			if err != nil {
				return err
			}
			q.Roles |= hfmodels.SetOf(role)
		}
		return nil
	})
	taskFlag(cmd, "made for this pipeline `task`; --task is the same", &q.Task)
	q.addFlags(cmd)
	return cmd
}

// counts are how many models select looked at, in JSON.
func counts(s hfmodels.Selection) members {
	away := make(map[string]int)
	for c := range hfmodels.Constraints() {
		if n := s.TurnedAway(c); n > 0 {
			away[c.String()] = n
		}
	}
	return members{"considered": s.Considered, "fit": s.Fit, "turned_away": away}
}

// refuse returns why nothing fits as an error, and prints it with the nearest
// miss where JSON is asked for.
func (o *options) refuse(no *hfmodels.NoFitError, why, hints string) error {
	err := errors.New(why + hints)
	if o.format != formatJSON {
		return err
	}
	answer := members{"error": why, "relax": nil, "near": nil}
	if no.Near {
		answer["relax"], answer["near"] = no.Relax.String(), no.Model
	}
	return errors.Join(o.print(reply{json: object{answer, counts(no.Selection)}}), err)
}

// hints are the lines below the error that nothing fits: how many each
// constraint turned away, and what in the query may be a mistake.
func (r registry) hints(no *hfmodels.NoFitError, q hfmodels.Query) string {
	var b strings.Builder
	b.WriteString(r.mistakes(q))
	for _, a := range q.Archs {
		if i := r.info(a); i.Status == hfmodels.Unproven || i.Status == hfmodels.None {
			fmt.Fprintf(&b, "\n%s has no checkpoint: %s", a, i.Why)
		}
	}
	if _, turnedAway, ok := strings.Cut(no.Why(), "; "); ok {
		b.WriteString("\n" + turnedAway)
	}
	if left := r.leaves(q.Task); left != "" && no.Considered > 0 {
		b.WriteString("\n" + left)
	}
	return b.String()
}
