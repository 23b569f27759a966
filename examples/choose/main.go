// Choose finds a checkpoint for a task that fits a memory, and says what stands
// in the way where there is none.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/hfmodels/hfmodels"
)

func main() {
	task := flag.String("task", "fill-mask", "what the checkpoint has to be made for")
	memory := flag.Int64("memory", 2_000_000_000, "bytes that running it may take")
	flag.Parse()
	if err := choose(os.Stdout, *task, *memory); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func choose(w io.Writer, task string, memory int64) error {
	t, err := hfmodels.ParseTask(task)
	if err != nil {
		return err // names the tasks that are near
	}
	s, err := hfmodels.Select(hfmodels.Query{Task: t, Ungated: true, MaxMemory: memory})
	if err != nil {
		return err // names what to relax, the nearest miss and its size
	}
	fmt.Fprintf(w, "%s for %s\n", s.ID, t)
	fmt.Fprintln(w, s.Why())
	return nil
}
