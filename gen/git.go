package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
)

// commitOf is the commit that a revision means.
func commitOf(rev string) (string, error) {
	if _, err := gitOfData("rev-parse", "--git-dir"); errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("it needs git, which is not installed")
	} else if err != nil {
		return "", fmt.Errorf("%s is in no git repository, so there is no revision to compare with: %w", dataDir(), err)
	}
	out, err := gitOfData("rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if id := strings.TrimSpace(string(out)); err == nil && strings.Trim(id, "0123456789abcdef") == "" { // ^main is none
		return id, nil
	}
	hint := "git log has those that there are"
	if shallow, err := gitOfData("rev-parse", "--is-shallow-repository"); err == nil && strings.TrimSpace(string(shallow)) == "true" {
		hint = "this clone is shallow, so it may be missing: git fetch --unshallow"
	}
	return "", fmt.Errorf("%q is no revision of this repository: %s", rev, hint)
}

// gitOfData runs git in the data directory, and gives its complaint as the error.
func gitOfData(args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", dataDir()}, args...)...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(exit.Stderr))
	}
	return out, err
}

// filesAt are files of the data directory as a commit has them.
func filesAt(commit string, names ...string) (fs.FS, error) {
	raw, err := gitOfData(append([]string{"archive", "--format=zip", commit, "--"}, names...)...)
	if err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
}
