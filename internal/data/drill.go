package data

import (
	"errors"
	"fmt"
	"io/fs"
)

// Drill is what the Python tests notice when one thing is broken on purpose.
// It is drill.json, which archtest/python/drill.py writes.
type Drill struct {
	Schema        int               `json:"schema"`
	Versions      map[string]string `json:"versions"`
	Architectures []struct {
		Arch   string `json:"architecture"`
		Family string `json:"family"`
	} `json:"architectures"`
	Changes []DrillChange `json:"changes"`
}

// DrillChange is one change, on each architecture where it could be made.
type DrillChange struct {
	Change string         `json:"change"`
	Level  string         `json:"level"`
	Tried  int            `json:"tried"`
	Caught int            `json:"caught"`
	By     map[string]int `json:"by"`     // the assertion that noticed, or the error
	Missed []string       `json:"missed"` // architectures on which nothing did
}

// LoadDrill reads drill.json. Before the first drill there is none.
func LoadDrill(fsys fs.FS) (*Drill, error) {
	d := new(Drill)
	err := load(fsys, "drill.json", d)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return nil, fmt.Errorf("registry data: %w; write it again with: make drill", err)
	}
	return d, nil
}
