// Package check finds the ids of the Hub's models in the files of a repository.
// It asks nobody what has become of them.
//
// Most texts of the form a/b are paths. One counts as an id where a loader, a
// key or the Hub's address stands before it, or where the caller knows it.
package check

import (
	"bytes"
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hfmodels/hfmodels"
	"github.com/hfmodels/hfmodels/internal/data"
)

// Found is an id in a text.
type Found struct {
	ID           string
	Offset       int // in bytes
	Line, Column int // from 1; a column is a character
	// Loaded says that a loader or the Hub's address stands before the id, so
	// that it is one even if nobody knows it.
	Loaded   bool
	Unpinned bool   // a call loads it, and is given no revision
	Class    string // that loads it, as BertModel; "" where there is none
	// ModelType is the value of the key model_type beside the id.
	ModelType string
}

// find finds the ids in a text, but for those of lines that say "hfmodels:
// ignore". The function known tells which ids there are, in any letter case.
func find(text []byte, known func(id string) bool) (all []Found) {
	line, column, begin, last := 1, 1, 0, 0 // begin is that of the line; last has been counted
	for i := 0; i < len(text); i++ {
		start, slashes, plain := i, 0, true
		for ; i < len(text) && inID[text[i]]; i++ {
			if c := text[i]; c == '/' {
				slashes++
			} else if c < 'A' {
				plain = false
			}
		}
		if i-start > 1 && text[start] == '-' && start > 0 && text[start-1] == ':' {
			start++ // the default of a shell's variable
		}
		// An id without an owner has a hyphen or a digit. Without this rule,
		// every word would be looked up.
		var f Found
		ok := slashes > 0 || !plain
		if ok {
			f, ok = at(text, start, i, slashes, known)
		}
		if ok {
			f.Line, f.Column = line, column+utf8.RuneCount(text[last:f.Offset])
			last, column = f.Offset, f.Column
			here, _, _ := bytes.Cut(text[begin:min(len(text), begin+10000)], []byte("\n"))
			if f.ModelType = typeBeside(text, last); !bytes.Contains(here, []byte("hfmodels: ignore")) {
				all = append(all, f)
			}
		}
		if i < len(text) && text[i] == '\n' {
			line, column, begin, last = line+1, 1, i+1, i+1
		}
	}
	return all
}

var inID = func() (set [256]bool) { // the bytes of ids, and of addresses
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/" {
		set[c] = true
	}
	return set
}()

// at is the id in text[start:end], if it is one. It has so many slashes.
func at(text []byte, start, end, slashes int, known func(string) bool) (f Found, ok bool) {
	token := string(text[start:end])
	if path, on := onHub(text[:start], token); on {
		f.ID, f.Loaded = idOf(path, known), true
		f.Offset = end - len(path) + strings.Index(path, f.ID)
		return f, f.ID != "" && !isPart(text, start, f.Offset+len(f.ID)) && !placeholder.MatchString(f.ID)
	}
	f.ID = strings.TrimRight(token, ".")
	f.Offset, end = start, start+len(f.ID)
	if isPart(text, start, end) || !data.IsRepo(f.ID) {
		return f, false
	}
	there, quoted := known(f.ID), start > 0 && bytes.IndexByte([]byte("\"'`"), text[start-1]) >= 0
	after := text[end:min(len(text), end+50)]
	if quoted && (joined.Match(after) || adjacent.Match(after) && !argument.Match(text[max(0, start-3):start-1]) || slashes == 0 && there && joins.Match(text[max(0, start-100):start-1])) {
		return f, false
	}
	if quoted && (end == len(text) || bytes.IndexByte([]byte("\"'`\\@:"), text[end]) < 0) {
		return f, slashes == 1 && there // a word of a sentence
	}
	if slashes == 0 && !there { // SentenceTransformer and the like add the owner
		f.ID = "sentence-transformers/" + f.ID
		return f, quoted && known(f.ID) && f.isNamed(text, start, end, quoted) && f.Loaded
	}
	named := f.isNamed(text, start, end, quoted)
	if there { // gpt2 is an id, and more often the name of an architecture
		_, other := hfmodels.ParseArch(f.ID)
		value := valueOf.Match(text[max(0, start-50):start]) && lineEnd.Match(text[end:])
		if quoted { // and not for what a key calls a directory or a file, but for a model's
			k := keyBefore(bytes.TrimRight(text[:start-1], `\rRfFuUbB`))
			value = key.Match(k) || !notKey.Match(k)
		}
		return f, slashes == 1 || named || value && other != nil
	}
	return f, named && !placeholder.MatchString(f.ID) && (f.Loaded || !provider.MatchString(f.ID))
}

