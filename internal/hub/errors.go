package hub

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/tidwall/gjson"
)

// Kind tells failures apart by what to do about them. Each kind is an error of
// its own, so errors.Is(err, hub.Missing) asks for it.
type Kind uint8

const (
	Missing     Kind = iota + 1 // no such model, or a private one: the Hub does not say which
	Gated                       // it exists, but its terms must be accepted first
	Disabled                    // the Hub has switched the model off
	BadToken                    // the token itself is not accepted: says nothing about the model
	Forbidden                   // not to be read with this token, nor without one
	BadRequest                  // the question is wrong, and so will be the next: stop
	RateLimited                 // the quota is used up for longer than may be waited
	TooDeep                     // this page of a list timed out at the Hub, as deep ones do
	Unavailable                 // no answer, or a broken one, however often it was tried
	Malformed                   // an answer that cannot be what was asked for
	Offline                     // nothing was sent, because offline was asked for
	NoRevision                  // the model exists, and not at this revision
)

var kinds = [...]string{
	Missing:     "no such model, or it is private",
	Gated:       "gated: accept its terms on the Hub's page and set HF_TOKEN",
	Disabled:    "the Hub has disabled this model",
	BadToken:    "the Hub does not accept the token: correct HF_TOKEN or the token file, or go without one (HF_HUB_DISABLE_IMPLICIT_TOKEN=1)",
	Forbidden:   "not allowed: set HF_TOKEN to a token that may read this",
	BadRequest:  "the Hub does not understand the question: check HF_ENDPOINT, and that this program is up to date",
	RateLimited: "rate limit: try again later, or set HF_TOKEN for a larger quota",
	TooDeep:     "the Hub gives up this far into the list: narrow the query",
	Unavailable: "no usable answer: check the network and HF_ENDPOINT, or try again later",
	Malformed:   "the answer is not what the Hub is known to send",
	Offline:     "offline: unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE to ask the Hub",
	NoRevision:  "no such revision",
}

func (k Kind) Error() string {
	if int(k) < len(kinds) && kinds[k] != "" {
		return kinds[k]
	}
	return fmt.Sprintf("hub.Kind(%d)", uint8(k))
}

// Error is a request that failed. It wraps its Kind, and the cause where there
// is one. A request that ctx ended is not an Error: it wraps ctx's cause.
type Error struct {
	Kind      Kind
	Status    int           // of the answer; 0 if there was none
	URL       string        // what was asked; holds no secret. "" if nothing was
	Message   string        // what the Hub said or what broke: one line, printable, bounded
	RequestID string        // the Hub's, to quote in a report; may be ""
	Wait      time.Duration // how long the Hub asked to wait; 0 if it did not

	retry       bool // another attempt may do better
	unreachable bool // and one is enough: nothing has ever answered
	noRevision  bool // the Hub says that it is the revision that is missing
	cause       error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("hub: " + e.Kind.Error())
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if u, err := url.Parse(e.URL); err == nil && e.URL != "" {
		b.WriteString(" (GET " + shortURL(u))
		if e.Status != 0 {
			fmt.Fprintf(&b, ": %d %s", e.Status, http.StatusText(e.Status))
		}
		if e.RequestID != "" {
			b.WriteString(", request " + e.RequestID)
		}
		b.WriteString(")")
	}
	return b.String()
}

// what is the shortest account of what went wrong.
func (e *Error) what() string {
	if e.Status >= 400 {
		return strconv.Itoa(e.Status) + " " + http.StatusText(e.Status)
	}
	return e.Message
}

func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}

