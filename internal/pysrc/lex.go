package pysrc

import (
	"fmt"
	"strings"
)

// maxDepth bounds bracket nesting, and with it the recursion of the parser.
// CPython's own limit is 200.
const maxDepth = 200

type tokenKind uint8

const (
	tokOp tokenKind = iota
	tokName
	tokNumber
	tokString
)

// token is a piece of source, by byte offsets.
type token struct {
	kind       tokenKind
	start, end int
	line       int
}

// line is a logical line: what Python takes as one statement head. Comments
// and the newlines inside brackets are gone.
type line struct {
	col    int // column of the first token, in bytes
	tokens []token
}

// lexer cuts source into logical lines.
type lexer struct {
	src  string
	pos  int
	line int // of pos, from 1
	bol  int // where the physical line of pos begins

	tokens   []token // of the current logical line; reused
	brackets []byte
	col      int  // of the current logical line
	semi     bool // a semicolon ended the line before: it shares its column
}

func newLexer(src string, firstLine int) *lexer {
	return &lexer{src: strings.TrimPrefix(src, "\ufeff"), line: firstLine}
}

func (l *lexer) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %s", l.line, fmt.Sprintf(format, args...))
}

// next returns the next logical line; its tokens are valid until the call
// after. ok is false at the end of the source.
func (l *lexer) next() (ln line, ok bool, err error) {
	l.tokens = l.tokens[:0]
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch {
		case c == '\n':
			l.newline()
			if len(l.brackets) == 0 {
				if len(l.tokens) > 0 {
					return line{l.col, l.tokens}, true, nil
				}
				l.semi = false
			}
		case c == ' ' || c == '\t' || c == '\r' || c == '\f':
			l.pos++
		case c == '#':
			if i := strings.IndexByte(l.src[l.pos:], '\n'); i >= 0 {
				l.pos += i
			} else {
				l.pos = len(l.src)
			}
		case c == '\\':
			rest := strings.TrimPrefix(l.src[l.pos+1:], "\r")
			if !strings.HasPrefix(rest, "\n") {
				return ln, false, l.errorf("stray backslash")
			}
			l.pos = len(l.src) - len(rest)
			l.newline()
		case c == ';' && len(l.brackets) == 0:
			l.pos++
			if len(l.tokens) > 0 {
				l.semi = true
				return line{l.col, l.tokens}, true, nil
			}
		default:
			if len(l.tokens) == 0 {
				if !l.semi {
					l.col = l.pos - l.bol
				}
				l.semi = false
			}
			if err := l.token(); err != nil {
				return ln, false, err
			}
		}
	}
	if n := len(l.brackets); n > 0 {
		return ln, false, l.errorf("%q is never closed", l.brackets[n-1])
	}
	return line{l.col, l.tokens}, len(l.tokens) > 0, nil
}

// newline goes over a newline.
func (l *lexer) newline() {
	l.pos++
	l.line++
	l.bol = l.pos
}

// token reads one token at pos, which is neither blank nor a comment.
func (l *lexer) token() error {
	start, firstLine := l.pos, l.line
	kind := tokOp
	switch c := l.src[l.pos]; {
	case c == '"' || c == '\'':
		kind = tokString
		if err := l.str(); err != nil {
			return err
		}
	case isNameByte(c) && !isDigit(c):
		kind = tokName
		for l.pos < len(l.src) && isNameByte(l.src[l.pos]) {
			l.pos++
		}
		if l.pos < len(l.src) && isStringPrefix(l.src[start:l.pos]) && (l.src[l.pos] == '"' || l.src[l.pos] == '\'') {
			kind = tokString
			if err := l.str(); err != nil {
				return err
			}
		}
	case isDigit(c) || c == '.' && l.pos+1 < len(l.src) && isDigit(l.src[l.pos+1]):
		kind = tokNumber
		l.number()
	default:
		if err := l.op(); err != nil {
			return err
		}
	}
	l.tokens = append(l.tokens, token{kind, start, l.pos, firstLine})
	return nil
}

// str reads a string from its opening quote.
func (l *lexer) str() error {
	quote, first := l.src[l.pos:l.pos+1], l.line
	long := strings.HasPrefix(l.src[l.pos:], strings.Repeat(quote, 3))
	if long {
		quote = l.src[l.pos : l.pos+3]
	}
	for l.pos += len(quote); l.pos < len(l.src); l.pos++ {
		switch c := l.src[l.pos]; {
		case c == '\\':
			// The next byte is part of the string whatever it is, also in a
			// raw string.
			l.pos++
			if l.pos < len(l.src) && l.src[l.pos] == '\n' {
				l.newline()
				l.pos--
			}
		case c == '\n':
			if !long {
				return l.errorf("string is not closed")
			}
			l.newline()
			l.pos--
		case c == quote[0] && strings.HasPrefix(l.src[l.pos:], quote):
			l.pos += len(quote)
			return nil
		}
	}
	l.pos = len(l.src)
	return fmt.Errorf("line %d: string is not closed", first)
}

// number reads a number loosely: digits, letters, dots and the sign of an
// exponent.
func (l *lexer) number() {
	hex := strings.HasPrefix(l.src[l.pos:], "0x") || strings.HasPrefix(l.src[l.pos:], "0X")
	for ; l.pos < len(l.src); l.pos++ {
		c := l.src[l.pos]
		sign := (c == '+' || c == '-') && !hex && (l.src[l.pos-1] == 'e' || l.src[l.pos-1] == 'E')
		if !isNameByte(c) && c != '.' && !sign {
			return
		}
	}
}

// op reads an operator or a bracket.
func (l *lexer) op() error {
	switch c := l.src[l.pos]; c {
	case '(', '[', '{':
		if len(l.brackets) == maxDepth {
			return l.errorf("brackets nest deeper than %d", maxDepth)
		}
		l.brackets = append(l.brackets, c)
		l.pos++
		return nil
	case ')', ']', '}':
		n := len(l.brackets)
		if n == 0 || closing(l.brackets[n-1]) != c {
			return l.errorf("%q closes nothing", c)
		}
		l.brackets = l.brackets[:n-1]
		l.pos++
		return nil
	}
	rest := l.src[l.pos:]
	for _, op := range longOps {
		if strings.HasPrefix(rest, op) {
			l.pos += len(op)
			return nil
		}
	}
	l.pos++
	return nil
}

// longOps are the operators of more than one byte, the longest first.
var longOps = []string{
	"**=", "//=", ">>=", "<<=", "...",
	"**", "//", ">>", "<<", "<=", ">=", "==", "!=", "->", ":=",
	"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
}

func closing(open byte) byte {
	switch open {
	case '(':
		return ')'
	case '[':
		return ']'
	}
	return '}'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isNameByte takes every byte of a non-ASCII letter for a part of a name.
func isNameByte(c byte) bool {
	return c == '_' || c >= 0x80 || isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isStringPrefix(s string) bool {
	switch len(s) {
	case 1, 2:
		return strings.Trim(s, "rRbBuUfFtT") == ""
	}
	return false
}
