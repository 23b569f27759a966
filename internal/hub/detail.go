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
