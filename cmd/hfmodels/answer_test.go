package main

import (
	"reflect"
	"testing"

	"github.com/hfmodels/hfmodels"
)

// The command answers from the picks, a program from the tables. They must not
// differ.
func TestAgreesWithTables(t *testing.T) {
	picks, err := load(new(options))
	if err != nil {
		t.Fatal(err)
	}
	var n int
	for i := range picks.Archs {
		a := &picks.Archs[i]
		arch, err := hfmodels.ParseArch(a.Arch)
		if err != nil {
			t.Fatal(err)
		}
		if got := arch.Info().Status.String(); got != string(a.Status) {
			t.Errorf("%s: the table says %s, the picks %s", a.Arch, got, a.Status)
		}
		got := answerOf(arch, a)
		for role, m := range map[hfmodels.Role]*model{hfmodels.Default: got.Default, hfmodels.Open: got.Open, hfmodels.Small: got.Small, hfmodels.Tiny: got.Tiny} {
			want, ok := arch.Pick(role)
			if ok != (m != nil) || ok && !reflect.DeepEqual(*m, modelOf(want)) {
				t.Errorf("%s, %s: the command says %+v, the table %+v", a.Arch, role, m, want)
			}
			if ok {
				n++
			}
		}
		for task := range hfmodels.Tasks() {
			want, ok := arch.DefaultFor(task)
			if m, made := got.ByTask[task.String()]; made != ok || ok && !reflect.DeepEqual(m, modelOf(want)) {
				t.Errorf("%s for %s: the command says %+v, the table %+v", a.Arch, task, m, want)
			}
		}
	}
	if n < 1000 {
		t.Errorf("compared %d picks only", n)
	}
}
