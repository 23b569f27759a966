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
	"strings"
	"unicode"
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

// decode reads one JSON value into v and nothing after it. An unknown field is
// an error, because the next write would lose it.
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
			return fmt.Errorf("line %d: %s: a JSON %s is not wanted here", line(kind.Offset), cmp.Or(kind.Field, "the whole"), kind.Value)
		}
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("text after the JSON value")
	}
	return nil
}

// checkText reports an error where a file holds a character that is not printed:
// a control character, or one that turns the direction of what follows. A
// terminal would obey it. What is wrong as JSON is for decode to say.
func checkText(file []byte) error {
	plain := !bytes.ContainsFunc(file, func(r rune) bool { return r == '\\' || r == utf8.RuneError || !unicode.IsPrint(r) && r != '\n' })
	if plain { // as nearly all of our own files are
		return nil
	}
	at := 0
	bad := func(s string) error {
		return fmt.Errorf("line %d: %+.60q holds a character that cannot be shown", 1+bytes.Count(file[:at], []byte("\n")), s)
	}
	dec := json.NewDecoder(bytes.NewReader(file))
	for {
		token, err := dec.Token()
		if err != nil {
			break
		}
		at = int(dec.InputOffset())
		if s, ok := token.(string); ok && s != "" && !IsLine(s, len(s)) {
			return bad(s)
		}
	}
	// What is not JSON is quoted in an error, and so has to be clean too.
	if !json.Valid(file) && !IsLine(strings.Join(strings.Fields(string(file)), " ")+".", len(file)+1) {
		return errors.New("holds characters that cannot be shown")
	}
	return nil
}
