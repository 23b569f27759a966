package hub

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels/internal/data"
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

// recordedDetail is put together from fields that the Hub sent in July 2026,
// of sentence-transformers/all-MiniLM-L6-v2 and others.
const recordedDetail = `{
"_id":"621ffdc136468d709f180294","id":"sentence-transformers/all-MiniLM-L6-v2","author":"sentence-transformers",
"sha":"86b5e0934494bd15c9632b12f734a8a67f723594","gated":false,"private":false,"disabled":false,
"downloads":87308150,"likes":4312,"trendingScore":0.5,
"createdAt":"2022-03-02T23:29:05.000Z","lastModified":"2026-06-01T08:29:13+02:00",
"library_name":"sentence-transformers","pipeline_tag":"sentence-similarity",
"transformersInfo":{"auto_model":"AutoModel","pipeline_tag":"feature-extraction","processor":"AutoTokenizer"},
"config":{"architectures":["BertModel"],"model_type":"bert","tokenizer_config":{"unk_token":"[UNK]"}},
"safetensors":{"parameters":{"F32":22713601,"I64":512},"total":22714113},
"cardData":{"license":["apache-2.0","mit"],"language":"en"},
"tags":["sentence-transformers","bert","日本語","license:apache-2.0","license:mit","base_model:nreimers/MiniLM-L6-H384-uncased","base_model:finetune:nreimers/MiniLM-L6-H384-uncased","base_model:adapter:/cache/models/x","region:us"]}`

func TestDetail(t *testing.T) {
	hub := play(reply(200, recordedDetail))
	bubble(t, Options{Token: testToken}, hub, func(t *testing.T, c *Client) {
		got, counters, err := c.Detail(t.Context(), "sentence-transformers/all-MiniLM-L6-v2")
		if err != nil {
			t.Fatal(err)
		}
		want := data.Model{
			ID: "sentence-transformers/all-MiniLM-L6-v2", Author: "sentence-transformers",
			Revision: "86b5e0934494bd15c9632b12f734a8a67f723594", ModelType: "bert", Architectures: []string{"BertModel"},
			Library: "sentence-transformers", Pipeline: "sentence-similarity", Gated: "no",
			Parameters: 22714113, Bytes: 22713601*4 + 512*8, License: "apache-2.0, mit", Repository: "621ffdc136468d709f180294", Created: "2022-03-02",
			Bases: []data.Base{{ID: "nreimers/MiniLM-L6-H384-uncased", Relation: "finetune"}},
			Tags:  got.Tags,
		}
		if !reflect.DeepEqual(got, want) || counters != (data.Counters{Downloads: 87308150, Likes: 4312}) {
			t.Errorf("got  %+v %+v\nwant %+v", got, counters, want)
		}
		if len(got.Tags) != 9 || got.Tags[8] != "日本語" {
			t.Errorf("tags %q", got.Tags)
		}
		r := hub.asked()[0]
		if r.URL.Path != "/api/models/sentence-transformers/all-MiniLM-L6-v2" || len(r.URL.Query()["expand"]) != len(expand) {
			t.Errorf("asked for %s", r.URL)
		}
		if r.Header.Get("Authorization") != "Bearer "+testToken || r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("headers %v", r.Header)
		}
	})
}

