package data

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestTraining(t *testing.T) {
	generate := []string{"fill-mask", "text-generation"}
	for _, test := range []struct {
		m          Model
		tasks      []string
		chat, base bool
	}{
		{Model{ID: "Qwen/Qwen2.5-7B-Instruct"}, generate, true, false},
		{Model{ID: "google/gemma-3-4b-it"}, []string{"image-text-to-text"}, true, false},
		{Model{ID: "Qwen/Qwen3-30B-A3B-Instruct-2507"}, generate, true, false},
		{Model{ID: "Qwen/Qwen3-0.6B", Bases: []Base{{ID: "Qwen/Qwen3-0.6B-Base"}}}, generate, true, false},
		{Model{ID: "Qwen/Qwen3-0.6B-Base"}, generate, false, true},
		{Model{ID: "google/gemma-3-1b-pt", IsBase: true}, generate, false, true},
		{Model{ID: "ibm-granite/granite-3.0-1b-a400m-base"}, generate, false, true},
		{Model{ID: "mistralai/Mistral-Small-24B-Base-2501"}, generate, false, true},
		{Model{ID: "deepseek-ai/DeepSeek-V3.1-Base", Parameters: 684e9}, generate, false, true},
		{Model{ID: "deepseek-ai/DeepSeek-V3.1-Base"}, generate, false, false},
		{Model{ID: "Qwen/Qwen3-0.6B", Bases: []Base{{ID: "me/other"}}}, generate, false, false},
		{Model{ID: "Helsinki-NLP/opus-mt-en-it"}, []string{"translation"}, false, false},
		{Model{ID: "baidu/ERNIE-4.5-0.3B-PT"}, generate, false, false},
		{Model{ID: "microsoft/trocr-base-printed"}, []string{"image-text-to-text"}, false, false},
		{Model{ID: "chat/gpt2"}, generate, false, false},
		{Model{ID: "a/b-1B-Base"}, nil, false, false},
		{Model{ID: "openai/gpt-oss-20b", Tags: []string{"vllm", DialogueTag}}, generate, true, false},
		{Model{ID: "Qwen/Qwen2.5-0.5B", IsBase: true, Tags: []string{DialogueTag}}, generate, false, true}, // the template is there for those who tune it
	} {
		if chat, base := test.m.Training(test.tasks); chat != test.chat || base != test.base {
			t.Errorf("%s for %v: chat %t, base %t", test.m.ID, test.tasks, chat, base)
		}
	}
}

func TestLearnBases(t *testing.T) {
	s := State{Facts: map[string]*Facts{"a": {Candidates: []Model{
		{ID: "me/a-1b-it", Author: "me", Bases: []Base{{ID: "Me/A-1b-pt", Relation: "finetune"}, {ID: "me/a-1b-q", Relation: "quantized"}}},
		{ID: "me/a-1b-ft", Author: "me", Bases: []Base{{ID: "me/a-2b"}}},
		{ID: "you/a-1b-chat", Author: "you", Bases: []Base{{ID: "me/a-3b"}}},
		{ID: "me/a-1b-pt"},
		{ID: "me/a-1b-q"},
		{ID: "me/a-2b"},
		{ID: "me/a-3b"},
		{ID: "me/a-4b"},
		{ID: "me/A-4b-Instruct", Author: "me"},
		{ID: "me/a-5b"},
		{ID: "me/a-6b-hf"},
		{ID: "me/a-6b-pt-hf"},
		{ID: "me/a-6b-chat-hf", Author: "me"},
		{ID: "me/a-5b-Thinking", Author: "me"},
		{ID: "you/a-5b-it", Author: "you"},
	}}}}
	s.LearnBases()
	for m := range s.Facts["a"].Models() {
		if m.IsBase != (m.ID == "me/a-1b-pt" || m.ID == "me/a-4b" || m.ID == "me/a-6b-hf" || m.ID == "me/a-6b-pt-hf") {
			t.Errorf("%s: a base: %t", m.ID, m.IsBase)
		}
	}
}

// What the Hub shows by a known name is the known repository, or another one,
// which is then on record until it is accepted or the known one is back.
func TestIdentity(t *testing.T) {
	const day, was = "2022-03-02", "map[a/b:1, created 2022-03-02]"
	rows := func(text string) (all []Model) { // id, _id and day, "-" for none
		for row := range strings.SplitSeq(strings.ReplaceAll(text, "-", ""), ", ") {
			if f := strings.Split(row+"  ", " "); f[0] != "" {
				all = append(all, Model{ID: f[0], Repository: f[1], Created: map[string]string{"old": day, "new": "2026-11-20"}[f[2]]})
			}
		}
		return all
	}
	for _, tt := range []struct {
		name   string
		facts  string
		record Repositories
		accept string // for a/b
		shown  string
		left   []string
		want   string
	}{
		{"the same", "a/b 1 old", nil, "", "a/b 1 old", nil, "map[]"},
		{"facts without identity", "a/b", nil, "", "a/b 2 new", nil, "map[]"},
		{"facts of the day alone", "a/b - old", nil, "", "a/b 2 old", nil, "map[]"},
		{"another day", "a/b - old", nil, "", "a/b 2 new", nil, "map[a/b:unknown _id, created 2022-03-02]"},
		{"another _id", "a/b 1 old", nil, "", "a/b 2 old", nil, was},
		{"nothing shown", "a/b 1 old", nil, "", "a/b", nil, "map[]"},
		{"in another letter case", "A/b 1 old", nil, "", "a/B 2 new", nil, was},
		{"a recording with two spellings", "A/b 1 old", nil, "", "A/b 1 old, a/B 2 new", nil, "map[]"},
		{"a former name", "new/b 1 old", nil, "", "new/b 1 old, Old/b 2 new", nil, "map[old/b:1, created 2022-03-02]"},
		{"gone", "a/b 1 old", nil, "", "", []string{"a/b", "a/unknown"}, was},
		{"gone, and then another", "", Repositories{"a/b": {"1", day}}, "", "a/b 2 new", nil, was},
		{"still another", "a/b 2 new", Repositories{"a/b": {"1", day}}, "", "a/b 2 new", nil, was},
		{"back again", "a/b 2 new", Repositories{"a/b": {"1", day}}, "", "a/b 1 old", nil, "map[]"},
		{"accepted", "a/b 2 new", Repositories{"a/b": {"1", day}}, "2", "a/b 2 new", nil, "map[]"},
		{"two spellings known", "A/b 1 old, a/b 2 old, A/b 1 old", nil, "", "a/b 2 old", nil, "map[]"},
		{"another one accepted", "a/b 2 new", Repositories{"a/b": {"1", day}}, "3", "a/b 2 new", nil, was},
	} {
		s := &State{Facts: map[string]*Facts{"t": {Candidates: rows(tt.facts)}}, Repositories: tt.record, Aliases: Aliases{"old/B": "new/b"}}
		s.Policy = new(Policy)
		if tt.accept != "" {
			s.Policy.Accept = []Acceptance{{ID: "A/B", Repository: tt.accept}}
		}
		if got := fmt.Sprint(map[string]Identity(s.Meet(slices.Values(rows(tt.shown)), tt.left...))); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
