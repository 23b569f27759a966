package hub

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Kind tells failures apart by what to do about them, and says so. Each kind is
// an error of its own, so errors.Is(err, hub.Missing) asks for it.
type Kind string

const (
	Missing  Kind = "no such model, or it is private" // the Hub does not say which
	Disabled Kind = "the Hub has disabled this model"
	// BadToken says nothing about the model.
	BadToken  Kind = "the Hub does not accept the token: correct HF_TOKEN or the token file, or go without one (HF_HUB_DISABLE_IMPLICIT_TOKEN=1)"
	Forbidden Kind = "not allowed: accept its terms on the Hub's page if it is gated, and set HF_TOKEN to a token that may read it"
	// BadRequest will be the answer to the next question too: stop.
	BadRequest Kind = "the Hub does not understand the question: check HF_ENDPOINT, and that this program is up to date"
	// RateLimited means for longer than may be waited.
	RateLimited Kind = "rate limit: try again later, or set HF_TOKEN for a larger quota"
	// Unavailable means that no try brought a whole answer.
	Unavailable Kind = "no usable answer: check the network and HF_ENDPOINT, or try again later"
	Malformed   Kind = "the answer is not what the Hub is known to send"
	// Offline means that nothing was sent.
	Offline Kind = "offline: unset this variable to ask the Hub"
)

func (k Kind) Error() string { return string(k) }

// Is reports whether an error is of one of the kinds.
func Is(err error, kinds ...Kind) bool {
	return slices.ContainsFunc(kinds, func(k Kind) bool { return errors.Is(err, k) })
}

// Error is a request that failed. It wraps its Kind, and the cause if there is
// one. A request that ctx ended is not an Error: it wraps ctx's cause.
type Error struct {
	Kind    Kind
	Status  int           // of the answer; 0 if there was none
	URL     string        // what was asked, shortened, without secrets; "" if nothing was
	Message string        // what the Hub said or what broke: one line, printable, bounded
	Wait    time.Duration // how long the Hub asked to wait; 0 if it did not

	retry       bool // another attempt may do better
	unreachable bool // and one is enough: nothing has ever answered
	cause       error
}

func (e *Error) Error() string {
	s := "hub: " + e.Kind.Error()
	if e.Message != "" {
		s += ": " + e.Message
	}
	switch {
	case e.URL != "" && e.Status != 0:
		s += " (GET " + e.URL + ": " + statusText(e.Status) + ")"
	case e.URL != "":
		s += " (GET " + e.URL + ")"
	}
	return s
}

func statusText(status int) string { return strconv.Itoa(status) + " " + http.StatusText(status) }

func (e *Error) Unwrap() []error { return []error{e.Kind, e.cause} }

// refusal turns an answer that is neither 200 nor a redirect into an error: the
// status decides, then X-Error-Code, then the words of the message.
func (c *Client) refusal(u *url.URL, res *http.Response, body []byte, list bool, token string) *Error {
	code, message := res.Header.Get("X-Error-Code"), res.Header.Get("X-Error-Message")
	marked := code != "" || message != ""
	if root, err := parse(body); message == "" && isJSON(res.Header) && err == nil { // a proxy's HTML says nothing
		message = errorText(root)
		marked = marked || recorded.MatchString(root.Get("error").String())
	}
	e := &Error{Status: res.StatusCode, URL: c.short(u), Message: c.clean(message, 300)}
	words := strings.ToLower(e.Message)
	is := func(statuses ...int) bool { return slices.Contains(statuses, res.StatusCode) }
	switch {
	case is(http.StatusTooManyRequests):
		e.Kind, e.retry, e.Wait = RateLimited, true, waitAfter429(res.Header)
	case res.StatusCode >= 500, is(http.StatusRequestTimeout):
		// What is not implemented will not be in a minute either.
		e.Kind, e.retry, e.Wait = Unavailable, !is(http.StatusNotImplemented), retryAfter(res.Header)
	case !marked:
		// Only the Hub's own word counts: a proxy, a login page or a wrong
		// endpoint must not make every model look deleted.
		e.Kind, e.Message = Unavailable, "the answer does not come from a Hub: "+
			cmp.Or(e.Message, c.clean(res.Header.Get("Content-Type"), 100), "it is empty")
	case is(http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusRequestURITooLong, http.StatusUnprocessableEntity):
		e.Kind = BadRequest
	case is(http.StatusForbidden) && strings.Contains(words, "disabled"):
		e.Kind = Disabled
	case is(http.StatusForbidden), code == "GatedRepo":
		e.Kind = Forbidden
	case is(http.StatusUnauthorized) && code == "" && (token != "" || strings.Contains(words, "invalid credentials")):
		// With a token, a model that does not exist is a 404, so a 401 is
		// about the token.
		e.Kind = BadToken
	case list && is(http.StatusUnauthorized): // a Hub that is not public
		e.Kind = Forbidden
	case is(http.StatusNotFound) && (list || strings.Contains(words, "find the page")):
		// A list always exists, and a page is not a model: the path is wrong.
		e.Kind = BadRequest
	case is(http.StatusUnauthorized, http.StatusNotFound, http.StatusGone):
		e.Kind = Missing
	default:
		e.Kind = Malformed
	}
	return e
}

// recorded are errors of the Hub that are known by their words where they come
// without its headers. "Not found" is not among them: others say that too.
var recorded = regexp.MustCompile(`^(Invalid username or password\.|Invalid credentials in Authorization header|` +
	`Access to this resource is disabled\.|Access to model .* is restricted\..*|✖ .*)$`)

// errorText reads the four shapes of the Hub's errors: "error" is a text or a
// list of them, and "error_description" or "errors" may say more.
func errorText(root gjson.Result) string {
	var parts []string
	for _, path := range []string{"error", "error_description", "errors.#.message"} {
		for _, v := range root.Get(path).Array() {
			if v.Type == gjson.String && v.Str != "" {
				parts = append(parts, v.Str)
			}
		}
	}
	return strings.Join(parts, "; ")
}

// broken is the error of an answer that is whole and still not what was asked
// for (Malformed), or that did not come, not whole, or not from the Hub
// (Unavailable). What leads elsewhere, as to a login page, will in a moment, too.
func (c *Client) broken(kind Kind, u *url.URL, status int, err error) *Error {
	retry := kind == Unavailable && status/100 != 3
	return &Error{Kind: kind, Status: status, URL: c.short(u), Message: c.clean(err.Error(), 300), retry: retry, cause: err}
}

// clean makes text from outside fit for a terminal and a log: one line,
// printable, at most limit bytes, and without the token, should the other side
// repeat it.
func (c *Client) clean(s string, limit int) string {
	if c.opts.Token != "" {
		s = strings.ReplaceAll(s, c.opts.Token, "[token]")
	}
	return data.OneLine(s, limit)
}

// short is a URL without what is the same in every request, or long.
func (c *Client) short(u *url.URL) string {
	short, q := *u, u.Query()
	q.Del("expand")
	if q.Has("cursor") {
		q.Set("cursor", "...")
	}
	short.RawQuery = q.Encode()
	return c.clean(short.String(), 256)
}
