package hub

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hfmodels/hfmodels/internal/data"
)

// FromEnv reads the variables that Hugging Face's own tools read:
//
//	HF_ENDPOINT                     another Hub, or a mirror
//	HF_TOKEN, HUGGING_FACE_HUB_TOKEN, else the file HF_TOKEN_PATH, else $HF_HOME/token
//	HF_HUB_DISABLE_IMPLICIT_TOKEN   use none of those tokens
//	HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE, and our own HF_API_DISABLED, USE_STATIC_REGISTRY
//	HF_HUB_ETAG_TIMEOUT, else HF_HUB_DOWNLOAD_TIMEOUT, in seconds
//
// Space around a value does not count, and an empty variable counts as one that
// is not set. HF_OIDC_RESOURCE, the exchange of a CI identity for a token, is not
// supported.
func FromEnv() (Options, error) {
	o := Options{Endpoint: Env("HF_ENDPOINT")}
	for _, name := range []string{"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_API_DISABLED", "USE_STATIC_REGISTRY"} {
		if IsOn(name) {
			o.Offline = name + "=" + Env(name)
		}
	}
	etag, etagErr := span("HF_HUB_ETAG_TIMEOUT", "seconds", time.Second, 0.001, 86400)
	download, downloadErr := span("HF_HUB_DOWNLOAD_TIMEOUT", "seconds", time.Second, 0.001, 86400)
	o.Timeout = cmp.Or(etag, download)
	var tokenErr error
	if !IsOn("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
		o.Token, tokenErr = findToken()
	}
	return o, errors.Join(etagErr, downloadErr, tokenErr)
}

// Env is the value of a variable, without the space around it that a file of
// variables or a CI's form may leave there.
func Env(name string) string { return strings.TrimSpace(os.Getenv(name)) }

// IsOn reports whether a variable has one of the four words that huggingface_hub
// takes for true.
func IsOn(name string) bool {
	return slices.Contains([]string{"1", "ON", "YES", "TRUE"}, strings.ToUpper(Env(name)))
}

// MaxAge is the age at which what the Hub said is stale: MAX_REGISTRY_AGE_DAYS,
// or seven days where that is empty.
func MaxAge() (time.Duration, error) {
	if Env("MAX_REGISTRY_AGE_DAYS") == "" {
		return 7 * 24 * time.Hour, nil
	}
	return span("MAX_REGISTRY_AGE_DAYS", "days", 24*time.Hour, 0, 36500)
}

// span reads a variable that holds a number of units of time, 0 where it is empty.
func span(name, units string, unit time.Duration, least, most float64) (time.Duration, error) {
	s := Env(name)
	if s == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= least && v <= most) {
		return 0, fmt.Errorf("%s=%q: want a number of %s, from %g to %g", name, s, units, least, most)
	}
	return time.Duration(v * float64(unit)), nil
}

func findToken() (string, error) {
	for _, name := range []string{"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"} {
		if t := Env(name); t != "" {
			return t, nil
		}
	}
	path := Dir("HF_TOKEN_PATH")
	if home := Home(); path == "" && home != "" {
		path = filepath.Join(home, "token")
	}
	token, err := data.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("hub: token file: %w: check HF_TOKEN_PATH and HF_HOME, or set HF_HUB_DISABLE_IMPLICIT_TOKEN=1", err)
	}
	return strings.TrimSpace(string(token)), nil
}

// Home is the directory of Hugging Face's own tools: HF_HOME, else huggingface
// in the user's cache directory; "" if the user has no home directory.
func Home() string {
	if p := Dir("HF_HOME"); p != "" {
		return p
	}
	cache := Dir("XDG_CACHE_HOME")
	if home, err := os.UserHomeDir(); cache == "" && err == nil {
		cache = filepath.Join(home, ".cache")
	}
	if cache == "" {
		return ""
	}
	return filepath.Join(cache, "huggingface")
}

// Dir is the path that a variable holds, read as huggingface_hub 2.4.0 reads it:
// first a ~ or ~user at its start, then $NAME and ${NAME}, which stay as they
// are where there is no such user or variable.
func Dir(name string) string {
	path := Env(name)
	who, _, _ := strings.Cut(filepath.ToSlash(path), "/")
	if home, err := os.UserHomeDir(); who == "~" && err == nil {
		path = home + path[len(who):]
	} else if account, ok := strings.CutPrefix(who, "~"); ok && account != "" {
		if u, err := user.Lookup(account); err == nil {
			path = u.HomeDir + path[len(who):]
		}
	}
	return variable.ReplaceAllStringFunc(path, func(s string) string {
		if value, ok := os.LookupEnv(strings.Trim(s, "${}")); ok {
			return value
		}
		return s
	})
}

var variable = regexp.MustCompile(`\$(\w+|\{[^}]*\})`)
