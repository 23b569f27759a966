package hub

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"golang.org/x/text/language"

	"github.com/hfmodels/hfmodels/internal/data"
)

// parse reads a body, and refuses one that is not JSON: gjson would read anything.
func parse(body []byte) (root gjson.Result, err error) {
	switch {
	case !utf8.Valid(body):
		return root, errors.New("the body is not UTF-8")
	case !json.Valid(body):
		return root, errors.New("the body is not JSON, or not all of it")
	}
	return gjson.ParseBytes(body), nil
}

// checkRoot wants an array of a list and an object of a detail.
func checkRoot(root gjson.Result, list bool) error {
	if message := errorText(root); root.IsObject() && message != "" {
		return fmt.Errorf("an error in place of an answer: %s", message)
	}
	want, ok := "an object", root.IsObject()
	if list {
		want, ok = "an array", root.IsArray()
	}
	if !ok {
		return fmt.Errorf("want %s, got %s", want, show(root))
	}
	return nil
}

// decodeList reads the rows of a list. A row that cannot be used is left out
// with a warning.
func decodeList(rows gjson.Result, warn func(row, problem string)) Page {
	page := Page{Popularity: make(data.Popularity)}
	for i, row := range rows.Array() {
		m, counters, err := decodeModel(row)
		if err != nil {
			page.Unusable = append(page.Unusable, m.ID)
			warn(fmt.Sprintf("row %d (%s)", i, cmp.Or(row.Get("id").String(), "no id")), "the row is left out: "+err.Error())
			continue
		}
		page.Models = append(page.Models, m)
		page.Popularity[m.ID] = counters
	}
	return page
}

// deciding are the values that decide whether a model may be used at all: who it
// is, what it is, whether it may be had. Each is as the Hub is known to write it,
// or unknown; the id is known.
var deciding = []struct {
	path, want string
	valid      func(gjson.Result) bool
}{
	{"id", "a repository id", isText(data.IsRepo)},
	{"sha", "40 lower-case hex digits", isText(data.IsCommit)},
	{"private", "true or false", gjson.Result.IsBool},
	{"disabled", "true or false", gjson.Result.IsBool},
	{"gated", `false, "auto" or "manual"`, func(v gjson.Result) bool {
		return v.Type == gjson.False || v.Type == gjson.String && (v.Str == "auto" || v.Str == "manual")
	}},
	{"config", "an object", gjson.Result.IsObject},
	{"config.model_type", "a model type", isText(data.IsModelType)},
}

// decodeModel reads one model, of a list or a detail. It is refused where a
// deciding value is wrong: the error says why, and m has no more than the id. Any
// other value that is wrong is unknown.
func decodeModel(row gjson.Result) (m data.Model, n data.Counters, err error) {
	if !row.IsObject() {
		return m, n, errors.New("want an object, got " + show(row))
	}
	m.ID = text(row, "id", data.IsRepo)
	var problems []string
	for _, f := range deciding {
		if v := row.Get(f.path); !f.valid(v) && (f.path == "id" || !isUnknown(v)) {
			problems = append(problems, fmt.Sprintf("%s: want %s, got %s", f.path, f.want, show(v)))
		}
	}
	if len(problems) > 0 {
		return m, n, errors.New(strings.Join(problems, "; "))
	}
	m.Revision = text(row, "sha", data.IsCommit)
	m.Private, m.Disabled = row.Get("private").Bool(), row.Get("disabled").Bool()
	m.Gated = text(row, "gated", data.IsWord)
	if row.Get("gated").Type == gjson.False {
		m.Gated = "no"
	}
	m.ModelType = text(row, "config.model_type", data.IsModelType)
	owner, _, _ := strings.Cut(m.ID, "/")
	m.Author = cmp.Or(text(row, "author", data.IsAccount), owner)
	m.Architectures = texts(row, "config.architectures", data.IsClass)
	m.RemoteCode = !isUnknown(row.Get("config.auto_map")) && row.Get("config.auto_map").Raw != "{}"
	if !isUnknown(row.Get("config.quantization_config")) {
		m.Quantized = cmp.Or(text(row, "config.quantization_config.quant_method", data.IsWord), "unknown")
	}
	m.Library = text(row, "library_name", data.IsLibrary)
	m.Pipeline = text(row, "pipeline_tag", data.IsTask)
	m.Repository = text(row, "_id", data.IsRepositoryID)
	if t, err := time.Parse(time.RFC3339, row.Get("createdAt").String()); err == nil && t.Year() >= 1970 {
		m.Created = t.UTC().Format(time.DateOnly)
	}
	decodeTags(&m, texts(row, "tags", func(s string) bool { return data.IsLine(s, 256) }))
	decodeSize(&m, row.Get("safetensors"))
	return m, data.Counters{Downloads: count(row, "downloads"), Likes: count(row, "likes")}, nil
}

