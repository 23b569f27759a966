// Package python holds the hand-written half of the Python tests, so that the
// generator can put it beside the tests that it writes elsewhere.
package python

import "embed"

// Harness holds harness.py, which the tests call, and conftest.py, which adds
// their markers and options to pytest.
//
//go:embed harness.py conftest.py
var Harness embed.FS
