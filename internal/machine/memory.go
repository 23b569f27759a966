package machine

import (
	"context"
	"errors"
	"fmt"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/shirou/gopsutil/v4/mem"
)

// memory reads how much there is, and how much of it the control group, in
// which containers and services run, leaves to the program.
func memory(ctx context.Context) (Machine, error) {
	v, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return Machine{}, fmt.Errorf("reading the size of the memory: %w", err)
	}
	m := Machine{Memory: v.Total, Physical: v.Total}
	limit, err := memlimit.FromCgroup()
	switch {
	case err == nil:
		if limit < m.Physical {
			m.Memory, m.Limited = limit, true
		}
	case errors.Is(err, memlimit.ErrNoLimit), errors.Is(err, memlimit.ErrNoCgroup), errors.Is(err, memlimit.ErrCgroupsNotSupported):
	default:
		m.unread(fmt.Errorf("the memory limit of the control group: %w", err))
	}
	return m, nil
}
