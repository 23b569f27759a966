package data

import (
	"slices"
	"strings"
	"testing"
)

func TestGrammars(t *testing.T) {
	for name, tt := range map[string]struct {
		is        func(string) bool
		good, bad []string
	}{
		"repository": {
			IsRepo,
			[]string{"gpt2", "google-bert/bert-base-uncased", "a/b_c.d-e", "_a/_b", "Qwen/Qwen2.5-0.5B", "a.git/b", strings.Repeat("x", 96), strings.Repeat("a", 96) + "/b"},
			[]string{
				"", "/", "a/", "/a", "a/b/c", "a b", "a/b c", "../a", "a/..", "a..b", "a--b", ".a", "a-", "a/-b", "a/b.", "a/é", "a\n/b", "a/b\n",
				"a/b?c", "a%2Fb", `a"b`, "a/b.git", "b.git", "a/b\x00", strings.Repeat("a", 97), "a/" + strings.Repeat("b", 97),
			},
		},
		"owned repository": {IsOwned, []string{"a/b"}, []string{"gpt2", "a/b/c"}},
		"commit":           {IsCommit, []string{strings.Repeat("0f", 20)}, []string{"", strings.Repeat("0F", 20), strings.Repeat("0", 39), strings.Repeat("0", 41), strings.Repeat("g", 40)}},
		"digest":           {IsDigest, []string{strings.Repeat("0f", 32)}, []string{strings.Repeat("0", 63), strings.Repeat("0", 65), strings.Repeat("g", 64)}},
		"model type":       {IsModelType, []string{"bert", "gpt_neox", "xlm-roberta", "kosmos-2.5", "T5"}, []string{"", "_x", "a b", "a/b", "a'", strings.Repeat("x", 65)}},
		"class":            {IsClass, []string{"BertModel", "_X", "T5ForConditionalGeneration"}, []string{"", "5T", "a.b", "a-b", "a b", strings.Repeat("x", 129)}},
		"task":             {IsTask, []string{"fill-mask"}, []string{"", "N/A", "fill mask", "-x", strings.Repeat("x", 65)}},
		"_id":              {IsRepositoryID, []string{"64fbcaed73a498812529596a"}, []string{"", "a-b", strings.Repeat("x", 65)}},
		"time":             {isTime, []string{"2026-11-25T16:00:00Z"}, []string{"", "2026-11-25", "2026-11-25T16:00:00+01:00"}},
		"language":         {forms["two-letter code"], []string{"de"}, []string{"", "deu", "DE", "d1", "aA"}},
		"licences":         {forms["list of licences"], []string{"mit", "apache-2.0, mit"}, []string{"", "mit,gpl", "mit, "}},
		"version": {
			IsVersion,
			[]string{"5.24.0", "5", "5.25.0rc1", "5.25.0.dev0", "5.24.0.post1", "1!5.0", "5.25.0-rc.1", "5.24.0+cu118"},
			[]string{"", "five", "5..1", "5.24.*", "5.24.0 ", "5.24.0rc1rc2", ">=5", "5.24.0!", "5;x"},
		},
		"word":    {IsWord, []string{"apache-2.0", "openrail++", "llama3.1"}, []string{"", "**", "???", "a b", strings.Repeat("x", 65)}},
		"library": {IsLibrary, []string{"transformers", "Model Optimizer", "k2"}, []string{"", " x", "x ", "a\tb", strings.Repeat("x", 65)}},
		"line": {
			func(s string) bool { return IsLine(s, 256) },
			[]string{"en", "日本語特化", "dataset:aihub 자유대화 음성(노인남녀)", "ÚFAL"},
			[]string{"", "a\x00", "a\u202eb", "a\u200bb", "a\ufffd", "a\xff", "a\nb", strings.Repeat("x", 257)},
		},
	} {
		for _, s := range tt.good {
			if !tt.is(s) {
				t.Errorf("%q should be a %s", s, name)
			}
		}
		for _, s := range tt.bad {
			if tt.is(s) {
				t.Errorf("%q should not be a %s", s, name)
			}
		}
	}
}

func TestOneLine(t *testing.T) {
	for s, want := range map[string]string{"a\n\tb\x1b c": "a b c", "a\ufffdb\xff": "a b", "12345": "12345", "123456": "12345…", "1234é": "1234…"} {
		if got := OneLine(s, 5); got != want {
			t.Errorf("%q becomes %q, want %q", s, got, want)
		}
	}
}

func TestFirstProblems(t *testing.T) {
	if err := check("", slices.Repeat([]string{"\n"}, 30)); strings.Count(err.Error(), "\n") != 19 {
		t.Error(err)
	}
}

func TestCompareVersions(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "5.24.0.dev1", -1}, {"5.25.0rc2", "5.25.0rc10", -1}, {"5.25.0rc10", "5.25.0", -1}, {"5.25", "5.25.0", 0}, {"5.100.0", "5.25.0.post1", 1}} {
		if got := CompareVersions(tt.a, tt.b); got != tt.want {
			t.Errorf("CompareVersions(%q, %q) = %d", tt.a, tt.b, got)
		}
	}
}

func TestStatedParameters(t *testing.T) {
	for id, want := range map[string]int64{
		"a/bert-base": 0, "a/gpt-oss-120b": 120e9, "135M/x": 0, "a/SmolLM-135M": 135e6, "a/Qwen-1.5B": 15e8,
		"a/stablelm-2-1_6b-chat": 16e8, "a/internlm2-1_8b": 18e8, "a/Mixtral-8x7B-v0.1": 56e9, "a/Qwen3-30B-A3B": 30e9,
		"a/ODM_1B_params_50B_tokens": 1e9, "a/Doc-2B-from-InternVL-8B": 2e9, "a/pile-1T": 0, "a/9" + strings.Repeat("9", 400) + "b": 1 << 53,
	} {
		if got := StatedParameters(id); got != want {
			t.Errorf("%s states %d, want %d", id, got, want)
		}
	}
}
