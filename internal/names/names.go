// Package names turns a model type into the names that are made from it: the
// key it is looked up by, a Go identifier, and a file name; and it finds names
// that are like a wrong one. No other package has such a rule. The root package
// links it, so it imports neither fmt nor anything large.
package names

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
)

const maxLength = 64

// Check reports an error unless s has the form of a model type: ASCII letters,
// digits, '-', '_' and '.', beginning with a letter, and the Go identifier that is
// made from it is free. Every other function of this package holds what it
// promises for such a string.
func Check(s string) error {
	ok := s != "" && len(s) <= maxLength && isLetter(s[0])
	for i := 0; ok && i < len(s); i++ {
		ok = isLetter(s[i]) || '0' <= s[i] && s[i] <= '9' || isSeparator(rune(s[i]))
	}
	if !ok {
		return errors.New(strconv.Quote(s[:min(len(s), maxLength)]) + " is not a model type: want ASCII letters, digits, '-', '_' and '.', " +
			"beginning with a letter, at most " + strconv.Itoa(maxLength))
	}
	if name := GoName(s); strings.Contains(taken, " "+name+" ") {
		return errors.New(strconv.Quote(s) + " cannot be a model type: package hfmodels has another " + name)
	}
	return nil
}

// Fold returns the key under which a model type is found however it is
// spelled: lower-case, without '-', '_', '.' and ' '. Only ASCII is folded.
func Fold(modelType string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case isSeparator(r), r == ' ':
			return -1
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return r
	}, modelType)
}

// GoName returns the exported Go identifier for a model type: GptNeox for
// gpt_neox, XlmRoberta for xlm-roberta.
func GoName(modelType string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(modelType, isSeparator) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// FileName returns the part of the names of files that stands for a model type:
// lower-case letters, digits and '_', and not the name of a device of Windows.
func FileName(modelType string) string {
	var b strings.Builder
	for i, r := range modelType {
		if i > 0 && 'A' <= r && r <= 'Z' && 'a' <= modelType[i-1] && modelType[i-1] <= 'z' || isSeparator(r) {
			b.WriteByte('_')
		}
		b.WriteString(Fold(string(r)))
	}
	if strings.Contains(devices, " "+b.String()+" ") {
		b.WriteByte('_')
	}
	return b.String()
}

const devices = " con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 "

// taken is what package hfmodels exports, whatever the release of transformers.
const taken = " Arch ArchOfClass Archs ByBytes ByEngine ByFamily ByFormat ByGating ByID ByLicense ByMemory ByOrganization ByParameters" +
	" ByRevision ByRole ByTask ByTraining CPULarge CPUMedium CPUSmall Constraint Constraints Default Engine Engines ErrEmptyQuery" +
	" FactsDate FactsDigest FactsEndpoint Family Format Former GGUF GPULarge GPUMedium GPUSmall GatedAuto GatedManual Gating" +
	" GatingUnknown Hosted Info JAX License LlamaCpp MLX Modality Model NoFitError None ONNX Open OptimumONNX ParseArch" +
	" ParseEngine ParseFormat ParseRole ParseTask Proven PyTorch Query Ranked Role SGLang Safetensors Select SelectFrom Selection" +
	" Set SetOf Small Status Support Task Tasks TensorFlow Tiny TransformersJS TransformersVersion Ungated UnknownArchError" +
	" Unproven VLLM "

// CheckAll checks a set of model types together: the form of each, and that
// no two of them fold to the same. Two types with one Go identifier, or with
// one file name on a file system that ignores case, fold to the same as well.
func CheckAll(modelTypes []string) error {
	from := make(map[string]string, len(modelTypes))
	for _, t := range modelTypes {
		if err := Check(t); err != nil {
			return err
		}
		folded := Fold(t)
		if other, ok := from[folded]; ok {
			return errors.New("model types " + strconv.Quote(other) + " and " + strconv.Quote(t) + " have the same folded name " + strconv.Quote(folded))
		}
		from[folded] = t
	}
	return nil
}

func isLetter(c byte) bool    { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isSeparator(r rune) bool { return r == '-' || r == '_' || r == '.' }

// Near returns up to three of the known names that are like a name, the nearest
// first: those that share the most pairs of neighbouring letters with it, each counted once,
// where the ends count as letters; those that it begins with; and those of which it has the
// initials, as asr of automatic-speech-recognition. It compares with every name, and so
// takes far longer than a lookup.
func Near(name string, known []string) []string {
	want := "^" + Fold(name) + "$"
	if len(want) < len("^xx$") || len(want) > len("^$")+maxLength {
		return nil
	}
	var pairs []string
	for i := range len(want) - 1 {
		if pair := want[i : i+2]; !slices.Contains(pairs, pair) {
			pairs = append(pairs, pair)
		}
	}
	shared := func(k string) int { // in percent
		have, n := "^"+Fold(k)+"$", 0
		for _, pair := range pairs {
			if strings.Contains(have, pair) {
				n++
			}
		}
		like := 100 * 2 * n / (len(want) - 1 + len(have) - 1)
		begin, initials := have[:len(have)-1], ""
		if len(want) < len("^xxxxxxxx$") { // as long as initials are
			for word := range strings.FieldsFuncSeq(k, isSeparator) {
				initials += Fold(word[:1])
			}
		}
		if len(begin) > len("^xx") && strings.HasPrefix(want, begin) || len(initials) > len("x") && want == "^"+initials+"$" {
			return max(like, 40) // however long the rest is
		}
		return like
	}
	near := slices.DeleteFunc(slices.Clone(known), func(k string) bool { return k == "" || shared(k) < 40 })
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(shared(b), shared(a)) })
	return near[:min(len(near), 3)]
}