// decodeSize reads the number of parameters and the bytes of the weights. Where
// they contradict each other, the name or a tag they stay unknown, and m says why.
func decodeSize(m *data.Model, safetensors gjson.Result) {
	total, bytes := max(0, count(safetensors, "total")), max(0, count(safetensors, "totalFileSize"))
	var sum, size, tagged int64
	if split := safetensors.Get("parameters"); split.IsObject() && total > 0 {
		sum, size = splitSize(split)
	}
	for _, tag := range m.Tags {
		if !strings.ContainsAny(tag, "-_:/") { // 7b is a size of this model, and qwen3-8b perhaps of its base
			tagged = max(tagged, data.StatedParameters(tag))
		}
	}
	named := data.StatedParameters(m.ID)
	far := func(stated int64) bool { return stated > 0 && (total <= stated/100 || total/100 >= stated) }
	why, packed := "", false
	switch {
	case total == 0:
	case bytes > 0 && (bytes < max(size, total/8) || bytes > 8*total+1e8): // with the headers of the files
		why = fmt.Sprintf("cannot take %d bytes", bytes)
	case sum > 0 && sum != total:
		why = fmt.Sprintf("is not the sum of its parts, %d", sum)
	case far(named), total < named/2:
		// The Hub counts packed weights too low, and weighs them right. Else the
		// repository may hold only a part of what its name states.
		why, packed = fmt.Sprintf("contradicts the name, which states %d", named), m.Quantized != "" && !far(named)
	case far(tagged):
		why = fmt.Sprintf("contradicts a tag, which states %d", tagged)
	}
	if why == "" || packed {
		m.Bytes = cmp.Or(bytes, size)
	}
	if m.Parameters = total; why != "" {
		m.Parameters, m.Doubt = 0, fmt.Sprintf("safetensors.total: %d %s", total, why)
	}
}

// decodeTags reads what the tags say in forms of their own, and keeps all of
// them in lower case.
func decodeTags(m *data.Model, tags []string) {
	relations := make(map[string]string) // to the base models
	var licenses []string
	for _, tag := range tags {
		lower := strings.ToLower(tag)
		m.Tags = append(m.Tags, lower)
		if slices.Contains(data.Formats(), lower) {
			m.Formats = append(m.Formats, lower)
		}
		if isLanguage(tag) {
			m.Languages = append(m.Languages, tag)
		}
		if id, ok := strings.CutPrefix(lower, "license:"); ok && data.IsWord(id) && id != "unknown" {
			licenses = append(licenses, id)
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
	for _, list := range []*[]string{&m.Formats, &m.Languages, &m.Tags, &licenses} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if len(licenses) > 1 { // the Hub tags the name that a card gives to its other licence, too
		licenses = slices.DeleteFunc(licenses, func(l string) bool { return l == "other" })
	}
	m.License = strings.Join(licenses, data.LicenseSeparator)
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

// splitSize is the number of all parameters of a split by number format, 0 where
// one of the numbers cannot be, and their size in bytes, 0 where one of the
// formats is unknown.
func splitSize(split gjson.Result) (sum, size int64) {
	known := true
	split.ForEach(func(format, v gjson.Result) bool {
		if !isWhole(v) || sum > 1<<53 {
			sum, known = 0, false
			return false
		}
		sum += int64(v.Num)
		size += int64(v.Num) * bits[format.Str] / 8
		known = known && bits[format.Str] > 0
		return true
	})
	if !known {
		size = 0
	}
	return sum, size
}

// isUnknown reports whether a value is missing or null, which is not an error.
func isUnknown(v gjson.Result) bool { return !v.Exists() || v.Type == gjson.Null }

func isText(is func(string) bool) func(gjson.Result) bool {
	return func(v gjson.Result) bool { return v.Type == gjson.String && is(v.Str) }
}

// text is a string of the form that is wanted, "" if there is none.
func text(row gjson.Result, path string, is func(string) bool) string {
	v := row.Get(path)
	if !isText(is)(v) {
		return ""
	}
	return strings.Clone(v.Str) // so that it does not keep the whole answer in memory
}

// texts are those elements of an array that have the form that is wanted.
func texts(row gjson.Result, path string, is func(string) bool) (all []string) {
	if list := row.Get(path); list.IsArray() {
		for _, v := range list.Array() {
			if isText(is)(v) {
				all = append(all, strings.Clone(v.Str))
			}
		}
	}
	return all
}

// count is a whole number, -1 if there is none.
func count(row gjson.Result, path string) int64 {
	if v := row.Get(path); isWhole(v) {
		return int64(v.Num)
	}
	return -1
}

// isWhole takes 5.0 and 1e3 too, and nothing above 2^53, where JSON's numbers
// are not exact any more.
func isWhole(v gjson.Result) bool {
	return v.Type == gjson.Number && v.Num == math.Trunc(v.Num) && 0 <= v.Num && v.Num <= 1<<53
}

// show is the start of a value as the answer has it.
func show(v gjson.Result) string {
	if len(v.Raw) > 60 {
		return v.Raw[:60] + "…"
	}
	return cmp.Or(v.Raw, "nothing")
}
