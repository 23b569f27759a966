package hfmodels_test

import (
	"errors"
	"fmt"

	"github.com/hfmodels/hfmodels"
)

func Example() {
	m, ok := hfmodels.Bert.Default()
	fmt.Println(ok, m.ID != "", m.Arch)
	// Output: true true bert
}

func ExampleParseArch() {
	for _, name := range []string{"gpt_neox", "GPT-NeoX", "gpt neox"} {
		a, err := hfmodels.ParseArch(name)
		fmt.Println(a, err)
	}
	// Output:
	// gpt_neox <nil>
	// gpt_neox <nil>
	// gpt_neox <nil>
}

func ExampleUnknownArchError() {
	_, err := hfmodels.ParseArch("distilbrt")
	var unknown *hfmodels.UnknownArchError
	if errors.As(err, &unknown) {
		fmt.Println(unknown.Near()[0])
	}
	// Output: distilbert
}

func ExampleArch_Models() {
	best := true
	for m := range hfmodels.Bert.Models() {
		if best {
			fmt.Println(m.Arch, m.Roles.Has(hfmodels.Default))
		}
		best = false
	}
	// Output: bert true
}

func ExampleArch_Info() {
	i := hfmodels.ClipTextModel.Info()
	fmt.Println(i.Part, i.Family, i.ConfigClass)
	// Output: true encoder CLIPTextConfig
}

func ExampleSetOf() {
	tasks := hfmodels.SetOf(hfmodels.FillMask, hfmodels.TextGeneration)
	fmt.Println(tasks, tasks.Has(hfmodels.FillMask))
	// Output: fill-mask,text-generation true
}

func ExampleSelect() {
	s, err := hfmodels.Select(hfmodels.Query{
		Task: hfmodels.FillMask, Ungated: true, MaxBytes: hfmodels.GPULarge, Licenses: []hfmodels.License{"apache-2.0", "mit"},
	})
	fmt.Println(s.ID != "", s.Gating, err)
	// Output: true no <nil>
}

func ExampleRanked() {
	for m := range hfmodels.Ranked(hfmodels.FillMask) {
		fmt.Println(m.ID != "", m.Tasks.Has(hfmodels.FillMask))
		break // the best is enough
	}
	// Output: true true
}

func ExampleByID() {
	m, ok := hfmodels.ByID("Google-BERT/bert-base-uncased")
	fmt.Println(m.ID, m.Arch, ok)
	// Output: google-bert/bert-base-uncased bert true
}

func ExampleArchOfClass() {
	a, ok := hfmodels.ArchOfClass("TFBertForMaskedLM")
	fmt.Println(a, ok)
	// Output: bert true
}
