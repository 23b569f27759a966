package main

import (
	"regexp"
	"strings"
	"testing"
)

func TestEmbed(t *testing.T) {
	var out strings.Builder
	if err := embed(&out); err != nil {
		t.Fatal(err)
	}
	// A refresh may move the revision.
	want := regexp.MustCompile(`^google-bert/bert-base-uncased\npinned at [0-9a-f]{40}\n$`)
	if got := out.String(); !want.MatchString(got) {
		t.Errorf("got %q", got)
	}
}
