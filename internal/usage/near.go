package usage

import (
	"strings"

	"github.com/hfmodels/hfmodels/internal/names"
)

// Near names up to three of the known names that are like a name, as the end of
// a complaint; "" where none is.
func Near(name string, known []string) string {
	if near := names.Near(name, known); len(near) > 0 {
		return "; near it: " + strings.Join(near, ", ")
	}
	return ""
}

// NearOrAll is Near, or else all the names.
func NearOrAll(name string, known []string) string {
	if s := Near(name, known); s != "" {
		return s
	}
	return "; known are " + strings.Join(known, ", ")
}
