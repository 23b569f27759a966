// Package facts turns what the Hub answers into the facts that the project
// keeps: which fields, which candidates, and what stays when an answer does
// not come.
package facts

import (
	"slices"
	"strings"

	"golang.org/x/text/language"

	"github.com/hfmodels/hfmodels/internal/choose"
	"github.com/hfmodels/hfmodels/internal/data"
	"github.com/hfmodels/hfmodels/internal/hub"
)

// Candidate keeps of a model what the rules read and the tables show.
func Candidate(m *hub.Model) (data.Model, data.Counters) {
	c := data.Model{
		ID: m.ID, Author: m.Author, Revision: m.SHA,
		ModelType: m.ModelType, Architectures: m.Architectures,
		Library: m.Library, Pipeline: m.Pipeline,
		Private: m.Private, Disabled: m.Disabled,
		Quantized: m.Quantized, RemoteCode: m.AutoMap,
	}
	if c.Author == "" {
		c.Author, _, _ = strings.Cut(m.ID, "/")
	}
	if m.Safetensors.Total > 0 {
		c.Parameters = m.Safetensors.Total
	}
	if sum := total(m.Safetensors.ByDType); sum > 0 && sum == c.Parameters {
		c.Bytes = weightBytes(m.Safetensors.ByDType)
	}
	if m.Safetensors.Bytes > 0 {
		c.Bytes = m.Safetensors.Bytes
	}
	if m.Gated != hub.GatingUnknown {
		c.Gated = m.Gated.String()
	}
	if l := m.Licenses(); len(l) > 0 {
		c.License = l[0]
	}
	for _, b := range m.Bases() {
		c.Bases = append(c.Bases, data.Base{ID: b.ID, Relation: b.Relation})
	}
	if !m.Created.IsZero() {
		c.Created = m.Created.UTC().Format("2006-01-02")
	}
	for _, t := range m.Tags {
		lower := strings.ToLower(t)
		if slices.Contains(data.Formats(), lower) {
			c.Formats = append(c.Formats, lower)
		}
		if isLanguage(t) {
			c.Languages = append(c.Languages, t)
		}
		if choose.ReadsTag(lower) {
			c.Tags = append(c.Tags, lower)
		}
	}
	for _, list := range []*[]string{&c.Formats, &c.Languages, &c.Tags} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	slices.SortFunc(c.Bases, func(a, b data.Base) int { return strings.Compare(a.ID, b.ID) })
	return c, data.Counters{Downloads: m.Downloads, Likes: m.Likes}
}

// isLanguage takes two-letter codes only: among the free tags, most words of
// three letters are the code of some language too.
func isLanguage(tag string) bool {
	if tag == "multilingual" {
		return true
	}
	if len(tag) != 2 {
		return false
	}
	_, err := language.ParseBase(tag)
	return err == nil
}

func total(split map[string]int64) int64 {
	var n int64
	for _, v := range split {
		n += v
	}
	return n
}

// bits are the widths of the dtypes of the safetensors format.
var bits = map[string]int64{
	"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32, "U16": 16, "U8": 8,
	"BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4,
}

// weightBytes is the size of tensors in these dtypes, 0 where one is unknown.
func weightBytes(split map[string]int64) int64 {
	var n int64
	for t, v := range split {
		if bits[t] == 0 {
			return 0
		}
		n += v * bits[t] / 8
	}
	return n
}
