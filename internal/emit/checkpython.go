package emit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// parseAll reads {name: source} and prints what does not compile, as py_compile
// would say it, without leaving byte code behind.
const parseAll = `
import json, sys
errors = []
for name, source in sorted(json.load(sys.stdin).items()):
    try:
        compile(source, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as e:
        errors.append(f"{name}: {e}")
json.dump(errors, sys.stdout)
`

// ErrNoPython means that no python3 is installed that could compile.
var ErrNoPython = errors.New("no python3 to compile with")

// checkPython compiles the files with python3 where that is installed, and
// looks at the structure of each in any case.
func checkPython(files map[string][]byte) error {
	var errs []error
	for _, name := range sortedKeys(files) {
		if err := pyStructure(string(files[name])); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	if len(errs) == 0 {
		if err := CompilePython(files); err != nil && !errors.Is(err, ErrNoPython) {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("emit: the Python tests are no Python:\n%w", errors.Join(errs...))
	}
	return nil
}

// CompilePython compiles the files as python3 does, or returns ErrNoPython.
func CompilePython(files map[string][]byte) error {
	python, err := exec.LookPath("python3")
	if err != nil {
		return ErrNoPython
	}
	sources := make(map[string]string, len(files))
	for name, src := range files {
		sources[name] = string(src)
	}
	in, err := json.Marshal(sources)
	if err != nil {
		return fmt.Errorf("emit: %w", err)
	}
	cmd := exec.Command(python, "-I", "-c", parseAll)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	var said []string
	if err != nil || json.Unmarshal(out, &said) != nil {
		return ErrNoPython // one that does not start, or is none, cannot judge
	}
	var errs []error
	for _, s := range said {
		errs = append(errs, errors.New(s))
	}
	return errors.Join(errs...)
}

// pyStructure checks what a template or a value can break without a Python at
// hand: that strings and brackets are closed, that blocks are indented by four
// after a colon and nowhere else, and that there are no control characters.
func pyStructure(src string) error {
	if !strings.HasSuffix(src, "\n") {
		return errors.New("does not end with a line")
	}
	var brackets []byte
	var quote string // the open string's
	indents := []int{0}
	wantBlock := false
	fail := func(line int, what string) error { return fmt.Errorf("line %d: %s", line, what) }
	n := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(src, "\n"), "\n") {
		n++
		logical := len(brackets) == 0 && quote == "" // a statement begins here
		code := strings.TrimLeft(line, " ")
		if logical && code != "" && code[0] != '#' {
			indent := len(line) - len(code)
			last := indents[len(indents)-1]
			switch {
			case wantBlock && indent != last+4:
				return fail(n, "no block after a colon")
			case wantBlock:
				indents = append(indents, indent)
			case indent > last:
				return fail(n, "indented without a reason")
			}
			for indents[len(indents)-1] > indent {
				indents = indents[:len(indents)-1]
			}
			if indents[len(indents)-1] != indent {
				return fail(n, "indented like no block before it")
			}
			wantBlock = false
		}
		end := byte(0) // the last character of code
		for i := 0; i < len(line); i++ {
			c := line[i]
			if c < ' ' || c == 0x7f {
				return fail(n, fmt.Sprintf("control character %q", c))
			}
			if quote != "" {
				if c == '\\' {
					i++
				} else if strings.HasPrefix(line[i:], quote) {
					i += len(quote) - 1
					quote, end = "", '"'
				}
				continue
			}
			if c == '#' {
				break
			}
			switch c {
			case '"', '\'':
				quote = string(c)
				if strings.HasPrefix(line[i:], strings.Repeat(quote, 3)) {
					quote = strings.Repeat(quote, 3)
				}
				i += len(quote) - 1
			case '(', '[', '{':
				brackets = append(brackets, c)
			case ')', ']', '}':
				open := map[byte]byte{')': '(', ']': '[', '}': '{'}[c]
				if len(brackets) == 0 || brackets[len(brackets)-1] != open {
					return fail(n, fmt.Sprintf("%c closes nothing", c))
				}
				brackets = brackets[:len(brackets)-1]
			}
			if c != ' ' {
				end = c
			}
		}
		if len(quote) == 1 {
			return fail(n, "a string is not closed")
		}
		if len(brackets) == 0 && quote == "" && end == ':' {
			wantBlock = true
		}
	}
	switch {
	case quote != "":
		return fail(n, "a string is not closed")
	case len(brackets) > 0:
		return fail(n, fmt.Sprintf("%c is not closed", brackets[len(brackets)-1]))
	case wantBlock:
		return fail(n, "no block after a colon")
	}
	return nil
}
