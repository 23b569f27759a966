// Package archtest is what the generated tests of architectures call.
//
// The tests are written by gen: for every architecture in this directory, and
// by "gen tests ARCH… --out DIR" for some of them in a module of your own.
// Each states what was decided for its architecture and hands that to [Run],
// so that a later version of the tables that answers otherwise fails by name.
//
// With the flag -hfmodels.results=FILE the outcomes are also written as JSON,
// in the schema that the Python tests use. A FILE that is not absolute is in
// the directory of the tested package.
package archtest

import "github.com/hfmodels/hfmodels"

// Row is what a test expects of an architecture. A field that is left out
// expects that there is nothing.
type Row struct {
	ModelType string
	Family    hfmodels.Family
	Status    hfmodels.Status
	Host      hfmodels.Arch // answers for a hosted architecture
	AliasOf   hfmodels.Arch // what a config of it is saved as

	ConfigClass      string
	Tokenizer        string
	Processor        string
	ImageProcessor   string
	VideoProcessor   string
	FeatureExtractor string

	// Tasks are those that some class of the architecture serves, sorted.
	Tasks []string
	// Classes are the auto classes with what they build, as
	// "AutoModel: BertModel", in the order of [hfmodels.Info.AutoClasses].
	Classes []string
	// Picks are the models, each with all places it fills, best first.
	Picks []Pick
}

// Pick is a model and the places it fills.
type Pick struct {
	Roles      []hfmodels.Role
	DefaultFor []string // tasks, sorted
	ID         string
	Revision   string        // 40 hex digits, or unknown
	Arch       hfmodels.Arch // what its config names, where that is not the row's
	Parameters int64
	Bytes      int64 // 0 is unknown here, as in Parameters
	Gating     hfmodels.Gating
}
