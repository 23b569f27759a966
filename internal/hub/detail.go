package hub

import (
	"context"
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
		return data.Model{}, n, c.broken(Malformed, u, http.StatusOK, err)
	}
	return m, n, nil
}

// maxHistory is how many pages of commits are read. A repository of models has
// a few dozen commits, which fit one.
const maxHistory = 10

// Behind counts the commits that main has since a revision, 40 hex digits. The
// number is -1 if the revision exists and main's history, as far as it is read,
// does not show it. The error is a [NoRevision] if there is no such commit.
func (c *Client) Behind(ctx context.Context, id, revision string) (int, error) {
	if !data.IsCommit(revision) {
		return 0, &Error{Kind: NoRevision, Message: fmt.Sprintf("%+.60q is not %s", revision, commitForm)}
	}
	n := 0
	for a, err := range c.pages(ctx, c.base.JoinPath("api", "models", id, "commits", "main"), maxHistory) {
		if err != nil { // such as a recording without histories
			break
		}
		for _, commit := range a.root.Array() {
			if commit.Get("id").Str == revision {
				return n, nil
			}
			n++
		}
	}
	u := c.base.JoinPath("api", "models", id, "revision", revision)
	u.RawQuery = "expand=sha"
	_, err := c.get(ctx, u, false)
	return -1, err
}

const commitForm = "40 lower-case hex digits"
