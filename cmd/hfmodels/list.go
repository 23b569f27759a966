package main

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/usage"
)

// entry is an architecture in the JSON of list and show. A role that nothing
// fills is absent.
type entry struct {
	Arch    hfmodels.Arch             `json:"arch"`
	Family  hfmodels.Family           `json:"family"`
	Status  hfmodels.Status           `json:"status"`
	Host    *hfmodels.Arch            `json:"host"`
	Why     string                    `json:"why,omitempty"`
	Default *hfmodels.Model           `json:"default,omitempty"`
	Open    *hfmodels.Model           `json:"open,omitempty"`
	Small   *hfmodels.Model           `json:"small,omitempty"`
	Tiny    *hfmodels.Model           `json:"tiny,omitempty"`
	ByTask  map[string]hfmodels.Model `json:"by_task"`

	shown hfmodels.Model // in the place that list was asked for, if any
}

func (r registry) entry(a hfmodels.Arch) entry {
	i := r.info(a)
	e := entry{Arch: a, Family: i.Family, Status: i.Status, Host: known(i.Host), Why: i.Why, ByTask: map[string]hfmodels.Model{}}
	for p, m := range r.places(a) {
		switch {
		case p.task != 0:
			e.ByTask[p.task.String()] = m
		case p.role == hfmodels.Default:
			e.Default = &m
		case p.role == hfmodels.Open:
			e.Open = &m
		case p.role == hfmodels.Small:
			e.Small = &m
		case p.role == hfmodels.Tiny:
			e.Tiny = &m
		}
	}
	return e
}

func listCommand(opts *options) *cobra.Command {
	var q query
	var at place
	var status hfmodels.Status
	var limit int
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
  hfmodels list --author google --num-parameters max:1B
  hfmodels list --pipeline-tag image-classification -q
  hfmodels list --tasks
  hfmodels list --json | jq -r '.[] | [.arch, .default.id] | @tsv'`,
		Args: usage.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if tasks {
				var err error
				cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
					if f.Changed && f.Name != "tasks" {
						err = usage.Errorf("--tasks lists every task; --%s does not go with it", f.Name)
					}
				})
				r, loadErr := opts.registry()
				if err = cmp.Or(err, loadErr); err != nil {
					return err
				}
				return listTasks(opts, r)
			}
			if limit < 0 {
				return usage.Errorf("--limit is %d; give 1 or more, or leave it out to list all", limit)
			}
			if err := q.settle(opts); err != nil {
				return err
			}
			q.Task = at.task
			changed := cmd.Flags().Changed
			if changed("role") {
				q.Roles = hfmodels.SetOf(at.role)
			}
			r, err := opts.registry()
			if err != nil {
				return err
			}
			out := reply{header: slices.Concat([]string{"arch", "status"}, columns)}
			entries, total := []entry{}, 0
			for a := range hfmodels.Archs() {
				m, ok := r.model(a, at)
				if !r.has(a) || changed("status") && r.info(a).Status != status || !q.matches(a, m, ok) {
					continue
				}
				if total++; limit > 0 && total > limit {
					continue
				}
				e, row := r.entry(a), make([]string, len(columns))
				if e.shown = m; ok {
					row = cells(m)
				}
				entries = append(entries, e)
				out.rows = append(out.rows, slices.Concat([]string{a.String(), string(e.Status)}, row))
				out.ids = append(out.ids, m.ID)
			}
			out.json = entries
			out.human = func(on screen) { listTable(on, entries) }
			if err := opts.print(out); err != nil {
				return err
			}
			if total == 0 {
				return errors.New("no architecture matches")
			}
			if len(entries) < total {
				opts.note("%d of %d shown", len(entries), total)
			}
			return nil
		},
	}
	addFlag(cmd, "status", "only those of this `status`: "+strings.Join(statuses, ", "), func() []string { return statuses },
		parsed(&status, parseStatus))
	cmd.Flags().BoolVar(&tasks, "tasks", false, "list the tasks instead, with the first model for each")
	cmd.Flags().IntVar(&limit, "limit", 0, "list at most `n`")
	placeFlags(cmd, &at)
	q.addFlags(cmd)
	return cmd
}

var statuses = []string{string(hfmodels.Proven), string(hfmodels.Hosted), string(hfmodels.Unproven), string(hfmodels.None)}

func parseStatus(s string) (hfmodels.Status, error) {
	if !slices.Contains(statuses, strings.ToLower(s)) {
		return "", fmt.Errorf("unknown status %q%s", s, usage.NearOrAll(s, statuses))
	}
	return hfmodels.Status(strings.ToLower(s)), nil
}

// matches reports whether the checkpoint that list shows of an architecture is
// like the query. One without a checkpoint is listed if the query asks nothing
// of the checkpoint.
func (q query) matches(a hfmodels.Arch, m hfmodels.Model, ok bool) bool {
	if q.Family != "" && a.Info().Family != q.Family {
		return false
	}
	q.Query.Family = "" // a host may be of another
	if reflect.DeepEqual(q.Query, hfmodels.Query{}) {
		return true
	}
	_, err := hfmodels.SelectFrom(q.Query, func(yield func(hfmodels.Model) bool) { yield(m) })
	return ok && err == nil
}

// listTable has the most telling columns first: the terminal may cut the last.
func listTable(on screen, entries []entry) {
	rows := [][]string{{"ARCHITECTURE", "STATUS", "CHECKPOINT", "PARAMETERS", "GATED", "LICENSE"}}
	if !slices.ContainsFunc(entries, func(e entry) bool { return e.shown.ID != "" }) {
		rows = [][]string{{"ARCHITECTURE", "STATUS", "WHY"}}
	}
	for _, e := range entries {
		row := []string{on.cut(e.Arch.String(), 24), string(e.Status)}
		if m := e.shown; m.ID != "" {
			row = append(row, m.ID, size(m.Parameters), orUnknown(string(m.Gating)), orUnknown(string(m.License)))
		} else if len(rows[0]) == 3 {
			row = append(row, e.Why)
		}
		rows = append(rows, row)
	}
	if len(entries) > 0 {
		on.table(rows)
	}
}
