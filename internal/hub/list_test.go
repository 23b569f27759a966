package hub

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// read reads a list to its end.
func read(ctx context.Context, c *Client, q Query) (pages []Page, err error) {
	for p, e := range c.List(ctx, q) {
		if e != nil {
			return pages, e
		}
		pages = append(pages, p)
	}
	return pages, nil
}

func ids(pages []Page) (all []string) {
	for _, p := range pages {
		for _, m := range p.Models {
			all = append(all, strings.TrimPrefix(m.ID, "org/model-"))
		}
	}
	return all
}

func TestList(t *testing.T) {
	three := []http.HandlerFunc{
		reply(200, models(0, 3), nextPage("one")),
		reply(200, models(3, 5), nextPage("two")),
		reply(200, models(5, 6)),
	}
	for _, tc := range []struct {
		name    string
		replies []http.HandlerFunc
		query   Query
		ids     string
		asked   int
		more    bool // on the last page
		kind    Kind
	}{
		{"complete", three, Query{Pages: 9}, "0 1 2 3 4 5", 3, false, ""},
		{"stopped at the cap", three, Query{Pages: 2}, "0 1 2 3 4", 2, true, ""},
		{"a cap not reached", three, Query{Pages: 3}, "0 1 2 3 4 5", 3, false, ""},
		{"empty", []http.HandlerFunc{reply(200, `[]`)}, Query{}, "", 1, false, ""},
		{"a deep page", append(three[:2:2], html(504)), Query{Pages: 9}, "0 1 2 3 4", 8, true, ""},
		{"a mirror that ignores expand", []http.HandlerFunc{reply(200, `[{"_id":"a","id":"a/b","modelId":"a/b","private":false,"tags":["bert"]}]`)}, Query{}, "", 1, false, Malformed},
		{"the first page", []http.HandlerFunc{html(504)}, Query{}, "", 6, false, Unavailable},
		{"a deep page that is down", append(three[:2:2], html(503)), Query{Pages: 9}, "0 1 2 3 4", 8, true, Unavailable},
		{"a page that comes at last", []http.HandlerFunc{three[0], html(504), html(502), three[1], drop, three[2]}, Query{Pages: 9}, "0 1 2 3 4 5", 6, false, ""},
		{"a link to elsewhere", []http.HandlerFunc{reply(200, models(0, 3), "Link: <https://evil.example/api/models?cursor=a>; rel=next")}, Query{Pages: 9}, "0 1 2", 1, true, Malformed},
		{"a link to something else", []http.HandlerFunc{reply(200, models(0, 3), "Link: </api/whoami-v2>; rel=next")}, Query{Pages: 9}, "0 1 2", 1, true, Malformed},
		{"an invalid cursor", []http.HandlerFunc{three[0], reply(400, `{"error":"Invalid cursor"}`, "X-Error-Message: Invalid cursor")}, Query{Pages: 9}, "0 1 2", 2, true, BadRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			hub := play(tc.replies...)
			bubble(t, Options{}, hub, func(t *testing.T, c *Client) {
				pages, err := read(t.Context(), c, tc.query)
				if tc.kind == "" && err != nil || tc.kind != "" && !errors.Is(err, tc.kind) {
					t.Errorf("got %v, want %v", err, tc.kind)
				}
				if got := strings.Join(ids(pages), " "); got != tc.ids || len(hub.asked()) != tc.asked {
					t.Errorf("models %s in %d requests, want %s in %d", got, len(hub.asked()), tc.ids, tc.asked)
				}
				for i, p := range pages {
					if p.More != (i < len(pages)-1 || tc.more) {
						t.Errorf("page %+v at %d", p, i)
					}
				}
			})
		})
	}
}

// recordedLink is a Link header of July 2026, its cursor shortened.
const recordedLink = `<https://huggingface.co/api/models?limit=3&sort=downloads&expand=author&cursor=eyIkb3IiOlt7ImRvd25sb2FkcyI6ODczMDgxNTB9XX0%3D>; rel="next"`

func TestNextLink(t *testing.T) {
	for headers, want := range map[string]string{
		recordedLink:                       recordedLink[1:strings.Index(recordedLink, ">")],
		`</api/models?cursor=a>; rel=next`: "/api/models?cursor=a",
		`<https://x.example/>; rel="prev", </api/models?cursor=a,b>; title="x"; REL="last next"`: "/api/models?cursor=a,b",
		"</x>; rel=\"first\"\n</api/models?cursor=a>;rel=\"next\"":                               "/api/models?cursor=a",
		"<https://x.example/>; rel=\"prev\"\n</x>; rel=\"nextcloud\"":                            "",
		"https://x.example; rel=\"next\"\n<\n>\n<>\n":                                            "",
	} {
		if got := nextLink(strings.Split(headers, "\n")); got != want {
			t.Errorf("%q: got %q, want %q", headers, got, want)
		}
	}
}

// TestListWarnings wants a wrong row to cost that row, and the warning to say
// where it is.
func TestListWarnings(t *testing.T) {
	wrong := `,"downloads":"many","tags":"bert","gated":1,"config":[],"safetensors":"F32"`
	var told []string
	o := Options{Warn: func(where, problem string) { told = append(told, where, problem) }}
	hub := play(reply(200, "["+model(1, "")+","+model(2, wrong)+"]"))
	bubble(t, o, hub, func(t *testing.T, c *Client) {
		pages, err := read(t.Context(), c, Query{Filter: "blip-2", Pipeline: "image-text-to-text", Author: "Salesforce", Limit: 10})
		if err != nil || strings.Join(ids(pages), " ") != "1" || !slices.Equal(pages[0].Unusable, []string{"org/model-2"}) {
			t.Fatalf("got %+v, %v", pages, err)
		}
		want := []string{
			`https://huggingface.co/api/models?author=Salesforce&filter=blip-2&limit=10&pipeline_tag=image-text-to-text&sort=downloads, row 1 (org/model-2)`,
			`the row is left out: gated: want false, "auto" or "manual", got 1; config: want an object, got []`,
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %q\nwant %q", told, want)
		}
		if asked := hub.asked()[0].URL.Query()["expand"]; !slices.Equal(asked, expand) {
			t.Errorf("asked for the fields %q", asked)
		}
	})
}
