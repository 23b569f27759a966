package pysrc

import (
	"fmt"
	"strings"
)

// Kind is the form of an expression.
type Kind uint8

const (
	// Opaque is Python that is no literal: an operator, a comprehension, an
	// f-string, a subscript. Its value is not known without running it.
	Opaque     Kind = iota
	String          // Text is the value
	Number          // Text is the number as written
	Name            // Text is the name, perhaps dotted; also None, True and False
	Call            // Text is the function's name without a subscript, Items are the arguments
	Keyword         // an argument of Call: Text is the name, Items[0] the value
	Tuple           // Items
	List            // Items
	Set             // Items
	Dict            // Items are Pair and DoubleStar
	Pair            // Items are key and value
	Cond            // Items[0] if Text else Items[1]
	Star            // *Items[0]
	DoubleStar      // **Items[0]
)

// Expr is an expression, as far as it is a literal.
type Expr struct {
	Kind  Kind
	Text  string
	Items []Expr
	Line  int
}

// Source is an expression that has not been parsed yet: most of a file is
// never asked for.
type Source struct {
	Line int // of the file, from 1
	text string
}

// Expr parses the expression. Python that is no literal becomes Opaque; an
// error means that the text is no expression at all.
func (s Source) Expr() (Expr, error) {
	lx := newLexer(s.text, s.Line)
	ln, ok, err := lx.next()
	if err != nil {
		return Expr{}, err
	}
	if !ok {
		return Expr{}, fmt.Errorf("line %d: expression is missing", s.Line)
	}
	p := parser{src: lx.src, tokens: ln.tokens, line: s.Line}
	first, err := p.expr()
	if err != nil {
		return Expr{}, err
	}
	if p.is(",") {
		// A tuple without brackets.
		items := []Expr{first}
		for p.take(",") && p.pos < len(p.tokens) {
			item, err := p.expr()
			if err != nil {
				return Expr{}, err
			}
			items = append(items, item)
		}
		first = Expr{Kind: Tuple, Items: items, Line: first.Line}
	}
	if p.pos < len(p.tokens) {
		return Expr{}, p.unexpected()
	}
	return first, nil
}

type parser struct {
	src    string
	tokens []token
	pos    int
	depth  int
	line   int
}

// text returns the current token as written, "" at the end.
func (p *parser) text() string {
	if p.pos == len(p.tokens) {
		return ""
	}
	t := p.tokens[p.pos]
	return p.src[t.start:t.end]
}

func (p *parser) is(s string) bool { return p.text() == s }

func (p *parser) take(s string) bool {
	if !p.is(s) {
		return false
	}
	p.pos++
	return true
}

func (p *parser) lineNow() int {
	switch {
	case p.pos < len(p.tokens):
		return p.tokens[p.pos].line
	case len(p.tokens) > 0:
		return p.tokens[len(p.tokens)-1].line
	}
	return p.line
}

func (p *parser) unexpected() error {
	if p.pos == len(p.tokens) {
		return fmt.Errorf("line %d: expression ends early", p.lineNow())
	}
	return fmt.Errorf("line %d: %q is not expected here", p.lineNow(), p.text())
}

// expr parses one expression up to a delimiter.
func (p *parser) expr() (Expr, error) {
	if p.depth++; p.depth > maxDepth {
		return Expr{}, fmt.Errorf("line %d: expressions nest deeper than %d", p.lineNow(), maxDepth)
	}
	defer func() { p.depth-- }()

	line := p.lineNow()
	e, err := p.operand()
	if err != nil {
		return Expr{}, err
	}
	if p.take("if") {
		start := p.pos
		p.skip("else")
		if start == p.pos || !p.is("else") {
			return Expr{}, p.unexpected()
		}
		cond := p.src[p.tokens[start].start:p.tokens[p.pos-1].end]
		p.pos++
		other, err := p.expr()
		if err != nil {
			return Expr{}, err
		}
		e = Expr{Kind: Cond, Text: cond, Items: []Expr{e, other}, Line: line}
	}
	if !p.atDelimiter() {
		p.skip("")
		e = Expr{Kind: Opaque, Line: line}
	}
	return e, nil
}

// atDelimiter reports whether the expression before has ended.
func (p *parser) atDelimiter() bool {
	switch p.text() {
	case "", ",", ")", "]", "}", ":", "=", "for", "async":
		return true
	}
	return false
}

