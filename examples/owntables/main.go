// Owntables looks up checkpoints in a table of its own, which was chosen by
// its own policy.
package main

import (
	"fmt"
	"os"

	"github.com/hfmodels/hfmodels/examples/owntables/models"
)

//go:generate go tool gen emit --policy hf.yaml --arch bert,gpt2,t5 --package models --out models

func main() {
	for _, arch := range []string{"bert", "gpt2", "t5"} {
		m, ok := models.Default(arch)
		if !ok {
			fmt.Fprintln(os.Stderr, "no checkpoint for", arch)
			os.Exit(1)
		}
		fmt.Printf("%s: %s, %s\n", arch, m.ID, m.License)
	}
}