// refused turns an answer that is neither 200 nor a redirect into an error: the
// status decides, then X-Error-Code, then the words of the message.
func (c *Client) refused(r *response, list bool, token string, now time.Time) *Error {
	e := &Error{
		Status:    r.status,
		URL:       c.redact(r.url.String()),
		Message:   c.clean(said(r), 300),
		RequestID: c.clean(cmp.Or(cmp.Or(r.header.Get("X-Request-Id"), r.header.Get("X-Amzn-Trace-Id")), r.header.Get("X-Amz-Cf-Id")), 100),
	}
	code := r.header.Get("X-Error-Code")
	e.noRevision = code == "RevisionNotFound"
	words := strings.ToLower(e.Message)
	switch r.status {
	case http.StatusTooManyRequests:
		e.Kind, e.retry = RateLimited, true
		e.Wait = waitAfter429(r.header, now)
		return e
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusRequestURITooLong, http.StatusUnprocessableEntity:
		e.Kind = BadRequest
		return e
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		// Only the Hub's own word counts: a proxy, a login page or a wrong
		// endpoint must not make every model look deleted.
		if e.Message == "" && code == "" {
			e.Kind, e.Message = Unavailable, "the answer does not come from a Hub"
			return e
		}
	case http.StatusRequestTimeout:
		e.Kind, e.retry = Unavailable, true
		return e
	default:
		e.Kind = Malformed
		if r.status >= 500 {
			// What is not implemented will not be in a minute either.
			e.Kind, e.retry = Unavailable, r.status != http.StatusNotImplemented
			e.Wait = retryAfter(r.header, now)
		}
		return e
	}
	switch {
	case code == "GatedRepo":
		e.Kind = Gated
	case r.status == http.StatusForbidden && strings.Contains(words, "disabled"):
		e.Kind = Disabled
	case r.status == http.StatusForbidden:
		e.Kind = Forbidden
	case r.status == http.StatusUnauthorized && code == "" && (token != "" || strings.Contains(words, "invalid credentials")):
		// With a token, a model that does not exist is a 404, so a 401 is
		// about the token.
		e.Kind = BadToken
	case list && r.status == http.StatusUnauthorized: // a Hub that is not public
		e.Kind = Forbidden
	case list: // a list always exists, except where there is no Hub
		e.Kind = BadRequest
	default:
		e.Kind = Missing
	}
	return e
}

// ofRevision is the error of a question about a revision.
func ofRevision(err error) error {
	if e := (*Error)(nil); errors.As(err, &e) && e.noRevision {
		e.Kind = NoRevision
	}
	return err
}

// said is what an answer says went wrong. The Hub writes it in a header and in
// JSON of four shapes; anything else, such as a proxy's HTML, says nothing.
func said(r *response) string {
	if m := r.header.Get("X-Error-Message"); m != "" {
		return m
	}
	if !isJSON(r.header) || checkJSON(r.body) != nil {
		return ""
	}
	return saidJSON(gjson.ParseBytes(r.body))
}

func saidJSON(body gjson.Result) string {
	var parts []string
	add := func(v gjson.Result) {
		if v.Type == gjson.String && v.Str != "" {
			parts = append(parts, v.Str)
		}
	}
	each := func(v gjson.Result, of func(gjson.Result) gjson.Result) {
		if v.IsArray() {
			v.ForEach(func(_, m gjson.Result) bool { add(of(m)); return len(parts) < 10 })
		}
	}
	if body.IsObject() {
		add(body.Get("error"))
		each(body.Get("error"), func(m gjson.Result) gjson.Result { return m })
		add(body.Get("error_description"))
		each(body.Get("errors"), func(m gjson.Result) gjson.Result { return m.Get("message") })
	}
	return strings.Join(parts, "; ")
}

// clean makes foreign text fit for a terminal and a log: one line, printable,
// at most limit bytes, and without the token, should the other side repeat it.
func (c *Client) clean(s string, limit int) string {
	s = c.redact(s)
	cut := len(s) > 4*limit
	if cut {
		s = s[:4*limit]
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return ' '
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > limit || cut {
		s = strings.ToValidUTF8(s[:min(limit, len(s))], "") + "…"
	}
	return s
}

func (c *Client) redact(s string) string {
	if c.opts.Token == "" {
		return s
	}
	return strings.ReplaceAll(s, c.opts.Token, "[token]")
}

// shortURL leaves out of a URL what is the same in every request, or long.
func shortURL(u *url.URL) string {
	short := *u
	if q := u.Query(); len(q) > 0 {
		q.Del("expand")
		if q.Has("cursor") {
			q.Set("cursor", "…")
		}
		short.RawQuery = q.Encode()
	}
	s := short.Redacted()
	if s, err := url.PathUnescape(s); err == nil && isTag(s) {
		return s
	}
	if len(s) > 256 {
		s = s[:256] + "…"
	}
	return s
}

// unusable is an answer that is whole and still not what was asked for.
func (c *Client) unusable(at *url.URL, status int, err error) *Error {
	return &Error{Kind: Malformed, Status: status, URL: c.redact(at.String()), Message: c.clean(err.Error(), 300)}
}

// broken is an answer that did not come, or not whole.
func (c *Client) broken(at *url.URL, status int, err error) *Error {
	return &Error{Kind: Unavailable, Status: status, URL: c.redact(at.String()), Message: c.clean(err.Error(), 300), retry: true, cause: err}
}
