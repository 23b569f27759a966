// Package live asks the Hugging Face Hub at run time which checkpoint stands
// for an architecture, and falls back on what is at hand where it cannot.
//
// A [Resolver] sends one short request for an architecture, puts the answer in
// the place of the facts that were compiled in, and decides by the rules that
// made the compiled tables. Where the Hub does not answer, an earlier answer
// from the cache serves, and else the compiled table. Every [Answer] says
// which of them it comes from, how old that is, and why nothing better served.
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

// A Resolver answers with the Hub's present word where it can. The zero value
// is ready for use, safe for concurrent use, and must not be copied. It reads
// these variables when it is first used:
//
//	HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN
//	                       whom to ask, and as whom
//	HF_HUB_ETAG_TIMEOUT    seconds that a request may take, 10 if unset
//	HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE, HF_API_DISABLED
//	                       send nothing; the cache and the table answer
//	USE_STATIC_REGISTRY    send nothing, and read no cache either
//	FORCE_API_CALLS        ask even where the cache is fresh
//	MAX_REGISTRY_AGE_DAYS  how long the cache is fresh, 7 if unset
//	HF_REGISTRY_PATH       a directory laid out as registrydata, in the place of the embedded data
//	HF_ASSETS_CACHE, HF_HOME, XDG_CACHE_HOME
//	                       where the cache is
//	HF_HUB_CACHE           where PreferCached looks for models
//
// A switch is on with 1, ON, YES or TRUE, in any case.
type Resolver struct {
	// PreferCached takes, of the candidates that are proven and fit, one that
	// lies in the user's Hugging Face cache, where there is one for the place.
	PreferCached bool
	// Policy is what the user wants, over the policy of the registry.
	Policy *data.Policy

	start    sync.Once
	settings settings
	client   *hub.Client
	flights  singleflight.Group

	mu      sync.Mutex
	asked   map[string]*state       // by model type
	hold    *held                   // of the whole Hub
	decided map[[2]string]*decision // by architecture, and the model type asked for

	loaded  sync.Once
	state   *data.State
	loadErr error
}

// Query asks for a place of an architecture: the default of Task if there is
// one, else Role.
type Query struct {
	Arch hfmodels.Arch
	Role hfmodels.Role
	Task hfmodels.Task
}

// String describes the place, as "small checkpoint of bert".
func (q Query) String() string {
	if q.Task != 0 {
		return fmt.Sprintf("checkpoint of %s for %s", q.Arch, q.Task)
	}
	return fmt.Sprintf("%s checkpoint of %s", q.Role, q.Arch)
}

// Source is where the facts of an answer come from.
type Source uint8

// The sources, the best first.
const (
	Hub      Source = iota + 1 // this Resolver asked the Hub
	Cache                      // another one did, and left the answer on disk
	Registry                   // the directory that HF_REGISTRY_PATH names
	Compiled                   // the tables and facts in the program
)

// String returns hub, cache, registry or compiled.
func (s Source) String() string {
	if s < Hub || s > Compiled {
		return fmt.Sprintf("Source(%d)", uint8(s))
	}
	return [...]string{Hub: "hub", Cache: "cache", Registry: "registry", Compiled: "compiled"}[s]
}

// Answer is a model, and how good the word on it is.
type Answer struct {
	Model hfmodels.Model
	// Source is where what Model says comes from, and AsOf when the Hub said
	// it there: to the day for Registry and Compiled, zero where unknown.
	Source Source
	AsOf   time.Time
	// Why says why no better source served. It is nil where Source is Hub,
	// and otherwise wraps a *SourceError.
	Why error
	// Snapshot is the directory of the model in the Hugging Face cache, if
	// PreferCached found it there. Model.Revision is then the one on disk.
	Snapshot string
}

// Age is how long ago the Hub said it, zero where unknown.
func (a Answer) Age() time.Duration {
	if a.AsOf.IsZero() {
		return 0
	}
	return max(0, time.Since(a.AsOf))
}

// Resolve answers with the best word there is. An end of ctx ends only the
// waiting for the Hub: what is at hand still answers.
//
// The errors are *NoAnswerError where no source has a model for the place, and
// what is wrong with a registry or a policy that the user named.
func (r *Resolver) Resolve(ctx context.Context, q Query) (Answer, error) {
	r.start.Do(r.configure)
	if q.Arch.Info().Arch == 0 {
		return Answer{}, &NoAnswerError{Query: q, Why: "no architecture was named"}
	}
	subject, err := r.subject(q)
	if err != nil {
		return Answer{}, err
	}
	w := r.word(ctx, subject)
	if r.PreferCached {
		if a, ok := r.local(q, subject, w); ok {
			return a, nil
		}
	}
	if w.list != nil {
		a, err := r.live(q, subject, w)
		if err == nil {
			return a, nil
		}
		w.why = err
	}
	return r.atHand(q, subject, w.why)
}