// isPart reports whether text[start:end] is a piece of something longer, such as
// f"{owner}/name", or is not an id for the sign beside it.
func isPart(text []byte, start, end int) bool {
	return start > 0 && bytes.IndexByte([]byte(`\@~$}*+%&`), text[start-1]) >= 0 ||
		end < len(text) && bytes.IndexByte([]byte(`{*+%$<~-`), text[end]) >= 0 && !bytes.HasPrefix(text[end:], []byte("</"))
}

// onHub is the path in an address of the Hub, https or hf.
func onHub(before []byte, token string) (path string, ok bool) {
	if path, ok = strings.CutPrefix(token, "//"); ok && bytes.HasSuffix(before, []byte("hf:")) {
		return path, true
	}
	host, path, _ := strings.Cut(path, "/")
	return path, hosts.MatchString(host)
}

// idOf is the id in a path of the Hub, "" if it leads to something else.
func idOf(path string, known func(string) bool) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "api/models/"), "models/")
	parts := strings.SplitN(strings.TrimRight(path, "./"), "/", 3)
	id := parts[0]
	bare := len(parts) == 1 // an account, or one of the models that predate owners
	if !bare && !views.MatchString(parts[1]) {
		id += "/" + strings.TrimSuffix(parts[1], ".git")
	}
	if bare && !known(id) || sections.MatchString(parts[0]) || !data.IsRepo(id) {
		return ""
	}
	return id
}

