package hub

import (
	"context"
	"net/http"
	"net/url"
)

// Detail asks for one model. expand replaces the fields asked for, as in
// [Query]. Renames and wrong letter case are followed: Model.ID is the
// canonical id, which may differ from id. Gated models are answered too.
func (c *Client) Detail(ctx context.Context, id string, expandFields ...string) (Model, error) {
	return c.detail(ctx, id, nil, expandFields)
}

// DetailAt asks for one model at a revision, 40 hex digits. What git holds is
// that of the revision: the sha and the config. The error is a [NoRevision]
// where the repository has no such commit any more.
func (c *Client) DetailAt(ctx context.Context, id, revision string, expandFields ...string) (Model, error) {
	if !commit.fits(revision) {
		return Model{}, &Error{Kind: NoRevision, Message: quoted(revision) + " is not " + commit.want}
	}
	m, err := c.detail(ctx, id, []string{"revision", revision}, expandFields)
	return m, ofRevision(err)
}

func (c *Client) detail(ctx context.Context, id string, at, expandFields []string) (Model, error) {
	if !repoID.fits(id) {
		return Model{}, &Error{Kind: Missing, Message: quoted(id) + " is not a repository id"}
	}
	u := c.base.JoinPath(append([]string{"api", "models", id}, at...)...)
	u.RawQuery = url.Values{"expand": expand(expandFields)}.Encode()
	a, err := c.get(ctx, u, false)
	if err != nil {
		return Model{}, err
	}
	warn, done := c.warner(u)
	defer done()
	m, err := decodeModel(root(a.body), warn)
	if err != nil {
		return Model{}, c.unusable(u, http.StatusOK, err)
	}
	m.AsOf = a.time
	return m, nil
}
