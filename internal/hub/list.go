package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
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
	// Filter is a tag. A model type as a filter finds candidates only: tags are
	// free text, so compare the ModelType of what is found.
	Filter   string
	Author   string // user or organisation
	Pipeline string // the card's task
	Limit    int    // models a page, 1 to 1000; 0 is 1000
	MaxPages int    // where to stop; 0 goes on to the end
}

// Page is one answer of a list.
type Page struct {
	Models     []data.Model
	Popularity data.Popularity // the counters of these models
	// Unusable are the ids of rows that were left out, "" where a row has none.
	// Options.Warn was told why.
	Unusable []string
	// More is set if the Hub has further pages. On the last page that was
	// seen it means that the list is not complete.
	More bool
}

// List yields the pages of a query, most downloaded models first. A model that
// moves while the pages are read appears once. The list is complete if it ends
// without an error on a page without More. An error ends it, what came before
// stays good: [TooDeep] if the Hub gives up on a page far into the list,
// [BadRequest] if the query itself is wrong.
func (c *Client) List(ctx context.Context, q Query) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		values, err := q.values()
		if err != nil {
			yield(Page{}, err)
			return
		}
		u := c.base.JoinPath("api", "models")
		u.RawQuery = values.Encode() // sorted, so the same query has the same URL
		seen := make(map[string]bool)
		asked := make(map[string]bool)
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
			var page Page
			page.Models, page.Popularity, page.Unusable = decodeList(a.root, func(row, problem string) { c.warn(u, row, problem) })
			page.Models = slices.DeleteFunc(page.Models, func(m data.Model) bool {
				again := seen[m.ID]
				seen[m.ID] = true
				return again
			})
			next, err := c.next(u, a.link)
			if err == nil && next != nil && asked[next.String()] {
				err = errors.New("the next page is one that was read before")
			}
			page.More = next != nil || err != nil
			if !yield(page, nil) || !page.More {
				return
			}
			if err != nil {
				yield(Page{}, c.malformed(u, http.StatusOK, err))
				return
			}
			u = next
		}
	}
}

func (q Query) values() (url.Values, error) {
	v := url.Values{"sort": {"downloads"}, "expand": expand}
	// A comma in a filter would make two of it.
	isFilter := func(s string) bool { return isTag(s) && !strings.Contains(s, ",") }
	for _, p := range []struct {
		name, value, want string
		is                func(string) bool
	}{
		{"filter", q.Filter, "a tag", isFilter},
		{"author", q.Author, "a user or organisation", data.IsAccount},
		{"pipeline_tag", q.Pipeline, "a task", data.IsTask},
	} {
		switch {
		case p.value == "":
		case !p.is(p.value):
			return nil, &Error{Kind: BadRequest, Message: fmt.Sprintf("%s %s: want %s", p.name, quote(p.value), p.want)}
		default:
			v.Set(p.name, p.value)
		}
	}
	if q.Limit < 0 || q.Limit > 1000 {
		return nil, &Error{Kind: BadRequest, Message: fmt.Sprintf("limit %d: want 1 to 1000", q.Limit)}
	}
	v.Set("limit", strconv.Itoa(cmp.Or(q.Limit, 1000)))
	return v, nil
}

// next is the page of a list after that of u, nil if it is the last.
func (c *Client) next(u *url.URL, links []string) (*url.URL, error) {
	target := nextLink(links)
	if target == "" {
		return nil, nil
	}
	next, err := c.follow(u, target)
	if err != nil {
		return nil, fmt.Errorf("the link to the next page: %w", err)
	}
	if next.Path != u.Path {
		return nil, fmt.Errorf("the link to the next page leads to %s and is not followed", next.Path)
	}
	return next, nil
}

// linkForm is a link of a Link header (RFC 8288) whose relation is next.
var linkForm = regexp.MustCompile(`(?i)<([^>]*)>[^<]*;\s*rel\s*=\s*"?(?:[^"<]*\s)?next\b`)

// nextLink is the target of the first such link, "" if there is none.
func nextLink(headers []string) string {
	for _, h := range headers {
		if m := linkForm.FindStringSubmatch(h); m != nil {
			return m[1]
		}
	}
	return ""
}
