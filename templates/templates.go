// Package templates holds the templates of the generated tests and of the table for
// a user's own module. Package emit executes them.
package templates

import "embed"

// FS holds go/*.go.tmpl and python/*.py.tmpl.
//
//go:embed */*.tmpl
var FS embed.FS