var (
	hosts    = regexp.MustCompile(`^((www|api-inference)\.)?(huggingface\.co|hf\.co|hf-mirror\.com)$`)
	views    = regexp.MustCompile(`^(resolve|blob|tree|raw|discussions|commits?|edit)$`)
	sections = regexp.MustCompile(`^(api|datasets|spaces|docs|blog|papers|collections|tasks|learn|course|chat|models|join|settings|` +
		`organizations|new|enterprise|posts|inference|inference-endpoints|buckets|jobs|kernels|front|search|deep-rl-course|` +
		`cli|subscribe|oauth|login|pricing|changelog|mcp|storage|support|assets|images|agents|brand|billing|users|notifications)$`)

	loader = regexp.MustCompile(`^(\w*from_pretrained|pipeline|hf_hub_(download|url)|snapshot_download|cached_(download|file|path)|model_info|` +
		`LLM|(Async)?InferenceClient|[A-Z]\w*(Transformer|Encoder|Embeddings?|Embedder|Ranker))$`)
	calling   = regexp.MustCompile(`(?:\b([A-Z]\w*)\.)?(\w+)\($`) // a class begins with a capital letter
	revision  = regexp.MustCompile(`\brevision\b`)
	otherRepo = regexp.MustCompile(`repo_type\W+(dataset|space)`)

	key = regexp.MustCompile(`(?i)(model|checkpoint|ckpt|tokenizer|pretrained|name_or_path|repo_id|hf_repo|hub_id|hf[-_]hub|^-hf)`)
	// A key of one of these names a directory, a data set, or what is written.
	notKey = regexp.MustCompile(`(?i)(dir(ectory)?|[^r]_path|file(name)?|url|class|type|dataset\w*|output\w*|folder|hash|import|module|card)$`)
	// What stands between the key and the end: a quote, a Python annotation, a sign.
	before = regexp.MustCompile(`([\w.-]+)\\?["']?\]?\s*(?::\s*[\w.]+(?:\[[^\n]*\])?(?:\s*\|\s*\w+)*\s*)?(?:[:!=?]?=|:)\s*$`)
	flag   = regexp.MustCompile(`(?:(--?[\w-]+)|\b(?:vllm serve|(?:hf|huggingface-cli) download)) $`)
	// A comment, and the end of a line in a notebook.
	between = regexp.MustCompile(`(?:\s#[^\n]*\n\s*|\\n",\s*"\s*)+$`)
	// An item of a list in YAML: after a flag, or after other items.
	listed = regexp.MustCompile(`\n *- +["']?(--[\w-]+)["']?\s*\n *-$|(?:\n *- +[^-\s]\S*)*\n *-$`)
	// A text that is added to one before it, as the end of a path is, or to which
	// another one is added, is not all of an id.
	joins  = regexp.MustCompile(`(?:[\w"')\]][ \t]*(?:\n[ \t]+)?[+/]\s*|\b[jJ]oin\((?:[^()[]|\[[^]]*\]|\([^()]*\))*|\b(?:starts|ends)(?:with|With)\(\s*|/["']\s+)[rRfFuUbB]*\\?$`)
	joined = regexp.MustCompile(`^\\?["'][ \t]*(?:\n[ \t]+)?(?:\+|/\s*\\?["'\w])`)
	// Python joins two texts beside each other, which a shell does not after a word.
	adjacent = regexp.MustCompile(`^\\?["'][ \t]*(?:\n[ \t]+)?[rRfFuUbB]*\\?["'][-_./]`)
	argument = regexp.MustCompile(`\w $`)
	// In YAML, a key id or value before an id without quotes, and the end of its value.
	valueOf = regexp.MustCompile(`\b(?:id|value): +$`)
	lineEnd = regexp.MustCompile(`^[ \t]*(?:\r?\n|$| #|[],}])`)
	// A flag, or a variable of the environment, of which that is the value or default.
	beside    = regexp.MustCompile(`["'](--?[\w-]+|[A-Z_]{3,})\\?["'],\s*(?:[^"'()\n]*\bdefault\s*=\s*)?$`)
	modelType = regexp.MustCompile(`\bmodel_type\b\\?["']?\s*[:=]\s*\\?["']?([\w.-]+)`)

	placeholder = regexp.MustCompile(`(?i)^((path|user(name)?|owner|org(anization)?|namespace|author|repo|account|company|some(one|body)?|foo|bar|example|dummy|fake|` +
		`invalid|non-?existent|test|your|my|model)([-_]\w*)?|(your|my)(org|user|name|model|repo)\w*|` +
		`models|data|datasets?|outputs?|checkpoints?|ckpts?|results?|runs|logs?|te?mp|src|lib|tests|docs|examples|assets|weights|bin|etc|usr|` +
		`home|configs?|scripts|artifacts?|(saved|trained)_models?|local|cache|application|text|image|audio|video)/` +
		`|/(your|my)[-_]|/(model|repo)[-_]?(name|id)?$` +
		`|\.(py|jsonl?|ya?ml|txt|md|csv|tsv|parquet|bin|pth?|ckpt|h5|onnx|gguf|safetensors|zip|t?gz|tar|png|jpe?g|svg|wav|mp3|html?|[jt]sx?|toml|cfg|ini|sh|ipynb|pkl|npz?|so|lock)$`)
	// The names that other services give their models.
	provider = regexp.MustCompile(`^(openai|azure(_ai)?|anthropic|bedrock|gemini|vertex_ai|ollama|groq|litellm|openrouter|replicate|cohere|` +
		`fireworks(_ai)?|together(_ai)?|xai|nvidia_nim|huggingface|hosted_vllm|dspy|timm)/`)
)

