package hub

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"golang.org/x/text/language"

	"github.com/hfmodels/hfmodels/internal/data"
)

// checkJSON refuses a body that is not JSON: gjson would read anything.
func checkJSON(body []byte) error {
	switch {
	case !utf8.Valid(body):
		return errors.New("the body is not UTF-8")
	case !json.Valid(body):
		return errors.New("the body is not JSON, or not all of it")
	}
	return nil
}

// checkRoot wants an array of a list and an object of a detail.
func checkRoot(root gjson.Result, list bool) error {
	if root.IsObject() && (list || root.Get("error").Exists()) {
		if message := errorText(root); message != "" {
			return fmt.Errorf("an error in place of an answer: %s", message)
		}
	}
	switch {
	case list && !root.IsArray():
		return errors.New("want an array, got " + show(root))
	case !list && !root.IsObject():
		return errors.New("want an object, got " + show(root))
	}
	return nil
}

// decodeList reads the rows of a list. A row that cannot be used is left out
// with a warning.
func decodeList(rows gjson.Result, warn func(row, problem string)) Page {
	page := Page{Popularity: make(data.Popularity)}
	for i, row := range rows.Array() {
		var problems []string
		m, counters, err := decodeModel(row, func(problem string) { problems = append(problems, problem) })
		if err == nil {
			page.Models = append(page.Models, m)
			page.Popularity[m.ID] = counters
		} else {
			page.Unusable = append(page.Unusable, m.ID)
			problems = append(problems, "the row is left out: "+err.Error())
		}
		for _, problem := range problems {
			warn(fmt.Sprintf("row %d (%s)", i, cmp.Or(m.ID, "no id")), problem)
		}
	}
	return page
}

// decodeModel reads one model, of a list or a detail. What decides whether a
// model may be used at all (who it is, what it is, whether it may be had) must
// be as the Hub is known to write it, else the model is refused: the error says
// why, and m has no more than the id. Any other value that is wrong is reported
// to warn and stays unknown.
func decodeModel(row gjson.Result, warn func(problem string)) (m data.Model, n data.Counters, err error) {
	if !row.IsObject() {
		return m, n, errors.New("want an object, got " + show(row))
	}
	var problems []string
	must := func(problem string) { problems = append(problems, problem) }
	m.ID = text(row, "id", "a repository id", data.IsRepo, must)
	if m.ID == "" && problems == nil {
		must(mismatch("id", "a repository id", row.Get("id")))
	}
	m.Revision = text(row, "sha", commitForm, data.IsCommit, must)
	m.Private = flag(row, "private", must)
	m.Disabled = flag(row, "disabled", must)
	if m.Gated = "no"; row.Get("gated").Type != gjson.False {
		gated := func(s string) bool { return s == "auto" || s == "manual" }
		m.Gated = text(row, "gated", `false, "auto" or "manual"`, gated, must)
	}
	if isObject(row, "config", must) {
		m.ModelType = text(row, "config.model_type", "a model type", data.IsModelType, must)
	}
	if len(problems) > 0 {
		return data.Model{ID: m.ID}, n, errors.New(strings.Join(problems, "; "))
	}

	m.Author = text(row, "author", "a user or organisation", data.IsAccount, warn)
	if m.Author == "" {
		m.Author, _, _ = strings.Cut(m.ID, "/")
	}
	m.Architectures = texts(row, "config.architectures", "a class name", data.IsClass, warn)
	m.RemoteCode = !isUnknown(row.Get("config.auto_map")) && row.Get("config.auto_map").Raw != "{}"
	if !isUnknown(row.Get("config.quantization_config")) {
		method := text(row, "config.quantization_config.quant_method", "a quantisation method", data.IsWord, warn)
		m.Quantized = cmp.Or(method, "unknown")
	}
	m.Library = text(row, "library_name", "a library name", data.IsLibrary, warn)
	m.Pipeline = text(row, "pipeline_tag", "a task", data.IsTask, warn)
	m.Created = day(row, "createdAt", warn)
	if isObject(row, "safetensors", warn) {
		m.Parameters = max(0, count(row, "safetensors.total", warn))
		m.Bytes = max(0, count(row, "safetensors.totalFileSize", warn))
		if m.Bytes == 0 && isObject(row, "safetensors.parameters", warn) {
			m.Bytes = weightBytes(row.Get("safetensors.parameters"), m.Parameters)
		}
	}
	decodeTags(&m, texts(row, "tags", "printable text of at most 256 bytes", isTag, warn))
	n = data.Counters{Downloads: count(row, "downloads", warn), Likes: count(row, "likes", warn)}
	return m, n, nil
}

func isTag(s string) bool { return data.IsLine(s, 256) }

