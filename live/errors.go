package live

import (
	"errors"
	"fmt"
	"time"

	"github.com/hfmodels/hfmodels/internal/hub"
)

// Reason says why a better source did not serve. Each is an error of its own,
// so errors.Is(answer.Why, live.RateLimited) asks for it.
type Reason uint8

// The reasons.
const (
	Fresh         Reason = iota + 1 // the cache is young enough not to ask
	SwitchedOff                     // a variable forbids requests
	Misconfigured                   // a variable or the token file cannot be used, so nothing was sent
	Unreachable                     // the Hub did not answer in time, or not at all
	RateLimited                     // the Hub's quota is used up
	Refused                         // the Hub does not accept the token, or asks for one
	Unusable                        // the answer is broken, or shows nothing of the architecture
	Unlisted                        // the Hub answered, but its list does not go as far as this model
	Unfit                           // by the Hub's word no model can fill the place, or not the one pinned
)

var reasons = [...]string{
	Fresh:         "the cache is fresh: set FORCE_API_CALLS=1 to ask the Hub, or a lower MAX_REGISTRY_AGE_DAYS",
	SwitchedOff:   "requests are switched off",
	Misconfigured: "the Hub cannot be asked",
	Unreachable:   "the Hub did not answer",
	RateLimited:   "the Hub's rate limit",
	Refused:       "the Hub refused",
	Unusable:      "the Hub's answer cannot be used",
	Unlisted:      "the Hub's list of the most downloaded models does not show this one",
	Unfit:         "the Hub's present word leaves the place empty",
}

func (r Reason) Error() string {
	if int(r) < len(reasons) && reasons[r] != "" {
		return reasons[r]
	}
	return fmt.Sprintf("live.Reason(%d)", uint8(r))
}

// SourceError says why a better source did not serve. It wraps its Reason, and
// the cause where there is one.
type SourceError struct {
	Reason Reason
	// Until is when the Hub will be asked again after a request that failed;
	// zero where none failed.
	Until time.Time
	Err   error // may be nil
}

func (e *SourceError) Error() string {
	s := e.Reason.Error()
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if !e.Until.IsZero() {
		s += "; not asked again before " + e.Until.Local().Format(time.TimeOnly)
	}
	return s
}

// Unwrap returns the reason and the cause.
func (e *SourceError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Reason}
	}
	return []error{e.Reason, e.Err}
}

// NoAnswerError says that no source has a model for the place.
type NoAnswerError struct {
	Query Query
	Why   string // what is known of the architecture; may be empty
	Err   error  // why a better source did not serve
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

// reasonOf sorts the failures of a request by what they mean here, and tells
// those apart that every other request would meet as well.
func reasonOf(err error) (reason Reason, wide bool) {
	e := (*hub.Error)(nil)
	if !errors.As(err, &e) { // out of time
		return Unreachable, true
	}
	switch e.Kind {
	case hub.Offline:
		return SwitchedOff, true
	case hub.RateLimited:
		return RateLimited, true
	case hub.BadToken, hub.Forbidden, hub.Gated:
		return Refused, true
	case hub.Unavailable:
		if late := (interface{ Timeout() bool })(nil); errors.As(err, &late) && late.Timeout() {
			return Unreachable, true
		}
		if e.Status == 200 {
			return Unusable, false
		}
		return Unreachable, e.Status == 0
	}
	return Unusable, false
}
