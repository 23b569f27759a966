package facts

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxAge reads MAX_REGISTRY_AGE_DAYS, the age at which facts are stale: seven
// days where it is empty.
func MaxAge(days string) (time.Duration, error) {
	const day = 24 * time.Hour
	if days = strings.TrimSpace(days); days == "" {
		return 7 * day, nil
	}
	n, err := strconv.ParseFloat(days, 64)
	if err != nil || !(n >= 0 && n <= 36500) {
		return 0, fmt.Errorf("MAX_REGISTRY_AGE_DAYS=%q: want a number of days, from 0 to 36500", days)
	}
	return time.Duration(n * float64(day)), nil
}
