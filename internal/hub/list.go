package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// expand names the fields that a list or a detail asks for: what proves
// a model to be of an architecture (config, the only proof) and what choosing
// among models needs. Naming fields replaces the Hub's own choice of them.
var expand = []string{
	"author", "config", "createdAt", "disabled", "downloads", "gated", "library_name", "likes",
	"pipeline_tag", "private", "safetensors", "sha", "tags",
}

// Query says which models to list, the most downloaded first. The zero value
// lists all of them.
type Query struct {
	// Filters are tags that must all be there. A model type as a filter finds
	// candidates only: tags are free text, so compare Model.ModelType.
	Filters  []string
	Author   string // user or organisation
	Pipeline string // the card's task
	Limit    int    // models a page, 1 to 1000; 0 is 1000
	MaxPages int    // where to stop; 0 goes on to the end
}

// Page is one answer of a list.
type Page struct {
	Number  int // from 1
	Models  []Model
	Dropped int      // rows left out because they were odd; Options.Warn was told why
	Odd     []string // the ids of those that have one
	// More is set when the Hub has further pages. On the last page that was
	// seen it means that the list is not complete.
	More bool
}

// List yields the pages of a query, most downloaded models first. A model that
// moves while the pages are read appears once. The list is complete if it ends
// without an error on a page without More. An error ends it, what came before
// stays good: [TooDeep] where the Hub gives up on a page far into the list,
// [BadRequest] where the query itself is wrong.
func (c *Client) List(ctx context.Context, q Query) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		values, err := q.values()
		if err != nil {
			yield(Page{}, err)
			return
		}
		u := c.base.JoinPath("api", "models")
		u.RawQuery = values.Encode() // sorted, so the same query has the same URL
		seen := map[string]bool{}
		asked := map[string]bool{}
		for n := 1; q.MaxPages <= 0 || n <= q.MaxPages; n++ {
			asked[u.String()] = true
			a, err := c.get(ctx, u, true)
			if err != nil {
				if e := (*Error)(nil); n > 1 && errors.As(err, &e) && e.Status == http.StatusGatewayTimeout {
					e.Kind = TooDeep
				}
				yield(Page{}, err)
				return
			}
			page := Page{Number: n}
			warn, done := c.warner(u)
			page.Models, page.Dropped, page.Odd = decodeList(a.body, warn)
			done()
			page.Models = slices.DeleteFunc(page.Models, func(m Model) bool {
				key := cmp.Or(m.HubID, m.ID)
				again := seen[key]
				seen[key] = true
				return again
			})
			next, err := c.next(a, c.base.JoinPath("api", "models").Path)
			if err == nil && next != nil && asked[next.String()] {
				err = errors.New("the next page is one that was read before")
			}
			page.More = next != nil || err != nil
			if !yield(page, nil) || !page.More {
				return
			}
			if err != nil {
				yield(Page{}, c.unusable(u, http.StatusOK, err))
				return
			}
			u = next
		}
	}
}

func (q Query) values() (url.Values, error) {
	wrong := func(format string, args ...any) (url.Values, error) {
		return nil, &Error{Kind: BadRequest, Message: fmt.Sprintf(format, args...)}
	}
	v := url.Values{}
	for _, f := range q.Filters {
		if !tag.fits(f) || strings.Contains(f, ",") { // a comma would make two of it
			return wrong("filter %s is not a tag", quoted(f))
		}
		v.Add("filter", f)
	}
	slices.Sort(v["filter"])
	for _, p := range []struct {
		name, value string
		g           grammar
	}{
		{"author", q.Author, account},
		{"pipeline_tag", q.Pipeline, pipeline},
	} {
		if p.value == "" {
			continue
		}
		if !p.g.fits(p.value) {
			return wrong("%s %s: want %s", p.name, quoted(p.value), p.g.want)
		}
		v.Set(p.name, p.value)
	}
	v.Set("sort", "downloads")
	if q.Limit < 0 || q.Limit > 1000 {
		return wrong("limit %d: want 1 to 1000", q.Limit)
	}
	v.Set("limit", strconv.Itoa(cmp.Or(q.Limit, 1000)))
	v["expand"] = expand
	return v, nil
}

// next is the page after a of the list at a path, nil if it is the last. A
// mirror that passes the Hub's header on unchanged sends
// https://huggingface.co: it is asked instead.
func (c *Client) next(a answer, path string) (*url.URL, error) {
	target := nextLink(a.link)
	if target == "" {
		return nil, nil
	}
	u, err := a.url.Parse(target)
	if err != nil || len(target) > 16<<10 {
		return nil, errors.New("the link to the next page is not a URL")
	}
	public, _ := url.Parse(DefaultEndpoint)
	if sameOrigin(u, public) && !sameOrigin(c.base, public) {
		moved := c.base.JoinPath(u.Path)
		moved.RawQuery = u.RawQuery
		u = moved
	}
	if !sameOrigin(u, c.base) || u.Path != path {
		return nil, fmt.Errorf("the link to the next page leads away from %s, to %s://%s%s, and is not followed", c.base, u.Scheme, u.Host, u.Path)
	}
	u.Host, u.Fragment, u.RawFragment = c.base.Host, "", ""
	return u, nil
}

// nextLink is the target of the first Link with rel="next" (RFC 8288), or "".
func nextLink(headers []string) string {
	for _, h := range headers {
		for {
			_, rest, _ := strings.Cut(h, "<")
			target, rest, ok := strings.Cut(rest, ">")
			if !ok {
				break
			}
			h = rest
			params, _, _ := strings.Cut(rest, "<")
			for p := range strings.SplitSeq(params, ";") {
				k, v, _ := strings.Cut(p, "=")
				v = strings.ToLower(strings.Trim(v, " ,\""))
				if strings.EqualFold(strings.TrimSpace(k), "rel") && slices.Contains(strings.Fields(v), "next") {
					return target
				}
			}
		}
	}
	return ""
}
