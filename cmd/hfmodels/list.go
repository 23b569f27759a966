package main

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hfmodels/hfmodels"
)

func listCommand(opts *options) *cobra.Command {
	var q query
	var at place
	var status hfmodels.Status
	var limit uint
	var tasks bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the architectures with their checkpoints",
		Long: `List the architectures with their checkpoints.

Each is shown with its default, or with the checkpoint for the role or the task
that you name. The flags that say what a checkpoint has to be leave out the
architectures whose checkpoint is not like that.

With --tasks: every task, with the first model of its ranking, the number of
models in it, and the library that serves the task where transformers does not.`,
		Example: `  hfmodels list --status unproven
  hfmodels list --pipeline-tag fill-mask --no-gated
  hfmodels list --role tiny --family vision --limit 10
  hfmodels list --engine llama.cpp --family decoder
  hfmodels list --author google --num-parameters max:1B
  hfmodels list --pipeline-tag image-classification -q
  hfmodels list --tasks
  hfmodels list --json | jq -r '.[] | [.arch, .default.id] | @tsv'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := opts.registry()
			if err = cmp.Or(err, q.settle(r.own)); err != nil {
				return err
			}
			if tasks {
				return listTasks(opts, r)
			}
			q.Task = at.task
			if cmd.Flags().Changed("role") {
				q.Roles = hfmodels.SetOf(at.role)
			}
			return list(opts, r, limit, at, q.Query, func(i hfmodels.Info, m hfmodels.Model) bool {
				return (status == "" || i.Status == status) && q.matches(i.Arch, m)
			})
		},
	}
	known := oneOf("status", hfmodels.Proven, hfmodels.Hosted, hfmodels.Unproven, hfmodels.None)
	cmd.Flags().Func("status", "only those of this `status`: proven, hosted, unproven or none", parsed(&status, known))
	cmd.Flags().BoolVar(&tasks, "tasks", false, "list the tasks instead, with the first model for each")
	cmd.Flags().UintVar(&limit, "limit", 0, "list at most `n`; 0 for all")
	placeFlags(cmd, &at)
	q.addFlags(cmd)
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "tasks" {
			cmd.MarkFlagsMutuallyExclusive("tasks", f.Name)
		}
	})
	return cmd
}

// matches reports whether the checkpoint that list shows of an architecture is
// like the query. One without a checkpoint is listed if the query asks nothing
// of the checkpoint.
func (q query) matches(a hfmodels.Arch, m hfmodels.Model) bool {
	if q.Family != "" && a.Info().Family != q.Family {
		return false
	}
	if q.Engine != 0 && !maps.Collect(a.Info().Engines())[q.Engine].Supported {
		return false
	}
	// A host may be of another family, and the engine run other checkpoints than this.
	q.Query.Family, q.Query.Engine = "", 0
	_, err := hfmodels.SelectFrom(q.Query, slices.Values([]hfmodels.Model{m}))
	return errors.Is(err, hfmodels.ErrEmptyQuery) || err == nil && m.ID != ""
}

// list lists the architectures that match with what fills a place of each, the
// first of them if there is a limit.
func list(opts *options, r registry, limit uint, at place, q hfmodels.Query, matches func(hfmodels.Info, hfmodels.Model) bool) error {
	var out reply
	entries, total := []object{}, uint(0)
	table := [][]string{{"ARCHITECTURE", "STATUS", "CHECKPOINT", "PARAMETERS", "GATED", "LICENSE"}}
	for a := range hfmodels.Archs() {
		i := r.info(a)
		m, ok := r.model(a, at)
		if r.lacks(a) != nil || !matches(i, m) {
			continue
		}
		if total++; limit > 0 && total > limit {
			continue
		}
		entries = append(entries, r.entry(a))
		out.ids = append(out.ids, m.ID)
		row := []string{a.String(), string(i.Status), i.Why}
		if ok {
			row = append(row[:2], m.ID, size(m.Parameters), orUnknown(m.Gating), orUnknown(m.License))
		}
		table = append(table, row)
	}
	out.json, out.human = entries, func(on screen) {
		if total > 0 {
			on.table(table)
		}
	}
	if err := opts.print(out); err != nil {
		return err
	}
	if total == 0 {
		return errors.New("no architecture matches" + r.mistakes(q))
	}
	opts.noteMistakes(r.mistakes(q))
	if uint(len(entries)) < total {
		opts.note("%d of %d shown", len(entries), total)
	}
	return nil
}

// entry is an architecture in the JSON of list and show. A role that nothing
// fills is absent.
func (r registry) entry(a hfmodels.Arch) object {
	i := r.info(a)
	engines, roles, tasks := make(members), make(members), make(members)
	for e, s := range i.Engines() {
		on := members{"supported": nil, "by": known(s.By), "version": known(s.Version)}
		if s.Known {
			on["supported"] = s.Supported
		}
		engines[e.String()] = on
	}
	for p, m := range r.places(a) {
		if p.task != 0 {
			tasks[p.String()] = m
		} else {
			roles[p.String()] = m
		}
	}
	head := members{"family": i.Family, "status": i.Status, "host": known(i.Host), "since": known(i.Since), "until": known(i.Until), "engines": engines}
	if i.Why != "" {
		head["why"] = i.Why
	}
	return object{members{"arch": a}, head, roles, members{"by_task": tasks}}
}
