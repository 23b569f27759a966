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
	"slices"
	"time"

	"github.com/hfmodels/hfmodels/internal/data"
)

// The cache is a directory of good answers, one file for a URL, kept apart by
// whether a token was used. A file is a line of JSON, then the body. It holds
// no token; but with one, the answers may be such as only its owner may see, so
// nobody else can read them.

// cacheHead is the first line of a file.
type cacheHead struct {
	Time time.Time `json:"time"`
	Link []string  `json:"link,omitempty"`
}

func (c *Client) cacheFile(u *url.URL) string {
	const version = 2 // of the form of the files
	key := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\ntoken=%t", version, u, c.opts.Token != ""))
	return filepath.Join(c.opts.CacheDir, hex.EncodeToString(key[:])+".json")
}

// load finds a good answer that is young enough. A file that is damaged counts
// as one that is not there, and the next answer replaces it.
func (c *Client) load(u *url.URL, list bool) (answer, bool) {
	if c.opts.CacheDir == "" {
		return answer{}, false
	}
	file, _ := os.ReadFile(c.cacheFile(u))
	line, body, _ := bytes.Cut(file, []byte("\n"))
	var head cacheHead
	root, err := parse(body)
	if err != nil || json.Unmarshal(line, &head) != nil || checkRoot(root, list) != nil {
		return answer{}, false
	}
	age := time.Since(head.Time)
	return answer{root: root, link: head.Link}, 0 <= age && age <= c.opts.CacheMaxAge
}

// store keeps a good answer, unless the other side repeats the token in it. If
// it cannot, the question is asked again.
func (c *Client) store(u *url.URL, a answer) {
	if c.opts.CacheDir == "" {
		return
	}
	head, err := json.Marshal(cacheHead{time.Now().UTC(), a.link})
	file := slices.Concat(head, []byte("\n"), []byte(a.root.Raw))
	if err == nil && (c.opts.Token == "" || !bytes.Contains(file, []byte(c.opts.Token))) {
		_ = data.Replace(map[string][]byte{c.cacheFile(u): file}, 0o600)
	}
}
