package live

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hfmodels/hfmodels/internal/facts"
	"github.com/hfmodels/hfmodels/internal/hub"
)

// settings is what the environment asks for.
type settings struct {
	hub      hub.Options
	registry string // directory in the place of the embedded data
	static   bool   // neither requests nor the cache
	off      error  // why nothing may be sent; nil if it may
	force    bool
	maxAge   time.Duration
	cacheDir string // "" where there is no place for one
	err      error  // what makes the Hub and the cache unusable
}

func (r *Resolver) configure() {
	r.asked, r.decided = make(map[string]*state), make(map[[2]string]*decision)
	s := readSettings(os.LookupEnv)
	if s.err == nil {
		r.client, s.err = hub.New(s.hub)
	}
	r.settings = s
}

func readSettings(lookup func(string) (string, bool)) settings {
	get := func(name string) string { v, _ := lookup(name); return v }
	on := func(name string) bool { return hub.IsTrue(get(name)) }
	s := settings{static: on("USE_STATIC_REGISTRY"), force: on("FORCE_API_CALLS"), cacheDir: cacheDir(get)}
	if p := get("HF_REGISTRY_PATH"); p != "" {
		s.registry = hub.Expand(get, p)
	}
	for _, name := range []string{"USE_STATIC_REGISTRY", "HF_API_DISABLED", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"} {
		if on(name) && s.off == nil {
			s.off = fmt.Errorf("%s=%s", name, get(name))
		}
	}
	var ageErr error
	s.maxAge, ageErr = facts.MaxAge(get("MAX_REGISTRY_AGE_DAYS"))
	s.hub, s.err = hub.FromEnv(lookup)
	s.err = errors.Join(s.err, ageErr)
	if s.hub.DetailTimeout == 0 {
		s.hub.DetailTimeout = 10 * time.Second
	}
	s.hub.Timeout = s.hub.DetailTimeout
	s.hub.Tries, s.hub.MaxWait = 1, -1
	return s
}

// cacheDir is in the assets of Hugging Face's own tools where the user has
// placed those, else in the user's cache directory.
func cacheDir(get func(string) string) string {
	if p := get("HF_ASSETS_CACHE"); p != "" {
		return filepath.Join(hub.Expand(get, p), "hfmodels", "live")
	}
	if get("HF_HOME") != "" {
		return filepath.Join(hub.Home(get), "assets", "hfmodels", "live")
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "hfmodels", "live")
}
