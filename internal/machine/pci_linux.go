package machine

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/prometheus/procfs/sysfs"
)

// Makers of accelerators, by their number on the PCI bus. A display adapter of
// anybody else, such as that of a virtual machine, runs no model.
var vendors = map[uint32]string{0x10de: "NVIDIA", 0x1002: "AMD", 0x8086: "Intel"}

// Base classes of PCI devices.
const (
	display     = 0x03
	accelerator = 0x12
)

// onPCI lists what the kernel sees on the PCI bus. Only AMD's driver tells it
// the memory.
func onPCI(sys string) ([]Accelerator, error) {
	tree, err := sysfs.NewFS(sys)
	if err != nil {
		return nil, nil // no sysfs: no Linux as we know it
	}
	devices, err := tree.PciDevices()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no bus
	}
	if err != nil {
		return nil, fmt.Errorf("the PCI bus: %w", err)
	}
	var found []Accelerator
	for _, d := range devices {
		class, vendor := d.Class>>16, vendors[d.Vendor]
		if class != accelerator && (class != display || vendor == "") {
			continue
		}
		l := d.Location
		found = append(found, Accelerator{
			Vendor:  cmp.Or(vendor, fmt.Sprintf("PCI vendor %04x", d.Vendor)),
			Address: fmt.Sprintf("%04x:%02x:%02x.%x", l.Segment, l.Bus, l.Device, l.Function),
		})
	}
	slices.SortFunc(found, func(a, b Accelerator) int { return cmp.Compare(a.Address, b.Address) })
	cards, err := tree.ClassDRMCardAMDGPUStats()
	if err != nil {
		return found, fmt.Errorf("the memory of AMD's accelerators: %w", err)
	}
	for i := range found {
		for _, c := range cards {
			if c.DevName == found[i].Address {
				found[i].Memory = c.MemoryVRAMSize
			}
		}
	}
	return found, nil
}
