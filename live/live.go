// Package live asks the Hugging Face Hub at run time which checkpoint to use
// for an architecture, and falls back on what is known where the Hub does not
// answer.
//
// A [Resolver] sends one short request for an architecture, replaces the
// compiled facts by the answer, and decides by the rules that made the compiled
// tables. If the Hub does not answer, an earlier answer on disk is used, and
// else the compiled table. Every [Answer] says which of them it comes from, how
// old that is, and why no better source was used.
//
// Only programs that import this package pay for an HTTP client and for the
// embedded facts.
package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

// A Resolver asks the Hub. The zero value is ready for use, safe for concurrent
// use, and must not be copied. It reads these variables when it is first used:
//
//	HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN
//	                       which Hub to ask, and with which token
//	HF_HUB_ETAG_TIMEOUT    seconds that a request may take, 10 if unset
//	HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE, HF_API_DISABLED
//	                       send nothing; use the cache, then the table
//	USE_STATIC_REGISTRY    send nothing, and read no cache either
//	FORCE_API_CALLS        ask even if the cache is fresh
//	MAX_REGISTRY_AGE_DAYS  how long the cache is fresh, 7 if unset
//	HF_REGISTRY_PATH       a directory laid out as registrydata, to use instead of the embedded data
//	HF_ASSETS_CACHE, HF_HOME, XDG_CACHE_HOME
//	                       where the cache is
//
// A switch is on with 1, ON, YES or TRUE, in any case.
type Resolver struct {
	// Policy is applied over the policy of the registry; nil adds nothing.
	Policy *Policy

	start    sync.Once
	timeout  time.Duration // of a request
	off      error         // why nothing may be sent; nil if it may
	force    bool
	maxAge   time.Duration
	dir      string                      // instead of the embedded data, if any
	registry func() (*data.State, error) // what decisions start from; nobody changes it
	client   *hub.Client
	flights  singleflight.Group
	reports  sync.Map // of *report by model type; "" for a failure that concerns all
}

// Policy is what the user wants: pins, denials, preferences.
type Policy struct{ policy *data.Policy }

// ParsePolicy reads a policy in the format of registrydata/policy.yaml. The
// name is that of the file, for errors, which also give the line.
func ParsePolicy(name string, text []byte) (*Policy, error) {
	p, err := data.ParsePolicy(name, text)
	if err != nil {
		return nil, err
	}
	return &Policy{p}, nil
}

// Query asks for the model of an architecture that is the default for Task, or
// that has Role if Task is zero.
type Query struct {
	Arch hfmodels.Arch
	Role hfmodels.Role
	Task hfmodels.Task
}

// String describes the query, as "small checkpoint of bert".
func (q Query) String() string {
	if q.Task != 0 {
		return fmt.Sprintf("checkpoint of %s for %s", q.Arch, q.Task)
	}
	return fmt.Sprintf("%s checkpoint of %s", q.Role, q.Arch)
}

// Source is where the facts of an answer come from.
type Source string

// The sources, the best first.
const (
	Hub      Source = "hub"      // this Resolver asked the Hub
	Cache    Source = "cache"    // an earlier answer of the Hub, kept on disk
	Registry Source = "registry" // the directory that HF_REGISTRY_PATH names
	Compiled Source = "compiled" // the tables and facts in the program
)

// Answer is a model, and where it comes from.
type Answer struct {
	Model hfmodels.Model
	// Source is where the facts of Model come from, and AsOf is when the Hub
	// stated them: to the day for Registry and Compiled, zero if unknown.
	Source Source
	AsOf   time.Time
	// Why says why no better source was used, and wraps a [Reason]. It is nil
	// if Source is Hub.
	Why error
}

// Age is the time since AsOf, zero if that is unknown.
func (a Answer) Age() time.Duration {
	if a.AsOf.IsZero() {
		return 0
	}
	return max(0, time.Since(a.AsOf))
}

// Resolve answers from the best source there is. If ctx ends, Resolve stops
// waiting for the Hub and answers from what is known.
//
// It returns a *NoAnswerError if no source has a model for the query, and
// another error if the registry or the policy that the user named cannot be
// used.
func (r *Resolver) Resolve(ctx context.Context, q Query) (Answer, error) {
	r.start.Do(r.configure)
	arch := q.Arch.Info()
	if arch.Arch == 0 {
		return Answer{}, &NoAnswerError{Query: q, Why: "no architecture was named"}
	}
	// An architecture without models of its own has those of its host, but for
	// the stubs, which are always its own.
	subject := q.Arch
	if arch.Host != 0 && (q.Role != hfmodels.Tiny || q.Task != 0) {
		subject = arch.Host
	}
	return r.answer(q, subject.String(), r.ask(ctx, subject.String()))
}

// configure reads what the environment asks for.
func (r *Resolver) configure() {
	r.registry = sync.OnceValues(r.load)
	r.force, r.dir = hub.IsOn("FORCE_API_CALLS"), hub.Dir("HF_REGISTRY_PATH")
	maxAge, ageErr := hub.MaxAge()
	o, err := hub.FromEnv()
	if o.Offline != "" {
		r.off = fmt.Errorf("%w: %s", SwitchedOff, o.Offline)
	}
	r.maxAge, r.timeout = maxAge, cmp.Or(o.Timeout, 10*time.Second)
	o.Timeout = r.timeout + time.Second // request ends it before that, and says which variable to set
	o.Tries, o.MaxWait = 1, -1
	if !hub.IsOn("USE_STATIC_REGISTRY") {
		o.CacheDir = cacheDir()
	}
	if err = errors.Join(err, ageErr); err == nil {
		r.client, err = hub.New(o)
	}
	if err != nil { // also if offline: whose cache to read may be unknown
		r.off = fmt.Errorf("%w: %w", Misconfigured, err)
	}
}

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
	if none := (*NoAnswerError)(nil); errors.As(e.Err, &none) { // by the Hub's answer there is none either
		return none.Error()
	}
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
