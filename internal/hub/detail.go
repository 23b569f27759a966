package hub

import (
	"context"
	"net/http"
	"net/url"
)

// Detail asks for one model. Renames and wrong letter case are followed:
// Model.ID is the canonical id, which may differ from id. Gated models are
// answered too.
func (c *Client) Detail(ctx context.Context, id string) (Model, error) {
	if !repoID.fits(id) {
		return Model{}, &Error{Kind: Missing, Message: quoted(id) + " is not a repository id"}
	}
	u := c.base.JoinPath("api", "models", id)
	u.RawQuery = url.Values{"expand": expand}.Encode()
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
	return m, nil
}
