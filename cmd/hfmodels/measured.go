package main

import (
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/registrydata"
)

// measured is a measurement as JSON shows it: what was not measured is absent.
type measured struct {
	data.Measurement
	Arch     string            `json:"arch,omitempty"` // said by what it stands in
	Day      string            `json:"day"`
	Machine  data.Machine      `json:"machine"`
	Versions map[string]string `json:"versions"`
}

// measuredOf is what the generated tests measured of an architecture, the
// newest first.
func measuredOf(arch string) ([]measured, error) {
	var fsys fs.FS = registrydata.FS
	if dir := ownRegistry(); dir != "" {
		fsys = os.DirFS(dir)
	}
	all, err := data.LoadMeasurements(fsys)
	if err != nil {
		return nil, ofRegistry(err)
	}
	list := []measured{}
	for run, row := range all.Of(arch) {
		list = append(list, measured{Measurement: *row, Day: run.Day(), Machine: run.Machine, Versions: run.Versions})
	}
	return list, nil
}

// what was run, and how that went.
func (m measured) what() string {
	what := m.Model
	if m.Level == data.LevelTiny {
		what = "built small, with random weights"
	} else if m.Revision != "" {
		what += fmt.Sprintf(" at %.12s", m.Revision)
	}
	if m.Outcome == "passed" {
		return what + ": passed"
	}
	return what + ": failed: " + m.Reason
}

// figures in the order in which they come about.
func (m measured) figures() string {
	var list []string
	seconds := func(name string, s float64) {
		if s > 0 {
			list = append(list, fmt.Sprintf("%s %.3g s", name, s))
		}
	}
	seconds("load", m.LoadSeconds)
	seconds("first forward", m.FirstForwardSeconds)
	seconds("steady", m.SteadyForwardSeconds)
	if m.PeakMemoryBytes > 0 {
		list = append(list, "peak memory "+humanize.Bytes(uint64(m.PeakMemoryBytes)))
	}
	if m.Parameters > 0 {
		list = append(list, size(&m.Parameters)+" parameters")
	}
	return strings.Join(list, ", ")
}

// where it was measured, and with what.
func (m measured) where() string {
	list := []string{m.Day}
	for _, name := range []string{"transformers", "torch"} {
		if v := m.Versions[name]; v != "" {
			list = append(list, name+" "+v)
		}
	}
	list = append(list, fmt.Sprintf("%s %s, %d cores", m.Machine.System, m.Machine.Architecture, m.Machine.Cores))
	return strings.Join(list, ", ")
}
