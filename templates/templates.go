// Package templates holds the templates of the generated test files. They are
// text/template over an emit.ArchTest.
package templates

import "embed"

// FS holds go/test.go.tmpl and python/test.py.tmpl.
//
//go:embed */*.tmpl
var FS embed.FS
