// Package usage is what both commands need of a command line: it tells wrong
// use, which ends with exit status 2, from an answer that is no, suggests names
// that are near a wrong one, and makes text safe for a terminal.
package usage

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

// Error is a command line that makes no sense.
type Error struct{ error }

// Unwrap returns the complaint.
func (e *Error) Unwrap() error { return e.error }

// Wrong marks an error as wrong use.
func Wrong(err error) error { return &Error{err} }

// Errorf is fmt.Errorf for wrong use.
func Errorf(format string, args ...any) error { return &Error{fmt.Errorf(format, args...)} }

// Is reports whether an error is wrong use.
func Is(err error) bool { return errors.As(err, new(*Error)) }

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

// Exclusive adds to a check of arguments that only one of two flags is given.
func Exclusive(check cobra.PositionalArgs, a, b string) cobra.PositionalArgs {
	return Args(func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed(a) && cmd.Flags().Changed(b) {
			return fmt.Errorf("give --%s or --%s, and not both", a, b)
		}
		return check(cmd, args)
	})
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
