package lab

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Limits of a search: no person needs more, and a script must not make the
// server work for hours.
const (
	maxQuery = 500 // characters
	maxTerms = 20
)

// TermKind is what a term of a search looks at.
type TermKind string

// The kinds of term.
const (
	TermWord    TermKind = "word"    // text anywhere in names, label and info; a number also finds the set of that number
	TermTag     TermKind = "tag"     // "#relapse" or "tag:relapse"
	TermGroup   TermKind = "group"   // sets shared with a group whose name holds the text
	TermID      TermKind = "id"      // "id:12"
	TermState   TermKind = "state"   // a sample whose analysis is in a [ResultState]
	TermConfig  TermKind = "config"  // a sample with a result by a config whose name holds the text
	TermCreated TermKind = "created" // entered within a span of days
	TermChanged TermKind = "changed" // changed within a span of days
	TermDate    TermKind = "date"    // date of a run, sampling date of samples, within a span of days
)

// ResultState is how far the analyses of a sample are. A sample can be in
// several: analysed, and analysed again.
type ResultState string

// The states.
const (
	StateRunning ResultState = "running" // a job waits or runs
	StateFailed  ResultState = "failed"  // the newest job has failed
	StateDone    ResultState = "done"    // there is a result
	StateMissing ResultState = "missing" // there is no result
)

// Term is one condition of a search.
type Term struct {
	Kind TermKind
	Not  bool
	Text string // folded; of words, tags, groups, configs; of states the state
	ID   int64  // of "id:12", and of words that are numbers; 0 for none
	// The first day of a span and the day after its last; "" where it is open.
	From, Until Date
}

// Query is a search: all terms must hold.
type Query []Term

// ParseQuery reads what people type into the search field; docs/user/search.md
// describes it. Whatever is not special is a word to look for, so that little
// is ever refused: spans that are no dates, numbers that are none, and a search
// that is far too long.
func ParseQuery(text string) (Query, error) {
	if len([]rune(text)) > maxQuery {
		return nil, badQuery("a search has at most %d characters", maxQuery)
	}
	var q Query
	not := false
	for _, tok := range queryTokens(text) {
		if !tok.quoted && tok.text == "NOT" {
			not = !not
			continue
		}
		t, err := tok.term()
		if err != nil {
			return nil, err
		}
		if t.Kind == TermWord && t.Text == "" {
			continue
		}
		t.Not, not = tok.not != not, false
		q = append(q, t)
	}
	if len(q) > maxTerms {
		return nil, badQuery("a search has at most %d terms", maxTerms)
	}
	return q, nil
}

func badQuery(format string, args ...any) error {
	var f Faults
	f.Add("q", format, args...)
	return f.Err()
}

// queryToken is a piece of a search: -field:"text".
type queryToken struct {
	not    bool
	field  string // "" for none; "#" for a tag
	text   string
	quoted bool
}

// queryTokens cuts a search at spaces outside quotation marks. A mark that is
// not closed reaches to the end.
func queryTokens(text string) []queryToken {
	var list []queryToken
	r := []rune(text)
	for i := 0; i < len(r); {
		if unicode.IsSpace(r[i]) || unicode.IsControl(r[i]) {
			i++
			continue
		}
		var tok queryToken
		if r[i] == '-' && i+1 < len(r) && !unicode.IsSpace(r[i+1]) {
			tok.not = true
			i++
		}
		start := i
		for i < len(r) && !unicode.IsSpace(r[i]) && !unicode.IsControl(r[i]) && r[i] != '"' {
			i++
		}
		word := string(r[start:i])
		field, rest, ok := strings.Cut(word, ":")
		switch {
		case ok && slices.Contains(queryFields, strings.ToLower(field)):
			tok.field, tok.text = strings.ToLower(field), rest
		case len(word) > 1 && word[0] == '#':
			tok.field, tok.text = "tag", word[1:]
		default:
			tok.text = word
		}
		if i < len(r) && r[i] == '"' && tok.text == "" {
			tok.quoted = true
			i++
			start = i
			for i < len(r) && r[i] != '"' {
				i++
			}
			tok.text = string(r[start:i])
			i++ // the closing mark, or one past the end
		}
		list = append(list, tok)
	}
	return list
}

// queryFields are the words before a colon that are special. Any other, as in
// "ratio:3", is text like all else.
var queryFields = []string{"tag", "group", "state", "config", "id", "created", "changed", "date"}

