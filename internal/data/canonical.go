package data

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/robustio"
)

// canonical encodes v with sorted keys. The outer levels of nesting, as many
// as lines says, get a line for each member; what is deeper stays on one line,
// so that a diff shows whole rows.
func canonical(v any, lines int) ([]byte, error) {
	var flat, out bytes.Buffer
	if err := encode(&flat, v); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(&flat)
	dec.UseNumber()
	var tree any
	err := dec.Decode(&tree)
	write(&out, tree, lines, "\n")
	out.WriteByte('\n')
	return out.Bytes(), err
}

// Replace writes files, given by path, and makes their directories. All of them are
// complete on disk before
// the first is renamed to its place, and each rename is one step: whoever reads,
// also after a crash, finds the old file or the new one. Windows renames over a
// file only while nobody has it open; there Replace tries for two seconds, and
// then fails with the old file in its place.
func Replace(files map[string][]byte, perm fs.FileMode) error {
	paths := slices.Sorted(maps.Keys(files))
	var complete []string // under other names
	defer func() {
		for _, name := range complete {
			_ = os.Remove(name) // what was renamed is not there
		}
	}()
	for _, path := range paths {
		dir, base := filepath.Split(path)
		name := fmt.Sprintf("%s.%s%d", dir, base, rand.Uint64())
		complete = append(complete, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		var f *os.File
		if err == nil {
			f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		}
		if err == nil {
			_, writeErr := f.Write(files[path])
			err = cmp.Or(writeErr, f.Sync(), f.Close())
		}
		if err != nil {
			return fmt.Errorf("nothing was replaced: %s: %w", path, err)
		}
	}
	for i, path := range paths {
		if err := robustio.Rename(complete[i], path); err != nil {
			return err
		}
	}
	return nil
}

func write(out *bytes.Buffer, v any, lines int, newline string) {
	object, _ := v.(map[string]any)
	list, _ := v.([]any)
	if lines == 0 || len(object)+len(list) == 0 {
		_ = encode(out, v) // which sorts keys, and cannot fail for what was decoded
		return
	}
	before, end := "[", "]"
	keys := slices.Sorted(maps.Keys(object))
	for _, key := range keys {
		before, end, list = "{", "}", append(list, object[key])
	}
	for i, e := range list {
		out.WriteString(before + newline + " ")
		before = ","
		if len(keys) > 0 {
			_ = encode(out, keys[i])
			out.WriteByte(':')
		}
		write(out, e, lines-1, newline+" ")
	}
	out.WriteString(newline + end)
}

// encode writes v as JSON on one line, without the line's end.
func encode(out *bytes.Buffer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1)
	return nil
}

// decode reads one JSON value into v and nothing after it. An unknown field is
// an error, because the next write would lose it.
func decode(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	dec.UseNumber() // keeps the numbers of a recipe as they are written
	err := dec.Decode(v)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		if _, err := dec.Token(); err != io.EOF {
			return errors.New("text after the JSON value")
		}
	case errors.Is(err, io.EOF):
		return errors.New("is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("is cut off")
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: %w", line(data, syntax.Offset), err)
	case errors.As(err, &kind):
		return fmt.Errorf("line %d: %s: a JSON %s is not wanted here", line(data, kind.Offset), cmp.Or(kind.Field, "the whole"), kind.Value)
	}
	return err
}

// line is the number of the line that holds an offset.
func line(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n"))
}
