package machine

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// sysTree lays out devices as the kernel does: a directory below the bus, and
// a link to it.
func sysTree(t *testing.T, devices map[string]map[string]string) string {
	t.Helper()
	sys := t.TempDir()
	link := func(to, at string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, at); err != nil {
			t.Fatal(err)
		}
	}
	for address, files := range devices {
		dir := filepath.Join(sys, "devices", "pci0000:00", address)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		all := map[string]string{"subsystem_vendor": "0x0000", "subsystem_device": "0x0000", "revision": "0x00", "device": "0x0001"}
		for name, text := range files {
			all[name] = text
		}
		for name, text := range all {
			if name == "card" {
				card := filepath.Join(dir, "drm", text)
				if err := os.MkdirAll(card, 0o777); err != nil {
					t.Fatal(err)
				}
				link("../..", filepath.Join(card, "device"))
				link(card, filepath.Join(sys, "class", "drm", text))
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		link("../../../devices/pci0000:00/"+address, filepath.Join(sys, "bus", "pci", "devices", address))
	}
	return sys
}

func TestOnPCI(t *testing.T) {
	if found, err := onPCI(t.TempDir()); found != nil || err != nil {
		t.Errorf("without a bus: %v, %v", found, err)
	}
	sys := sysTree(t, map[string]map[string]string{
		"0000:00:00.0": {"class": "0x060000", "vendor": "0x8086"},                                                                                    // a bridge
		"0000:00:01.0": {"class": "0x030000", "vendor": "0x1234", "card": "card0", "uevent": "DRIVER=bochs-drm"},                                     // of a virtual machine
		"0000:00:02.0": {"class": "0x030000", "vendor": "0x8086", "card": "card1", "uevent": "DRIVER=i915"},                                          // tells no memory
		"0000:03:00.0": {"class": "0x038000", "vendor": "0x1002", "card": "card2", "uevent": "DRIVER=amdgpu", "mem_info_vram_total": "206141652992"}, // a display class that is not VGA
		"0000:04:00.0": {"class": "0x030200", "vendor": "0x10de"},
		"0000:05:00.0": {"class": "0x120000", "vendor": "0x1da3"},
	})
	want := []Accelerator{
		{Vendor: "Intel", Address: "0000:00:02.0"},
		{Vendor: "AMD", Address: "0000:03:00.0", Memory: 206141652992},
		{Vendor: "NVIDIA", Address: "0000:04:00.0"},
		{Vendor: "PCI vendor 1da3", Address: "0000:05:00.0"},
	}
	if got, err := onPCI(sys); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}

	broken := sysTree(t, map[string]map[string]string{"0000:04:00.0": {"class": "graphics", "vendor": "0x10de"}})
	if _, err := onPCI(broken); err == nil {
		t.Error("a class that is no number was read")
	}
}