// Nothing is asked for that cannot be, and offline nothing at all.
func TestNothingIsSent(t *testing.T) {
	hub := play(reply(200, `[]`))
	bubble(t, Options{}, hub, func(t *testing.T, c *Client) {
		for _, id := range []string{"", "../../etc", "org/ok?x", "org/\x1b[31m"} {
			if _, _, err := c.Detail(t.Context(), id); !errors.Is(err, Missing) || strings.Contains(err.Error(), "\x1b") {
				t.Errorf("Detail(%q): %v, want Missing", id, err)
			}
		}
	})
	bubble(t, Options{Offline: "HF_HUB_OFFLINE=1"}, hub, func(t *testing.T, c *Client) {
		_, _, err := c.Detail(t.Context(), "gpt2")
		if _, listErr := read(t.Context(), c, Query{}); !errors.Is(err, Offline) || !errors.Is(listErr, Offline) {
			t.Errorf("got %v and %v, want Offline", err, listErr)
		}
	})
	if n := len(hub.asked()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestHasRevision(t *testing.T) {
	for name, tc := range map[string]struct {
		reply http.HandlerFunc
		has   bool
		err   error
	}{
		"there":     {reply(200, `{"id":"org/name","sha":"2"}`), true, nil},
		"gone":      {reply(404, `{"error":"Invalid rev id"}`, "X-Error-Code: RevisionNotFound"), false, nil},
		"no answer": {reply(501, `{}`), false, Unavailable},
	} {
		hub := play(tc.reply)
		bubble(t, Options{}, hub, func(t *testing.T, c *Client) {
			has, err := c.HasRevision(t.Context(), "org/name", "1")
			if has != tc.has || !errors.Is(err, tc.err) || hub.asked()[0].URL.String() != "/api/models/org/name/revision/1?expand=sha" {
				t.Errorf("%s: %t, %v, asked for %s", name, has, err, hub.asked()[0].URL)
			}
		})
	}
}

// TestFollow wants no link of an answer to lead the token away from the
// endpoint.
func TestFollow(t *testing.T) {
	const mirror = "http://mirror.example/hf"
	for _, tc := range []struct{ endpoint, link, want string }{ // want "" where it is refused
		{DefaultEndpoint, "/api/models/google-bert/bert?x=1", "https://huggingface.co/api/models/google-bert/bert?x=1"},
		{DefaultEndpoint, "https://HuggingFace.co:443/api/models/bert", "https://huggingface.co/api/models/bert"},
		{DefaultEndpoint, "bert#x", "https://huggingface.co/api/models/bert"},
		{mirror, "https://huggingface.co/api/models?cursor=a", mirror + "/api/models?cursor=a"}, // passed on unchanged
		{mirror, mirror + "/api/models?cursor=a", mirror + "/api/models?cursor=a"},
		{mirror, "/api/models/google-bert/bert", mirror + "/api/models/google-bert/bert"},
		{mirror, "/hf/api/models/google-bert/bert", mirror + "/api/models/google-bert/bert"},
		{mirror, "http://MIRROR.example:80/api/models/google-bert/bert", mirror + "/api/models/google-bert/bert"},
		{mirror, "/upstream/api/models/google-bert/bert", mirror + "/api/models/google-bert/bert"},
		{mirror, "https://huggingface.co/api/models/bert-base-uncased", ""}, // the same question again
		{mirror, "/hf/login", ""},
		{DefaultEndpoint, "/login", ""},
		{DefaultEndpoint, "https://evil.example/api/models/bert", ""},
		{DefaultEndpoint, "//evil.example/api/models/bert", ""},
		{DefaultEndpoint, "https://cdn.huggingface.co/api/models/bert", ""},
		{DefaultEndpoint, "http://huggingface.co/api/models/bert", ""},
		{DefaultEndpoint, "https://huggingface.co:8443/api/models/bert", ""},
		{DefaultEndpoint, "https://u:p@huggingface.co/api/models/bert", ""},
		{DefaultEndpoint, "https://huggingface.co@evil.example/api/models", ""},
		{DefaultEndpoint, "file:///etc/passwd", ""},
		{DefaultEndpoint, "https://%zz/", ""},
		{DefaultEndpoint, "", ""},
		{mirror, "https://evil.example/api/models?cursor=a", ""},
		{mirror, "http://huggingface.co/api/models?cursor=a", ""},
	} {
		c, err := New(Options{Endpoint: tc.endpoint})
		if err != nil {
			t.Fatal(err)
		}
		u, err := c.follow(c.base.JoinPath("api", "models", "bert-base-uncased"), tc.link)
		if tc.want == "" && err == nil || tc.want != "" && (err != nil || u.String() != tc.want) {
			t.Errorf("%s from %s: %v, %v, want %q", tc.link, tc.endpoint, u, err, tc.want)
		}
	}
}

func TestRedirects(t *testing.T) {
	query := "?" + url.Values{"expand": expand}.Encode()
	for _, tc := range []struct {
		status   int
		location string // from /api/models/old, N is a number that grows
		target   string // "" where it is refused
		asked    int
	}{
		{307, "/api/models/org/model-1", "/api/models/org/model-1" + query, 2},
		{308, "/api/models/org/model-1" + query + "&x=1", "/api/models/org/model-1" + query + "&x=1", 2},
		{301, "/api/models/org/model-1", "/api/models/org/model-1" + query, 2},
		{302, "/api/models/org/model-1", "/api/models/org/model-1" + query, 2},
		{307, "https://evil.example/api/models/org/model-1", "", 1},
		{307, "/api/models/old?x=N", "", 6},
	} {
		n := 0
		hub := play(func(w http.ResponseWriter, r *http.Request) {
			if n++; r.URL.Path == "/api/models/old" {
				reply(tc.status, "", "Location: "+strings.ReplaceAll(tc.location, "N", strconv.Itoa(n)))(w, r)
				return
			}
			reply(200, model(1, ""))(w, r)
		})
		bubble(t, Options{Token: testToken}, hub, func(t *testing.T, c *Client) {
			m, _, err := c.Detail(t.Context(), "old")
			asked := hub.asked()
			last := asked[len(asked)-1]
			if len(asked) != tc.asked || last.Header.Get("Authorization") != "Bearer "+testToken {
				t.Errorf("%s: asked %d times, at last with %q", tc.location, len(asked), last.Header.Get("Authorization"))
			}
			if tc.target == "" && !errors.Is(err, Unavailable) || tc.target != "" && (err != nil || m.ID != "org/model-1" || last.URL.String() != tc.target) {
				t.Errorf("%s: got %s, %v from %s", tc.location, m.ID, err, last.URL)
			}
		})
	}
}
