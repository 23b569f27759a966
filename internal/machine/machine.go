// Package machine finds out what the machine under the program can run: the
// memory that holds, the accelerators, and the profile that follows.
//
// What cannot be read is unknown, and no profile rests on it.
package machine

import (
	"context"
	"runtime"

	"github.com/shirou/gopsutil/v4/cpu"

	"github.com/hfmodels/hfmodels"
)

// Machine is what was found. Sizes are in bytes.
type Machine struct {
	Memory   uint64  // that the program may use: all there is, or the limit of its control group
	Physical uint64  // that is there
	Limited  bool    // a control group sets Memory
	Unread   []error // what could not be read, and so may be missing here

	Accelerators []Accelerator
}

// Accelerator is a graphics card or its like.
type Accelerator struct {
	Vendor  string // NVIDIA, AMD, Intel, Apple, or the number that PCI gives it
	Name    string // empty where unknown
	Address string // on the PCI bus, as 0000:04:00.0; empty where there is none
	Memory  uint64 // 0 where unknown
	Unified bool   // Memory is the machine's own
}

// Detect looks at the machine. It fails only where the memory cannot be read.
func Detect(ctx context.Context) (Machine, error) {
	m, err := memory(ctx)
	if err != nil {
		return m, err
	}
	found, err := onPCI("/sys")
	m.unread(err)
	smi, err := nvidiaSMI(ctx)
	m.unread(err)
	m.Accelerators = merge(found, smi)
	if runtime.GOOS == "darwin" && runtime.GOARCH == "arm64" {
		m.Accelerators = append(m.Accelerators, apple(ctx, m.Physical))
	}
	return m, nil
}

func (m *Machine) unread(err error) {
	if err != nil {
		m.Unread = append(m.Unread, err)
	}
}

// apple is the graphics part of Apple's own chips.
func apple(ctx context.Context, physical uint64) Accelerator {
	a := Accelerator{Vendor: "Apple", Memory: physical, Unified: true}
	if info, err := cpu.InfoWithContext(ctx); err == nil && len(info) > 0 {
		a.Name = info[0].ModelName
	}
	return a
}

// usable is the memory that a model may take. Of a unified memory macOS leaves
// the graphics part two thirds, or a little more on a large machine.
func (a Accelerator) usable() uint64 {
	if a.Unified {
		return a.Memory / 3 * 2
	}
	return a.Memory
}

// Profile is the largest profile whose weights, and what running them adds,
// fit: a gpu one if a single accelerator has the memory for it, else a cpu
// one. It is AnyHardware where not even the smallest fits.
func (m Machine) Profile() hfmodels.Hardware {
	var most uint64
	for _, a := range m.Accelerators {
		most = max(most, a.usable())
	}
	if p := largest(most, hfmodels.GPUSmall, hfmodels.GPUMedium, hfmodels.GPULarge); p != hfmodels.AnyHardware {
		return p
	}
	return largest(m.Memory, hfmodels.CPUSmall, hfmodels.CPUMedium, hfmodels.CPULarge)
}

// largest is the last of the profiles, which grow, that fits the memory.
func largest(memory uint64, profiles ...hfmodels.Hardware) (best hfmodels.Hardware) {
	for _, p := range profiles {
		needs, _ := hfmodels.Model{Bytes: hfmodels.Count(p.MaxBytes())}.MemoryBytes()
		if uint64(needs) <= memory {
			best = p
		}
	}
	return best
}
