package registrydata

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// canonical encodes v with sorted keys. The outer levels of nesting, as many
// as lines says, get a line for each member; what is deeper stays on one line,
// so that a diff shows whole rows.
func canonical(v any, lines int) ([]byte, error) {
	var flat bytes.Buffer
	enc := json.NewEncoder(&flat)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(&flat)
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := write(&out, tree, lines, "\n"); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func write(out *bytes.Buffer, v any, lines int, newline string) error {
	inner := ""
	if lines > 0 {
		inner = newline + " "
	}
	separate := func(i int) {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(inner)
	}
	end := func(n int) {
		if lines > 0 && n > 0 {
			out.WriteString(newline)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		out.WriteByte('{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			separate(i)
			if err := scalar(out, key); err != nil {
				return err
			}
			out.WriteByte(':')
			if err := write(out, v[key], lines-1, inner); err != nil {
				return err
			}
		}
		end(len(v))
		out.WriteByte('}')
	case []any:
		out.WriteByte('[')
		for i, e := range v {
			separate(i)
			if err := write(out, e, lines-1, inner); err != nil {
				return err
			}
		}
		end(len(v))
		out.WriteByte(']')
	default:
		return scalar(out, v)
	}
	return nil
}

func scalar(out *bytes.Buffer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1) // the encoder's newline
	return nil
}

// decode reads one JSON value into v and nothing besides: an unknown field is
// an error, because it would be lost by the next write.
func decode(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
			return fmt.Errorf("line %d: %w", line, err)
		}
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("text after the JSON value")
	}
	return nil
}
