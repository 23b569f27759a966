package hub

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// maxDepth bounds the nesting of an answer; real ones stay below 10. gjson's
// validation recurses, so a body of brackets alone would end the program.
const maxDepth = 100

// checkJSON refuses a body that gjson could misread: it reads anything.
func checkJSON(body []byte) error {
	switch {
	case !utf8.Valid(body):
		return errors.New("the body is not UTF-8")
	case depth(body) > maxDepth:
		return fmt.Errorf("the body nests deeper than %d", maxDepth)
	case !gjson.ValidBytes(body):
		return errors.New("the body is not JSON, or not all of it")
	}
	return nil
}

func depth(body []byte) (most int) {
	now, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch b := body[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '[' || b == '{':
			now++
			most = max(most, now)
		case b == ']' || b == '}':
			now--
		}
	}
	return most
}

// checkRoot wants an array of a list and an object of a detail.
func checkRoot(body []byte, list bool) error {
	root := root(body)
	if root.IsObject() && (list || root.Get("error").Exists()) {
		if m := saidJSON(root.Result); m != "" {
			return fmt.Errorf("an error in place of an answer: %s", m)
		}
	}
	switch {
	case list && !root.IsArray():
		return fmt.Errorf("want an array, got %s", typeOf(root.Result))
	case !list && !root.IsObject():
		return fmt.Errorf("want an object, got %s", typeOf(root.Result))
	}
	return nil
}

// field is a value of an answer, and where it stands. A value that is missing
// or null is unknown, which is no error.
type field struct {
	gjson.Result
	path string
}

func root(body []byte) field { return field{gjson.ParseBytes(body), ""} }

func (f field) get(key string) field {
	return field{f.Get(key), strings.TrimPrefix(f.path+"."+key, ".")}
}

func (f field) missing() bool { return !f.Exists() || f.Type == gjson.Null }

func (f field) odd(want string) error {
	got := typeOf(f.Result)
	if f.Type == gjson.String || f.Type == gjson.Number {
		got += " " + quoted(f.String())
	}
	return fmt.Errorf("%s: want %s, got %s", f.path, want, got)
}

// text is a string that fits g, "" if unknown.
func (f field) text(g grammar) (string, error) {
	switch {
	case f.missing():
		return "", nil
	case f.Type != gjson.String || !g.fits(f.Str):
		return "", f.odd(g.want)
	}
	return strings.Clone(f.Str), nil // not a part of the whole answer, kept alive
}

// number is a count, -1 if unknown.
func (f field) number() (int64, error) {
	if f.missing() {
		return -1, nil
	}
	if f.Type == gjson.Number {
		if n, err := strconv.ParseInt(f.Raw, 10, 64); err == nil && n >= 0 {
			return n, nil
		}
		// 5.0 and 1e3 are whole numbers too, exact up to 2^53.
		if n := f.Num; n >= 0 && n <= 1<<53 && n == math.Trunc(n) {
			return int64(n), nil
		}
	}
	return -1, f.odd("a whole number")
}

// flag is a boolean, false if unknown.
func (f field) flag() (bool, error) {
	if !f.missing() && !f.IsBool() {
		return false, f.odd("true or false")
	}
	return f.Type == gjson.True, nil
}

// date is a time in UTC, zero if unknown.
func (f field) date() (time.Time, error) {
	if f.missing() {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, f.Str)
	if f.Type != gjson.String || err != nil || t.Year() < 1970 {
		return time.Time{}, f.odd("a time such as 2026-06-01T06:29:13.000Z")
	}
	return t.UTC(), nil
}

// object is whether there is one.
func (f field) object() (bool, error) {
	if !f.missing() && !f.IsObject() {
		return false, f.odd("an object")
	}
	return !f.missing(), nil
}

// texts are those elements of an array that fit g.
func (f field) texts(g grammar, warn func(error)) []string {
	if f.missing() {
		return nil
	}
	if !f.IsArray() {
		warn(f.odd("an array"))
		return nil
	}
	var all []string
	i := 0
	f.ForEach(func(_, v gjson.Result) bool {
		s, err := field{v, f.path + "[" + strconv.Itoa(i) + "]"}.text(g)
		if err != nil {
			warn(err)
		} else if s != "" {
			all = append(all, s)
		}
		i++
		return true
	})
	return all
}

func typeOf(v gjson.Result) string {
	switch {
	case !v.Exists():
		return "nothing"
	case v.IsArray():
		return "array"
	case v.IsObject():
		return "object"
	case v.IsBool():
		return "boolean"
	}
	return strings.ToLower(v.Type.String()) // null, number, string
}

