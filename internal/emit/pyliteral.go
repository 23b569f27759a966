package emit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/hfmodels/hfmodels/internal/data"
)

// Dict is a Python dict in an order that is made for reading.
type Dict []Item

// Item is a key of a Dict with its value: a string, a bool, a number, nil, a
// Dict, a slice or map of these.
type Item struct {
	Key   string
	Value any
}

// blackWidth is the length that black gives a line.
const blackWidth = 88

// pyLiteral returns v as black formats it where it begins at a column of a
// line that is not indented.
func pyLiteral(v any, column int) (string, error) {
	p := pyPrinter{column: column}
	p.value(v, 0, 0)
	return p.b.String(), p.err
}

// pyPrinter writes a literal. What does not fit on its line gets a line for
// each element, with a comma behind the last, which is what black does.
type pyPrinter struct {
	b      strings.Builder
	column int
	err    error
}

// value writes v, which begins at p.column in a line indented by indent, and
// is followed by after bytes.
func (p *pyPrinter) value(v any, indent, after int) {
	flat := p.flat(v)
	open, closing, members := p.members(v)
	if len(members) == 0 || p.column+len(flat)+after <= blackWidth {
		p.b.WriteString(flat)
		p.column += len(flat)
		return
	}
	p.b.WriteString(open)
	for _, m := range members {
		p.b.WriteString("\n" + strings.Repeat(" ", indent+4))
		p.column = indent + 4
		if open == "{" {
			key := pyString(m.Key) + ": "
			p.b.WriteString(key)
			p.column += len(key)
		}
		p.value(m.Value, indent+4, 1)
		p.b.WriteString(",")
	}
	p.b.WriteString("\n" + strings.Repeat(" ", indent) + closing)
}

// flat is v on one line.
func (p *pyPrinter) flat(v any) string {
	if open, closing, members := p.members(v); open != "" {
		var b strings.Builder
		b.WriteString(open)
		for i, m := range members {
			if i > 0 {
				b.WriteString(", ")
			}
			if open == "{" {
				b.WriteString(pyString(m.Key) + ": ")
			}
			b.WriteString(p.flat(m.Value))
		}
		return b.String() + closing
	}
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return pyString(v)
	case json.Number:
		return strings.Replace(strings.ToLower(v.String()), "e+", "e", 1) // as black writes it
	case int64:
		return strconv.FormatInt(v, 10)
	}
	p.err = fmt.Errorf("a %T has no Python form here", v)
	return ""
}

// members are the elements of a list or a dict; open is "" for anything else.
// The keys of a list are empty.
func (p *pyPrinter) members(v any) (open, closing string, members []Item) {
	switch v := v.(type) {
	case Dict:
		return "{", "}", v
	case data.Recipe:
		return p.members(map[string]any(v))
	case map[string]any:
		for _, k := range sortedKeys(v) {
			members = append(members, Item{k, v[k]})
		}
		return "{", "}", members
	case []any:
		for _, e := range v {
			members = append(members, Item{"", e})
		}
		return "[", "]", members
	case []string:
		for _, e := range v {
			members = append(members, Item{"", e})
		}
		return "[", "]", members
	}
	return "", "", nil
}

// pyString quotes with what needs fewer escapes, and escapes all but printable
// ASCII.
func pyString(s string) string {
	quote := byte('"')
	if strings.Count(s, `"`) > strings.Count(s, `'`) {
		quote = '\''
	}
	var b strings.Builder
	b.WriteByte(quote)
	for _, r := range s {
		switch {
		case r == '\\' || r == rune(quote):
			b.WriteByte('\\')
			b.WriteByte(byte(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case ' ' <= r && r <= '~':
			b.WriteByte(byte(r))
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte(quote)
	return b.String()
}

// pyDoc is s as a part of a docstring.
func pyDoc(s string) string {
	quoted := pyString(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `"""`, `\"\"\"`)
}
