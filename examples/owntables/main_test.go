package main

import (
	"os/exec"
	"testing"
)

func Example() {
	main()
	// Output:
	// bert: google-bert/bert-base-cased, apache-2.0
	// gpt2: openai-community/gpt2, mit
	// t5: google-t5/t5-small, apache-2.0
}

// The committed table is what the generator writes today.
func TestFresh(t *testing.T) {
	cmd := exec.Command("go", "tool", "gen", "emit", "--check",
		"--policy", "hf.yaml", "--arch", "bert,gpt2,t5", "--package", "models", "--out", "models")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
