package names

import (
	"strings"
	"testing"
)

func TestIsRepo(t *testing.T) {
	for s, want := range map[string]struct{ repo, owned bool }{
		"google-bert/bert-base-uncased": {true, true}, "gpt2": {true, false}, "a/b_c.d-e": {true, true}, "_a/_b": {true, true},
		"": {}, "/": {}, "a/": {}, "/a": {}, "a/b/c": {}, "a b": {}, "a/b c": {}, "../a": {}, "a/..": {}, "a..b": {}, "a--b": {}, "a/b--c": {},
		".a": {}, "a-": {}, "a/-b": {}, "a/b.": {}, "a/é": {}, "a\n/b": {}, "a/b?c": {}, "a/b.git": {}, "b.git": {}, "a.git/b": {true, true}, "a/b\x00": {},
		strings.Repeat("a", 96):                                 {true, false},
		strings.Repeat("a", 97):                                 {},
		strings.Repeat("a", 96) + "/" + strings.Repeat("b", 96): {true, true},
		"a/" + strings.Repeat("b", 97):                          {},
	} {
		if IsRepo(s) != want.repo || IsOwned(s) != want.owned {
			t.Errorf("%q: %t, %t; want %t, %t", s, IsRepo(s), IsOwned(s), want.repo, want.owned)
		}
	}
}