func (tok queryToken) term() (Term, error) {
	switch kind := TermKind(tok.field); kind {
	case TermID:
		id, err := strconv.ParseInt(tok.text, 10, 64)
		if err != nil || id <= 0 {
			return Term{}, badQuery("%q: want a number, as id:12", "id:"+tok.text)
		}
		return Term{Kind: kind, ID: id}, nil
	case TermCreated, TermChanged, TermDate:
		from, until, ok := parseSpan(tok.text)
		if !ok {
			return Term{}, badQuery("%q: want a day, month or year, or a span, as %s:2026-01-15, %s:2026 or %s:2026-01-01..2026-02-01", tok.field+":"+tok.text, kind, kind, kind)
		}
		return Term{Kind: kind, From: from, Until: until}, nil
	case TermState:
		state := ResultState(strings.ToLower(tok.text))
		if !slices.Contains([]ResultState{StateRunning, StateFailed, StateDone, StateMissing}, state) {
			return Term{}, badQuery("%q: want state:running, state:failed, state:done or state:missing", tok.field+":"+tok.text)
		}
		return Term{Kind: kind, Text: string(state)}, nil
	case TermTag, TermGroup, TermConfig:
		text := Fold(strings.TrimPrefix(tok.text, "#"))
		if text == "" {
			return Term{}, badQuery("%q: what %s?", tok.field+":"+tok.text, kind)
		}
		return Term{Kind: kind, Text: text}, nil
	}
	t := Term{Kind: TermWord, Text: Fold(tok.text)}
	if id, err := strconv.ParseInt(tok.text, 10, 64); err == nil && id > 0 {
		t.ID = id
	}
	return t, nil
}

// parseSpan reads "2026-01-15", "2026-01", "2026", "A..B", "A.." and "..B". The
// span reaches from the start of A to the end of B.
func parseSpan(s string) (from, until Date, ok bool) {
	a, b, isSpan := strings.Cut(s, "..")
	if !isSpan {
		b = a
	}
	if a == "" && b == "" {
		return "", "", false
	}
	if a != "" {
		if from, _, ok = parsePeriod(a); !ok {
			return "", "", false
		}
	}
	if b != "" {
		if _, until, ok = parsePeriod(b); !ok {
			return "", "", false
		}
	}
	return from, until, true
}

// parsePeriod reads a day, month or year: its first day and the day after it.
func parsePeriod(s string) (from, until Date, ok bool) {
	for _, p := range []struct {
		layout              string
		years, months, days int
	}{{time.DateOnly, 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if t, err := time.Parse(p.layout, s); err == nil && t.Year() >= 1800 && t.Year() < 9999 {
			return DateOf(t), DateOf(t.AddDate(p.years, p.months, p.days)), true
		}
	}
	return "", "", false
}

// Fold is text as searches and sorting see it: lower case, letters without
// their accents, one space between words. "Müller  Éloïse" is found by "muller
// eloise". It covers the letters of the languages of Europe; others stay as
// they are, in lower case.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = b.Len() > 0
			continue
		case unicode.Is(unicode.Mn, r):
			continue // an accent that stands behind its letter
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		r = unicode.ToLower(r)
		if plain, ok := plainLetters[r]; ok {
			b.WriteString(plain)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plainLetters gives letters of Latin-1 and Latin Extended-A, in lower case,
// without their accents.
var plainLetters = func() map[rune]string {
	m := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ð': "d", 'þ': "th", 'đ': "d", 'ħ': "h", 'ı': "i", 'ĳ': "ij", 'ł': "l", 'ŧ': "t", 'ŋ': "n", 'ſ': "s", 'ŉ': "n", 'ĸ': "k", 'ŀ': "l"}
	for plain, accented := range map[string]string{
		"a": "àáâãäåāăąǎ", "c": "çćĉċč", "d": "ď", "e": "èéêëēĕėęěẽ", "g": "ĝğġģǧ", "h": "ĥ", "i": "ìíîïĩīĭįǐ", "j": "ĵ",
		"k": "ķ", "l": "ĺļľ", "n": "ñńņň", "o": "òóôõöōŏőǒ", "r": "ŕŗř", "s": "śŝşšș", "t": "ţťț",
		"u": "ùúûüũūŭůűųǔ", "w": "ŵẁẃẅ", "y": "ýÿŷỳ", "z": "źżž",
	} {
		for _, r := range accented {
			m[r] = plain
		}
	}
	return m
}()
