package hub

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2/maybe"
)

// The cache is a directory of good answers, one file for a URL, kept apart by
// whether a token was used. A file is a line of JSON, then the body. It holds
// no token; with one, it may hold what only its owner may see, so nobody else
// can read it.

const cacheVersion = 1

// entry is the first line of a file.
type entry struct {
	Version int       `json:"version"`
	URL     string    `json:"url"`   // asked
	Final   string    `json:"final"` // answered, after redirects
	Token   bool      `json:"token"`
	Time    time.Time `json:"time"`
	Link    []string  `json:"link,omitempty"`
	SHA256  string    `json:"sha256"` // of the body
}

func (c *Client) cacheFile(u *url.URL) string {
	key := sha256.Sum256(fmt.Appendf(nil, "%s\ntoken=%t", u, c.opts.Token != ""))
	return filepath.Join(c.opts.CacheDir, hex.EncodeToString(key[:])+".json")
}

// load finds a good answer that is young enough. A file that cannot be read,
// or is not what it says, counts as none and is replaced by the next answer.
func (c *Client) load(u *url.URL, list bool) (answer, bool) {
	if c.opts.CacheMaxAge <= 0 {
		return answer{}, false
	}
	b, err := os.ReadFile(c.cacheFile(u))
	if err != nil {
		return answer{}, false
	}
	head, body, _ := bytes.Cut(b, []byte("\n"))
	var e entry
	if json.Unmarshal(head, &e) != nil || e.Version != cacheVersion || e.URL != u.String() || e.Token != (c.opts.Token != "") {
		return answer{}, false
	}
	if age := time.Since(e.Time); age < 0 || age > c.opts.CacheMaxAge {
		return answer{}, false
	}
	final, err := url.Parse(e.Final)
	if err != nil || sum(body) != e.SHA256 || checkJSON(body) != nil || checkRoot(body, list) != nil {
		return answer{}, false
	}
	return answer{url: final, link: e.Link, body: body, time: e.Time}, true
}

// store keeps a good answer. That it cannot is worth a warning, no more.
func (c *Client) store(u *url.URL, a answer) {
	if c.opts.CacheMaxAge <= 0 {
		return
	}
	head, err := json.Marshal(entry{cacheVersion, u.String(), a.url.String(), c.opts.Token != "", a.time, a.link, sum(a.body)})
	file := append(append(head, '\n'), a.body...)
	if t := c.opts.Token; t != "" && bytes.Contains(file, []byte(t)) {
		return // the other side repeats the token
	}
	if err == nil {
		err = os.MkdirAll(c.opts.CacheDir, 0o700)
	}
	if err == nil {
		err = maybe.WriteFile(c.cacheFile(u), file, 0o600)
	}
	if err != nil {
		warn, _ := c.warner(u)
		warn(fmt.Errorf("not kept in the cache: %w", err))
	}
}

func sum(body []byte) string {
	s := sha256.Sum256(body)
	return hex.EncodeToString(s[:])
}