// isNamed reports whether a loader, or a key that a model is named after, stands
// before text[start:end], and sets what the loader tells of the id.
func (f *Found) isNamed(text []byte, start, end int, quoted bool) bool {
	if quoted {
		// A Python string has a prefix, and a quote in JSON is escaped.
		start = len(bytes.TrimRight(text[:start-1], `\rRfFuUbB`))
	}
	near := text[max(0, start-1000):start]
	if quoted && bytes.ContainsAny(near, `#\`) {
		near = between.ReplaceAll(near, nil)
	}
	near = bytes.TrimRight(near, " \t\r\n")
	near = bytes.TrimRight(bytes.TrimSuffix(near, []byte("...")), " \t\r\n") // the prompt of an example
	if bytes.HasSuffix(near, []byte("-")) {
		m := listed.FindSubmatchIndex(near)
		if m != nil && m[2] >= 0 {
			return isKey(near[m[2]:m[3]])
		}
		return m != nil && bytes.HasSuffix(near[:m[0]], []byte(":")) && isKey(keyBefore(near[:m[0]]))
	}
	if len(near) == 0 || bytes.IndexByte([]byte("([,=:"), near[len(near)-1]) < 0 {
		m := flag.FindSubmatch(text[max(0, start-100):start])
		return m != nil && (len(m[1]) == 0 || isKey(m[1]))
	}
	bracket := nesting(slices.Backward(near), ")]}", "([{")
	if last := near[len(near)-1]; last != '=' && last != ':' && (bracket < 0 || !quoted) {
		return false // without quotes it is code, as in from_pretrained(a/b)
	}
	call, args := calling.FindSubmatch(near[max(0, bracket-100):bracket+1]), text[end:min(len(text), end+1000)]
	if call != nil && loader.Match(call[2]) {
		if n := nesting(slices.All(args), "([{", ")]}"); n >= 0 {
			args = args[:n]
		}
		args = slices.Concat(near[bracket:], args)
		if otherRepo.Match(args) { // the same loaders read data sets and spaces
			return false
		}
		switch given := near[bracket:]; given[len(given)-1] {
		case '(':
			f.Loaded = true
		case ',': // a model to pipeline, and an adapter to from_pretrained, come second
			f.Loaded = bytes.Count(given, []byte(",")) == 1 && !bytes.HasPrefix(call[2], []byte("hf_"))
		default:
			f.Loaded = isKey(keyBefore(near))
		}
		if f.Loaded {
			f.Class, f.Unpinned = string(call[1]), !revision.Match(args)
			return true
		}
	}
	if c := near[len(near)-1]; c != '=' && c != ':' && !beside.Match(near[max(0, len(near)-200):]) {
		if near[bracket] != '[' {
			return false
		}
		// The key of a list; without a sign something is looked up in it.
		near = bytes.TrimRight(near[:bracket], " ")
		if len(near) == 0 || near[len(near)-1] != '=' && near[len(near)-1] != ':' {
			return false
		}
	}
	return isKey(keyBefore(near))
}

func isKey(name []byte) bool { return key.Match(name) && !notKey.Match(name) }

// keyBefore is the key whose value begins where the text ends, or the flag or variable
// of which that is the default; nil if there is none.
func keyBefore(text []byte) []byte {
	if m := beside.FindSubmatch(text[max(0, len(text)-200):]); m != nil {
		return m[1]
	}
	text = text[max(bytes.LastIndexByte(text, '\n')+1, len(text)-100):]
	return append(before.FindSubmatch(text), nil, nil)[1]
}

// nesting is the index of the first bracket of those in out that has no partner
// of those in in before it, or -1.
func nesting(text iter.Seq2[int, byte], in, out string) int {
	depth := 0
	for i, c := range text {
		if strings.IndexByte(in, c) >= 0 {
			depth++
		} else if strings.IndexByte(out, c) >= 0 {
			if depth--; depth < 0 {
				return i
			}
		}
	}
	return -1
}

// typeBeside is the value of the key model_type in the text around a place up to
// the next bracket, blank line, or item of a list.
func typeBeside(text []byte, at int) string {
	above := apart.Split(string(text[max(0, at-500):at]), -1)
	below := apart.Split(string(text[at:min(len(text), at+500)]), 2)
	m := modelType.FindStringSubmatch(above[len(above)-1] + below[0])
	return append(m, "", "")[1]
}

// apart stands between two mappings: in YAML a key without a value opens another.
var apart = regexp.MustCompile(`[](){}[]|\n\s*(\n|- )|:[ \t\r]*(?:[#&|>][^\n]*)?\n`)
