package vidjilfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep values may be nested: files have about ten levels.
const maxDepth = 200

// ReadError is a place in a file that cannot be read.
type ReadError struct {
	Path   string // "clones[3].seg.5.start"; empty at the top
	Offset int    // bytes, in the uncompressed file
	Msg    string
}

// Error names the place and what is wrong there.
func (e *ReadError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("offset %d: %s", e.Offset, e.Msg)
	}
	return fmt.Sprintf("%s (offset %d): %s", e.Path, e.Offset, e.Msg)
}

// step is one step of a path: a key, or an index when key is empty.
type step struct {
	key   string
	index int
}

// scanner reads JSON value by value, straight into the structs: several times
// faster than encoding/json with its second pass for unknown keys, and it knows
// the path of each fault. The first fault sticks: after it, every method
// returns at once.
type scanner struct {
	data []byte
	pos  int
	path []step
	keys map[string]string // keys seen, so that each is allocated once
	err  *ReadError
}

func newScanner(data []byte) *scanner { return &scanner{data: data, keys: map[string]string{}} }

func (s *scanner) fail(format string, args ...any) {
	if s.err != nil {
		return
	}
	var b strings.Builder
	for i, p := range s.path {
		switch {
		case p.key == "":
			fmt.Fprintf(&b, "[%d]", p.index)
		case i > 0:
			b.WriteString("." + p.key)
		default:
			b.WriteString(p.key)
		}
	}
	s.err = &ReadError{Path: b.String(), Offset: s.pos, Msg: fmt.Sprintf(format, args...)}
	s.pos = len(s.data)
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// kind is the first letter of the next value: { [ " t f n, 0 for a number, and
// 0x00 when there is none.
func (s *scanner) kind() byte {
	s.space()
	if s.pos >= len(s.data) {
		s.fail("the file ends inside a value")
		return 0
	}
	switch c := s.data[s.pos]; c {
	case '{', '[', '"', 't', 'f', 'n':
		return c
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return '0'
	default:
		s.fail("unexpected character %q", c)
		return 0
	}
}

// found describes the next value for messages.
func (s *scanner) found() string {
	switch s.kind() {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "text"
	case '0':
		return "a number"
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	}
	return "nothing"
}

func (s *scanner) literal(word string) {
	if s.pos+len(word) <= len(s.data) && string(s.data[s.pos:s.pos+len(word)]) == word {
		s.pos += len(word)
		return
	}
	s.fail("want %s", word)
}

// null skips a null and tells whether there was one.
func (s *scanner) null() bool {
	if s.kind() != 'n' {
		return false
	}
	s.literal("null")
	return true
}

// open enters an object or a list, close leaves it.
func (s *scanner) open(c byte, what string) bool {
	if k := s.kind(); k != c {
		if k != 0 {
			s.fail("want %s, found %s", what, s.found())
		}
		return false
	}
	if len(s.path) >= maxDepth {
		s.fail("nested deeper than %d levels", maxDepth)
		return false
	}
	s.pos++
	return true
}

// more tells whether another element follows; it skips the comma before it and
// the closing letter.
func (s *scanner) more(n int, closing byte) bool {
	s.space()
	if s.err != nil || s.pos >= len(s.data) {
		s.fail("the file ends inside a value")
		return false
	}
	switch c := s.data[s.pos]; {
	case c == closing:
		s.pos++
		return false
	case n == 0:
		return true
	case c == ',':
		s.pos++
		s.space()
		return true
	default:
		s.fail("want a comma or %q, found %q", closing, c)
		return false
	}
}

// object reads an object; f reads each value. A null is an empty object.
func (s *scanner) object(f func(key string)) {
	if s.null() || !s.open('{', "an object") {
		return
	}
	for n := 0; s.more(n, '}'); n++ {
		if s.kind() != '"' {
			s.fail("want a key, found %s", s.found())
			return
		}
		key := s.key()
		s.space()
		if s.pos >= len(s.data) || s.data[s.pos] != ':' {
			s.fail("want a colon after key %q", key)
			return
		}
		s.pos++
		s.path = append(s.path, step{key: key, index: n})
		if key == "" {
			s.path[len(s.path)-1].key = `""`
		}
		f(key)
		if s.err != nil {
			return
		}
		s.path = s.path[:len(s.path)-1]
	}
}

// array reads a list; f reads each element. A null is an empty list.
func (s *scanner) array(f func(i int)) {
	if s.null() || !s.open('[', "a list") {
		return
	}
	for i := 0; s.more(i, ']'); i++ {
		s.path = append(s.path, step{index: i})
		f(i)
		if s.err != nil {
			return
		}
		s.path = s.path[:len(s.path)-1]
	}
}

// key reads a key.
func (s *scanner) key() string {
	start := s.pos + 1
	for i := start; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			if k, ok := s.keys[string(s.data[start:i])]; ok {
				return k
			}
			k := string(s.data[start:i])
			s.keys[k] = k
			return k
		case c == '\\' || c < ' ' || c >= utf8.RuneSelf:
			return s.str()
		}
	}
	return s.str()
}

// str reads text. Letters that are not UTF-8 and lone surrogates become U+FFFD,
// as in encoding/json.
func (s *scanner) str() string {
	if s.kind() != '"' {
		s.fail("want text, found %s", s.found())
		return ""
	}
	start := s.pos + 1
	for i := start; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			return string(s.data[start:i])
		case c == '\\' || c < ' ' || c >= utf8.RuneSelf:
			return s.escaped(start, i)
		}
	}
	s.fail("text without end")
	return ""
}

