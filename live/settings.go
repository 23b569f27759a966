package live

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hfmodels/hfmodels/internal/hub"
)

// settings is what the environment asks for.
type settings struct {
	hub      hub.Options
	timeout  time.Duration // of a request
	off      error         // why nothing may be sent; nil if it may
	force    bool
	maxAge   time.Duration
	registry string // directory to use instead of the embedded data, if any
	cacheDir string // "" if no cache can or may be used
}

func (r *Resolver) configure() {
	r.reports = make(map[string]*report)
	r.registry = sync.OnceValues(r.load)
	s := settings{force: hub.IsTrue(os.Getenv("FORCE_API_CALLS")), cacheDir: cacheDir()}
	if p := os.Getenv("HF_REGISTRY_PATH"); p != "" {
		s.registry = hub.Expand(p)
	}
	var err, ageErr error
	s.maxAge, ageErr = hub.MaxAge()
	s.hub, err = hub.FromEnv()
	if s.hub.Offline != "" {
		s.off = fmt.Errorf("%w: %s", SwitchedOff, s.hub.Offline)
	}
	s.timeout = cmp.Or(s.hub.DetailTimeout, 10*time.Second)
	s.hub.Timeout = s.timeout + time.Second // request ends it before that, and says which variable to set
	s.hub.Tries, s.hub.MaxWait = 1, -1
	if err = errors.Join(err, ageErr); err == nil {
		r.client, err = hub.New(s.hub)
	}
	if err != nil { // also if offline: whose cache to read may be unknown
		s.off = fmt.Errorf("%w: %w", Misconfigured, err)
	}
	if err != nil || hub.IsTrue(os.Getenv("USE_STATIC_REGISTRY")) {
		s.cacheDir = ""
	}
	r.settings = s
}

// cacheDir is in the assets of Hugging Face's own tools if the user has set a
// place for those, and otherwise in the user's cache directory.
func cacheDir() string {
	if p := os.Getenv("HF_ASSETS_CACHE"); p != "" {
		return filepath.Join(hub.Expand(p), "hfmodels", "live")
	}
	if os.Getenv("HF_HOME") != "" {
		return filepath.Join(hub.Home(), "assets", "hfmodels", "live")
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "hfmodels", "live")
}
