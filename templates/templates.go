// Package templates holds the templates of all generated files: the tables, the
// tests, and the table for a user's own module. Package emit fills them in.
package templates

import "embed"

// FS holds go/*.go.tmpl and python/test.py.tmpl.
//
//go:embed */*.tmpl
var FS embed.FS
