//go:build tools

// The programs of the build, so that go.mod pins them as it pins what the code
// imports. The Makefile runs them with go run.
package hfmodels

import (
	_ "github.com/rhysd/actionlint/cmd/actionlint"
	_ "honnef.co/go/tools/cmd/staticcheck"
	_ "mvdan.cc/gofumpt"
)
