package data

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
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
		line := func(offset int64) int { return 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n")) }
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.Is(err, io.EOF):
			return errors.New("is empty")
		case errors.Is(err, io.ErrUnexpectedEOF):
			return errors.New("is cut off")
		case errors.As(err, &syntax):
			return fmt.Errorf("line %d: %w", line(syntax.Offset), err)
		case errors.As(err, &kind):
			return fmt.Errorf("line %d: %s: a JSON %s is not what stands there", line(kind.Offset), cmp.Or(kind.Field, "the whole"), kind.Value)
		}
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("text after the JSON value")
	}
	return nil
}

// shows reports an error where a text holds what is not printed: control
// characters, and those that turn the direction of what follows. None of the
// grammars lets one through, and a terminal would obey it.
func shows(data []byte) error {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == '\\' && i+1 < len(data) { // in JSON only texts have it
			r, n = escaped(data[i:])
		}
		if r == utf8.RuneError || !unicode.IsPrint(r) && r != '\n' && r != '\t' && r != '\r' {
			return fmt.Errorf("line %d: a character that cannot be shown: %+q", 1+bytes.Count(data[:i], []byte("\n")), data[i:i+n])
		}
		i += n
	}
	return nil
}

// escaped is the character of a JSON escape, and its length. What is wrong with
// it as JSON is for decode to say.
func escaped(data []byte) (r rune, n int) {
	switch data[1] {
	case 'b', 'f', 'n', 'r', 't':
		return utf8.RuneError, 2
	case 'u':
		unit := func(at int) rune {
			if at+6 > len(data) || data[at] != '\\' || data[at+1] != 'u' {
				return utf8.RuneError
			}
			code, err := strconv.ParseUint(string(data[at+2:at+6]), 16, 16)
			if r := rune(code); err == nil && (unicode.IsPrint(r) || utf16.IsSurrogate(r)) {
				return r
			}
			return utf8.RuneError // a tab too: one that stands between texts is never escaped
		}
		if r := unit(0); !utf16.IsSurrogate(r) {
			return r, min(6, len(data))
		}
		return utf16.DecodeRune(unit(0), unit(6)), min(12, len(data))
	}
	return rune(data[1]), 2
}
