package usage

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestNear(t *testing.T) {
	known := []string{"albert", "bert", "apache-2.0", "xlm-roberta", "cpu-small", "cobol", "text-to-speech"}
	for name, want := range map[string]string{
		"brt": "; near it: bert", "beart": "; near it: bert, albert", "apache2": "; near it: apache-2.0", "XLM_Robrta": "; near it: xlm-roberta",
		"cpu": "; near it: cpu-small", "b": "", "": "", "quite another": "", "bobobobo": "", "tts": "; near it: text-to-speech",
	} {
		if got := Near(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got, want := NearOrAll("quite another", known[:2]), "; known are albert, bert"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSay(t *testing.T) {
	long := strings.Repeat("é", 3000)
	for _, tt := range []struct {
		err  error
		want string
	}{
		{errors.New("a\x1b[31m\u202eb\nc\x7f"), "a\uFFFD[31m\uFFFDb\nc\uFFFD"},
		{errors.New(long), long},
		{Errorf("%s", long), long[:2000] + "…"},
	} {
		if got := Say(tt.err); got != tt.want {
			t.Errorf("%.20q…: %.60q, want %.60q", tt.err, got, tt.want)
		}
	}
}

func TestWrongUse(t *testing.T) {
	cause := errors.New("cause")
	if err := fmt.Errorf("more: %w", Errorf("%w", cause)); Status(err) != Wrong || !errors.Is(err, cause) {
		t.Errorf("%v is not wrong use, or has lost its cause", err)
	}
	for want, err := range []error{nil, cause, Errorf("a"), fmt.Errorf("more: %w", errors.Join(cause, Partialf("%w", cause)))} {
		if got := Status(err); got != want {
			t.Errorf("status %d of %v, want %d", got, err, want)
		}
	}
	for line, want := range map[string]string{
		"--a 1":       "cause",
		"y":           `unknown command "y" for "x"; see: x --help`,
		"--a 1 --b 1": "use only one of --a, --b; see: x --help",
		"--c":         "unknown flag: --c; see: x --help",
		"--a=":        "--a is empty, or a name in it is; see: x --help",
		"--list=a,\t": "--list is empty, or a name in it is; see: x --help",
		"--list a,,b": "--list is empty, or a name in it is; see: x --help",
		"--n x":       `--n: "x" is not valid: invalid syntax; want a whole number; see: x --help`,
		"--lst x":     `unknown flag: --lst; near it: --list; see: x --help`,
	} {
		cmd := &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true, RunE: func(*cobra.Command, []string) error { return cause }}
		cmd.Args = cobra.NoArgs
		cmd.Flags().String("a", "", "")
		cmd.Flags().String("b", "", "")
		cmd.Flags().StringSlice("list", nil, "")
		cmd.Flags().Int("n", 0, "")
		cmd.MarkFlagsMutuallyExclusive("a", "b")
		cmd.AddCommand(&cobra.Command{Use: "sub", RunE: cmd.RunE})
		cmd.SetArgs(strings.Split(line, " "))
		_, err := Execute(t.Context(), cmd)
		if err == nil || err.Error() != want || (Status(err) == Wrong) == (want == "cause") {
			t.Errorf("%s: %v, status %d, want %s", line, err, Status(err), want)
		}
	}
}
