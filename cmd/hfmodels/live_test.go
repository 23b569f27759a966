package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// show ID --live says of a checkpoint what the Hub says now, with the places
// that the tables give it.
func TestShowIDLive(t *testing.T) {
	useFixture(t)
	t.Setenv("USE_STATIC_REGISTRY", "")
	t.Setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
	answer := func(w http.ResponseWriter, body string) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/api/models/") {
		case "bert-base-uncased":
			w.Header().Set("Location", "/api/models/google-bert/bert-base-uncased?"+r.URL.RawQuery)
			w.WriteHeader(http.StatusTemporaryRedirect)
		case "google-bert/bert-base-uncased":
			answer(w, `{"id": "google-bert/bert-base-uncased", "gated": "manual", "downloads": 7, "config": {"model_type": "bert"}}`)
		case "me/new-bert":
			answer(w, `{"id": "me/new-bert", "gated": false, "config": {"model_type": "bert"}}`)
		case "me/other":
			answer(w, `{"id": "me/other", "config": {"model_type": "no_such_type"}}`)
		case "me/broken":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			w.Header().Set("X-Error-Code", "RepoNotFound")
			w.WriteHeader(http.StatusNotFound)
			answer(w, `{"error": "Repository not found"}`)
		}
	}))
	defer hub.Close()
	t.Setenv("HF_ENDPOINT", hub.URL)
	for _, tt := range []struct {
		line   string
		status int
		want   []string
	}{
		{"show bert-base-uncased --live", exitDone, []string{
			"google-bert/bert-base-uncased\n", "gated manual", "downloads 7", "renamed from bert-base-uncased", "the default checkpoint of bert",
		}},
		{"show bert-base-uncased --live --json", exitDone, []string{`"source": "hub"`, `"why": null`, `"former": "bert-base-uncased"`}},
		{"show me/new-bert --live", exitDone, []string{"gated no", "fills no place: not among the candidates of bert"}},
		{"show me/other --live", exitNo, []string{"its config names no_such_type, and not an architecture"}},
		{"show me/gone --live", exitNo, []string{`"me/gone": hub: no such model, or it is private`}},
		{"show me/broken --live", exitNo, []string{`"me/broken": hub: no usable answer`}},
		{"show brt --live", exitNo, []string{"unknown architecture", "near it", "bert"}},
	} {
		var out, notes bytes.Buffer
		if got := run(strings.Fields(tt.line), &out, &notes); got != tt.status {
			t.Errorf("%s: status %d, want %d: %s", tt.line, got, tt.status, notes.String())
		}
		for _, want := range tt.want {
			if !strings.Contains(out.String()+notes.String(), want) {
				t.Errorf("%s does not say %q:\n%s%s", tt.line, want, out.String(), notes.String())
			}
		}
	}
	validate(t, "show-id", "show google-bert/bert-base-uncased --live", exitDone)
	hub.Close()
	var out, notes bytes.Buffer
	if status := run([]string{"show", "google-bert/bert-base-uncased", "--live"}, &out, &notes); status != exitDone ||
		!strings.Contains(notes.String(), "the Hub could not be asked, so this is what the tables know") {
		t.Errorf("without a Hub: status %d, %s", status, notes.String())
	}
}
