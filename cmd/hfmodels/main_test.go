package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/usage"
)

// Whatever the command line is, run answers with one of the statuses, and
// neither panics nor sends a control character to the terminal.
func FuzzCommandLine(f *testing.F) {
	f.Setenv("USE_STATIC_REGISTRY", "1") // --live sends nothing
	f.Setenv("HF_REGISTRY_PATH", "")
	for _, line := range []string{
		"", "default bert", "show bert --why --all", "show bert --live --json", "list --limit -1", "list --role tiny --limit 9 -q",
		"select --license a,b,,", "select --arch bert,gptj --num-parameters max:1K", "default \x1b[31mbert\u202e", "--format= list",
		"help show x", "completion bash", "__complete select --license mit,", "list --json=false -q=true", "-qq --json", "--",
		"select --hardware cpu-small --max-bytes 99999999999EB", "default bert --task \xff",
		"-h=x", "list --status= --family \x00", "show --role",
		"show a/b", "show GOOGLE-bert/bert-base-uncased --json", "show ner --why",
		"list --tasks -q", "show /", "default a/b/c", "select --arch x/y --chat",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Contains(line, "policy") || strings.Contains(line, "__complete") {
			t.Skip("one reads any file that is named, the other echoes what it is given")
		}
		var out, notes bytes.Buffer
		if status := run(strings.Split(line, " "), &out, &notes); status != usage.Done && status != usage.No && status != usage.Wrong {
			t.Errorf("%q: status %d", line, status)
		} else if status != usage.Done && notes.Len() == 0 {
			t.Errorf("%q: status %d, and no error", line, status)
		}
		if strings.ContainsAny(notes.String()+out.String(), "\x1b\x00\u202e") {
			t.Errorf("%q: the answer has control characters", line)
		}
	})
}
