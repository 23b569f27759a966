package review

import (
	"cmp"
	"fmt"
	"slices"
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
	add("id", old.ID, now.ID)
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

// Problems are why a checkpoint is not what it was when it was known as another
// repository, or by other figures, or does not have one of the proving model types.
func Problems(proving []string, was data.Identity, old, now *data.Model) (all []string) {
	if was.Differs(now.Identity()) {
		all = append(all, fmt.Sprintf("another repository was created under this name: %s; the known one was %s", now.Identity(), was))
	}
	if !slices.Contains(proving, now.ModelType) {
		all = append(all, "no longer proven: its config.model_type is "+cmp.Or(now.ModelType, "not given"))
	}
	return append(all, Contradictions(old, now)...)
}

// Contradictions are what the Hub says now against what was known of a
// checkpoint, in words. What only became known does not count, nor does a new revision.
func Contradictions(old, now *data.Model) (all []string) {
	if now.Private {
		all = append(all, "private")
	}
	if now.Disabled {
		all = append(all, "disabled by the Hub")
	}
	for _, f := range Facts(old, now) {
		switch {
		case f.Field == "id" && !strings.EqualFold(f.Old, f.New): // the Hub finds an id in any case
			all = append(all, "renamed to "+f.New)
		case f.Field != "id" && f.Field != "revision" && f.New != "" && !f.Learned():
			all = append(all, f.String())
		}
	}
	return all
}

// String is the fact in words, as "gating: open → gated by its owner".
func (f Fact) String() string {
	name, old, now := f.words()
	return name + ": " + old + " → " + now
}

func (f Fact) words() (name, old, now string) {
	old, now = say(f.Field, f.Old), say(f.Field, f.New)
	if old == now { // two numbers that differ only in digits that are not shown
		old, now = f.Old, f.New
	}
	return cmp.Or(names[f.Field], f.Field), cmp.Or(old, "unknown"), cmp.Or(now, "unknown")
}

var (
	names   = map[string]string{"license": "licence", "gated": "gating", "bytes": "weights"}
	gatings = map[string]string{"no": "open", "auto": "gated by its terms", "manual": "gated by its owner"}
)

// say is the value of a field in words, "" where it is unknown.
func say(field, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case field == "gated":
		return gatings[value]
	case field == "parameters" && err == nil:
		return choose.Count(n)
	case field == "bytes" && err == nil:
		return humanize.Bytes(uint64(n))
	}
	return value
}

// terms are the size, licence and gating of a model.
func terms(m *data.Model) string {
	if m == nil {
		return ""
	}
	size := cmp.Or(say("parameters", digits(m.Parameters)), "unknown size")
	if m.Bytes > 0 {
		size += " (" + say("bytes", digits(m.Bytes)) + ")"
	}
	license := strings.ReplaceAll(m.License, data.LicenseSeparator, " and ")
	return size + ", " + cmp.Or(license, "unknown licence") + ", " + cmp.Or(say("gated", m.Gated), "unknown gating")
}
