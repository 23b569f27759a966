package hub

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// FromEnv reads the variables that Hugging Face's own tools read, through
// lookup, which is [os.LookupEnv] in a program:
//
//	HF_ENDPOINT                     another Hub, or a mirror
//	HF_TOKEN, HUGGING_FACE_HUB_TOKEN, else the file HF_TOKEN_PATH, else $HF_HOME/token
//	HF_HUB_DISABLE_IMPLICIT_TOKEN   use none of those tokens
//	HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE, and our own HF_API_DISABLED, USE_STATIC_REGISTRY
//	HF_HUB_DOWNLOAD_TIMEOUT         seconds, for lists
//	HF_HUB_ETAG_TIMEOUT             seconds, for details
//
// An empty variable counts as one that is not set. HF_OIDC_RESOURCE, the
// exchange of a CI identity for a token, is not supported.
func FromEnv(lookup func(name string) (string, bool)) (Options, error) {
	get := func(name string) string { v, _ := lookup(name); return v }
	o := Options{Endpoint: get("HF_ENDPOINT")}
	for _, name := range []string{"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_API_DISABLED", "USE_STATIC_REGISTRY"} {
		if v := get(name); IsTrue(v) {
			o.Offline = name + "=" + v
		}
	}
	var listErr, detailErr, tokenErr error
	o.Timeout, listErr = seconds(get, "HF_HUB_DOWNLOAD_TIMEOUT")
	o.DetailTimeout, detailErr = seconds(get, "HF_HUB_ETAG_TIMEOUT")
	if !IsTrue(get("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
		o.Token, tokenErr = findToken(get)
	}
	return o, errors.Join(listErr, detailErr, tokenErr)
}

// IsTrue knows the four words that huggingface_hub takes for true.
func IsTrue(s string) bool {
	switch strings.ToUpper(s) {
	case "1", "ON", "YES", "TRUE":
		return true
	}
	return false
}

func seconds(get func(string) string, name string) (time.Duration, error) {
	s := strings.TrimSpace(get(name))
	if s == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0.001 && v <= 86400) {
		return 0, fmt.Errorf("hub: %s=%q: want a number of seconds, from 0.001 to 86400", name, s)
	}
	return time.Duration(v * float64(time.Second)), nil
}

func findToken(get func(string) string) (string, error) {
	for _, name := range []string{"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"} {
		if t := strings.TrimSpace(get(name)); t != "" {
			return t, nil
		}
	}
	path := tokenPath(get)
	if path == "" {
		return "", nil
	}
	token, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("hub: token file: %w: check HF_TOKEN_PATH and HF_HOME, or set HF_HUB_DISABLE_IMPLICIT_TOKEN=1", err)
	}
	return strings.TrimSpace(string(token)), nil
}

func tokenPath(get func(string) string) string {
	if p := get("HF_TOKEN_PATH"); p != "" {
		return Expand(get, p)
	}
	if home := Home(get); home != "" {
		return filepath.Join(home, "token")
	}
	return ""
}

// Home is the directory of Hugging Face's own tools: HF_HOME, else huggingface
// in the user's cache directory; "" where there is no home directory.
func Home(get func(string) string) string {
	if p := get("HF_HOME"); p != "" {
		return Expand(get, p)
	}
	if p := get("XDG_CACHE_HOME"); p != "" {
		return filepath.Join(Expand(get, p), "huggingface")
	}
	if home := userHome(get); home != "" {
		return filepath.Join(home, ".cache", "huggingface")
	}
	return ""
}

// Expand replaces a leading ~ and the variables in a path, as Hugging Face's
// own tools do in the variables that name a directory.
func Expand(get func(string) string, p string) string {
	home := userHome(get)
	if rest, ok := strings.CutPrefix(p, "~"); ok && home != "" && (rest == "" || rest[0] == '/' || rest[0] == filepath.Separator) {
		p = home + rest
	}
	return os.Expand(p, get)
}

func userHome(get func(string) string) string { return cmp.Or(get("HOME"), get("USERPROFILE")) }