// decodeList reads the rows of a list that checkJSON and checkRoot have let
// pass. An odd row costs that row: it is left out, counted and warned of.
func decodeList(body []byte, warn func(error)) (models []Model, dropped int, odd []string) {
	i := 0
	root(body).ForEach(func(_, v gjson.Result) bool {
		m, err := decodeModel(field{v, "[" + strconv.Itoa(i) + "]"}, warn)
		if err != nil {
			warn(fmt.Errorf("row %d (%s) is left out: %w", i, cmp.Or(m.ID, "no id"), err))
			dropped++
			if m.ID != "" {
				odd = append(odd, m.ID)
			}
		} else {
			models = append(models, m)
		}
		i++
		return true
	})
	return models, dropped, odd
}

// decodeModel reads one model. What decides whether a model may be used at all
// (who it is, what it is, whether it may be had) must be as the Hub is known to
// write it, else the model is refused. Anything else that is odd is told to
// warn and stays unknown.
func decodeModel(f field, warn func(error)) (Model, error) {
	if ok, err := f.object(); !ok {
		return Model{}, cmp.Or(err, f.odd("an object"))
	}
	var m Model
	var refused []string
	must := func(err error) {
		if err != nil {
			refused = append(refused, err.Error())
		}
	}
	may := func(err error) {
		if err != nil {
			warn(err)
		}
	}
	var err error

	m.ID, err = f.get("id").text(repoID)
	if err == nil && m.ID == "" {
		err = f.get("id").odd(repoID.want)
	}
	must(err)
	m.HubID, err = f.get("_id").text(hubID)
	must(err)
	m.SHA, err = f.get("sha").text(commit)
	must(err)
	m.Gated, err = decodeGating(f.get("gated"))
	must(err)
	m.Private, err = f.get("private").flag()
	must(err)
	m.Disabled, err = f.get("disabled").flag()
	must(err)
	config := f.get("config")
	ok, err := config.object()
	must(err)
	if ok {
		m.ModelType, err = config.get("model_type").text(modelType)
		must(err)
		m.Architectures = config.get("architectures").texts(class, may)
		m.AutoMap = !config.get("auto_map").missing() && config.get("auto_map").Raw != "{}"
		m.Quantized = decodeQuantized(config.get("quantization_config"), may)
	}
	if len(refused) > 0 {
		return Model{ID: m.ID}, errors.New(strings.Join(refused, "; "))
	}

	m.Author, err = f.get("author").text(account)
	may(err)
	m.Library, err = f.get("library_name").text(library)
	may(err)
	m.Pipeline, err = f.get("pipeline_tag").text(pipeline)
	may(err)
	m.Tags = f.get("tags").texts(tag, may)
	m.Downloads, err = f.get("downloads").number()
	may(err)
	m.Likes, err = f.get("likes").number()
	may(err)
	m.Created, err = f.get("createdAt").date()
	may(err)
	m.Safetensors = decodeSafetensors(f.get("safetensors"), may)
	return m, nil
}

func decodeGating(f field) (Gating, error) {
	if f.Type == gjson.False {
		return Ungated, nil
	}
	s, err := f.text(gating)
	switch s {
	case "auto":
		return GatedAuto, nil
	case "manual":
		return GatedManual, nil
	}
	return GatingUnknown, err
}

func decodeQuantized(f field, may func(error)) string {
	if f.missing() {
		return ""
	}
	ok, err := f.object()
	if ok {
		var name string
		if name, err = f.get("quant_method").text(method); name != "" {
			return name
		}
	}
	may(err)
	return "unknown"
}

func decodeSafetensors(f field, may func(error)) SafetensorsInfo {
	s := SafetensorsInfo{Total: -1, Bytes: -1}
	ok, err := f.object()
	may(err)
	if !ok {
		return s
	}
	s.Total, err = f.get("total").number()
	may(err)
	s.Bytes, err = f.get("totalFileSize").number()
	may(err)
	split := f.get("parameters")
	ok, err = split.object()
	may(err)
	if !ok {
		return s
	}
	split.ForEach(func(k, v gjson.Result) bool {
		name, err := field{k, split.path}.text(dtype)
		may(err)
		if name == "" {
			return true
		}
		n, err := field{v, split.path + "." + name}.number()
		may(err)
		if n >= 0 {
			if s.ByDType == nil {
				s.ByDType = map[string]int64{}
			}
			s.ByDType[name] = n
		}
		return true
	})
	return s
}
