package machine

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// nvidiaSMI asks the tool that NVIDIA's driver brings along. The driver's
// library is no way for a static program: it has to be linked at run time.
func nvidiaSMI(ctx context.Context) ([]Accelerator, error) {
	path, err := exec.LookPath("nvidia-smi")
	if err != nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--query-gpu=name,memory.total,pci.bus_id", "--format=csv,noheader,nounits")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		said := bytes.TrimSpace(out) // it complains on standard output
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && len(said) == 0 {
			said = bytes.TrimSpace(exit.Stderr)
		}
		said, _, _ = bytes.Cut(said, []byte("\n"))
		return nil, fmt.Errorf("NVIDIA's accelerators: nvidia-smi: %w: %.200s", err, said)
	}
	found, err := parseSMI(bytes.NewReader(out))
	if err != nil {
		return nil, fmt.Errorf("NVIDIA's accelerators: nvidia-smi: %w", err)
	}
	return found, nil
}

// parseSMI reads lines as "NVIDIA A10G, 23028, 00000000:00:1E.0". The memory
// is in MiB, or a word in brackets where the driver does not tell, as it does
// for machines with a unified memory.
func parseSMI(r io.Reader) ([]Accelerator, error) {
	lines := csv.NewReader(r)
	lines.TrimLeadingSpace = true
	lines.FieldsPerRecord = 3
	lines.LazyQuotes = true
	rows, err := lines.ReadAll()
	if err != nil {
		return nil, err
	}
	var found []Accelerator
	for _, row := range rows {
		a := Accelerator{Vendor: "NVIDIA", Name: strings.TrimSpace(row[0]), Address: pciAddress(row[2])}
		if mib, err := strconv.ParseUint(strings.TrimSpace(row[1]), 10, 40); err == nil {
			a.Memory = mib << 20
		}
		found = append(found, a)
	}
	return found, nil
}

// pciAddress is that of the kernel, 0000:04:00.0, of which nvidia-smi writes
// the first part with eight digits.
func pciAddress(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if domain, rest, ok := strings.Cut(s, ":"); ok && len(domain) == 8 && strings.HasPrefix(domain, "0000") {
		return domain[4:] + ":" + rest
	}
	return s
}

// merge adds to what is on the PCI bus what nvidia-smi says of it, and what it
// alone sees.
func merge(onPCI, smi []Accelerator) []Accelerator {
	byAddress := make(map[string]int)
	for i, a := range onPCI {
		byAddress[a.Address] = i
	}
	for _, a := range smi {
		if i, ok := byAddress[a.Address]; ok && a.Address != "" {
			onPCI[i] = a
			continue
		}
		onPCI = append(onPCI, a)
	}
	return onPCI
}
