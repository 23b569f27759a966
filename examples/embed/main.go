// Embed prints the checkpoint that stands for BERT. It is compiled in: nothing
// is read, and nobody is asked.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/hfmodels/hfmodels"
)

func main() {
	if err := embed(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func embed(w io.Writer) error {
	m, ok := hfmodels.Bert.Default()
	if !ok {
		return fmt.Errorf("%s has no default: %s", hfmodels.Bert, hfmodels.Bert.Info().Why)
	}
	fmt.Fprintln(w, m.ID)
	if m.Revision != "" { // unknown where the Hub did not tell it
		fmt.Fprintln(w, "pinned at", m.Revision)
	}
	if m.Gating != hfmodels.Ungated {
		fmt.Fprintln(w, "it may need a token")
	}
	return nil
}
