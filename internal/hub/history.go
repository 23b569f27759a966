package hub

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// HasRevision asks whether a model has a revision, 40 hex digits. The error is
// nil where it has, and a [NoRevision] where it has no such commit any more.
func (c *Client) HasRevision(ctx context.Context, id, revision string) error {
	u, err := c.ofModel(id, revision, "revision", revision)
	if err != nil {
		return err
	}
	u.RawQuery = url.Values{"expand": {"sha"}}.Encode()
	_, err = c.get(ctx, u, false)
	return ofRevision(err)
}

// maxHistory is how many pages of commits are read. A repository of models has
// a few dozen commits, which fit one.
const maxHistory = 10

// Behind counts the commits that main has since a revision of a model. The
// error is a [NoRevision] where main never had it, and a [TooDeep] where it
// would stand further back than is read.
func (c *Client) Behind(ctx context.Context, id, revision string) (int, error) {
	u, err := c.ofModel(id, revision, "commits", "main")
	if err != nil {
		return 0, err
	}
	first, n := u, 0
	for range maxHistory {
		a, err := c.get(ctx, u, true)
		if err != nil {
			return 0, ofRevision(err)
		}
		for _, row := range root(a.body).Array() {
			sha, err := field{row, "[]"}.get("id").text(commit)
			switch {
			case err != nil:
				return 0, c.unusable(u, http.StatusOK, err)
			case sha == "":
				return 0, c.unusable(u, http.StatusOK, errors.New("a commit without an id"))
			case sha == revision:
				return n, nil
			}
			n++
		}
		next, err := c.next(a, first.Path)
		if err != nil {
			return 0, c.unusable(u, http.StatusOK, err)
		}
		if next == nil {
			return 0, &Error{Kind: NoRevision, URL: c.redact(first.String()), Message: "main never had it"}
		}
		u = next
	}
	return 0, &Error{Kind: TooDeep, URL: c.redact(first.String()), Message: "the history is longer than is read"}
}

// ofModel is the address of what a model has, of which a revision is asked for.
func (c *Client) ofModel(id, revision string, path ...string) (*url.URL, error) {
	if !repoID.fits(id) {
		return nil, &Error{Kind: Missing, Message: quoted(id) + " is not a repository id"}
	}
	if !commit.fits(revision) {
		return nil, &Error{Kind: NoRevision, Message: quoted(revision) + " is not " + commit.want}
	}
	return c.base.JoinPath(append([]string{"api", "models", id}, path...)...), nil
}
