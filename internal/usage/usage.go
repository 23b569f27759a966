// Package usage is what both commands need of a command line: it tells wrong
// use, which ends with exit status 2, from an answer that is no, suggests names
// that are near a wrong one, and makes text safe for a terminal.
package usage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hfmodels/hfmodels/internal/names"
)

// Exit statuses, the same in all commands of the project.
const (
	Done  = 0
	No    = 1 // the answer is no, or a check failed
	Wrong = 2 // wrong use
	Part  = 3 // the Hub gave no answer about something, and nothing else has one
)

// ended is an error that says with which status the command ends.
type ended struct {
	error
	status int
}

func (e ended) Unwrap() error { return e.error }

// Errorf is fmt.Errorf for wrong use: a command line that makes no sense.
func Errorf(format string, args ...any) error { return ended{fmt.Errorf(format, args...), Wrong} }

// Partialf is fmt.Errorf for what the Hub gave no answer about.
func Partialf(format string, args ...any) error { return ended{fmt.Errorf(format, args...), Part} }

// Status is the exit status of a command that ends with err.
func Status(err error) int {
	if err == nil {
		return Done
	}
	e := ended{status: No}
	errors.As(err, &e)
	return e.status
}

// Execute runs a command line, and returns the command that it names. What fails
// before that command runs is wrong use.
func Execute(ctx context.Context, root *cobra.Command) (*cobra.Command, error) {
	ran, settle := false, root.PersistentPreRunE
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		err := cmp.Or(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups(), checkEmpty(cmd))
		if cmd.Name() != cobra.ShellCompRequestCmd && slices.Contains(args, "") {
			err = cmp.Or(err, errors.New("an argument is empty"))
		}
		if err == nil && settle != nil {
			err = settle(cmd, args)
		}
		ran = err == nil
		return err
	}
	root.SetFlagErrorFunc(flagError)
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		switch {
		case cmd.Name() == "help":
			cmd.Args = helpArgs
		case !cmd.Runnable(): // cobra does not look at the arguments of such a command
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !ran {
		if _, set, is := strings.Cut(err.Error(), "none of the others can be; ["); is {
			flags, _, _ := strings.Cut(set, "]")
			err = fmt.Errorf("use only one of --%s", strings.ReplaceAll(flags, " ", ", --"))
		}
		err = Errorf("%w; see: %s --help", err, cmd.CommandPath())
	}
	return cmd, err
}

func helpArgs(cmd *cobra.Command, args []string) error {
	if _, rest, err := cmd.Root().Find(args); err != nil || len(rest) > 0 {
		return fmt.Errorf("unknown command %s", Quote(strings.Join(args, " ")))
	}
	return nil
}

// flagError suggests a flag for an unknown one, and says what a flag wants.
func flagError(cmd *cobra.Command, err error) error {
	if args := cmd.Flags().Args(); len(args) > 0 && !cmd.HasParent() && cmd.Args != nil { // the flag of a mistyped command
		return cmd.Args(cmd, args)
	}
	invalid, number := (*pflag.InvalidValueError)(nil), (*strconv.NumError)(nil)
	if errors.As(err, &invalid) {
		err = invalid.Unwrap()
		if errors.As(err, &number) {
			want := map[string]string{"ParseBool": "true or false"}[number.Func]
			err = fmt.Errorf("%s is not valid: %w; want %s", Quote(invalid.GetValue()), number.Err, cmp.Or(want, "a whole number"))
		}
		return fmt.Errorf("--%s: %w", invalid.GetFlag().Name, err)
	}
	if unknown := (*pflag.NotExistError)(nil); errors.As(err, &unknown) {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
		err = fmt.Errorf("%w%s", err, Near("--"+unknown.GetSpecifiedName(), known))
	}
	return err
}

// checkEmpty refuses a flag that is given and empty, or lists an empty name:
// --license "$UNSET" must not mean any licence. Functions check their values
// themselves.
func checkEmpty(cmd *cobra.Command) (err error) {
	empty := func(s string) bool { return strings.TrimSpace(s) == "" || s == "[]" }
	cmd.Flags().Visit(func(f *pflag.Flag) {
		list, isList := f.Value.(pflag.SliceValue)
		isFunc := strings.HasSuffix(f.Value.Type(), "func")
		if !isFunc && empty(f.Value.String()) || isList && slices.ContainsFunc(list.GetSlice(), empty) {
			err = fmt.Errorf("--%s is empty, or a name in it is", f.Name)
		}
	})
	return err
}

// Near names up to three of the known names that are like a name, as the end of
// a complaint; "" where none is.
func Near(name string, known []string) string {
	if near := names.Near(name, known); len(near) > 0 {
		return "; near it: " + strings.Join(near, ", ")
	}
	return ""
}

// NearOrAll is Near, or else all the names.
func NearOrAll(name string, known []string) string {
	if s := Near(name, known); s != "" {
		return s
	}
	return "; known are " + strings.Join(known, ", ")
}

// Printable replaces control characters, and those that change the direction
// of the text, so that a terminal does not obey them.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}

// cut cuts what is longer.
func cut(s string, longest int) string {
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}

// Quote quotes what a user gave, and cuts it where it is long.
func Quote(s string) string { return strconv.Quote(cut(s, 100)) }

// Say returns the text of an error for people. An error about the command line
// repeats what was given, and is cut where that is long.
func Say(err error) string {
	s := err.Error()
	if Status(err) == Wrong {
		s = cut(s, 2000)
	}
	return Printable(s)
}
