// Package templates holds the templates of the generated tests and of the table
// for a user's own module. They are text/template over an emit.ArchTest and
// over what emit.Package gives them.
package templates

import "embed"

// FS holds go/test.go.tmpl, go/package.go.tmpl and python/test.py.tmpl.
//
//go:embed */*.tmpl
var FS embed.FS
