package usage

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Strict makes a command complain of the slips that cobra lets pass: unknown
// flags without a near one named, flags that are given and empty, and help for
// commands that are not there.
func Strict(root *cobra.Command) {
	root.SetFlagErrorFunc(flagError)
	before := root.PersistentPreRunE
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		if err := given(cmd); err != nil || before == nil {
			return err
		}
		return before(cmd, args)
	}
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Args = Args(func(_ *cobra.Command, args []string) error {
				if _, rest, err := root.Find(args); err != nil || len(rest) > 0 {
					return fmt.Errorf("there is no command %q", strings.Join(args, " "))
				}
				return nil
			})
		}
	}
}

// flagError says what is wrong with a flag, and where to look.
func flagError(cmd *cobra.Command, err error) error {
	unknown, invalid, number := (*pflag.NotExistError)(nil), (*pflag.InvalidValueError)(nil), (*strconv.NumError)(nil)
	switch {
	case errors.As(err, &unknown):
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
		err = fmt.Errorf("%w%s", err, Near("--"+unknown.GetSpecifiedName(), known))
	case errors.As(err, &invalid) && errors.As(err, &number):
		err = fmt.Errorf("--%s takes a %s, and not %q", invalid.GetFlag().Name, invalid.GetFlag().Value.Type(), invalid.GetValue())
	}
	return Errorf("%w; see: %s --help", err, cmd.CommandPath())
}

// given complains of a flag that is given and empty: --license "$UNSET" asks for
// something, and must not ask for nothing. An empty --policy takes none, whatever
// the variable says.
func given(cmd *cobra.Command) error {
	empty := ""
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if v := f.Value.String(); f.Name != "policy" && (v == "" || v == "[]") {
			empty = f.Name
		}
	})
	if empty != "" {
		return Errorf("--%s is empty", empty)
	}
	return nil
}
