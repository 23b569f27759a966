package live

import (
	"errors"

	"github.com/hfmodels/hfmodels/internal/hub"
)

// Reason is why a better source was not used: errors.Is(answer.Why,
// live.RateLimited) asks for it.
type Reason string

// The reasons.
const (
	Fresh         Reason = "the cache is fresh: set FORCE_API_CALLS=1 to ask the Hub, or a lower MAX_REGISTRY_AGE_DAYS"
	SwitchedOff   Reason = "requests are switched off"
	Misconfigured Reason = "the Hub cannot be asked" // a variable or the token file cannot be used
	Unreachable   Reason = "the Hub did not answer"  // in time, or not at all
	RateLimited   Reason = "the Hub's rate limit"
	Refused       Reason = "the Hub refused" // the token, or to answer without one
	Unusable      Reason = "the Hub's answer cannot be used"
	Unlisted      Reason = "the Hub's list of the most downloaded models does not have this one"
	Unfit         Reason = "by the Hub's answer nothing fills the place" // or not the model pinned
)

func (r Reason) Error() string { return string(r) }

// NoAnswerError says that no source has a model for the query.
type NoAnswerError struct {
	Query Query
	Why   string // what is known of the architecture; may be empty
	Err   error  // why a better source was not used
}

func (e *NoAnswerError) Error() string {
	s := "live: no " + e.Query.String()
	if e.Why != "" {
		s += ": " + e.Why
	}
	if e.Err != nil {
		s += " (" + e.Err.Error() + ")"
	}
	return s
}

func (e *NoAnswerError) Unwrap() error { return e.Err }

// reasonOf sorts the failures of a request, and says whether a request for
// another model type would fail as well.
func reasonOf(err error) (reason Reason, all bool) {
	e := (*hub.Error)(nil)
	if !errors.As(err, &e) {
		return Unreachable, true // out of time
	}
	switch e.Kind {
	case hub.RateLimited:
		return RateLimited, true
	case hub.BadToken, hub.Forbidden:
		return Refused, true
	case hub.Unavailable:
		if e.Status != 200 {
			return Unreachable, e.Status == 0
		}
	}
	return Unusable, false
}
