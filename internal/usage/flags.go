package usage

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Strict makes a command refuse the mistakes that cobra lets pass: flags that
// are given but empty, and help for commands that do not exist. It marks what
// is wrong with flags as wrong use, and suggests a flag for an unknown one.
func Strict(root *cobra.Command) {
	root.SetFlagErrorFunc(flagError)
	before := root.PersistentPreRunE
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		if err := checkEmpty(cmd); err != nil || before == nil {
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

func flagError(cmd *cobra.Command, err error) error {
	unknown, invalid, number := (*pflag.NotExistError)(nil), (*pflag.InvalidValueError)(nil), (*strconv.NumError)(nil)
	switch {
	case errors.As(err, &unknown):
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
		err = fmt.Errorf("%w%s", err, Near("--"+unknown.GetSpecifiedName(), known))
	case errors.As(err, &invalid) && errors.As(err, &number):
		err = fmt.Errorf("--%s takes a %s, and not %q", invalid.GetFlag().Name, invalid.GetFlag().Value.Type(), invalid.GetValue())
	case errors.As(err, &invalid):
		err = fmt.Errorf("--%s: %w", invalid.GetFlag().Name, errors.Unwrap(invalid))
	}
	return Errorf("%w; see: %s --help", err, cmd.CommandPath())
}

// checkEmpty refuses a flag that is given and empty: --license "$UNSET" must
// not mean any licence. An empty --policy overrides the variable for it, and
// functions check their values themselves.
func checkEmpty(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		v, isFunc := f.Value.String(), strings.HasSuffix(f.Value.Type(), "func")
		if f.Name != "policy" && !isFunc && (v == "" || v == "[]") {
			err = Errorf("--%s is empty", f.Name)
		}
	})
	return err
}
