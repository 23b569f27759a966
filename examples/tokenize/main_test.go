package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
)

// TestTokenize replays the two answers of the Hub that a download takes. The
// tokenizer is of the form of the real one, with a vocabulary of 15 words.
func TestTokenize(t *testing.T) {
	file, err := os.ReadFile("testdata/tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	pick, ok := hfmodels.Bert.Pick(hfmodels.Open)
	if !ok {
		t.Fatal("bert has no open pick")
	}
	pick.Revision = cmp.Or(pick.Revision, "main")
	// Main too stands for a commit, and that is what is loaded.
	const commit = "0123456789012345678901234567890123456789"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/models/"+pick.ID+"/revision/"+pick.Revision, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":%q,"sha":%q,"siblings":[{"rfilename":"tokenizer.json"}]}`, pick.ID, commit)
	})
	var downloads int
	mux.HandleFunc("/"+pick.ID+"/resolve/"+commit+"/tokenizer.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"0123456789abcdef0123456789abcdef01234567"`)
		w.Header().Set("X-Repo-Commit", commit)
		w.Header().Set("Content-Length", fmt.Sprint(len(file)))
		if r.Method == http.MethodGet {
			downloads++
			_, _ = w.Write(file)
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	t.Setenv("HF_ENDPOINT", server.URL)
	t.Setenv("HF_TOKEN", "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())

	want := pick.ID + " at " + pick.Revision + "\n2\t[CLS]\n5\twhich\n6\tcheck\n7\t##point\n9\tstand\n8\t##s\n10\tfor\n11\tbert\n12\t?\n3\t[SEP]\n"
	for range 2 { // the second time from the cache
		var out strings.Builder
		if err := tokenize(&out, "BERT", "", "Which checkpoint stands for BERT?"); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	if downloads != 1 {
		t.Errorf("%d downloads of one file", downloads)
	}
	if err := tokenize(new(strings.Builder), "bert", "a/b", ""); err == nil || !strings.Contains(err.Error(), "a/b") {
		t.Errorf("a checkpoint that this Hub does not have: %v", err)
	}
}
