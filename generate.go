// Package hfmodels answers which Hugging Face checkpoint stands for a
// transformers architecture.
//
//	m, ok := hfmodels.Bert.Default()
//	a, err := hfmodels.ParseArch("GPT-NeoX")
//	m, ok = a.DefaultFor(hfmodels.TextGeneration)
//
// The answers are tables that were generated from what transformers and the
// Hub say; a lookup is an array index, and needs no network, no
// initialisation and no allocation. [TransformersVersion] and [FactsDate] say
// how old they are.
//
// Every default is proven: the config of the checkpoint names the architecture.
// Where the Hub gave the revision at which it does, the row pins that; a
// recording of the Hub lacks many. Architectures for which that could
// not be shown have no default, and [Arch.Info] says why.
package hfmodels

//go:generate go run ./gen
