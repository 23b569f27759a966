package hfmodels

import (
	"encoding"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestTextRoundTrip marshals every value of every type that has names.
func TestTextRoundTrip(t *testing.T) {
	for a := range archEnd {
		roundTrip(t, a, new(Arch))
	}
	for i := range taskNames {
		roundTrip(t, Task(i), new(Task))
	}
	for i := range modalityNames {
		roundTrip(t, Modality(i), new(Modality))
	}
	for i := range roleNames {
		roundTrip(t, Role(i), new(Role))
	}
	for i := range formatNames {
		roundTrip(t, Format(i), new(Format))
	}
}

func roundTrip[T interface {
	comparable
	encoding.TextMarshaler
}, P interface {
	*T
	encoding.TextUnmarshaler
}](t *testing.T, v T, into P,
) {
	t.Helper()
	text, err := v.MarshalText()
	if err != nil {
		t.Errorf("%v: %v", v, err)
		return
	}
	if err := into.UnmarshalText(text); err != nil || *into != v {
		t.Errorf("%v: %q came back as %v, %v", v, text, *into, err)
	}
}

func TestTextOfNothing(t *testing.T) {
	for _, v := range []encoding.TextMarshaler{archEnd, Task(len(taskNames)), Modality(200), Role(4), Format(7)} {
		if text, err := v.MarshalText(); err == nil {
			t.Errorf("%v became %q", v, text)
		}
	}
	for _, v := range []encoding.TextUnmarshaler{
		new(Arch), new(Task), new(Modality), new(Role), new(Format),
	} {
		if err := v.UnmarshalText([]byte("no such thing\n")); err == nil {
			t.Errorf("%T took it", v)
		}
	}
	if err := new(Role).UnmarshalText(nil); err == nil {
		t.Error("no text is a role")
	}
}

// A pipeline's other name for a task is read like its own, and never written.
func TestTaskAliases(t *testing.T) {
	for _, a := range taskAliases {
		got, err := ParseTask(strings.ToUpper(a.name))
		if err != nil || got != a.task || got.String() == a.name {
			t.Errorf("%s: %s, %v; want %s", a.name, got, err, a.task)
		}
		var task Task
		var set Set[Task]
		if err := errors.Join(task.UnmarshalText([]byte(a.name)), json.Unmarshal([]byte(`["fill-mask", "`+a.name+`"]`), &set)); err != nil || task != a.task || !set.Has(a.task) {
			t.Errorf("%s as text: %s, %s, %v", a.name, task, set, err)
		}
	}
	task := FillMask
	if err := task.UnmarshalText([]byte("no such task")); err == nil || task != FillMask {
		t.Errorf("%s, %v", task, err)
	}
}

func TestSet(t *testing.T) {
	s := SetOf(TextGeneration, FillMask, FillMask)
	if s.Len() != 2 || !s.Has(FillMask) || !s.Has(TextGeneration) || s.Has(ImageClassification) || s.Has(0) || s.Has(200) {
		t.Errorf("%v: wrong members", s)
	}
	want := []Task{FillMask, TextGeneration}
	slices.Sort(want)
	if got := slices.Collect(s.All()); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for e := range s.All() {
		if e != want[0] {
			t.Errorf("began with %v", e)
		}
		break
	}
	var zero Set[Role]
	if zero.Len() != 0 || zero.String() != "" || zero.Has(Default) {
		t.Errorf("the zero value holds %v", zero)
	}
}

func TestLicense(t *testing.T) {
	for _, tt := range []struct {
		license, name License
		want          bool
	}{
		{"apache-2.0, mit", "MIT", true},
		{"apache-2.0, mit", "apache-2.0", true},
		{"apache-2.0, mit", "apache-2.0, mit", true},
		{"apache-2.0, mit", "apache", false},
		{"apache-2.0, mit", "", false},
		{"mit", "mit", true},
		{"", "", false},
	} {
		if got := tt.license.Has(tt.name); got != tt.want {
			t.Errorf("%q has %q: %t", tt.license, tt.name, got)
		}
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct{ got, want string }{ // the name, or the beginning of the error
		{Bert.String() + XlmRoberta.String(), "bertxlm-roberta"},
		{Arch(0).String() + (^Arch(0)).String(), "Arch(0)Arch(65535)"},
		{FillMask.String() + Task(0).String(), "fill-maskTask(0)"},
		{SetOf(Small, Default).String() + Role(9).String(), "default,smallRole(9)"},
		{TensorFlow.String() + Set[Format](1<<40).String(), "tfFormat(40)"},
		{text(ParseTask("Fill_Mask")), "fill-mask"},
		{text(ParseRole(" DEFAULT")), "default"},
		{text(ParseFormat("SafeTensors")), "safetensors"},
		{text(ParseEngine("Llama-CPP")), "llama.cpp"},
		{text(ParseTask("fil-mask")), `hfmodels: unknown task "fil-mask"; near it: fill-mask`},
		{text(ParseTask("text-to-audi")), `hfmodels: unknown task "text-to-audi"; near it: text-to-audio`},
		{text(ParseTask("speech recognition")), `hfmodels: unknown task "speech recognition"; near it: automatic-speech-recognition`},
		{text(ParseTask("sentiment")), `hfmodels: unknown task "sentiment"; near it: sentiment-analysis`},
		{text(ParseTask("fill-mask\x00")), `hfmodels: unknown task "fill-mask\x00"; near it: fill-mask`},
		{text(ParseTask("")), `hfmodels: unknown task ""; known are `},
		{text(ParseTask("-")), `hfmodels: unknown task "-"; known are `},
		{text(ParseRole("tinny")), `hfmodels: unknown role "tinny"; near it: tiny`},
		{text(ParseRole("best")), `hfmodels: unknown role "best"; known are default, open, small, tiny`},
		{text(ParseFormat("\x1b")), `hfmodels: unknown format "\x1b"; known are safetensors, pytorch, tf, jax, onnx, gguf`},
		{text(ParseEngine(strings.Repeat("x", 100))), `hfmodels: unknown engine "` + strings.Repeat("x", maxName) + `"…`},
	} {
		if !strings.HasPrefix(test.got, test.want) {
			t.Errorf("got  %s\nwant %s", test.got, test.want)
		}
	}
}

func text(v interface{ String() string }, err error) string {
	if err != nil {
		return err.Error()
	}
	return v.String()
}

// What is unknown is null in JSON, and comes back as unknown.
func TestModelAsJSON(t *testing.T) {
	for _, m := range []Model{
		{},
		{ID: "a/b", Reason: "with \"quotes\", a \\ and \u00fc\n"},
		{ID: "a/b", Revision: "1f", Parameters: 5, Bytes: 10, License: "mit", Gating: GatedAuto, Tasks: SetOf(FillMask, TextGeneration), Reason: "r"},
	} {
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil || len(fields) != 8 {
			t.Errorf("%s: %v", text, err)
		}
		if (m.Parameters == 0) != (fields["parameters"] == nil) || (m.Gating == "") != (fields["gated"] == nil) || fields["id"] != m.ID {
			t.Errorf("%+v became %s", m, text)
		}
		var back Model
		if err := json.Unmarshal(text, &back); err != nil || back != m {
			t.Errorf("%s came back as %+v, %v, want %+v", text, back, err, m)
		}
	}
}

func TestSetAsJSON(t *testing.T) {
	for _, want := range []string{`[]`, `["fill-mask"]`, `["fill-mask","text-generation"]`} {
		var set Set[Task]
		err := json.Unmarshal([]byte(" "+strings.ReplaceAll(want, ",", " , ")), &set)
		if text, _ := json.Marshal(set); err != nil || string(text) != want {
			t.Errorf("%s became %s, %v", want, text, err)
		}
	}
	for _, bad := range []string{`"fill-mask"`, `["fill-mask",]`, `[1]`, `["no such task"]`, `{}`, `[[]]`} {
		set := SetOf(FillMask)
		if err := json.Unmarshal([]byte(bad), &set); err == nil || set != SetOf(FillMask) {
			t.Errorf("%s is accepted as %v", bad, set)
		}
	}
}
