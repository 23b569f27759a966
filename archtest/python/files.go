// Package python holds the hand-written half of the Python tests, so that the
// generator can put it beside the tests that it writes elsewhere.
package python

import "embed"

// Harness holds hfmodels_archtest.py and the package hfmodels_harness, which the
// tests need, what these need to be installed, and hfmodels_pytest.py, a plugin
// that who asks for it gets. A conftest.py would be everybody's.
//
//go:embed hfmodels_archtest.py hfmodels_harness/*.py hfmodels_requirements.txt hfmodels_pytest.py
var Harness embed.FS
