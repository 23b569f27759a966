package machine

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/hfmodels/hfmodels"
)

// The machine that the test runs on is the real thing.
func TestDetect(t *testing.T) {
	m, err := Detect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m.Physical < 64<<20 || m.Memory > m.Physical || m.Memory == 0 || m.Limited != (m.Memory < m.Physical) {
		t.Errorf("%+v", m)
	}
}

func TestProfile(t *testing.T) {
	card := func(memory uint64) Accelerator { return Accelerator{Memory: memory} }
	for _, test := range []struct {
		memory       uint64
		accelerators []Accelerator
		want         hfmodels.Hardware
	}{
		{599e6, nil, hfmodels.AnyHardware},
		{600e6, nil, hfmodels.CPUSmall},
		{2400e6, nil, hfmodels.CPUMedium},
		{12e9, nil, hfmodels.CPULarge},
		{1e12, nil, hfmodels.CPULarge},
		{12e9, []Accelerator{{Vendor: "Intel"}}, hfmodels.CPULarge}, // of unknown memory
		{12e9, []Accelerator{card(5e9)}, hfmodels.CPULarge},
		{1e9, []Accelerator{card(6e9)}, hfmodels.GPUSmall},
		{64e9, []Accelerator{card(12e9), card(24 << 30), card(12e9)}, hfmodels.GPUMedium}, // one of them, not the sum
		{64e9, []Accelerator{card(80e9)}, hfmodels.GPULarge},
		{24 << 30, []Accelerator{{Vendor: "Apple", Memory: 24 << 30, Unified: true}}, hfmodels.GPUSmall},
		{36 << 30, []Accelerator{{Vendor: "Apple", Memory: 36 << 30, Unified: true}}, hfmodels.GPUMedium},
	} {
		m := Machine{Memory: test.memory, Accelerators: test.accelerators}
		if got := m.Profile(); got != test.want {
			t.Errorf("%+v: %s, want %s", m, got, test.want)
		}
	}
}

func TestParseSMI(t *testing.T) {
	const out = "NVIDIA A10G, 23028, 00000000:00:1E.0\n" +
		"NVIDIA H100 80GB HBM3, 81559, 00000001:8A:00.0\n" +
		"NVIDIA GB10, [N/A], 0000000F:01:00.0\n"
	want := []Accelerator{
		{Vendor: "NVIDIA", Name: "NVIDIA A10G", Address: "0000:00:1e.0", Memory: 23028 << 20},
		{Vendor: "NVIDIA", Name: "NVIDIA H100 80GB HBM3", Address: "0001:8a:00.0", Memory: 81559 << 20},
		{Vendor: "NVIDIA", Name: "NVIDIA GB10", Address: "000f:01:00.0"},
	}
	got, err := parseSMI(strings.NewReader(out))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := parseSMI(strings.NewReader("No devices were found\n")); err == nil {
		t.Error("a sentence was taken for a card")
	}
	onPCI := []Accelerator{{Vendor: "Intel", Address: "0000:00:02.0"}, {Vendor: "NVIDIA", Address: "0000:00:1e.0"}}
	all := merge(onPCI, want)
	if len(all) != 4 || all[0].Vendor != "Intel" || all[1] != want[0] || all[3] != want[2] {
		t.Errorf("%+v", all)
	}
}

func FuzzParseSMI(f *testing.F) {
	f.Add("NVIDIA A10G, 23028, 00000000:00:1E.0\n")
	f.Add("\"a\"b, 18446744073709551615,:\n")
	f.Fuzz(func(t *testing.T, s string) {
		found, err := parseSMI(strings.NewReader(s))
		for _, a := range found {
			if a.Memory > 1<<60 || a.Vendor != "NVIDIA" {
				t.Errorf("%q: %+v, %v", s, a, err)
			}
		}
		merge(nil, found)
	})
}

// The tool stands on the path, as what NVIDIA's driver installs does.
func TestNvidiaSMI(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("writes a shell script")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if found, err := nvidiaSMI(t.Context()); found != nil || err != nil {
		t.Errorf("without the tool: %v, %v", found, err)
	}
	say := func(script string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "nvidia-smi"), []byte("#!/bin/sh\n"+script), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	say(`case "$1" in *name,memory.total,pci.bus_id) echo "NVIDIA T4, 15360, 00000000:00:1E.0";; *) exit 2;; esac`)
	found, err := nvidiaSMI(t.Context())
	if err != nil || len(found) != 1 || found[0].Memory != 15360<<20 {
		t.Errorf("%+v, %v", found, err)
	}
	say("echo NVIDIA-SMI has failed because it could not communicate with the driver.; exit 9")
	if _, err = nvidiaSMI(t.Context()); err == nil || !strings.Contains(err.Error(), "exit status 9: NVIDIA-SMI has failed") {
		t.Errorf("the failure is lost: %v", err)
	}
}
