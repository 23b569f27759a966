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
	"time"

	"github.com/tidwall/gjson"

	"github.com/hfmodels/hfmodels/internal/data"
)

// expand names the fields that a list or a detail asks for: what proves
// a model to be of an architecture (config, the only proof) and what choosing
// among models needs. Naming fields replaces the Hub's own choice of them.
var expand = []string{
	"author", "config", "createdAt", "disabled", "downloads", "gated", "library_name", "likes",
	"pipeline_tag", "private", "safetensors", "sha", "tags",
}

// Query says which models to list, the most downloaded first.
type Query struct {
	// Filter is a tag. A model type as a filter finds candidates only: tags are
	// free text, so compare the ModelType of what is found.
	Filter   string
	Author   string // user or organisation
	Pipeline string // the card's task
	Limit    int    // models a page, at most 1000; 0 is 1000
	Pages    int    // at most; 0 is 1
	// Own, if set, is a model type of which each page has some model. A page
	// without any is a fault of a mirror, or a lie.
	Own string
}

// Page is one answer of a list.
type Page struct {
	Time       time.Time // when the Hub said so
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
// moves while the pages are read may be in two of them. The list is complete if
// it ends without an error on a page without More. An error ends it, and what
// came before stays good. The Hub gives up on pages far into a list, with a 504:
// then the list ends before that page.
func (c *Client) List(ctx context.Context, q Query) iter.Seq2[Page, error] {
	u := c.listURL(q)
	return func(yield func(Page, error) bool) {
		for i := range max(q.Pages, 1) {
			a, err := c.get(ctx, u, true)
			if err != nil {
				if e := (*Error)(nil); i == 0 || !errors.As(err, &e) || e.Status != http.StatusGatewayTimeout {
					yield(Page{}, err)
				}
				return
			}
			page, err := c.page(u, a, q.Own)
			if err != nil {
				yield(Page{}, err)
				return
			}
			link := nextLink(a.Link)
			page.More = link != ""
			if !yield(page, nil) || !page.More {
				return
			}
			next, err := c.follow(u, link)
			if err != nil {
				yield(Page{}, c.broken(Malformed, u, http.StatusOK, fmt.Errorf("the link to the next page: %w", err)))
				return
			}
			u = next
		}
	}
}

// Kept returns the first page of a query as the cache has it, however old, and
// false if it has none. Nothing is sent.
func (c *Client) Kept(q Query) (Page, bool) {
	u := c.listURL(q)
	a := c.load(u, true)
	if !a.kept {
		return Page{}, false
	}
	page, err := c.page(u, a, q.Own)
	return page, err == nil
}

func (c *Client) listURL(q Query) *url.URL {
	values := url.Values{"sort": {"downloads"}, "limit": {strconv.Itoa(cmp.Or(q.Limit, 1000))}, "expand": expand}
	for name, value := range map[string]string{"filter": q.Filter, "author": q.Author, "pipeline_tag": q.Pipeline} {
		if value != "" {
			values.Set(name, value)
		}
	}
	u := c.base.JoinPath("api", "models")
	u.RawQuery = values.Encode() // sorted, so the same query has the same URL
	return u
}

// page reads an answer. The cache keeps one that is of use.
func (c *Client) page(u *url.URL, a answer, own string) (Page, error) {
	if len(a.root.Array()) > 0 && !isExpanded(a.root.Array()...) {
		return Page{}, c.broken(Malformed, u, http.StatusOK, errNotExpanded)
	}
	page := decodeList(a.root, func(row, problem string) {
		if c.opts.Warn != nil {
			c.opts.Warn(c.short(u)+", "+c.clean(row, 200), c.clean(problem, 500))
		}
	})
	if page.Time = a.Time; own != "" && !slices.ContainsFunc(page.Models, func(m data.Model) bool { return m.ModelType == own }) {
		err := fmt.Errorf("none of its %d models has config.model_type %s, and some were known", len(page.Models), own)
		return page, c.broken(Malformed, u, http.StatusOK, err)
	}
	c.store(u, a)
	return page, nil
}

var errNotExpanded = errors.New("it lacks what was asked for: something between ignores expand=, or is not a Hub")

// isExpanded reports whether some row has a field that the Hub gives only where
// it is asked for. Without them no model is of a known type, and a list would
// take all candidates from an architecture.
func isExpanded(rows ...gjson.Result) bool {
	return slices.ContainsFunc(rows, func(row gjson.Result) bool {
		return slices.ContainsFunc([]string{"author", "config", "disabled", "gated", "safetensors", "sha"}, func(field string) bool {
			return row.Get(field).Exists()
		})
	})
}

// nextLink is the address of the next page in Link headers, "" if there is none.
func nextLink(headers []string) string {
	if link := linkForm.FindStringSubmatch(strings.Join(headers, ", ")); link != nil {
		return link[1]
	}
	return ""
}

// linkForm is a link of a Link header (RFC 8288) whose relation is next.
var linkForm = regexp.MustCompile(`(?i)<([^>]+)>[^<]*;\s*rel\s*=\s*"?(?:[^"<]*\s)?next\b`)

// Detail asks for one model. Renames and wrong letter case are followed: the
// model's ID is the canonical id, which may differ from id. Gated models are
// answered too.
func (c *Client) Detail(ctx context.Context, id string) (m data.Model, n data.Counters, err error) {
	if !data.IsRepo(id) {
		return m, n, &Error{Kind: Missing, Message: fmt.Sprintf("%+.60q is not a repository id", id)}
	}
	u := c.base.JoinPath("api", "models", id)
	u.RawQuery = url.Values{"expand": expand}.Encode()
	a, err := c.get(ctx, u, false)
	if err != nil {
		return m, n, err
	}
	if !isExpanded(a.root) {
		return m, n, c.broken(Unavailable, u, http.StatusOK, errNotExpanded)
	}
	if m, n, err = decodeModel(a.root); err != nil {
		return data.Model{}, n, c.broken(Malformed, u, http.StatusOK, err)
	}
	c.store(u, a)
	return m, n, nil
}

// HasRevision reports whether a model, which there is, has a revision.
func (c *Client) HasRevision(ctx context.Context, id, revision string) (bool, error) {
	u := c.base.JoinPath("api", "models", id, "revision", revision)
	u.RawQuery = "expand=sha"
	_, err := c.get(ctx, u, false)
	if errors.Is(err, Missing) {
		return false, nil
	}
	return err == nil, err
}
