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
	if _, err := git("rev-parse", "--git-dir"); err != nil {
		return "", fmt.Errorf("%s is not in a git repository, so there is no revision to compare with: %w", dataDir(), err)
	}
	out, err := git("rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if id := strings.TrimSpace(string(out)); err == nil && strings.Trim(id, "0123456789abcdef") == "" { // a range such as ^main is not
		return id, nil
	}
	return "", fmt.Errorf("unknown revision %q; if the clone is shallow, fetch it with: git fetch --unshallow", rev)
}

// git runs git in the data directory. Its complaint is the error.
func git(args ...string) ([]byte, error) {
	out, err := exec.Command("git", append([]string{"-C", dataDir()}, args...)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(exit.Stderr))
	}
	return out, err
}

// filesAt are the files of the data directory as a commit has them.
func filesAt(commit string) (fs.FS, error) {
	archive, err := git("archive", "--format=zip", "-0", commit, "--", ".")
	if err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
}
