package hub

import (
	"errors"
	"fmt"
	"net/http"
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
	for _, tc := range []struct {
		name    string
		replies []http.HandlerFunc
		want    int
		kind    Kind
		says    string
	}{
		{"the head", []http.HandlerFunc{commits("", sha(1))}, 0, "", ""},
		{"two behind", []http.HandlerFunc{commits("", sha(3), sha(2), sha(1))}, 2, "", ""},
		{"on the second page", []http.HandlerFunc{commits(page2, sha(4), sha(3)), commits("", sha(2), sha(1))}, 3, "", ""},
		{"rewritten", []http.HandlerFunc{commits(page2, sha(4)), commits("", sha(3))}, 0, NoRevision, "main never had it"},
		{"no such branch", []http.HandlerFunc{reply(404, `{"error":"Invalid rev id: main"}`, "X-Error-Code: RevisionNotFound")}, 0, NoRevision, "Invalid rev id"},
		{"not recorded", []http.HandlerFunc{reply(501, `{"error":"not in this recording"}`)}, 0, Unavailable, "501"},
		{"a link elsewhere", []http.HandlerFunc{commits(DefaultEndpoint+"/api/models", sha(4))}, 0, Malformed, "leads away"},
		{"no commit", []http.HandlerFunc{reply(200, `[{"id":"main"}]`)}, 0, Malformed, "40 lower-case hex digits"},
		{"a commit without an id", []http.HandlerFunc{reply(200, `[{}]`)}, 0, Malformed, "got nothing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			hub := play(tc.replies...)
			bubble(t, Options{}, hub, func(t *testing.T, c *Client) {
				n, err := c.Behind(t.Context(), "org/name", sha(1))
				if n != tc.want || tc.kind == "" && err != nil || tc.kind != "" && !errors.Is(err, tc.kind) {
					t.Fatalf("%d, %v", n, err)
				}
				if err != nil && !strings.Contains(err.Error(), tc.says) {
					t.Errorf("%v does not say %q", err, tc.says)
				}
				if len(hub.asked()) != len(tc.replies) {
					t.Errorf("asked %d times, want %d", len(hub.asked()), len(tc.replies))
				}
			})
		})
	}
}

// A history without an end is not read to it.
func TestBehindGivesUp(t *testing.T) {
	n := 1
	hub := play(func(w http.ResponseWriter, r *http.Request) {
		n++
		commits(fmt.Sprintf("%s/api/models/org/name/commits/main?p=%d", DefaultEndpoint, n), sha(n))(w, r)
	})
	bubble(t, Options{}, hub, func(t *testing.T, c *Client) {
		if _, err := c.Behind(t.Context(), "org/name", sha(1)); !errors.Is(err, TooDeep) || len(hub.asked()) != maxHistory {
			t.Errorf("%v after %d pages", err, len(hub.asked()))
		}
	})
}

func TestHasRevision(t *testing.T) {
	hub := play(reply(200, `{"id":"org/name","sha":"`+sha(1)+`"}`))
	bubble(t, Options{}, hub, func(t *testing.T, c *Client) {
		if err := c.HasRevision(t.Context(), "org/name", sha(1)); err != nil {
			t.Error(err)
		}
		if got := hub.asked()[0].URL.String(); got != "/api/models/org/name/revision/"+sha(1)+"?expand=sha" {
			t.Errorf("asked for %s", got)
		}
	})
	hub = play(reply(404, `{"error":"Invalid rev id"}`, "X-Error-Code: RevisionNotFound"))
	bubble(t, Options{}, hub, func(t *testing.T, c *Client) {
		if err := c.HasRevision(t.Context(), "org/name", sha(1)); !errors.Is(err, NoRevision) || errors.Is(err, Missing) {
			t.Errorf("got %v", err)
		}
	})
	for _, bad := range []string{"", "main", "../x", strings.Repeat("G", 40)} {
		hub := play()
		bubble(t, Options{}, hub, func(t *testing.T, c *Client) {
			if err := c.HasRevision(t.Context(), "org/name", bad); !errors.Is(err, NoRevision) || len(hub.asked()) != 0 {
				t.Errorf("%q: %v, asked %d times", bad, err, len(hub.asked()))
			}
		})
	}
}