// skip goes over tokens to the next delimiter of the same bracket level, or
// to the given word if that comes first.
func (p *parser) skip(word string) {
	for depth := 0; p.pos < len(p.tokens); p.pos++ {
		switch s := p.text(); {
		case s == "(" || s == "[" || s == "{":
			depth++
		case depth > 0:
			if s == ")" || s == "]" || s == "}" {
				depth--
			}
		case s == word || p.atDelimiter():
			return
		}
	}
}

// skipBracket goes over a bracket and all that is in it.
func (p *parser) skipBracket() {
	for depth := 0; p.pos < len(p.tokens); {
		switch p.text() {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		}
		p.pos++
		if depth == 0 {
			return
		}
	}
}

func (p *parser) operand() (Expr, error) {
	if p.pos == len(p.tokens) {
		return Expr{}, p.unexpected()
	}
	t := p.tokens[p.pos]
	opaque := Expr{Kind: Opaque, Line: t.line}
	switch t.kind {
	case tokString:
		return p.strings(), nil
	case tokNumber:
		e := Expr{Kind: Number, Text: p.text(), Line: t.line}
		p.pos++
		return e, nil
	case tokName:
		switch p.text() {
		case "lambda":
			p.skip(":")
			for p.take(",") || p.take("=") {
				p.skip(":")
			}
			if !p.take(":") {
				return Expr{}, p.unexpected()
			}
			_, err := p.expr()
			return opaque, err
		case "not", "await", "yield":
			p.pos++
			_, err := p.expr()
			return opaque, err
		case "if", "else", "for", "in", "is", "and", "or", "async":
			return Expr{}, p.unexpected()
		}
		return p.name()
	}
	switch op := p.text(); op {
	case "(", "[", "{":
		return p.bracket(op)
	case "*", "**":
		p.pos++
		e, err := p.expr()
		kind := Star
		if op == "**" {
			kind = DoubleStar
		}
		return Expr{Kind: kind, Items: []Expr{e}, Line: t.line}, err
	case "-":
		p.pos++
		if p.pos < len(p.tokens) && p.tokens[p.pos].kind == tokNumber {
			e := Expr{Kind: Number, Text: "-" + p.text(), Line: t.line}
			p.pos++
			return e, nil
		}
		_, err := p.expr()
		return opaque, err
	case "+", "~":
		p.pos++
		_, err := p.expr()
		return opaque, err
	case "...":
		p.pos++
		return opaque, nil
	}
	return Expr{}, p.unexpected()
}

// strings joins adjacent strings.
func (p *parser) strings() Expr {
	e := Expr{Kind: String, Line: p.lineNow()}
	var text strings.Builder
	for p.pos < len(p.tokens) && p.tokens[p.pos].kind == tokString {
		s, ok := unquote(p.text())
		if !ok {
			e.Kind = Opaque
		}
		text.WriteString(s)
		p.pos++
	}
	if e.Kind == String {
		e.Text = text.String()
	}
	return e
}

