// Package pysrc reads Python source as text: which names a file assigns,
// which classes it defines, and the value of an expression where that is a
// literal. It runs nothing and guesses nothing, and it takes bad source for
// what it is: an error.
package pysrc

import (
	"slices"
	"strings"
)

// File is what a Python file says outside its functions.
type File struct {
	Statements []Statement // outside classes too, at any indentation
	Classes    []Class
}

// Statement is a line that starts with a name that is no keyword. A block
// under "if TYPE_CHECKING:" is left out: Python never runs it.
type Statement struct {
	Target string // the name that the line starts with
	// Op is "=" for an assignment, also an annotated one; ":" for an
	// annotation alone; "[]=" for an assignment to an element; "|=" and the
	// like as written; "" for any other line, whose Source is the whole line.
	Op         string
	Annotation string // as written
	Source            // the right side
}

// Class is a class statement.
type Class struct {
	Name       string
	Bases      []string // as written, without subscripts and keyword arguments
	Decorators []Source
	Doc        string // the docstring between its quotes, escapes as written
	Attrs      []Statement
	Methods    []Method
	Line       int
}

// Method is a def in the body of a class.
type Method struct {
	Name   string
	Params []string // without self's asterisks, annotations and defaults
}

// Parse reads a file.
func Parse(src string) (*File, error) {
	s := scanner{lexer: newLexer(src, 1), skipCol: -1, classCol: -1}
	for {
		ln, ok, err := s.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return &s.file, nil
		}
		if err := s.scan(ln); err != nil {
			return nil, err
		}
	}
}

type scanner struct {
	*lexer
	file File

	skipCol    int // lines right of this column belong to a block of no interest; -1: none
	classCol   int // column of the class that is open; -1: none
	bodyCol    int // column of its body; 0: not seen yet
	decorators []Source
}

func (s *scanner) text(t token) string { return s.src[t.start:t.end] }

func (s *scanner) scan(ln line) error {
	if s.skipCol >= 0 {
		if ln.col > s.skipCol {
			return nil
		}
		s.skipCol = -1
	}
	if s.classCol >= 0 && ln.col <= s.classCol {
		s.classCol = -1
	}
	if s.classCol >= 0 {
		s.member(ln)
		return nil
	}

	if s.text(ln.tokens[0]) == "@" {
		s.decorators = append(s.decorators, s.source(ln.tokens[1:], ln.tokens[0].line))
		return nil
	}
	decorators := s.decorators
	s.decorators = nil
	switch s.text(ln.tokens[0]) {
	case "class":
		return s.class(ln, decorators)
	case "def", "async":
		s.skipCol = ln.col
	case "if":
		if s.isTypeChecking(ln.tokens[1:]) {
			s.skipCol = ln.col
		}
	default:
		if st, ok := s.statement(ln.tokens); ok {
			s.file.Statements = append(s.file.Statements, st)
		}
	}
	return nil
}

// isTypeChecking takes the tokens after "if".
func (s *scanner) isTypeChecking(tokens []token) bool {
	if len(tokens) == 4 && s.text(tokens[0]) == "typing" && s.text(tokens[1]) == "." {
		tokens = tokens[2:]
	}
	return len(tokens) == 2 && s.text(tokens[0]) == "TYPE_CHECKING" && s.text(tokens[1]) == ":"
}

// source makes a Source of tokens, which may be none.
func (s *scanner) source(tokens []token, line int) Source {
	if len(tokens) == 0 {
		return Source{Line: line}
	}
	return Source{Line: tokens[0].line, text: s.src[tokens[0].start:tokens[len(tokens)-1].end]}
}

func (s *scanner) class(ln line, decorators []Source) error {
	if len(ln.tokens) < 2 || ln.tokens[1].kind != tokName {
		return s.errorf("class without a name")
	}
	c := Class{Name: s.text(ln.tokens[1]), Decorators: decorators, Line: ln.tokens[0].line}
	if end := s.endOfHead(ln.tokens); end > 2 {
		head, err := s.source(ln.tokens[1:end], c.Line).Expr()
		if err != nil {
			return err
		}
		for _, arg := range head.Items {
			if arg.Kind == Name || arg.Kind == Call {
				c.Bases = append(c.Bases, arg.Text)
			}
		}
	}
	s.file.Classes = append(s.file.Classes, c)
	s.classCol, s.bodyCol = ln.col, 0
	return nil
}