// escaped reads the rest of a text that is more than plain ASCII from i on.
func (s *scanner) escaped(start, i int) string {
	b := append([]byte(nil), s.data[start:i]...)
	for i < len(s.data) {
		c := s.data[i]
		switch {
		case c == '"':
			s.pos = i + 1
			return string(b)
		case c < ' ':
			s.pos = i
			s.fail("control character %#x in text", c)
			return ""
		case c == '\\':
			r, n := unescape(s.data[i:])
			if n == 0 {
				s.pos = i
				s.fail("unknown escape in text")
				return ""
			}
			b = utf8.AppendRune(b, r)
			i += n
		default:
			r, n := utf8.DecodeRune(s.data[i:])
			b = utf8.AppendRune(b, r)
			i += n
		}
	}
	s.fail("text without end")
	return ""
}

// unescape reads an escape; n is its length, 0 when it is none.
func unescape(b []byte) (r rune, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, b[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	r, ok := unicodeEscape(b)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if low, ok := unicodeEscape(b[6:]); ok {
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				return both, 12
			}
		}
		return utf8.RuneError, 6
	}
	return r, 6
}

func unicodeEscape(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(b[2:6]), 16, 32)
	return rune(v), err == nil
}

// number skips a number and returns its letters.
func (s *scanner) number() []byte {
	if s.kind() != '0' {
		s.fail("want a number, found %s", s.found())
		return nil
	}
	start, i := s.pos, s.pos
	digits := func() bool {
		from := i
		for i < len(s.data) && s.data[i] >= '0' && s.data[i] <= '9' {
			i++
		}
		return i > from
	}
	at := func(set string) bool { return i < len(s.data) && strings.IndexByte(set, s.data[i]) >= 0 }
	if at("-") {
		i++
	}
	ok := true
	if at("0") {
		i++
	} else {
		ok = digits()
	}
	if ok && at(".") {
		i++
		ok = digits()
	}
	if ok && at("eE") {
		i++
		if at("+-") {
			i++
		}
		ok = digits()
	}
	if !ok {
		s.fail("not a number")
		return nil
	}
	s.pos = i
	return s.data[start:i]
}

func (s *scanner) float() float64 {
	text := s.number()
	if text == nil {
		return 0
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil && math.IsInf(v, 0) {
		s.fail("%s is too large", text)
		return 0
	}
	return v
}

func (s *scanner) boolean() bool {
	switch s.kind() {
	case 't':
		s.literal("true")
		return true
	case 'f':
		s.literal("false")
		return false
	}
	s.fail("want true or false, found %s", s.found())
	return false
}

// raw skips a value and returns its letters, white space left out.
func (s *scanner) raw() json.RawMessage {
	s.space()
	start := s.pos
	s.skip()
	if s.err != nil {
		return nil
	}
	var b bytes.Buffer
	if err := json.Compact(&b, s.data[start:s.pos]); err != nil {
		s.fail("%v", err)
		return nil
	}
	return b.Bytes()
}

func (s *scanner) skip() {
	switch s.kind() {
	case '{':
		s.object(func(string) { s.skip() })
	case '[':
		s.array(func(int) { s.skip() })
	case '"':
		s.str()
	case '0':
		s.number()
	case 'n':
		s.literal("null")
	case 't', 'f':
		s.boolean()
	}
}

// end fails unless nothing follows.
func (s *scanner) end() {
	s.space()
	if s.err == nil && s.pos < len(s.data) {
		s.fail("something follows the end of the file's object")
	}
}

// What follows is lenient, for fields whose type varies between versions.

// text reads text, or a number or boolean as text; null is "".
func (s *scanner) text() string {
	switch s.kind() {
	case '"':
		return s.str()
	case '0':
		return string(s.number())
	case 't', 'f':
		return strconv.FormatBool(s.boolean())
	case 'n':
		s.literal("null")
		return ""
	}
	s.fail("want text, found %s", s.found())
	return ""
}

// letters reads text, or the 0 that stands for no text.
func (s *scanner) letters() string {
	if s.kind() == '0' {
		if t := s.text(); t != "0" {
			return t
		}
		return ""
	}
	return s.text()
}

// integer reads a number without decimals, or text that holds one; null is 0.
func (s *scanner) integer() int {
	v := s.real()
	if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
		s.fail("%v is not an integer", v)
		return 0
	}
	return int(v)
}

// real reads a number, or text that holds one; null is 0.
func (s *scanner) real() float64 {
	switch s.kind() {
	case 'n':
		s.literal("null")
		return 0
	case '"':
		pos := s.pos
		text := strings.TrimSpace(s.str())
		v, err := strconv.ParseFloat(text, 64)
		if err != nil && s.err == nil && !math.IsInf(v, 0) || math.IsNaN(v) || math.IsInf(v, 0) {
			s.pos = pos
			s.fail("text %q is not a number", clip(text))
			return 0
		}
		return v
	}
	return s.float()
}

// list reads a list, or one value that stands for a list of one.
func list[T any](s *scanner, one func() T) []T {
	if s.kind() != '[' && s.kind() != 'n' {
		return []T{one()}
	}
	out := []T{}
	s.array(func(int) { out = append(out, one()) })
	return out
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
