// Package python holds the hand-written half of the Python tests, so that the
// generator can put it beside the tests that it writes elsewhere.
package python

import "embed"

// Harness holds hfmodels_archtest.py, which the tests import, harness.py, which
// has their checks, and conftest.py, which adds their markers and options to
// pytest.
//
//go:embed hfmodels_archtest.py harness.py conftest.py
var Harness embed.FS
