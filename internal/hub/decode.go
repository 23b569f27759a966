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
		where := fmt.Sprintf("row %d (%s)", i, cmp.Or(row.Get("id").String(), "no id"))
		m, counters, err := decodeModel(row, func(problem string) { warn(where, problem) })
		if err != nil {
			page.Unusable = append(page.Unusable, m.ID)
			warn(where, "the row is left out: "+err.Error())
			continue
		}
		page.Models = append(page.Models, m)
		page.Popularity[m.ID] = counters
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
	must := object{row, func(problem string) { problems = append(problems, problem) }}
	m.ID = must.text("id", "a repository id", data.IsRepo)
	if isUnknown(row.Get("id")) {
		must.report(mismatch("id", "a repository id", row.Get("id")))
	}
	m.Revision = must.text("sha", commitForm, data.IsCommit)
	m.Private = must.flag("private")
	m.Disabled = must.flag("disabled")
	if m.Gated = "no"; row.Get("gated").Type != gjson.False {
		m.Gated = must.text("gated", `false, "auto" or "manual"`, func(s string) bool { return s == "auto" || s == "manual" })
	}
	if must.has("config") {
		m.ModelType = must.text("config.model_type", "a model type", data.IsModelType)
	}
	if len(problems) > 0 {
		return data.Model{ID: m.ID}, n, errors.New(strings.Join(problems, "; "))
	}

	may := object{row, warn}
	owner, _, _ := strings.Cut(m.ID, "/")
	m.Author = cmp.Or(may.text("author", "a user or organisation", data.IsAccount), owner)
	m.Architectures = may.texts("config.architectures", "a class name", data.IsClass)
	m.RemoteCode = !isUnknown(row.Get("config.auto_map")) && row.Get("config.auto_map").Raw != "{}"
	if !isUnknown(row.Get("config.quantization_config")) {
		method := may.text("config.quantization_config.quant_method", "a quantisation method", data.IsWord)
		m.Quantized = cmp.Or(method, "unknown")
	}
	m.Library = may.text("library_name", "a library name", data.IsLibrary)
	m.Pipeline = may.text("pipeline_tag", "a task", data.IsTask)
	m.Repository = may.text("_id", "letters and digits", data.IsRepositoryID)
	m.Created = may.day("createdAt")
	decodeTags(&m, may.texts("tags", "printable text of at most 256 bytes", func(s string) bool { return data.IsLine(s, 256) }))
	if may.has("safetensors") {
		decodeSize(&m, may)
	}
	n = data.Counters{Downloads: may.count("downloads"), Likes: may.count("likes")}
	return m, n, nil
}

// decodeSize reads the number of parameters and the bytes of the weights. Where
// they contradict each other, the name or a tag they stay unknown, and m says why.
func decodeSize(m *data.Model, may object) {
	total, bytes := max(0, may.count("safetensors.total")), max(0, may.count("safetensors.totalFileSize"))
	var sum, size, tagged int64
	if may.has("safetensors.parameters") && total > 0 {
		sum, size = splitSize(may.Get("safetensors.parameters"))
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
		may.report(m.Doubt)
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

// object is an object of an answer, the values of which are asked for by path. A
// value that is not as it is wanted is reported, and counts as unknown.
type object struct {
	gjson.Result
	report func(problem string)
}

// value is the value at a path, if it is known and valid.
func (o object) value(path, want string, valid func(gjson.Result) bool) (v gjson.Result, ok bool) {
	v = o.Get(path)
	ok = !isUnknown(v) && valid(v)
	if !ok && !isUnknown(v) {
		o.report(mismatch(path, want, v))
	}
	return v, ok
}

func isText(is func(string) bool) func(gjson.Result) bool {
	return func(v gjson.Result) bool { return v.Type == gjson.String && is(v.Str) }
}

// text is a string of the form that is wanted, "" if unknown.
func (o object) text(path, want string, is func(string) bool) string {
	v, ok := o.value(path, want, isText(is))
	if !ok {
		return ""
	}
	return strings.Clone(v.Str) // so that it does not keep the whole answer in memory
}

// texts are those elements of an array that have the form that is wanted.
func (o object) texts(path, want string, is func(string) bool) (all []string) {
	list, ok := o.value(path, "an array", gjson.Result.IsArray)
	for _, v := range list.Array() {
		switch {
		case !ok, isUnknown(v):
		case isText(is)(v):
			all = append(all, strings.Clone(v.Str))
		default:
			o.report(mismatch(path, want, v))
		}
	}
	return all
}

// count is a whole number, -1 if unknown.
func (o object) count(path string) int64 {
	v, ok := o.value(path, "a whole number", isWhole)
	if !ok {
		return -1
	}
	return int64(v.Num)
}

// isWhole takes 5.0 and 1e3 too, and nothing above 2^53, where JSON's numbers
// are not exact any more.
func isWhole(v gjson.Result) bool {
	return v.Type == gjson.Number && v.Num == math.Trunc(v.Num) && 0 <= v.Num && v.Num <= 1<<53
}

// flag is a boolean, false if unknown.
func (o object) flag(path string) bool {
	v, _ := o.value(path, "true or false", gjson.Result.IsBool)
	return v.Type == gjson.True
}

// day is the UTC day of a time, "" if unknown.
func (o object) day(path string) (day string) {
	o.text(path, "a time such as 2026-06-01T06:29:13.000Z", func(s string) bool {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil || t.Year() < 1970 {
			return false
		}
		day = t.UTC().Format(time.DateOnly)
		return true
	})
	return day
}

// has reports whether there is an object.
func (o object) has(path string) bool {
	_, ok := o.value(path, "an object", gjson.Result.IsObject)
	return ok
}

func mismatch(path, want string, got gjson.Result) string {
	return fmt.Sprintf("%s: want %s, got %s", path, want, show(got))
}

// show is the start of a value as the answer has it.
func show(v gjson.Result) string {
	if len(v.Raw) > 60 {
		return v.Raw[:60] + "…"
	}
	return cmp.Or(v.Raw, "nothing")
}
