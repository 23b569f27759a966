// Resolve asks the Hub which checkpoint to use for an architecture, waits at
// most two seconds, and says where the answer comes from.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/live"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	err := resolve(ctx, os.Stdout, "bert")
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// hub is shared by the whole program, so that it asks once for an architecture
// however many goroutines do.
var hub = new(live.Resolver)

func resolve(ctx context.Context, w io.Writer, name string) error {
	arch, err := hfmodels.ParseArch(name)
	if err != nil {
		return err
	}
	a, err := hub.Resolve(ctx, live.Query{Arch: arch})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s (source: %s)\n", a.Model.ID, a.Source)
	switch {
	case a.Source == live.Hub || errors.Is(a.Why, live.Fresh):
	case errors.Is(a.Why, live.SwitchedOff):
		fmt.Fprintln(w, "the Hub was not asked")
	default:
		fmt.Fprintf(w, "no answer from the Hub: %v\n", a.Why)
	}
	return nil
}
