package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/hfmodels/hfmodels/internal/data"
)

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
	if m, n, err = decodeModel(a.root, func(problem string) { c.warn(u, "", problem) }); err != nil {
		return data.Model{}, n, c.malformed(u, http.StatusOK, err)
	}
	return m, n, nil
}

// HasRevision asks whether a model has a revision, 40 hex digits. The error is
// nil if it has, and a [NoRevision] if it has no such commit any more.
func (c *Client) HasRevision(ctx context.Context, id, revision string) error {
	u, err := c.revisionURL(id, revision, "revision", revision)
	if err != nil {
		return err
	}
	u.RawQuery = url.Values{"expand": {"sha"}}.Encode()
	_, err = c.get(ctx, u, false)
	return err
}

// maxHistory is how many pages of commits are read. A repository of models has
// a few dozen commits, which fit one.
const maxHistory = 10

// Behind counts the commits that main has since a revision of a model. The
// error is a [NoRevision] if main never had it, and a [TooDeep] if it is further
// back than is read.
func (c *Client) Behind(ctx context.Context, id, revision string) (int, error) {
	u, err := c.revisionURL(id, revision, "commits", "main")
	if err != nil {
		return 0, err
	}
	first, n := u, 0
	for range maxHistory {
		a, err := c.get(ctx, u, true)
		if err != nil {
			return 0, err
		}
		for _, commit := range a.root.Array() {
			switch sha := commit.Get("id"); {
			case !data.IsCommit(sha.Str):
				return 0, c.malformed(u, http.StatusOK, errors.New(mismatch("[].id", commitForm, sha)))
			case sha.Str == revision:
				return n, nil
			}
			n++
		}
		next, err := c.next(u, a.link)
		if err != nil {
			return 0, c.malformed(u, http.StatusOK, err)
		}
		if next == nil {
			return 0, &Error{Kind: NoRevision, URL: c.short(first), Message: "main never had it"}
		}
		u = next
	}
	return 0, &Error{Kind: TooDeep, URL: c.short(first), Message: "the history is longer than is read"}
}

const commitForm = "40 lower-case hex digits"

// revisionURL is an address under that of a model, for a question about one of
// its revisions.
func (c *Client) revisionURL(id, revision string, path ...string) (*url.URL, error) {
	if !data.IsCommit(revision) {
		return nil, &Error{Kind: NoRevision, Message: fmt.Sprintf("%+.60q is not %s", revision, commitForm)}
	}
	return c.base.JoinPath(append([]string{"api", "models", id}, path...)...), nil
}
