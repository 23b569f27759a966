// Package templates holds the templates of the generated test files.
//
// They are text/template, over the types that internal/emit fills: the Go
// template sees an emit.GoFile, the Python one an emit.PythonTest.
package templates

import "embed"

// FS holds go/test.go.tmpl and python/test.py.tmpl.
//
//go:embed */*.tmpl
var FS embed.FS
