// Package registrydata holds the committed state of the project and the types
// it decodes to.
//
//	catalog.json     what transformers says: architectures, classes, tasks
//	facts/*.json     what the Hub says of the candidates, a file an architecture
//	popularity.json  the Hub's counters, apart because they move every day
//	aliases.json     former ids of renamed models, and their present ones
//	measurements/    what running the models showed, a file a run
//	policy.yaml      what people want; the only file written by hand
//	picks.json       what was decided from these, and why
//	recipes.json     what running says: how each architecture is built tiny and run
//	drill.json       what the tests notice when something is broken
//	lock.json        what all of it was made from
//
// The JSON files are canonical: sorted keys, sorted rows, one row a line. The
// same state is the same bytes.
package registrydata
