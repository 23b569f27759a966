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
	"context"
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
	settings settings
	registry func() (*data.State, error) // what decisions start from; nobody changes it
	client   *hub.Client
	flights  singleflight.Group

	mu      sync.Mutex
	reports map[string]*report // by model type; "" for a failure that concerns all
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
