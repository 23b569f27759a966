package emit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
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

// checkPython compiles the files with python3 where that is installed.
func checkPython(files map[string][]byte) error {
	err := CompilePython(files)
	if errors.Is(err, ErrNoPython) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("emit: the Python tests are no Python:\n%w", err)
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
