package hub

import (
	"strings"
	"time"
)

// Gating says whether a model's files can be had without accepting terms. The
// Hub shows what is in a Model even of gated ones.
type Gating uint8

const (
	GatingUnknown Gating = iota // the Hub did not say
	Ungated
	GatedAuto   // accepting the terms is enough
	GatedManual // the owner decides
)

func (g Gating) String() string {
	return [...]string{"unknown", "no", "auto", "manual"}[g&3]
}

// Model is what the Hub says of a model. Every text in it has been checked
// (grammar.go); "" and nil mean that the Hub did not say, or nothing that can
// be used.
type Model struct {
	// ID is the canonical owner/name. It differs from what was asked for where
	// the repository was renamed. HubID outlives a rename.
	ID     string
	HubID  string
	Author string
	SHA    string // of the head of main: 40 hex digits

	ModelType     string   // config.model_type
	Architectures []string // config.architectures: class names
	// Quantized is config.quantization_config.quant_method, "unknown" where it
	// is not named, "" where there is no such config.
	Quantized string
	// AutoMap is set where config.auto_map names classes in the repository's
	// own code.
	AutoMap bool

	Library  string
	Pipeline string // the card's task
	Tags     []string

	Gated    Gating
	Private  bool
	Disabled bool

	Downloads int64 // of the last 30 days; -1: unknown
	Likes     int64 // -1: unknown

	Created time.Time // UTC; older models have 2022-03-02; zero: unknown

	Safetensors SafetensorsInfo
}

// SafetensorsInfo is what the Hub read in the headers of the weight files.
type SafetensorsInfo struct {
	Total   int64            // parameters; -1: unknown. Too low for weights packed below a byte
	ByDType map[string]int64 // parameters by dtype, such as BF16; often missing
	Bytes   int64            // of all files; -1: unknown
}

// Licenses are the licences that the tags name, by their ids on the Hub.
func (m Model) Licenses() []string {
	var all []string
	for _, t := range m.Tags {
		if id, ok := strings.CutPrefix(t, "license:"); ok && license.fits(id) {
			all = append(all, id)
		}
	}
	return all
}

// Base is a model that another was made from, and how: finetune, quantized,
// adapter or merge, "" where the Hub does not say. The Hub infers the relation
// and sometimes errs.
type Base struct{ ID, Relation string }

// Bases are the models that the tags name as the origins of m.
func (m Model) Bases() []Base {
	var all []Base
	at := map[string]int{}
	for _, t := range m.Tags {
		id, ok := strings.CutPrefix(t, "base_model:")
		if !ok {
			continue
		}
		relation, of, ok := strings.Cut(id, ":")
		if ok {
			id = of
		} else {
			relation = ""
		}
		if !repoID.fits(id) || relation != "" && !pipeline.fits(relation) {
			continue
		}
		i, known := at[id]
		switch {
		case !known:
			at[id] = len(all)
			all = append(all, Base{id, relation})
		case all[i].Relation == "":
			all[i].Relation = relation
		}
	}
	return all
}
