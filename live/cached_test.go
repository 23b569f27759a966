package live

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
)

var (
	revisionA = strings.Repeat("a", 40)
	revisionB = strings.Repeat("b", 40)
)

// put lays out a snapshot as huggingface_hub does: blobs, and links to them.
func put(t *testing.T, root, id, revision string, files map[string]string) {
	t.Helper()
	dir := filepath.Join(root, "models--"+strings.ReplaceAll(id, "/", "--"))
	snapshot := filepath.Join(dir, "snapshots", revision)
	for _, d := range []string{snapshot, filepath.Join(dir, "blobs"), filepath.Join(dir, "refs")} {
		if err := os.MkdirAll(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		blob := filepath.Join(dir, "blobs", revision[:4]+name)
		if text != "gone" {
			if err := os.WriteFile(blob, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(blob, filepath.Join(snapshot, name)); err != nil {
			t.Skip(err) // Windows without the right to make links
		}
	}
}

func setMain(t *testing.T, root, id, revision string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, "models--"+strings.ReplaceAll(id, "/", "--"), "refs", "main"), []byte(revision), 0o666); err != nil {
		t.Fatal(err)
	}
}

const bertConfig = `{"model_type":"bert"}`

func TestCached(t *testing.T) {
	newHub(t, unchanged)
	if all, err := Cached(); err != nil || all != nil {
		t.Errorf("no cache: %v, %v", all, err)
	}
	root := t.TempDir()
	t.Setenv("HF_HUB_CACHE", root)
	index := `{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}`
	put(t, root, "org/whole", revisionA, map[string]string{"config.json": bertConfig, "model.safetensors": "w"})
	put(t, root, "org/whole", revisionB, map[string]string{"config.json": bertConfig, "model.safetensors": "w"})
	setMain(t, root, "org/whole", revisionB)
	put(t, root, "gpt2", revisionA, map[string]string{"config.json": `{"model_type":"gpt2"}`, "pytorch_model.bin": "w"})
	put(t, root, "org/in--parts", revisionA, map[string]string{"config.json": bertConfig, "model.safetensors.index.json": index, "model-1.safetensors": "w", "model-2.safetensors": "w"})
	put(t, root, "org/main-lacks-weights", revisionA, map[string]string{"config.json": bertConfig})
	put(t, root, "org/main-lacks-weights", revisionB, map[string]string{"config.json": bertConfig, "model.safetensors": "w"})
	setMain(t, root, "org/main-lacks-weights", revisionA)

	put(t, root, "org/only-config", revisionA, map[string]string{"config.json": bertConfig})
	put(t, root, "org/link-to-nothing", revisionA, map[string]string{"config.json": bertConfig, "model.safetensors": "gone"})
	put(t, root, "org/part-missing", revisionA, map[string]string{"config.json": bertConfig, "model.safetensors.index.json": index, "model-1.safetensors": "w"})
	put(t, root, "org/part-elsewhere", revisionA, map[string]string{"config.json": bertConfig, "model.safetensors.index.json": `{"weight_map":{"a":"../../blobs/` + revisionA[:4] + `config.json"}}`})
	put(t, root, "org/no-config", revisionA, map[string]string{"model.safetensors": "w"})
	put(t, root, "org/broken-config", revisionA, map[string]string{"config.json": "{", "model.safetensors": "w"})
	put(t, root, "org/odd-main", revisionA, map[string]string{"config.json": "{", "model.safetensors": "w"})
	setMain(t, root, "org/odd-main", "../../../x")
	for _, name := range []string{"models--", "datasets--org--x", ".locks", "CACHEDIR.TAG"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	all, err := Cached()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range all {
		got = append(got, m.ID+" "+m.Revision[:1]+" "+m.ModelType)
		if _, err := os.Stat(filepath.Join(m.Dir, "config.json")); err != nil {
			t.Error(err)
		}
	}
	want := []string{"gpt2 a gpt2", "org/in--parts a bert", "org/main-lacks-weights b bert", "org/whole b bert"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestHubCache(t *testing.T) {
	for _, test := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"HF_HUB_CACHE": "~/c", "HF_HOME": "/h", "HOME": "/u"}, "/u/c"},
		{map[string]string{"HUGGINGFACE_HUB_CACHE": "$D/c", "HF_HOME": "/h", "D": "/d"}, "/d/c"},
		{map[string]string{"HF_HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/h/hub"},
		{map[string]string{"XDG_CACHE_HOME": "/x", "HOME": "/u"}, "/x/huggingface/hub"},
		{map[string]string{"HOME": "/u"}, "/u/.cache/huggingface/hub"},
		{nil, ""},
	} {
		if got := filepath.ToSlash(hubCache(func(name string) string { return test.env[name] })); got != test.want {
			t.Errorf("%v: %s, want %s", test.env, got, test.want)
		}
	}
}

func TestPreferCached(t *testing.T) {
	newHub(t, unchanged)
	root := filepath.Join(os.Getenv("HF_HOME"), "hub")
	r := &Resolver{PreferCached: true}
	small := Query{Arch: hfmodels.Bert, Role: hfmodels.Small}

	put(t, root, runnerUp(1), revisionA, map[string]string{"config.json": `{"model_type":"gpt2"}`, "model.safetensors": "w"})
	a := mustResolve(t, r, defaultOf(hfmodels.Bert))
	wantAnswer(t, a, bertID, Hub, 0)
	if a.Snapshot != "" {
		t.Errorf("a snapshot that is not there, or not of the architecture: %s", a.Snapshot)
	}

	second := runnerUp(0)
	put(t, root, second, revisionA, map[string]string{"config.json": bertConfig, "model.safetensors": "w"})
	a = mustResolve(t, r, defaultOf(hfmodels.Bert))
	wantAnswer(t, a, second, Hub, 0)
	if a.Model.Revision != revisionA || filepath.Base(a.Snapshot) != revisionA || !strings.HasPrefix(a.Model.Reason, "in the Hugging Face cache; ") {
		t.Errorf("%+v", a)
	}
	// The pick itself wins once it is there, and other roles keep their rules.
	put(t, root, bertID, revisionB, map[string]string{"config.json": bertConfig, "model.safetensors": "w"})
	wantAnswer(t, mustResolve(t, r, defaultOf(hfmodels.Bert)), bertID, Hub, 0)
	t.Setenv("USE_STATIC_REGISTRY", "1")
	a = mustResolve(t, &Resolver{PreferCached: true}, defaultOf(hfmodels.Bert))
	wantAnswer(t, a, bertID, Compiled, SwitchedOff)
	if a.Model.Revision != revisionB {
		t.Errorf("revision %s, want that on disk", a.Model.Revision)
	}
	if a := mustResolve(t, r, Query{Arch: hfmodels.Bert, Role: hfmodels.Tiny}); a.Snapshot != "" {
		t.Errorf("a trained model for tests: %+v", a)
	}
	if want, ok := compiled(small); ok {
		if want.ID != bertID { // which is there
			put(t, root, want.ID, revisionB, map[string]string{"config.json": bertConfig, "model.safetensors": "w"})
		}
		if a := mustResolve(t, r, small); a.Model.ID != want.ID || a.Snapshot == "" {
			t.Errorf("of those that are there, %s is the small one, want %s", a.Model.ID, want.ID)
		}
	}
	// What nobody can vouch for is not taken because it is there.
	put(t, root, "nobody/gpt2-copy", revisionA, map[string]string{"config.json": `{"model_type":"gpt2"}`, "model.safetensors": "w"})
	if a := mustResolve(t, r, defaultOf(hfmodels.Gpt2)); a.Snapshot != "" || a.Model.ID != gpt2ID {
		t.Errorf("%+v", a)
	}
}
