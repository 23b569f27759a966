package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/tools/txtar"

	"github.com/hfmodels/hfmodels/docs/schemas"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gen": main})
}

// TestScripts runs the generator as a program against a Hub of the test's own.
//
//	hub [name=value...]   set the Hub's faults, and forget the count of requests
//	world CHANGE...       change what the Hub holds; see testHub.change
//	requests MIN MAX      fail unless so many requests were made since hub
//	killed N ARGS...      run gen, and kill -9 it at the N-th request
//	checkout              go.mod, go.sum, and what is written by hand of the root package and of internal/names, so that emit can check the tables
//	valid SCHEMA FILE     fail unless the JSON is as the schema says
//	pack WHEEL FROM...    write a wheel with the files of directories and txtar archives
//	refresh DAY           the steps of make refresh, but for those that need a network or the whole tree
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			hub := newTestHub(env.T().(testing.TB))
			env.Values["hub"] = hub
			env.Setenv("HF_ENDPOINT", hub.URL)
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "")
			// The script has an index of packages in the folder "index" where it needs one.
			index := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				user, _, _ := r.BasicAuth()
				if wants := r.Header.Get("Accept"); user != "me" && strings.HasPrefix(r.URL.Path, "/simple/") || !strings.HasPrefix(wants, "application/vnd.pypi.simple.v1+json") {
					w.WriteHeader(http.StatusForbidden)
					return
				}
				http.ServeFile(w, r, filepath.Join(env.WorkDir, "index", r.URL.Path))
			}))
			env.Defer(index.Close)
			env.Setenv("PIP_INDEX_URL", strings.Replace(index.URL, "//", "//me:secret@", 1)+"/simple")
			err := errors.Join(copyFile("testdata/catalog.json", filepath.Join(env.WorkDir, "registrydata/catalog.json")), os.CopyFS(filepath.Join(env.WorkDir, ".ci"), os.DirFS("../.ci")))
			if err != nil {
				return err
			}
			policy := "schema: 1\norganizations:\n  testing:\n    - {name: hf-internal-testing, reason: random weights}\n"
			return os.WriteFile(filepath.Join(env.WorkDir, "registrydata/policy.yaml"), []byte(policy), 0o644)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"hub": func(ts *testscript.TestScript, _ bool, args []string) {
				h := ts.Value("hub").(*testHub)
				h.mu.Lock()
				defer h.mu.Unlock()
				h.faults, h.requests = map[string]string{}, 0
				for _, a := range args {
					name, value, _ := strings.Cut(a, "=")
					h.faults[name] = value
				}
			},
			"world": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(ts.Value("hub").(*testHub).change(args...))
			},
			"requests": func(ts *testscript.TestScript, _ bool, args []string) {
				h := ts.Value("hub").(*testHub)
				var low, high int
				_, err := fmt.Sscan(strings.Join(args, " "), &low, &high)
				ts.Check(err)
				h.mu.Lock()
				defer h.mu.Unlock()
				if h.requests < low || h.requests > high {
					ts.Fatalf("%d requests, want %d to %d", h.requests, low, high)
				}
			},
			"killed": func(ts *testscript.TestScript, _ bool, args []string) {
				h := ts.Value("hub").(*testHub)
				n, err := strconv.Atoi(args[0])
				ts.Check(err)
				// testscript puts its commands in the script's PATH only.
				bin, _, _ := strings.Cut(ts.Getenv("PATH"), string(os.PathListSeparator))
				cmd := exec.Command(filepath.Join(bin, "gen"), args[1:]...)
				cmd.Dir = ts.MkAbs(".")
				cmd.Env = append(os.Environ(), "HF_ENDPOINT="+h.URL, "XDG_CACHE_HOME="+ts.Getenv("XDG_CACHE_HOME"))
				h.mu.Lock() // no request is answered before the victim is known
				err = cmd.Start()
				if err == nil {
					h.victim, h.killAt = cmd.Process, h.requests+n
				}
				h.mu.Unlock()
				ts.Check(err)
				if err := cmd.Wait(); err == nil {
					ts.Fatalf("gen ended before request %d", n)
				}
			},
			"checkout": func(ts *testscript.TestScript, _ bool, _ []string) {
				files, err := filepath.Glob("../*.go")
				ts.Check(err)
				names, err := filepath.Glob("../internal/names/*.go")
				ts.Check(err)
				for _, f := range slices.Concat(files, names, []string{"../go.mod", "../go.sum"}) {
					if strings.HasSuffix(f, "_test.go") || strings.HasSuffix(f, "_gen.go") {
						continue
					}
					ts.Check(copyFile(f, ts.MkAbs(strings.TrimPrefix(f, "../"))))
				}
			},
			"pack": func(ts *testscript.TestScript, _ bool, args []string) {
				var buf bytes.Buffer
				z := zip.NewWriter(&buf)
				for _, from := range args[1:] {
					files := os.DirFS(ts.MkAbs(from))
					if strings.HasSuffix(from, ".txtar") {
						a, err := txtar.ParseFile(from)
						ts.Check(err)
						files, err = txtar.FS(a)
						ts.Check(err)
					}
					ts.Check(z.AddFS(files))
				}
				ts.Check(errors.Join(z.Close(), os.WriteFile(ts.MkAbs(args[0]), buf.Bytes(), 0o644)))
			},
			"refresh": func(ts *testscript.TestScript, neg bool, args []string) {
				out, err := dryMake("refresh", "AS_OF="+args[0])
				ts.Check(err)
				var script strings.Builder
				script.WriteString("set -e\n")
				for line := range strings.Lines(out) {
					switch {
					case strings.Contains(line, "gen discover"), strings.HasPrefix(line, "cd examples"), strings.HasPrefix(line, "make"), strings.HasPrefix(line, "go test"):
					default:
						script.WriteString(strings.ReplaceAll(line, "go run ./gen", "gen"))
					}
				}
				err = ts.Exec("bash", "-c", script.String())
				if neg != (err != nil) {
					ts.Fatalf("make refresh: %v", err)
				}
			},
			"valid": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(schemas.Validate(args[0], []byte(ts.ReadFile(args[1]))))
			},
		},
	})
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o755)
}
