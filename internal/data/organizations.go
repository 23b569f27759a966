package data

import (
	"iter"
	"strings"
)

// Organizations groups accounts of the Hub by the part they play.
type Organizations struct {
	// Testing accounts publish stubs with random weights.
	Testing []Organization `yaml:"testing,omitempty"`
	// Official accounts publish models that their owner trained.
	Official []Organization `yaml:"official,omitempty"`
	// Staging accounts hold copies that people put up while an architecture
	// was being added to transformers.
	Staging []Organization `yaml:"staging,omitempty"`
	// Copies accounts republish or convert models of others.
	Copies []Organization `yaml:"copies,omitempty"`
}

// Organization is an account, with the reason why it stands where it stands.
type Organization struct {
	Name   string `yaml:"name"`
	Reason string `yaml:"reason"`
}

// The parts that accounts play.
const (
	partTesting  = "testing"
	partOfficial = "official"
	partStaging  = "staging"
	partCopies   = "copies"
)

// Parts yields the accounts by the part that they play, as it is called in the
// file.
func (o *Organizations) Parts() iter.Seq2[string, []Organization] {
	return func(yield func(string, []Organization) bool) {
		_ = yield(partTesting, o.Testing) && yield(partOfficial, o.Official) && yield(partStaging, o.Staging) && yield(partCopies, o.Copies)
	}
}

// Accounts answers what part an account plays, whatever the case of its name. Of
// several parts the last in the order of Organizations counts.
type Accounts map[string]string

// Accounts returns the parts by account.
func (o *Organizations) Accounts() Accounts {
	a := make(Accounts)
	for part, orgs := range o.Parts() {
		for _, org := range orgs {
			a[strings.ToLower(org.Name)] = part
		}
	}
	return a
}

// Testing reports whether the account publishes stubs: one that is called so
// does, whether the policy names it or not.
func (a Accounts) Testing(account string) bool {
	account = strings.ToLower(account)
	return a[account] == partTesting || strings.HasSuffix(account, "-testing")
}

// AddTesting adds an account that was found to publish stubs only, unless the
// policy gives it another part.
func (a Accounts) AddTesting(account string) {
	if account = strings.ToLower(account); a[account] == "" {
		a[account] = partTesting
	}
}

// Official reports whether the account publishes models that its owner trained.
func (a Accounts) Official(account string) bool { return a[strings.ToLower(account)] == partOfficial }

// Staging reports whether the account holds copies made on the way into transformers.
func (a Accounts) Staging(account string) bool { return a[strings.ToLower(account)] == partStaging }

// Copies reports whether the account republishes or converts models of others.
func (a Accounts) Copies(account string) bool { return a[strings.ToLower(account)] == partCopies }
