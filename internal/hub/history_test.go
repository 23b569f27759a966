package hub

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func sha(n int) string { return fmt.Sprintf("%040x", n) }

// commits answers with a page of a history, and the link to the next.
func commits(next string, shas ...string) http.HandlerFunc {
	var rows []string
	for _, s := range shas {
		rows = append(rows, fmt.Sprintf(`{"id":%q,"title":"Upload","authors":[{"user":"x"}],"date":"2026-01-01T00:00:00.000Z"}`, s))
	}
	body := "[" + strings.Join(rows, ",") + "]"
	if next == "" {
		return reply(200, body)
	}
	return reply(200, body, "Link: <"+next+`>; rel="next"`)
}

func TestBehind(t *testing.T) {
	const page2 = DefaultEndpoint + "/api/models/org/name/commits/main?p=1"
	there := reply(200, `{"id":"org/name","sha":"`+sha(1)+`"}`)
	gone := reply(404, `{"error":"Invalid rev id"}`, "X-Error-Code: RevisionNotFound")
	for name, tc := range map[string]struct {
		replies []http.HandlerFunc
		want    int
		kind    error
	}{
		"the head":               {[]http.HandlerFunc{commits("", sha(1))}, 0, nil},
		"two behind":             {[]http.HandlerFunc{commits("", sha(3), sha(2), sha(1))}, 2, nil},
		"on the second page":     {[]http.HandlerFunc{commits(page2, sha(4), sha(3)), commits("", sha(2), sha(1))}, 3, nil},
		"not of main":            {[]http.HandlerFunc{commits(page2, sha(4)), commits("", sha(3)), there}, -1, nil},
		"gone":                   {[]http.HandlerFunc{commits("", sha(3)), gone}, -1, NoRevision},
		"a history not recorded": {[]http.HandlerFunc{reply(501, `{"error":"not in this recording"}`), there}, -1, nil},
		"a link elsewhere":       {[]http.HandlerFunc{commits(DefaultEndpoint+"/api/models", sha(4)), there}, -1, nil},
		"commits without ids":    {[]http.HandlerFunc{reply(200, `[{},{"id":7},1]`), there}, -1, nil},
		"no answer":              {[]http.HandlerFunc{reply(501, `{}`), reply(501, `{}`)}, -1, Unavailable},
		"too long a history":     {append(slices.Repeat([]http.HandlerFunc{commits(page2, sha(3))}, maxHistory), there), -1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			hub := play(tc.replies...)
			bubble(t, Options{}, hub, func(t *testing.T, c *Client) {
				n, err := c.Behind(t.Context(), "org/name", sha(1))
				if err == nil && n != tc.want || !errors.Is(err, tc.kind) || errors.Is(err, Missing) || len(hub.asked()) != len(tc.replies) {
					t.Fatalf("%d, %v after %d requests", n, err, len(hub.asked()))
				}
				if tc.want < 0 && hub.asked()[len(hub.asked())-1].URL.String() != "/api/models/org/name/revision/"+sha(1)+"?expand=sha" {
					t.Errorf("last asked for %s", hub.asked()[len(hub.asked())-1].URL)
				}
			})
		})
	}
}
