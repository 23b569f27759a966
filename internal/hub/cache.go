package hub

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/hfmodels/hfmodels/internal/data"
)

// The cache is a directory of good answers, one file for a URL, kept apart by
// whether a token was used. A file is a line of JSON, then the body, compressed
// with gzip, whose checksum detects a damaged file. It holds no token; but with
// one, the answers may be such as only its owner may see, so nobody else can
// read them.

func (c *Client) cacheFile(u *url.URL) string {
	const version = 3 // of the form of the files
	key := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\ntoken=%t", version, u, c.opts.Token != ""))
	return filepath.Join(c.opts.CacheDir, fmt.Sprintf("%x.json.gz", key))
}

// load finds a good answer, which has no time if there is none. A file that is
// damaged counts as one that is not there, and the next answer replaces it.
func (c *Client) load(u *url.URL, list bool) answer {
	if c.opts.CacheDir == "" {
		return answer{}
	}
	file, _ := os.ReadFile(c.cacheFile(u)) // an empty file is not valid gzip, so it counts as missing
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return answer{}
	}
	text, err := io.ReadAll(z)
	line, body, _ := bytes.Cut(text, []byte("\n"))
	root, parseErr := parse(body)
	a := answer{root: root, kept: true}
	if err != nil || parseErr != nil || json.Unmarshal(line, &a.head) != nil || checkRoot(root, list) != nil || a.Time.After(time.Now()) {
		return answer{}
	}
	return a
}

// store keeps a good answer, unless the other side repeats the token in it. If
// it cannot, the question is asked again.
func (c *Client) store(u *url.URL, a answer) {
	if c.opts.CacheDir == "" || a.kept {
		return
	}
	text, err := json.Marshal(a.head)
	text = append(append(text, '\n'), a.root.Raw...)
	if err != nil || c.opts.Token != "" && bytes.Contains(text, []byte(c.opts.Token)) {
		return
	}
	var file bytes.Buffer
	z, _ := gzip.NewWriterLevel(&file, gzip.BestSpeed)
	_, err = z.Write(text)
	if cmp.Or(err, z.Close(), os.MkdirAll(c.opts.CacheDir, 0o700)) == nil {
		_ = data.Replace(map[string][]byte{c.cacheFile(u): file.Bytes()}, 0o600)
	}
}
