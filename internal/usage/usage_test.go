package usage

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestNear(t *testing.T) {
	known := []string{"albert", "bert", "apache-2.0", "xlm-roberta", "cpu-small"}
	for name, want := range map[string]string{
		"brt": "; near it: bert", "beart": "; near it: bert", "apache2": "; near it: apache-2.0", "XLM_Robrta": "; near it: xlm-roberta",
		"cpu": "; near it: cpu-small", "b": "", "": "", "quite another": "",
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
	if err := fmt.Errorf("more: %w", Errorf("%w", cause)); !Is(err) || !errors.Is(err, cause) {
		t.Errorf("%v is not wrong use, or has lost its cause", err)
	}
	if Is(cause) || Is(nil) {
		t.Error("anything is wrong use")
	}
	for want, err := range []error{nil, cause, Errorf("a"), fmt.Errorf("more: %w", errors.Join(cause, Partialf("%w", cause)))} {
		if got := Status(err); got != want {
			t.Errorf("status %d of %v, want %d", got, err, want)
		}
	}
	cmd := &cobra.Command{Use: "x"}
	for _, flag := range []string{"a", "b"} {
		cmd.Flags().String(flag, "", "")
	}
	check := Exclusive(Args(cobra.NoArgs), "a", "b")
	if err := check(cmd, nil); err != nil {
		t.Error(err)
	}
	if err := check(cmd, []string{"y"}); !Is(err) {
		t.Errorf("an argument too many is not wrong use: %v", err)
	}
	for _, flag := range []string{"a", "b"} {
		if err := cmd.Flags().Set(flag, "1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := check(cmd, nil); !Is(err) || err.Error() != "give --a or --b, and not both; see: x --help" {
		t.Error(err)
	}
}
