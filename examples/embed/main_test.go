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
	// Which one it is, and what is known of it, is for a refresh to say.
	want := regexp.MustCompile(`^[\w.-]+/[\w.-]+\n(pinned at [0-9a-f]{40}\n)?(it may need a token\n)?$`)
	if got := out.String(); !want.MatchString(got) {
		t.Errorf("got %q", got)
	}
}
