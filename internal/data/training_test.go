package data

import "testing"

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
		{Model{ID: "ibm-granite/granite-3.0-1b-a400m-base"}, generate, false, true},
		{Model{ID: "Qwen/Qwen3-0.6B", Bases: []Base{{ID: "me/other"}}}, generate, false, false},
		{Model{ID: "Helsinki-NLP/opus-mt-en-it"}, []string{"translation"}, false, false},
		{Model{ID: "baidu/ERNIE-4.5-0.3B-PT"}, generate, false, false},
		{Model{ID: "microsoft/trocr-base-printed"}, []string{"image-text-to-text"}, false, false},
		{Model{ID: "chat/gpt2"}, generate, false, false},
		{Model{ID: "a/b-1B-Base"}, nil, false, false},
	} {
		if chat, base := test.m.Training(test.tasks); chat != test.chat || base != test.base {
			t.Errorf("%s for %v: chat %t, base %t", test.m.ID, test.tasks, chat, base)
		}
	}
}
