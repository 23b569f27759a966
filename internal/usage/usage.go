// Package usage is what both commands need of a command line: it tells wrong
// use, which ends with exit status 2, from an answer that is no, suggests names
// that are near a wrong one, and makes text safe for a terminal.
package usage

import (
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

// Is reports whether an error is wrong use.
func Is(err error) bool { return Status(err) == Wrong }

// Status is the exit status of a command that ends with err.
func Status(err error) int {
	if err == nil {
		return Done
	}
	e := ended{status: No}
	errors.As(err, &e)
	return e.status
}

// Args marks the errors of a check of arguments as wrong use, and says which
// help to read.
func Args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil || Is(err) {
			return err
		}
		return Errorf("%w; see: %s --help", err, cmd.CommandPath())
	}
}

// Exclusive adds to a check of arguments that only one of some flags is given.
func Exclusive(check cobra.PositionalArgs, flags ...string) cobra.PositionalArgs {
	return Args(func(cmd *cobra.Command, args []string) error {
		given := slices.DeleteFunc(slices.Clone(flags), func(name string) bool { return !cmd.Flags().Changed(name) })
		if len(given) > 1 {
			return fmt.Errorf("give --%s or --%s, and not both", given[0], given[1])
		}
		return check(cmd, args)
	})
}

// Strict makes a finished command refuse the mistakes that cobra lets pass: flags
// that are given but empty, help for commands that do not exist, and arguments
// of a command that only has others. It marks what is wrong with flags and
// arguments as wrong use, and suggests a flag for an unknown one.
func Strict(root *cobra.Command) {
	root.SetFlagErrorFunc(flagError)
	before := root.PersistentPreRunE
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		if err := checkEmpty(cmd); err != nil || before == nil {
			return err
		}
		return before(cmd, args)
	}
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	strictArgs(root)
}

func strictArgs(cmd *cobra.Command) {
	if cmd.Name() == "help" {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if _, rest, err := cmd.Root().Find(args); err != nil || len(rest) > 0 {
				return fmt.Errorf("there is no command %q", strings.Join(args, " "))
			}
			return nil
		}
	}
	if !cmd.Runnable() { // cobra does not look at the arguments of such a command
		cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	if cmd.Args != nil {
		cmd.Args = Args(cmd.Args)
	}
	for _, c := range cmd.Commands() {
		strictArgs(c)
	}
}

// forms say in plain words what a flag of a type takes.
var forms = map[string]string{
	"int": "a whole number of at most 18 digits", "bool": "true or false", "time": "a day such as 2026-08-22", "duration": "a time such as 36h or 90m",
}

func flagError(cmd *cobra.Command, err error) error {
	unknown, invalid := (*pflag.NotExistError)(nil), (*pflag.InvalidValueError)(nil)
	switch {
	case errors.As(err, &unknown):
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
		err = fmt.Errorf("%w%s", err, Near("--"+unknown.GetSpecifiedName(), known))
	case errors.As(err, &invalid):
		flag, form := invalid.GetFlag(), forms[invalid.GetFlag().Value.Type()]
		err = fmt.Errorf("--%s: %w", flag.Name, errors.Unwrap(invalid))
		if form != "" {
			err = fmt.Errorf("--%s: %s is not %s", flag.Name, Quote(invalid.GetValue()), form)
		}
	}
	return Errorf("%w; see: %s --help", err, cmd.CommandPath())
}

// checkEmpty refuses a flag that is given and empty: --license "$UNSET" must
// not mean any licence. Functions check their values themselves.
func checkEmpty(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		v, isFunc := f.Value.String(), strings.HasSuffix(f.Value.Type(), "func")
		if !isFunc && (v == "" || v == "[]") {
			err = Errorf("--%s is empty", f.Name)
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

// Quote quotes what a user gave, and cuts it where it is long.
func Quote(s string) string {
	const longest = 100
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return strconv.Quote(s)
}

// Say returns the text of an error for people. An error about the command line
// repeats what was given, and is cut where that is long.
func Say(err error) string {
	const longest = 2000
	s := err.Error()
	if Is(err) && len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return Printable(s)
}