// decodeTags reads what the tags say in forms of their own, and keeps all of
// them in lower case.
func decodeTags(m *data.Model, tags []string) {
	relations := make(map[string]string) // to the base models
	for _, tag := range tags {
		lower := strings.ToLower(tag)
		m.Tags = append(m.Tags, lower)
		if slices.Contains(data.Formats(), lower) {
			m.Formats = append(m.Formats, lower)
		}
		if isLanguage(tag) {
			m.Languages = append(m.Languages, tag)
		}
		if id, ok := strings.CutPrefix(tag, "license:"); ok && m.License == "" && data.IsWord(id) {
			m.License = id
		}
		if base, ok := strings.CutPrefix(tag, "base_model:"); ok {
			relation, id, ok := strings.Cut(base, ":")
			if !ok {
				relation, id = "", base
			}
			if data.IsRepo(id) && (relation == "" || data.IsTask(relation)) {
				relations[id] = cmp.Or(relations[id], relation)
			}
		}
	}
	for _, list := range []*[]string{&m.Formats, &m.Languages, &m.Tags} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	for _, id := range slices.Sorted(maps.Keys(relations)) {
		m.Bases = append(m.Bases, data.Base{ID: id, Relation: relations[id]})
	}
}

// isLanguage takes two-letter codes only: among the free tags, most words of
// three letters are the code of some language too.
func isLanguage(tag string) bool {
	if len(tag) != 2 {
		return tag == "multilingual"
	}
	_, err := language.ParseBase(tag)
	return err == nil
}

// bits are the widths of the number formats of safetensors.
var bits = map[string]int64{
	"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32, "U16": 16, "U8": 8,
	"BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4,
}

// weightBytes is the size of a model whose parameters are split by number
// format. It is 0, unknown, where a format is, or where the split is not that
// of all parameters.
func weightBytes(split gjson.Result, parameters int64) int64 {
	var sum, size int64
	valid := true
	split.ForEach(func(format, v gjson.Result) bool {
		n, ok := wholeNumber(v)
		sum += n
		size += n * bits[format.Str] / 8
		valid = ok && bits[format.Str] > 0 && sum <= parameters
		return valid
	})
	if !valid || sum != parameters {
		return 0
	}
	return size
}

// isUnknown reports whether a value is missing or null, which is no error.
func isUnknown(v gjson.Result) bool { return !v.Exists() || v.Type == gjson.Null }

// text is a string of the form that is wanted, "" if unknown.
func text(row gjson.Result, path, want string, is func(string) bool, report func(string)) string {
	v := row.Get(path)
	switch {
	case isUnknown(v):
		return ""
	case v.Type != gjson.String || !is(v.Str):
		report(mismatch(path, want, v))
		return ""
	}
	return strings.Clone(v.Str) // so that it does not keep the whole answer in memory
}

// texts are those elements of an array that have the form that is wanted.
func texts(row gjson.Result, path, want string, is func(string) bool, report func(string)) []string {
	v := row.Get(path)
	if !isUnknown(v) && !v.IsArray() {
		report(mismatch(path, "an array", v))
		return nil
	}
	var all []string
	for _, e := range v.Array() {
		switch {
		case isUnknown(e):
		case e.Type != gjson.String || !is(e.Str):
			report(mismatch(path, want, e))
		default:
			all = append(all, strings.Clone(e.Str))
		}
	}
	return all
}

// count is a whole number, -1 if unknown.
func count(row gjson.Result, path string, report func(string)) int64 {
	v := row.Get(path)
	n, ok := wholeNumber(v)
	if !ok && !isUnknown(v) {
		report(mismatch(path, "a whole number", v))
	}
	if !ok {
		return -1
	}
	return n
}

// wholeNumber takes 5.0 and 1e3 too, and nothing above 2^53, where JSON's
// numbers are not exact any more.
func wholeNumber(v gjson.Result) (n int64, ok bool) {
	if v.Type != gjson.Number || v.Num != math.Trunc(v.Num) || v.Num < 0 || v.Num > 1<<53 {
		return 0, false
	}
	return int64(v.Num), true
}

// flag is a boolean, false if unknown.
func flag(row gjson.Result, path string, report func(string)) bool {
	v := row.Get(path)
	if !isUnknown(v) && !v.IsBool() {
		report(mismatch(path, "true or false", v))
	}
	return v.Type == gjson.True
}

// day is the UTC day of a time, "" if unknown.
func day(row gjson.Result, path string, report func(string)) string {
	v := row.Get(path)
	if isUnknown(v) {
		return ""
	}
	t, err := time.Parse(time.RFC3339, v.Str)
	if v.Type != gjson.String || err != nil || t.Year() < 1970 {
		report(mismatch(path, "a time such as 2026-06-01T06:29:13.000Z", v))
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func isObject(row gjson.Result, path string, report func(string)) bool {
	v := row.Get(path)
	if !isUnknown(v) && !v.IsObject() {
		report(mismatch(path, "an object", v))
	}
	return v.IsObject()
}

func mismatch(path, want string, got gjson.Result) string {
	return fmt.Sprintf("%s: want %s, got %s", path, want, show(got))
}

// show names the type of a value, and the start of a text or number.
func show(v gjson.Result) string {
	switch {
	case !v.Exists():
		return "nothing"
	case v.IsArray():
		return "array"
	case v.IsObject():
		return "object"
	case v.IsBool():
		return "boolean"
	case v.Type == gjson.Null:
		return "null"
	}
	return strings.ToLower(v.Type.String()) + " " + quote(v.String())
}

// quote shows the start of a text from outside in printable ASCII.
func quote(s string) string {
	if len(s) > 60 {
		return strconv.QuoteToASCII(s[:60]) + "…"
	}
	return strconv.QuoteToASCII(s)
}
