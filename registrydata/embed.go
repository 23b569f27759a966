// Package registrydata holds the committed state of the project; package
// internal/data has the types it decodes to.
//
//	catalog.json     what transformers says: architectures, classes, tasks
//	facts/*.json     what the Hub says of each model, a file an architecture
//	popularity.json  the Hub's counters, apart because they move every day
//	ids.json         all candidates of each architecture, also those without facts
//	aliases.json     former ids of renamed models, and their present ones
//	repositories.json  what was known by names that lead to none any more, or to another one
//	measurements.json  how picks answered when they were last run
//	policy.yaml      what people want; the only file written by hand
//	picks.json       what was decided from these, and why
//	recipes.json     what running says: how each architecture is built tiny and run
//	lock.json        what all of it was made from
//	releases.json    which release of transformers added and removed a model type
//	engines.json     what other programs say that they run
//
// The JSON files are canonical: sorted keys, sorted rows, one row a line. The
// same state is the same bytes.
package registrydata

import "embed"

// All is the state that was committed when the program was built. The pattern
// names the whole directory, because one that names facts/ would not compile where
// that is still empty.
//
//go:embed *
var All embed.FS
