package names

import "strings"

// IsRepo reports whether s has the form of a repository's id on the Hub:
// owner/name, or a bare name for the few models that predate owners. The rules
// are those of huggingface_hub's validate_repo_id.
func IsRepo(s string) bool {
	owner, name, ok := strings.Cut(s, "/")
	if !ok {
		owner, name = s, s
	}
	return IsAccount(owner) && IsAccount(name) && !strings.HasSuffix(name, ".git")
}

// IsOwned is IsRepo for owner/name only.
func IsOwned(s string) bool { return strings.Contains(s, "/") && IsRepo(s) }

// IsAccount reports whether s has the form of a user or organisation, which is
// that of a repository's name.
func IsAccount(s string) bool {
	const rest = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	return 0 < len(s) && len(s) <= 96 && !strings.Contains(s, "..") && !strings.Contains(s, "--") &&
		strings.Trim(s, ".-") == s && strings.Trim(s, rest) == ""
}