// endOfHead returns the index of the colon that ends a class statement.
func (s *scanner) endOfHead(tokens []token) int {
	depth := 0
	for i, t := range tokens {
		switch s.text(t) {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case ":":
			if depth == 0 {
				return i
			}
		}
	}
	return len(tokens)
}

// member reads a line of the body of the class that is open.
func (s *scanner) member(ln line) {
	c := &s.file.Classes[len(s.file.Classes)-1]
	if s.bodyCol == 0 {
		s.bodyCol = ln.col
		if ln.tokens[0].kind == tokString && len(ln.tokens) == 1 {
			c.Doc = body(s.text(ln.tokens[0]))
			return
		}
	}
	if ln.col != s.bodyCol {
		return
	}
	tokens := ln.tokens
	if s.text(tokens[0]) == "async" {
		tokens = tokens[1:]
	}
	switch {
	case len(tokens) == 0:
	case s.text(tokens[0]) == "def":
		if len(tokens) > 1 {
			c.Methods = append(c.Methods, Method{s.text(tokens[1]), s.params(tokens[2:])})
		}
		s.skipCol = ln.col
	case s.text(tokens[0]) == "class":
		s.skipCol = ln.col
	default:
		if st, ok := s.statement(tokens); ok {
			c.Attrs = append(c.Attrs, st)
		}
	}
}

// params returns the names that follow an opening bracket or a comma.
func (s *scanner) params(tokens []token) []string {
	var names []string
	depth := 0
	expect := false
	for _, t := range tokens {
		switch text := s.text(t); text {
		case "(", "[", "{":
			depth++
			expect = depth == 1 && text == "("
		case ")", "]", "}":
			if depth--; depth == 0 {
				return names
			}
		case ",":
			expect = depth == 1
		case "*", "**", "/":
		default:
			if expect && t.kind == tokName {
				names = append(names, text)
			}
			expect = false
		}
	}
	return names
}

// statement reads a line that starts with a name.
func (s *scanner) statement(tokens []token) (Statement, bool) {
	if tokens[0].kind != tokName || isKeyword(s.text(tokens[0])) {
		return Statement{}, false
	}
	st := Statement{Target: s.text(tokens[0])}
	line := tokens[0].line
	if len(tokens) > 1 {
		depth, colon := 0, 0
		for i, t := range tokens[1:] {
			i++
			switch op := s.text(t); {
			case op == "(" || op == "[" || op == "{":
				depth++
			case op == ")" || op == "]" || op == "}":
				depth--
			case depth > 0 || t.kind != tokOp:
			case op == ":" && i == 1:
				colon = i
			case op == "=" || isAugmented(op):
				switch {
				case colon > 0:
					st.Op, st.Annotation = op, s.source(tokens[2:i], line).text
				case i == 1:
					st.Op = op
				case s.text(tokens[1]) == "[" && s.text(tokens[i-1]) == "]":
					st.Op = "[]="
				default:
					// An attribute of something, or a tuple of targets.
					st.Source = s.source(tokens, line)
					return st, true
				}
				st.Source = s.source(tokens[i+1:], line)
				return st, true
			}
		}
		if colon > 0 {
			st.Op, st.Annotation = ":", s.source(tokens[2:], line).text
			st.Source = Source{Line: line}
			return st, true
		}
	}
	st.Source = s.source(tokens, line)
	return st, true
}

func isAugmented(op string) bool {
	return len(op) > 1 && strings.HasSuffix(op, "=") && !slices.Contains([]string{"==", "!=", "<=", ">=", ":="}, op)
}

func isKeyword(s string) bool {
	_, ok := keywords[s]
	return ok
}

var keywords = map[string]struct{}{
	"and": {}, "as": {}, "assert": {}, "async": {}, "await": {}, "break": {}, "class": {}, "continue": {},
	"def": {}, "del": {}, "elif": {}, "else": {}, "except": {}, "finally": {}, "for": {}, "from": {},
	"global": {}, "if": {}, "import": {}, "in": {}, "is": {}, "lambda": {}, "nonlocal": {}, "not": {},
	"or": {}, "pass": {}, "raise": {}, "return": {}, "try": {}, "while": {}, "with": {}, "yield": {},
	"None": {}, "True": {}, "False": {},
}
