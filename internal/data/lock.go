package data

import "fmt"

// Lock says what the committed state was made from. It is lock.json.
type Lock struct {
	Schema       int    `json:"schema"`
	Transformers string `json:"transformers"`
	WheelSHA256  string `json:"wheel_sha256"`
	// Endpoint is the Hub that was asked.
	Endpoint string `json:"endpoint"`
	// Recorded is set where the Hub was a recording: the day it shows.
	Recorded string `json:"recorded,omitempty"`
	// Synced is the day of the newest fact: Recorded, or the day of the run.
	Synced string `json:"synced"`
	// FactsSHA256 is the digest of all files under facts/.
	FactsSHA256 string `json:"facts_sha256"`
}

func (l *Lock) validate() error {
	if !IsVersion(l.Transformers) || !IsDay(l.Synced) || !IsDigest(l.FactsSHA256) || !IsLine(l.Endpoint, 500) {
		return fmt.Errorf("transformers %q, synced %q, facts_sha256 %q or endpoint %q is not one",
			l.Transformers, l.Synced, l.FactsSHA256, l.Endpoint)
	}
	return nil
}
