// Package data holds the types of the committed state, which lies in
// registrydata, and the one door by which it comes in: strict loading,
// canonical saving, and the grammars of names.
package data