// unquote returns the value of a string token. It is not ok for bytes,
// f-strings and escapes that name a character by number.
func unquote(s string) (string, bool) {
	i := strings.IndexAny(s, `"'`)
	prefix := strings.ToLower(s[:i])
	if strings.ContainsAny(prefix, "bft") {
		return "", false
	}
	body := body(s)
	if strings.Contains(prefix, "r") || !strings.Contains(body, `\`) {
		return body, true
	}
	var out strings.Builder
	for i := 0; i < len(body); i++ {
		c := body[i]
		if c != '\\' || i+1 == len(body) {
			out.WriteByte(c)
			continue
		}
		i++
		switch c := body[i]; c {
		case '\n':
		case '\\', '\'', '"':
			out.WriteByte(c)
		case 'n':
			out.WriteByte('\n')
		case 't':
			out.WriteByte('\t')
		case 'r':
			out.WriteByte('\r')
		default:
			return "", false
		}
	}
	return out.String(), true
}

// body returns a string token without its prefix and quotes.
func body(s string) string {
	s = s[strings.IndexAny(s, `"'`):]
	if q := strings.Repeat(s[:1], 3); len(s) >= 6 && strings.HasPrefix(s, q) {
		return s[3 : len(s)-3]
	}
	return s[1 : len(s)-1]
}

// maxDots bounds the length of a dotted name; a longer one is Opaque.
const maxDots = 16

// name parses a name and what follows it: dots, subscripts and calls.
func (p *parser) name() (Expr, error) {
	e := Expr{Kind: Name, Text: p.text(), Line: p.lineNow()}
	subscript := false
	dots := 0
	for p.pos++; ; {
		switch {
		case p.is("."):
			p.pos++
			if p.pos == len(p.tokens) || p.tokens[p.pos].kind != tokName {
				return Expr{}, p.unexpected()
			}
			if dots++; e.Kind == Name && !subscript && dots <= maxDots {
				e.Text += "." + p.text()
			} else {
				e = Expr{Kind: Opaque, Line: e.Line}
			}
			p.pos++
		case p.is("["):
			p.skipBracket()
			subscript = true
		case p.is("("):
			if e.Kind != Name {
				p.skipBracket()
				e = Expr{Kind: Opaque, Line: e.Line}
				continue
			}
			p.pos++
			args, err := p.items(")", true)
			if err != nil {
				return Expr{}, err
			}
			e, subscript = Expr{Kind: Call, Text: e.Text, Items: args, Line: e.Line}, false
		default:
			if subscript {
				e = Expr{Kind: Opaque, Line: e.Line}
			}
			return e, nil
		}
	}
}

// bracket parses a tuple, a list, a set, a dict or an expression in round
// brackets.
func (p *parser) bracket(open string) (Expr, error) {
	line := p.lineNow()
	p.pos++
	end := string(closing(open[0]))
	first := p.pos
	items, err := p.items(end, false)
	if err != nil {
		return Expr{}, err
	}
	e := Expr{Items: items, Line: line}
	comma := p.pos-2 >= first && p.src[p.tokens[p.pos-2].start:p.tokens[p.pos-2].end] == ","
	switch {
	case len(items) == 1 && items[0].Kind == Opaque && items[0].Text == comprehension:
		e = Expr{Kind: Opaque, Line: line}
	case open == "[":
		e.Kind = List
	case open == "{":
		e.Kind = Dict
		for i, item := range items {
			pair := item.Kind == Pair || item.Kind == DoubleStar
			if i == 0 && !pair {
				e.Kind = Set
			}
			if pair != (e.Kind == Dict) {
				return Expr{}, fmt.Errorf("line %d: neither a set nor a dict", item.Line)
			}
		}
	case len(items) == 1 && !comma:
		e = items[0]
	default:
		e.Kind = Tuple
	}
	// A method of a literal, a subscript of one, or a call of what is in the
	// brackets.
	if p.is(".") || p.is("[") || p.is("(") {
		p.skip("")
		e = Expr{Kind: Opaque, Line: line}
	}
	return e, nil
}

// comprehension marks the only item of a bracket that holds one.
const comprehension = "for"

// items parses what is between brackets, and the closing one.
func (p *parser) items(end string, args bool) ([]Expr, error) {
	var items []Expr
	for !p.take(end) {
		item, err := p.item(end, args)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if p.is("for") || p.is("async") {
			for !p.is(end) && p.pos < len(p.tokens) {
				if s := p.text(); s == "(" || s == "[" || s == "{" {
					p.skipBracket()
				} else {
					p.pos++
				}
			}
			items = []Expr{{Kind: Opaque, Text: comprehension, Line: item.Line}}
		}
		if !p.take(",") && !p.is(end) {
			return nil, p.unexpected()
		}
	}
	return items, nil
}

func (p *parser) item(end string, args bool) (Expr, error) {
	line := p.lineNow()
	if args && p.pos+1 < len(p.tokens) && p.tokens[p.pos].kind == tokName &&
		p.src[p.tokens[p.pos+1].start:p.tokens[p.pos+1].end] == "=" {
		name := p.text()
		p.pos += 2
		value, err := p.expr()
		return Expr{Kind: Keyword, Text: name, Items: []Expr{value}, Line: line}, err
	}
	e, err := p.expr()
	if err != nil || end != "}" || !p.take(":") {
		return e, err
	}
	value, err := p.expr()
	return Expr{Kind: Pair, Items: []Expr{e, value}, Line: line}, err
}
