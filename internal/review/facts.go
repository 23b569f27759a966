package review

import (
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
)

// Fact is one fact of a checkpoint before and now; "" is unknown.
type Fact struct {
	Field string `json:"field"` // id, revision, gated, license, parameters or bytes
	Values
}

// Facts lists what two answers of the Hub say differently of one checkpoint.
// Compare asks it of two states, gen verify of the facts and the Hub.
func Facts(old, now *data.Model) []Fact {
	var changed []Fact
	add := func(field, old, now string) {
		if old != now {
			changed = append(changed, Fact{field, Values{old, now}})
		}
	}
	if !strings.EqualFold(old.ID, now.ID) { // the Hub finds an id in any case
		add("id", old.ID, now.ID)
	}
	add("revision", old.Revision, now.Revision)
	add("gated", old.Gated, now.Gated)
	add("license", old.License, now.License)
	add("parameters", digits(old.Parameters), digits(now.Parameters))
	add("bytes", digits(old.Bytes), digits(now.Bytes))
	return changed
}

func digits(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// Learned reports whether the fact only became known. That a model is gated
// matters to whoever loads it, even if nothing was known before.
func (f Fact) Learned() bool {
	return f.Old == "" && (f.Field != "gated" || f.New == "no")
}

// String is the fact in words, as "gating: open → gated by its owner".
func (f Fact) String() string {
	name, old, now := f.words()
	return name + ": " + old + " → " + now
}

func (f Fact) words() (name, old, now string) {
	name, say := f.Field, func(s string) string { return s }
	switch f.Field {
	case "license":
		name = "licence"
	case "gated":
		name, say = "gating", gating
	case "parameters":
		say = func(s string) string { return count(s, choose.Count) }
	case "bytes":
		name, say = "weights", func(s string) string { return count(s, func(n int64) string { return humanize.Bytes(uint64(n)) }) }
	}
	old, now = say(f.Old), say(f.New)
	if old == now { // two numbers that look alike when they are short
		old, now = f.Old, f.New
	}
	return name, known(old), known(now)
}

func count(digits string, short func(int64) string) string {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return ""
	}
	return short(n)
}

func known(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func gating(gated string) string {
	switch gated {
	case "no":
		return "open"
	case "auto":
		return "gated by its terms"
	case "manual":
		return "gated by its owner"
	}
	return ""
}

// terms are the size, licence and gating of a model.
func terms(m *data.Model) string {
	if m == nil {
		return ""
	}
	size := "unknown size"
	if m.Parameters > 0 {
		size = choose.Count(m.Parameters)
	}
	if m.Bytes > 0 {
		size += " (" + humanize.Bytes(uint64(m.Bytes)) + ")"
	}
	license, gated := "unknown licence", "unknown gating"
	if m.License != "" {
		license = m.License
	}
	if m.Gated != "" {
		gated = gating(m.Gated)
	}
	return strings.Join([]string{size, license, gated}, ", ")
}
