package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hfmodels/hfmodels/internal/usage"
)

// show ID --live says of a checkpoint what the Hub says now, with the places
// that the tables give it.
func TestShowIDLive(t *testing.T) {
	useFixture(t)
	t.Setenv("USE_STATIC_REGISTRY", "")
	t.Setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
	redirects := map[string]string{
		"bert-base-uncased": "/api/models/google-bert/bert-base-uncased", "google-bert/bert-base-cased": "/api/models/you/renamed-bert",
		"me/old-bert": "/api/models/me/new-bert", "me/away": "https://elsewhere.example/login",
	}
	models := map[string]string{
		"google-bert/bert-base-uncased":  `"gated": "manual", "downloads": 7, "config": {"model_type": "bert"}`,
		"you/renamed-bert":               `"gated": false, "private": true, "config": {"model_type": "gpt2"}`,
		"google-bert/bert-large-uncased": `"gated": false, "disabled": true, "config": {"model_type": "no_such_type"}`,
		"me/new-bert": `"gated": false, "config": {"model_type": "bert"},
			"tags": ["license:mit", "license:apache-2.0"], "safetensors": {"total": 5, "parameters": {"F32": 7}}`,
		"openai-community/gpt2": `"_id": "ffffffffffffffffffffffff", "createdAt": "2026-11-20T00:00:00.000Z", "config": {"model_type": "gpt2"}`,
		"me/other":              `"config": {"model_type": "no_such_type"}`,
		"me/typeless":           `"config": {}`,
	}
	faults := map[string]struct {
		status       int
		header, text string // a header of the Hub
		body         string
	}{
		"me/off":     {403, "X-Error-Message", "Access to this resource is disabled.", ""},
		"me/unread":  {200, "Content-Type", "application/json", "[]"},
		"me/broken":  {500, "X-A", "b", ""},
		"me/limited": {429, "X-A", "b", ""},
		"me/page":    {200, "Content-Type", "text/html", "<html>"},
		"me/proxied": {403, "Content-Type", "application/json", `{"error": "blocked by Acme"}`},
	}
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/api/models/")
		if to, ok := redirects[name]; ok {
			http.Redirect(w, r, to+"?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
		} else if m, ok := models[name]; ok {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"id": %q, %s}`, name, m)
		} else if f, ok := faults[name]; ok {
			w.Header().Set(f.header, f.text)
			w.WriteHeader(f.status)
			_, _ = io.WriteString(w, f.body)
		} else if name == "me/stalled" {
			time.Sleep(time.Second)
		} else {
			w.Header().Set("X-Error-Code", "RepoNotFound")
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer hub.Close()
	t.Setenv("HF_ENDPOINT", hub.URL)
	t.Setenv("HF_HUB_ETAG_TIMEOUT", "0.4")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"renamed.py": `GPT2Model.from_pretrained("me/old-bert"), AutoModel.from_pretrained("google-bert/bert-base-uncased")`,
		"gone.py":    `from_pretrained("me/gone"), from_pretrained("me/off")`,
		"off.py":     `from_pretrained("google-bert/bert-large-uncased"), from_pretrained("openai-community/gpt2")`,
		"never.yaml": `model: me/never # no loader says that this is an id`,
		"part.yaml":  `model: me/unread`,
		"mine.yaml":  "schema: 1\naccept: [{id: OpenAI-community/gpt2, repository: ffffffffffffffffffffffff, reason: known}]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, tt := range []struct {
		line   string
		status int
		want   []string
	}{
		{"show bert-base-uncased --live", usage.Done, []string{
			"google-bert/bert-base-uncased\n", "gated manual", "downloads 7", "renamed from bert-base-uncased", "the default checkpoint of bert",
			"from the Hub, now, which contradicts what places and ranks rest on: gating: open → gated by its owner",
		}},
		{"show bert-base-uncased --live --json", usage.Done, []string{`"source": "hub"`, `"why": null`, `"former": "bert-base-uncased"`}},
		{"show me/new-bert --live", usage.Done, []string{"gated no", "fills no place: not among the candidates of bert"}},
		{"show me/new-bert --live", usage.Done, []string{
			"from the Hub, now\n", "parameters unknown, licence apache-2.0 and mit,", "size unknown: safetensors.total: 5 is not the sum of its parts, 7",
		}},
		{"show me/new-bert --live --json", usage.Done, []string{`"license": "apache-2.0, mit"`, `"doubt": "safetensors.total: 5 is`}},
		{"show google-bert/bert-base-cased --live", usage.Done, []string{
			"you/renamed-bert\n", "renamed from google-bert/bert-base-cased", "a runner-up of google-bert/bert-base-uncased",
			": no longer proven: its config.model_type is gpt2; private",
		}},
		{"show google-bert/bert-large-uncased --live --json", usage.No, []string{
			`"disabled by the Hub"`, `"no longer proven: its config.model_type is no_such_type"`, "hfmodels: google-bert/bert-large-uncased: the Hub has disabled this model",
		}},
		{"show hf-internal-testing/tiny-random-bert --live", usage.No, []string{
			"the Hub has it no more", "the tiny checkpoint of bert", `"hf-internal-testing/tiny-random-bert": hub: no such model, or it is private`,
		}},
		{"show hf-internal-testing/tiny-random-bert --live --json", usage.No, []string{`"source": "registry"`, `"why": "hub: no such model`}},
		{"show me/other --live", usage.No, []string{"its config names no_such_type, which is not an architecture"}},
		{"show me/typeless --live", usage.No, []string{"its config names no model type\n"}},
		{"show openai-community/gpt2 --live", usage.No, []string{"openai-community/gpt2 is another repository now (ffffffffffffffffffffffff, created 2026-11-20)"}},
		{"show openai-community/gpt2 --live --policy mine.yaml", usage.Done, []string{"openai-community/gpt2\n", "from the Hub, now"}},
		{"show me/gone --live", usage.No, []string{`"me/gone": hub: no such model, or it is private`}},
		{"show me/broken --live", usage.Part, []string{`unknown checkpoint "me/broken"`, "the Hub could not be asked: hub: no usable answer", "500"}},
		{"show me/limited --live", usage.Part, []string{"could not be asked: hub: rate limit"}},
		{"show me/stalled --live", usage.Part, []string{"the answer stalled: HF_HUB_ETAG_TIMEOUT says how many seconds to wait"}},
		{"show me/page --live", usage.Part, []string{"want JSON, got text/html"}},
		{"show me/proxied --live", usage.Part, []string{"the answer does not come from a Hub: blocked by Acme", "403 Forbidden"}},
		{"show me/away --live", usage.Part, []string{"a redirect: it leads from " + hub.URL, "to https://elsewhere.example/login"}},
		{"show me//bert --live", usage.Wrong, []string{`"me//bert" is not an id; an id is OWNER/NAME`}},
		{"show https://huggingface.co/me/bert --live", usage.Wrong, []string{"is not an id"}},
		{"show bert-base-uncased@main --live", usage.Wrong, []string{"is not an id"}},
		{"default me/bert@main", usage.Wrong, []string{"is not an id"}},
		{"check --live renamed.py", usage.No, []string{
			"1:28: me/old-bert: the id is me/new-bert now", "note: the tables lack a rename: me/old-bert is me/new-bert now",
			"1:28: me/old-bert: GPT2Model expects gpt2, and this model is of bert", "1:70: google-bert/bert-base-uncased: accept its terms",
			": 1 architecture, 1 gated, 1 renamed\n",
		}},
		{"check --live gone.py never.yaml", usage.No, []string{
			"1:18: me/gone: no such model", "1:46: me/off: the Hub has disabled", ": 1 disabled, 1 gone\n",
		}},
		{"check --live off.py", usage.No, []string{
			"bert-large-uncased: the Hub has disabled", "gpt2: openai-community/gpt2 is another repository now", ": 1 disabled, 1 recreated\n",
		}},
		{"check --live part.yaml", usage.Part, []string{"me/unread: hub: the answer is not what"}},
		{"show brt --live", usage.No, []string{"unknown architecture", "near it", "bert"}},
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
	validate(t, "show-id", "show google-bert/bert-base-uncased --live", usage.Done)
	hub.Close()
	for _, endpoint := range []string{hub.URL, "x"} {
		t.Setenv("HF_ENDPOINT", endpoint)
		for line, status := range map[string]int{
			"show google-bert/bert-base-uncased --live": usage.Done, "show me/new --live": usage.Part, "show brt-base --live": usage.Part,
			"show bert --live": usage.Done, "show gptj --live": usage.Part,
		} {
			var out, notes bytes.Buffer
			if got := run(strings.Fields(line), &out, &notes); got != status {
				t.Errorf("%s at %s: status %d, want %d: %s", line, endpoint, got, status, notes.String())
			}
			if status == usage.Done && !strings.Contains(notes.String()+out.String(), "Hub") {
				t.Errorf("%s at %s does not say why the Hub did not answer:\n%s", line, endpoint, notes.String())
			}
		}
	}
}
